"""The order that lists of volumes and snapshots have when nobody has asked for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snaptui.models.things import Snapshot, Volume


def volume_order(volume: Volume) -> tuple[str, str]:
    """By name."""
    return volume.name.casefold(), volume.resource_uid


class _Descending(str):
    """Text that sorts backwards."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)


def snapshot_order(snapshot: Snapshot) -> tuple[float, _Descending]:
    """Newest first."""
    return -snapshot.created_at.timestamp(), _Descending(snapshot.resource_uid)
