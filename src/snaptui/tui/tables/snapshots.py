"""The columns of snapshots."""

from __future__ import annotations

from snaptui.fields import SNAPSHOT_FIELDS
from snaptui.models import Snapshot, SnapshotStatus
from snaptui.tui.ages import moment_or_age
from snaptui.tui.columns import Column
from snaptui.tui.signs import snapshot_sign
from snaptui.tui.spans import Span, outside
from snaptui.units import format_size

_NAME: Column[Snapshot] = Column(
    id="name",
    title="Name",
    sort=SNAPSHOT_FIELDS["name"].rank,
    cell=lambda s: (outside(s.name), "bright"),
    width=12,
    ideal=34,
    keep_end=True,
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
    keep_end=True,
)
_STYLES = {SnapshotStatus.COMPLETED: "muted", SnapshotStatus.ERROR: "bad"}


def _state(snapshot: Snapshot) -> Span:
    """What state it is in; of one in the making, how much of it is there."""
    status = snapshot.status
    if status is SnapshotStatus.PENDING and snapshot.percent is not None:
        return f"at {snapshot.percent} %", "warn"
    return status.value, _STYLES.get(status, "warn")


_REST: tuple[Column[Snapshot], ...] = (
    Column(
        id="created",
        title="Created",
        sort=SNAPSHOT_FIELDS["created"].rank,
        falling=True,
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
        told=lambda s: s.new_bytes is not None,
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
        told=lambda s: s.stored_bytes is not None,
    ),
    Column(
        id="status",
        title="State",
        sort=SNAPSHOT_FIELDS["status"].rank,
        cell=_state,
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
        told=lambda s: s.data_bytes is not None,
    ),
    Column(
        id="consistency",
        title="Read",
        sort=SNAPSHOT_FIELDS["consistency"].rank,
        cell=lambda s: (s.consistency or "-", "warn" if s.consistency == "fuzzy" else "muted"),
        width=6,
        drop=10,
        extra=True,
        told=lambda s: s.consistency is not None,
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
