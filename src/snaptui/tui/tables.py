"""The columns of the tables: what is shown of volumes, snapshots, events and jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from snaptui.fields import SNAPSHOT_FIELDS, VOLUME_FIELDS
from snaptui.models import DiffRange, Event, Job, RangeKind, Snapshot, Volume, VolumeStatus
from snaptui.tui.ages import moment_or_age, short_age
from snaptui.tui.columns import Column
from snaptui.tui.signs import job_sign, snapshot_sign, volume_sign
from snaptui.tui.spans import Span, outside
from snaptui.units import format_duration, format_size, format_time

if TYPE_CHECKING:
    from collections.abc import Callable

_NEVER = datetime.min.replace(tzinfo=UTC)


def attached_to(volume: Volume) -> str:
    """By whom a volume is used, or a dash."""
    attachment = volume.attachment
    if attachment is None:
        return "-"
    return outside(attachment.used_by)


def _status(volume: Volume) -> Span:
    style = {VolumeStatus.ERROR: "bad", VolumeStatus.CREATING: "warn"}.get(volume.status, "muted")
    return volume.status.value, style


VOLUMES: tuple[Column[Volume], ...] = (
    Column(id="sign", title="", cell=volume_sign, width=1),
    Column(
        id="name",
        title="Name",
        sort=VOLUME_FIELDS["name"].rank,
        cell=lambda v: (outside(v.name), "bright"),
        width=12,
        ideal=32,
    ),
    Column(
        id="uid",
        title="Resource UID",
        sort=VOLUME_FIELDS["uid"].rank,
        cell=lambda v: (outside(v.resource_uid), "muted"),
        width=12,
        drop=5,
    ),
    Column(
        id="size",
        title="Size",
        sort=VOLUME_FIELDS["size"].rank,
        falling=True,
        cell=lambda v: (format_size(v.size_bytes), ""),
        width=8,
        right=True,
    ),
    Column(
        id="status",
        title="Status",
        sort=VOLUME_FIELDS["status"].rank,
        cell=_status,
        width=9,
        drop=2,
    ),
    Column(
        id="zone",
        title="Zone",
        sort=VOLUME_FIELDS["zone"].rank,
        cell=lambda v: (outside(v.zone), "muted"),
        width=7,
        ideal=12,
        drop=4,
    ),
    Column(
        id="attached",
        title="Attached to",
        sort=VOLUME_FIELDS["attached"].rank,
        cell=lambda v: (attached_to(v), "muted"),
        width=11,
        ideal=24,
        drop=6,
    ),
    Column(
        id="snapshots",
        title="Snapshots",
        short="Snaps",
        sort=VOLUME_FIELDS["snapshots"].rank,
        falling=True,
        cell=lambda v: (str(v.snapshot_count), "" if v.snapshot_count else "muted"),
        width=5,
        ideal=9,
        right=True,
        drop=1,
    ),
    Column(
        id="age",
        title="Last Age",
        short="Age",
        sort=VOLUME_FIELDS["age"].rank,
        cell=lambda v: (short_age(v.last_snapshot_at), "" if v.last_snapshot_at else "muted"),
        width=5,
        ideal=8,
        right=True,
    ),
    Column(
        id="owner",
        title="Owner",
        sort=VOLUME_FIELDS["owner"].rank,
        cell=lambda v: (outside(v.owner), "muted"),
        width=8,
        ideal=12,
        drop=7,
    ),
    Column(
        id="created",
        title="Created",
        sort=lambda v: -v.created_at.timestamp(),
        cell=lambda v: (moment_or_age(v.created_at), "muted"),
        width=11,
        right=True,
        drop=8,
    ),
    Column(
        id="path",
        title="Path",
        sort=VOLUME_FIELDS["path"].rank,
        cell=lambda v: (outside(v.path), "muted"),
        width=16,
        ideal=40,
        drop=9,
    ),
)

_NAME: Column[Snapshot] = Column(
    id="name",
    title="Name",
    sort=SNAPSHOT_FIELDS["name"].rank,
    cell=lambda s: (outside(s.name), "bright"),
    width=12,
    ideal=34,
)
_SIGN: Column[Snapshot] = Column(id="sign", title="", cell=snapshot_sign, width=1)
_UID: Column[Snapshot] = Column(
    id="uid",
    title="Resource UID",
    sort=SNAPSHOT_FIELDS["uid"].rank,
    cell=lambda s: (outside(s.resource_uid), "muted"),
    width=13,
    drop=3,
)
_VOLUME: Column[Snapshot] = Column(
    id="volume",
    title="Volume",
    sort=SNAPSHOT_FIELDS["volume"].rank,
    cell=lambda s: (outside(s.volume_name), "muted"),
    width=10,
    ideal=20,
    drop=1,
)
_REST: tuple[Column[Snapshot], ...] = (
    Column(
        id="created",
        title="Created",
        sort=SNAPSHOT_FIELDS["age"].rank,
        cell=lambda s: (moment_or_age(s.created_at), ""),
        width=11,
        right=True,
    ),
    Column(
        id="size",
        title="Size",
        sort=SNAPSHOT_FIELDS["size"].rank,
        falling=True,
        cell=lambda s: (format_size(s.size_bytes), "muted"),
        width=8,
        right=True,
        drop=5,
    ),
    Column(
        id="new",
        title="New",
        sort=SNAPSHOT_FIELDS["new"].rank,
        falling=True,
        cell=lambda s: (format_size(s.new_bytes), ""),
        width=8,
        right=True,
    ),
    Column(
        id="stored",
        title="Stored",
        sort=SNAPSHOT_FIELDS["stored"].rank,
        falling=True,
        cell=lambda s: (format_size(s.stored_bytes), "muted"),
        width=8,
        right=True,
        drop=4,
    ),
    Column(
        id="status",
        title="State",
        sort=SNAPSHOT_FIELDS["status"].rank,
        cell=lambda s: (s.status.value, "muted" if s.status.value == "completed" else "warn"),
        width=9,
        drop=2,
    ),
    Column(
        id="data",
        title="Data",
        sort=SNAPSHOT_FIELDS["data"].rank,
        falling=True,
        cell=lambda s: (format_size(s.data_bytes), "muted"),
        width=8,
        right=True,
        drop=9,
        extra=True,
    ),
    Column(
        id="consistency",
        title="Read",
        sort=SNAPSHOT_FIELDS["consistency"].rank,
        cell=lambda s: (s.consistency or "-", "warn" if s.consistency == "fuzzy" else "muted"),
        width=6,
        drop=10,
        extra=True,
    ),
    Column(
        id="owner",
        title="Owner",
        sort=SNAPSHOT_FIELDS["owner"].rank,
        cell=lambda s: (outside(s.owner), "muted"),
        width=8,
        ideal=12,
        drop=7,
    ),
    Column(
        id="description",
        title="Description",
        sort=SNAPSHOT_FIELDS["description"].rank,
        cell=lambda s: (outside(s.description), "muted"),
        width=12,
        ideal=60,
        drop=8,
    ),
)

SNAPSHOTS: tuple[Column[Snapshot], ...] = (_SIGN, _NAME, _UID, _VOLUME, *_REST)
"""The index of all snapshots of a cloud."""

VOLUME_SNAPSHOTS: tuple[Column[Snapshot], ...] = (_SIGN, _NAME, _UID, *_REST)
"""One volume's."""

NO_EVENTS = "nothing has happened yet"
ASKING_EVENTS = "asking what happened"

EVENTS: tuple[Column[Event], ...] = (
    Column(
        id="at",
        title="When",
        sort=lambda e: -e.at.timestamp(),
        cell=lambda e: (moment_or_age(e.at), ""),
        width=11,
        right=True,
    ),
    Column(
        id="time",
        title="Time",
        sort=lambda e: e.at.timestamp(),
        falling=True,
        cell=lambda e: (format_time(e.at), "muted"),
        width=24,
        drop=3,
    ),
    Column(
        id="user",
        title="Who",
        sort=lambda e: e.user.casefold(),
        cell=lambda e: (outside(e.user), "muted"),
        width=6,
        ideal=12,
    ),
    Column(
        id="action",
        title="What",
        sort=lambda e: (e.text or e.action).casefold(),
        cell=lambda e: (outside(e.text or e.action), "bright"),
        width=28,
        ideal=80,
    ),
    Column(
        id="origin",
        title="From",
        sort=lambda e: e.origin.casefold(),
        cell=lambda e: (outside(e.origin), "muted"),
        width=8,
        ideal=20,
        drop=2,
    ),
)


def cloud_events(name_of: Callable[[str], str]) -> tuple[Column[Event], ...]:
    """The activity of a whole cloud: also of what, by the name that a uid has now."""

    def of(event: Event) -> str:
        return outside(name_of(event.subject_uid) or event.subject_uid)

    when: Column[Event] = Column(
        id="at",
        title="When",
        sort=lambda e: -e.at.timestamp(),
        cell=lambda e: (short_age(e.at), ""),
        width=5,
        right=True,
    )
    subject: Column[Event] = Column(
        id="of",
        title="Of",
        sort=lambda e: of(e).casefold(),
        cell=lambda e: (of(e), ""),
        width=10,
        ideal=20,
    )
    time, user, action, origin = EVENTS[1:]
    # Where there is no room for all, who did it is told at the lower edge.
    return when, time, replace(user, drop=1), subject, replace(action, width=24), origin


def event_facts(event: Event) -> list[str]:
    """What a narrow row of an event leaves out: when exactly, from where, of what."""
    where = f"{outside(event.user)} from {outside(event.origin)}" if event.origin else event.user
    return [format_time(event.at), outside(where), outside(event.related_uid or event.subject_uid)]


RANGES: tuple[Column[DiffRange], ...] = (
    Column(
        id="offset",
        title="Offset",
        sort=lambda r: r.offset,
        cell=lambda r: (f"{r.offset:,}", ""),
        width=19,
        right=True,
    ),
    Column(
        id="at",
        title="At",
        cell=lambda r: (format_size(r.offset), "muted"),
        width=9,
        right=True,
        drop=2,
    ),
    Column(
        id="length",
        title="Length",
        sort=lambda r: r.length,
        falling=True,
        cell=lambda r: (format_size(r.length), ""),
        width=9,
        right=True,
    ),
    Column(
        id="kind",
        title="Kind",
        sort=lambda r: r.kind.value,
        cell=lambda r: (
            r.kind.value,
            {RangeKind.ADDED: "good", RangeKind.REMOVED: "bad"}.get(r.kind, "warn"),
        ),
        width=8,
    ),
)


def job_seconds(job: Job) -> float:
    """How long a job took; less than nothing before it is over."""
    if job.started_at is None or job.ended_at is None:
        return -1.0
    return (job.ended_at - job.started_at).total_seconds()


def job_time(job: Job) -> str:
    """How long a job took, or a dash."""
    seconds = job_seconds(job)
    return "-" if seconds < 0 else format_duration(seconds)


JOBS: tuple[Column[Job], ...] = (
    Column(id="sign", title="", cell=job_sign, width=1),
    Column(
        id="kind",
        title="Job",
        sort=lambda j: j.kind.value,
        cell=lambda j: (j.kind.value, "bright"),
        width=8,
    ),
    Column(
        id="subject",
        title="Of",
        sort=lambda j: j.subject_name.casefold(),
        cell=lambda j: (outside(j.subject_name) or "-", ""),
        width=12,
        ideal=24,
    ),
    Column(
        id="name",
        title="Name",
        sort=lambda j: j.name.casefold(),
        cell=lambda j: (outside(j.name) or "-", ""),
        width=12,
        ideal=28,
    ),
    Column(
        id="status",
        title="Status",
        sort=lambda j: j.status.value,
        cell=lambda j: (j.status.value, job_sign(j)[1]),
        width=9,
    ),
    Column(
        id="age",
        title="Started",
        sort=lambda j: -j.created_at.timestamp(),
        cell=lambda j: (moment_or_age(j.created_at), "muted"),
        width=11,
        right=True,
        drop=1,
    ),
    Column(
        id="took",
        title="Took",
        sort=job_seconds,
        falling=True,
        cell=lambda j: (job_time(j), "muted"),
        width=12,
        right=True,
        drop=2,
    ),
    Column(
        id="owner",
        title="Owner",
        sort=lambda j: j.owner.casefold(),
        cell=lambda j: (outside(j.owner), "muted"),
        width=8,
        ideal=12,
        drop=3,
    ),
)
