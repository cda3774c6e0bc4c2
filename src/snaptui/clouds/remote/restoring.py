"""Which snapshot can be restored over its volume in a remote cloud, as far as a listing tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.clouds.base import Ability
from snaptui.errors import CloudConflictError
from snaptui.text import safe_text
from snaptui.units import exact_size, format_size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snaptui.clouds.remote.stock import Stock
    from snaptui.models import Snapshot, Volume

INSTEAD = "clone the snapshot instead"
CLONE = "`snaptui snapshot clone` makes a new volume of it"
"""The hint where a snapshot is not restored over its volume."""


def restores(snapshot: Snapshot, volume: Volume, others: Iterable[Snapshot]) -> Ability:
    """Whether a snapshot can be restored over its volume; Cinder, which can, does not each.

    Args:
        snapshot: which.
        volume: its volume as it is now.
        others: the volume's snapshots, as far as they are known.
    """
    name = safe_text(volume.name or volume.resource_uid)
    # of the same second, only the cloud knows which is newer
    newest = max(others, key=lambda each: each.created_at, default=snapshot)
    if newest.created_at > snapshot.created_at:
        return Ability(
            False,
            f"only the newest snapshot of the volume {name} can be restored over it, which is "
            f"{safe_text(newest.name or newest.resource_uid)}: {INSTEAD}",
        )
    if volume.size_bytes != snapshot.size_bytes:
        sizes = (volume.size_bytes, snapshot.size_bytes)
        of_volume, of_snapshot = map(format_size, sizes)
        if of_volume == of_snapshot:
            of_volume, of_snapshot = map(exact_size, sizes)
        return Ability(
            False,
            f"the volume {name} has {of_volume} and the snapshot {of_snapshot}, and only one of "
            f"the same size can be restored over it: {INSTEAD}",
        )
    return Ability(True)


def require_restorable(snapshot: Snapshot, volume: Volume, stock: Stock) -> None:
    """Raise if a snapshot cannot be restored over its volume, as far as is known.

    Raises:
        CloudConflictError: it cannot, and why.
    """
    others = (each for each in stock.snapshots.values() if each.volume_uid == volume.resource_uid)
    if not (can := restores(snapshot, volume, others)):
        raise CloudConflictError(can.reason, CLONE)
