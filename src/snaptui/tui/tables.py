"""The columns of the tables: what is shown of volumes, snapshots, events and jobs."""

from __future__ import annotations

from datetime import UTC, datetime

from snaptui.models import DiffRange, Event, Job, RangeKind, Snapshot, Volume, VolumeStatus
from snaptui.tui.ages import age, short_age
from snaptui.tui.columns import Column
from snaptui.tui.signs import job_sign, snapshot_sign, volume_sign
from snaptui.tui.spans import Span, outside
from snaptui.units import format_duration, format_size, format_time

_NEVER = datetime.min.replace(tzinfo=UTC)


def attached_to(volume: Volume) -> str:
    """By whom a volume is used, or a dash."""
    attachment = volume.attachment
    if attachment is None:
        return "-"
    return outside(f"{attachment.instance} {attachment.device}".strip())


def _status(volume: Volume) -> Span:
    style = {VolumeStatus.ERROR: "bad", VolumeStatus.CREATING: "warn"}.get(volume.status, "muted")
    return volume.status.value, style


VOLUMES: tuple[Column[Volume], ...] = (
    Column(id="sign", title="", cell=volume_sign, width=1),
    Column(
        id="name",
        title="Name",
        cell=lambda v: (outside(v.name), "bright"),
        width=12,
        ideal=32,
    ),
    Column(
        id="uid",
        title="Resource UID",
        cell=lambda v: (outside(v.resource_uid), "muted"),
        width=12,
        drop=5,
    ),
    Column(
        id="size",
        title="Size",
        cell=lambda v: (format_size(v.size_bytes), ""),
        width=8,
        right=True,
    ),
    Column(
        id="status",
        title="Status",
        cell=_status,
        width=9,
        drop=2,
    ),
    Column(
        id="zone",
        title="Zone",
        cell=lambda v: (outside(v.zone), "muted"),
        width=7,
        ideal=12,
        drop=4,
    ),
    Column(
        id="attached",
        title="Attached to",
        cell=lambda v: (attached_to(v), "muted"),
        width=11,
        ideal=24,
        drop=6,
    ),
    Column(
        id="snapshots",
        title="Snapshots",
        short="Snaps",
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
        cell=lambda v: (short_age(v.last_snapshot_at), "" if v.last_snapshot_at else "muted"),
        width=5,
        ideal=8,
        right=True,
    ),
)

_NAME: Column[Snapshot] = Column(
    id="name",
    title="Name",
    cell=lambda s: (outside(s.name), "bright"),
    width=13,
    ideal=34,
)
_SIGN: Column[Snapshot] = Column(id="sign", title="", cell=snapshot_sign, width=1)
_UID: Column[Snapshot] = Column(
    id="uid",
    title="Resource UID",
    cell=lambda s: (outside(s.resource_uid), "muted"),
    width=13,
    drop=3,
)
_VOLUME: Column[Snapshot] = Column(
    id="volume",
    title="Volume",
    cell=lambda s: (outside(s.volume_name), "muted"),
    width=10,
    ideal=20,
    drop=1,
)
_REST: tuple[Column[Snapshot], ...] = (
    Column(
        id="created",
        title="Created",
        cell=lambda s: (age(s.created_at), ""),
        width=10,
        right=True,
    ),
    Column(
        id="size",
        title="Size",
        cell=lambda s: (format_size(s.size_bytes), "muted"),
        width=8,
        right=True,
        drop=5,
    ),
    Column(
        id="new",
        title="New",
        cell=lambda s: (format_size(s.new_bytes), ""),
        width=8,
        right=True,
    ),
    Column(
        id="stored",
        title="Stored",
        cell=lambda s: (format_size(s.stored_bytes), "muted"),
        width=8,
        right=True,
        drop=4,
    ),
    Column(
        id="status",
        title="State",
        cell=lambda s: (s.status.value, "muted" if s.status.value == "completed" else "warn"),
        width=9,
        drop=2,
    ),
    Column(
        id="owner",
        title="Owner",
        cell=lambda s: (outside(s.owner), "muted"),
        width=8,
        ideal=12,
        drop=7,
    ),
    Column(
        id="description",
        title="Description",
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

EVENTS: tuple[Column[Event], ...] = (
    Column(
        id="at",
        title="When",
        cell=lambda e: (age(e.at), ""),
        width=10,
        right=True,
    ),
    Column(
        id="time",
        title="Time",
        cell=lambda e: (format_time(e.at), "muted"),
        width=24,
        drop=3,
    ),
    Column(
        id="user",
        title="Who",
        cell=lambda e: (outside(e.user), "muted"),
        width=6,
        ideal=12,
    ),
    Column(
        id="action",
        title="What",
        cell=lambda e: (outside(e.text or e.action), "bright"),
        width=28,
        ideal=80,
    ),
    Column(
        id="origin",
        title="From",
        cell=lambda e: (outside(e.origin), "muted"),
        width=8,
        ideal=20,
        drop=2,
    ),
)

RANGES: tuple[Column[DiffRange], ...] = (
    Column(
        id="offset",
        title="Offset",
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
        cell=lambda r: (format_size(r.length), ""),
        width=9,
        right=True,
    ),
    Column(
        id="kind",
        title="Kind",
        cell=lambda r: (
            r.kind.value,
            {RangeKind.ADDED: "good", RangeKind.REMOVED: "bad"}.get(r.kind, "warn"),
        ),
        width=8,
    ),
)


def job_time(job: Job) -> str:
    """How long a job took, or has been running."""
    if job.started_at is None or job.ended_at is None:
        return "-"
    return format_duration((job.ended_at - job.started_at).total_seconds())


JOBS: tuple[Column[Job], ...] = (
    Column(id="sign", title="", cell=job_sign, width=1),
    Column(
        id="kind",
        title="Job",
        cell=lambda j: (j.kind.value, "bright"),
        width=8,
    ),
    Column(
        id="subject",
        title="Of",
        cell=lambda j: (outside(j.subject_name) or "-", ""),
        width=12,
        ideal=24,
    ),
    Column(
        id="name",
        title="Name",
        cell=lambda j: (outside(j.name) or "-", ""),
        width=12,
        ideal=28,
    ),
    Column(
        id="status",
        title="Status",
        cell=lambda j: (j.status.value, job_sign(j)[1]),
        width=9,
    ),
    Column(
        id="age",
        title="Started",
        cell=lambda j: (age(j.created_at), "muted"),
        width=10,
        right=True,
        drop=1,
    ),
    Column(
        id="took",
        title="Took",
        cell=lambda j: (job_time(j), "muted"),
        width=12,
        right=True,
        drop=2,
    ),
    Column(
        id="owner",
        title="Owner",
        cell=lambda j: (outside(j.owner), "muted"),
        width=8,
        ideal=12,
        drop=3,
    ),
)
