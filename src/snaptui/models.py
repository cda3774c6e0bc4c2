"""The vocabulary: what clouds, volumes and snapshots are, in the words of the field.

Plain frozen dataclasses, because the screen shows thousands of them before its first second is
over (defining pydantic models costs a tenth of a second at start-up). Whatever comes from outside
is validated with pydantic where it comes in; see `snaptui.requests`.

All sizes are in bytes, all times are aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from snaptui.units import iso_time


class Visibility(StrEnum):
    """Who may see and clone a snapshot."""

    PRIVATE = "private"
    PUBLIC = "public"
    SHARED = "shared"


class VolumeStatus(StrEnum):
    """What state a volume is in."""

    AVAILABLE = "available"
    IN_USE = "in-use"
    CREATING = "creating"
    ERROR = "error"


class SnapshotStatus(StrEnum):
    """What state a snapshot is in."""

    PENDING = "pending"
    COMPLETED = "completed"
    ERROR = "error"


class Consistency(StrEnum):
    """Whether a snapshot is one point in time."""

    FROZEN = "frozen"
    """Read from a frozen copy of the volume (a reflink or an LVM snapshot)."""
    STABLE = "stable"
    """Read from the volume itself, which was seen not to change meanwhile."""
    FUZZY = "fuzzy"
    """The volume changed while it was read; taken all the same because `--allow-fuzzy` said so."""


class ReadMethod(StrEnum):
    """How a snapshot's data was read."""

    FULL = "full"
    """Every byte was read."""
    DATA_ONLY = "data-only"
    """Holes the file system knows of were skipped, everything else was read."""


class JobKind(StrEnum):
    """What a job does."""

    SNAPSHOT = "snapshot"
    CLONE = "clone"
    RESTORE = "restore"
    CHECK = "check"


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


class RangeKind(StrEnum):
    """How a range of a volume differs between two snapshots."""

    CHANGED = "changed"
    ADDED = "added"
    """A hole before, data now."""
    REMOVED = "removed"
    """Data before, a hole now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudInfo:
    """A cloud as the tree shows it: is it there, and if not, why."""

    name: str
    kind: str
    available: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """An availability zone. On the local cloud: a pool, a directory that volumes are made in."""

    name: str
    path: str
    size_bytes: int
    free_bytes: int
    volume_count: int = 0
    available: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Who uses a volume, and as what."""

    volume_uid: str
    instance: str
    device: str
    since: datetime | None = None

    @property
    def used_by(self) -> str:
        """Both in words: `loop device /dev/loop0`."""
        return f"{self.instance} {self.device}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Block storage of a size in a zone.

    Attributes:
        managed: the data file was made by snaptui, so deleting the volume deletes it. A registered
            file or device is only forgotten.
        last_snapshot_at: when the newest snapshot was taken; its age is the volume's Last Age.
        reason: why the status is `error`, in a sentence.
    """

    resource_uid: str
    name: str
    size_bytes: int
    block_size: int
    status: VolumeStatus
    zone: str
    path: str
    managed: bool
    created_at: datetime
    owner: str
    source_snapshot_uid: str | None = None
    attachment: Attachment | None = None
    snapshot_count: int = 0
    last_snapshot_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A volume at one point in time.

    Attributes:
        size_bytes: the size of the volume at that time.
        data_bytes: how much of that is data; the rest are holes and zeros.
        new_bytes: data in blocks that differ from the parent's (all data when there is no parent).
        stored_bytes: what this snapshot added to the repository, after deduplication and
            compression.
        parent_uid: the volume's snapshot before this one; for the first one of a clone, the
            snapshot it was cloned from.
        volume_name: the volume's name when the snapshot was taken (a volume can be deleted, its
            snapshots stay).
        pinned: it is not deleted by age, with others, or from the command line unless forced.
    """

    resource_uid: str
    name: str
    description: str
    created_at: datetime
    owner: str
    visibility: Visibility
    status: SnapshotStatus
    volume_uid: str
    volume_name: str
    size_bytes: int
    block_size: int
    data_bytes: int
    new_bytes: int
    stored_bytes: int
    parent_uid: str | None
    consistency: Consistency
    read_method: ReadMethod
    job_uid: str | None = None
    reason: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashedSnapshot:
    """A deleted snapshot that can still be taken back, whole.

    Attributes:
        snapshot: as it was, but for its parent, which is the nearest that is not deleted.
        deleted_by: the user's name.
        expires_at: until then it is kept; then whoever next opens the repository to write purges
            it.
    """

    snapshot: Snapshot
    deleted_at: datetime
    deleted_by: str
    expires_at: datetime

    @property
    def resource_uid(self) -> str:
        """The snapshot's."""
        return self.snapshot.resource_uid

    @property
    def name(self) -> str:
        """The snapshot's."""
        return self.snapshot.name


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
        subject_uid: the volume or snapshot it works on.
        subject_name: that one's name when the job was made.
        name: the name of what it makes (the new snapshot or clone), or an empty string.
        request: the request as plain JSON; `snaptui.requests` reads it.
        result_uid: what it made (`snap-…`, `vol-…`), once completed.
        result: the `Snapshot`, `Volume`, `RestoreReport` or `CheckReport` as plain JSON.
        summary: the closing sentence a person is told, also the reason of a failure.
        progress: how far it is, while it is running.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed in a cloud.

    Attributes:
        volumes: those that came or changed, as they are now.
        snapshots: likewise.
        removed: the Resource UIDs of those that are there no more.
    """

    volumes: tuple[Volume, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    removed: frozenset[str] = frozenset()

    @property
    def things(self) -> tuple[Volume | Snapshot, ...]:
        """The volumes and the snapshots."""
        return self.volumes + self.snapshots


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Who did what, when, from where."""

    uid: str
    at: datetime
    user: str
    origin: str
    action: str
    subject_uid: str
    related_uid: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRange:
    """A run of blocks that differ, `[offset, offset + length)` in bytes of the volume."""

    offset: int
    length: int
    kind: RangeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What changed from one snapshot to another, in whole blocks.

    `from_uid` is None when the snapshot is compared with nothing (an empty volume).
    """

    from_uid: str | None
    to_uid: str
    block_size: int
    changed_bytes: int
    added_bytes: int
    removed_bytes: int
    ranges: tuple[DiffRange, ...]

    @property
    def total_bytes(self) -> int:
        """All that differs."""
        return self.changed_bytes + self.added_bytes + self.removed_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSummary:
    """Where a snapshot's bytes are, for the Blocks tab.

    `new + shared + holes` is the size of the volume. A picture is one cell per equal piece of the
    volume, first byte first; each cell says how much of it is new and how much is data (0 to 1).
    """

    snapshot_uid: str
    size_bytes: int
    block_size: int
    new_bytes: int
    shared_bytes: int
    hole_bytes: int
    stored_bytes: int
    new_cells: tuple[float, ...]
    data_cells: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageNode:
    """A volume or snapshot in its family tree: volume > snapshot > clone > snapshot …"""

    uid: str
    name: str
    kind: str
    """`volume` or `snapshot`."""
    created_at: datetime | None
    deleted: bool = False
    children: tuple[LineageNode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a repository holds and what it costs.

    Attributes:
        trashed_count: snapshots in the trash; no other count or sum has them, their blocks are
            stored all the same.
        volume_bytes: the sum of all snapshots' volume sizes, what full copies would take.
        data_bytes: the sum of all snapshots' data, without holes.
        block_bytes: the plain bytes of all distinct blocks stored.
        pack_bytes: bytes of pack files on disk.
        map_bytes: bytes of block maps on disk.
        catalog_bytes: bytes of the catalog on disk.
        index_bytes: bytes of the digest index on disk.
        free_bytes: free space on the file system of the repository.
    """

    path: str
    volume_count: int
    snapshot_count: int
    block_count: int
    volume_bytes: int
    data_bytes: int
    block_bytes: int
    pack_bytes: int
    map_bytes: int
    catalog_bytes: int
    index_bytes: int
    free_bytes: int
    trashed_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Something that is not as it was stored, and whom it hits."""

    path: str
    problem: str
    snapshot_uids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check of a repository, or of one snapshot, found.

    Attributes:
        trashed_count: how many snapshots in the trash were checked besides.
    """

    snapshot_count: int
    block_count: int
    checked_bytes: int
    damages: tuple[Damage, ...]
    warnings: tuple[str, ...] = ()
    trashed_count: int = 0

    @property
    def clean(self) -> bool:
        """Whether every byte is as it was stored."""
        return not self.damages


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What a restore did: bytes that had to be written, and bytes that were right already."""

    snapshot_uid: str
    path: str
    size_bytes: int
    written_bytes: int
    unchanged_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something that was asked for with others and is not done, and why."""

    resource_uid: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """What a deletion did, or would do.

    Attributes:
        kept: what stays, in sentences a person can read before saying yes.
        lost: what is lost.
        pinned_by: uids that forbid the deletion.
        reason: why it is forbidden, or an empty string.
        uids: all that is deleted; `resource_uid` and `name` are those of the first.
        left_out: what was asked for and is not deleted.
        until: as long it can be taken back; None when it is gone at once.
    """

    resource_uid: str
    name: str
    lost: tuple[str, ...]
    kept: tuple[str, ...]
    pinned_by: tuple[str, ...] = ()
    reason: str = ""
    uids: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A disk image or block device of the host that could become a volume."""

    path: str
    kind: str
    """`file` or `device`."""
    size_bytes: int
    detail: str = ""


def to_json(value: Any) -> Any:
    """A model as plain JSON values: times in ISO 8601 UTC, enums as their values, tuples as lists.

    This is what `--json` prints; the field names are the models' own.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, datetime):
        return iso_time(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return value
