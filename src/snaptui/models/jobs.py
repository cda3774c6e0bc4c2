"""Jobs and events: what is being done, and what was."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - exports look up the types of fields
from enum import StrEnum
from typing import Any

LOCAL_CLOUD = "local"
"""What the cloud on this host is called, as the config file, jobs and events name it."""


class JobKind(StrEnum):
    """What a job does."""

    SNAPSHOT = "snapshot"
    CLONE = "clone"
    RESTORE = "restore"
    CHECK = "check"
    IMPORT = "import"
    """A remote cloud's snapshot is brought into the local repository."""
    EXPORT = "export"
    """A snapshot of the local repository is brought into a remote cloud."""
    COPY = "copy"
    """A remote cloud's snapshot is copied to another of its regions."""
    CREATE = "create"
    """A blank volume is made; in the local cloud at once, and by a job only to `--detach` it."""
    UNKNOWN = "unknown"
    """What another version of snaptui has recorded, and this one does not know."""

    @property
    def noun(self) -> str:
        """What doing it is called in a sentence."""
        return {JobKind.CREATE: "creation", JobKind.UNKNOWN: "job"}.get(self, self.value)


class JobStatus(StrEnum):
    """What state a job is in."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is.

    Attributes:
        phase: what it is doing, one word or two ("waiting", "reading", "writing", "verifying").
        done_bytes: bytes worked through, holes included.
        total_bytes: bytes in all; 0 when it is not known yet.
        rate: bytes per second over the last seconds.
        seconds_left: None when it cannot be told yet.
    """

    phase: str
    done_bytes: int
    total_bytes: int
    rate: float = 0.0
    seconds_left: float | None = None

    @property
    def fraction(self) -> float:
        """Between 0 and 1."""
        return min(1.0, self.done_bytes / self.total_bytes) if self.total_bytes else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A long operation that outlives the terminal that started it.

    Attributes:
        subject_uid: the volume or snapshot it works on; empty where that is the whole repository,
            or is only to be made.
        subject_name: what that was called when the job was made.
        name: the name of what it makes (the new snapshot or clone), or an empty string.
        request: the request as plain JSON; `snaptui.requests` reads it.
        result_uid: what it made (`snap-…`, `vol-…`), once completed.
        result: the `Snapshot`, `Volume`, `RestoreReport` or `CheckReport` as plain JSON.
        summary: the closing sentence a person is told, also the reason of a failure.
        progress: how far it is, while it is running.
        recorded_kind: what another version of snaptui calls a kind that this one does not know.
    """

    resource_uid: str
    kind: JobKind
    cloud: str
    status: JobStatus
    subject_uid: str
    subject_name: str
    name: str
    owner: str
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    request: dict[str, Any] = field(default_factory=dict)
    result_uid: str | None = None
    result: dict[str, Any] = field(default_factory=dict)
    summary: str = ""
    hint: str = ""
    exit_code: int = 0
    progress: Progress | None = None
    recorded_kind: str = ""

    @property
    def kind_words(self) -> str:
        """What its kind is called where there is room to say more than in a list."""
        if self.kind is not JobKind.UNKNOWN:
            return self.kind.value
        return f"{self.recorded_kind or self.kind} (of another version of snaptui)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Who did what, when, from where, in which cloud."""

    uid: str
    at: datetime
    user: str
    origin: str
    action: str
    subject_uid: str
    related_uid: str | None = None
    text: str = ""
    cloud: str = LOCAL_CLOUD
