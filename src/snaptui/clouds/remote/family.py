"""The family tree of a remote cloud's volumes and snapshots, from what they say of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.errors import NotFoundError
from snaptui.models import LineageNode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snaptui.models import Snapshot, Volume


def lineage(volumes: Iterable[Volume], snapshots: Iterable[Snapshot], uid: str) -> LineageNode:
    """The tree that a volume or snapshot belongs to: volume > snapshots > clones > …

    What is deleted and has descendants is shown as deleted, under the identifier they give it.

    Raises:
        NotFoundError: there is no such volume or snapshot.
    """
    return _Family(volumes, snapshots).tree(uid)


class _Family:
    def __init__(self, volumes: Iterable[Volume], snapshots: Iterable[Snapshot]) -> None:
        self._volumes = {volume.resource_uid: volume for volume in volumes}
        self._snapshots = {snapshot.resource_uid: snapshot for snapshot in snapshots}
        self._of_volume: dict[str, list[Snapshot]] = {}
        for snapshot in sorted(self._snapshots.values(), key=lambda s: s.created_at):
            self._of_volume.setdefault(snapshot.volume_uid, []).append(snapshot)
        self._clones: dict[str, list[str]] = {}
        for volume in self._volumes.values():
            if volume.source_snapshot_uid:
                clones = self._clones.setdefault(volume.source_snapshot_uid, [])
                clones.append(volume.resource_uid)

    def tree(self, uid: str) -> LineageNode:
        """The tree with `uid` in it, from its root."""
        if uid not in self._volumes and uid not in self._snapshots and uid not in self._of_volume:
            raise NotFoundError(f"there is no volume or snapshot {uid}")
        snapshot = self._snapshots.get(uid)
        root = snapshot.volume_uid if snapshot is not None else uid
        seen = {root}
        while (volume := self._volumes.get(root)) is not None and volume.source_snapshot_uid:
            origin = self._snapshots.get(volume.source_snapshot_uid)
            if origin is None:
                return self._gone(volume.source_snapshot_uid, set())
            if origin.volume_uid in seen:
                break
            root = origin.volume_uid
            seen.add(root)
        return self._volume(root, set())

    def _gone(self, uid: str, seen: set[str]) -> LineageNode:
        return LineageNode(
            uid=uid,
            name=uid,
            kind="snapshot",
            created_at=None,
            deleted=True,
            children=self._cloned_from(uid, seen),
        )

    def _cloned_from(self, uid: str, seen: set[str]) -> tuple[LineageNode, ...]:
        return tuple(self._volume(clone, seen) for clone in self._clones.get(uid, ()))

    def _volume(self, uid: str, seen: set[str]) -> LineageNode:
        volume = self._volumes.get(uid)
        of_volume = [] if uid in seen else self._of_volume.get(uid, [])
        seen.add(uid)
        children = tuple(
            LineageNode(
                uid=snapshot.resource_uid,
                name=snapshot.name or snapshot.resource_uid,
                kind="snapshot",
                created_at=snapshot.created_at,
                children=self._cloned_from(snapshot.resource_uid, seen),
            )
            for snapshot in of_volume
        )
        name = volume.name if volume is not None else ""
        if not name and of_volume:  # it is gone, and what it was called is known from them
            name = of_volume[-1].volume_name
        return LineageNode(
            uid=uid,
            name=name or uid,
            kind="volume",
            created_at=volume.created_at if volume is not None else None,
            deleted=volume is None,
            children=children,
        )
