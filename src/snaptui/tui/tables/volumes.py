"""The columns of volumes."""

from __future__ import annotations

from snaptui.fields import VOLUME_FIELDS
from snaptui.models import Volume, VolumeStatus
from snaptui.tui.ages import moment_or_age, short_age
from snaptui.tui.columns import Column
from snaptui.tui.signs import volume_sign
from snaptui.tui.spans import Span, outside
from snaptui.units import format_size


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
        keep_end=True,
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
        ideal=16,
        drop=4,
        keep_end=True,
        whole=True,
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
        sort=VOLUME_FIELDS["created"].rank,
        falling=True,
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
        told=lambda v: bool(v.path),
    ),
)
