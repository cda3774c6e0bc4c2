"""What is known of a remote cloud: its volumes and snapshots, put together, and what changed when.

A provider tells of volumes and of snapshots, each by itself. Here a volume learns how many
snapshots it has and how old the newest is, and a snapshot what its volume is called. What has no
name is called by its Resource UID.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from snaptui.models import Changes, Snapshot, SnapshotStatus, Volume
from snaptui.models.order import snapshot_order, volume_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

KEPT = 256
"""So many changes are remembered."""


class Stock:
    """Volumes and snapshots by Resource UID.

    Attributes:
        version: goes up with each change.
        volumes: put together, in no order.
        snapshots: likewise.
    """

    def __init__(self) -> None:
        self.version = 0
        self.volumes: dict[str, Volume] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self._of_volume: dict[str, dict[str, datetime | None]] = {}
        self._changed: deque[tuple[int, frozenset[str]]] = deque(maxlen=KEPT)

    def put(
        self,
        volumes: Sequence[Volume] = (),
        snapshots: Sequence[Snapshot] = (),
        *,
        known: bool = False,
    ) -> bool:
        """Take over what a provider tells of some; whether that is news.

        What was `known` before anybody looked is no change.
        """
        volumes = [named(volume) for volume in volumes]
        touched = {volume.resource_uid for volume in volumes}
        changed: set[str] = set()
        for snapshot in snapshots:
            before = self.snapshots.get(snapshot.resource_uid)
            if fresh := self._put_snapshot(snapshot):
                changed |= fresh
                touched |= {each.volume_uid for each in (before, snapshot) if each is not None}
        for volume in volumes:
            old = self.volumes.get(volume.resource_uid)
            if old is None or old.name != volume.name:
                changed |= self._rename(volume)
            if self._put_volume(volume):
                changed.add(volume.resource_uid)
        told = {volume.resource_uid for volume in volumes}
        for uid in touched - told:
            if (volume_of := self.volumes.get(uid)) is not None and self._put_volume(volume_of):
                changed.add(uid)
        return self._note(set() if known else changed)

    def remove(self, uids: Iterable[str]) -> bool:
        """These are not there any more; whether they were."""
        changed: set[str] = set()
        for uid in uids:
            if self.volumes.pop(uid, None) is not None:
                changed.add(uid)
            if (gone := self.snapshots.pop(uid, None)) is not None:
                changed.add(uid)
                self._of_volume.get(gone.volume_uid, {}).pop(uid, None)
                volume = self.volumes.get(gone.volume_uid)
                if volume is not None and self._put_volume(volume):
                    changed.add(volume.resource_uid)
        return self._note(changed)

    def keep_volumes(self, uids: set[str]) -> bool:
        """All there are; any others are gone."""
        return self.remove([uid for uid in self.volumes if uid not in uids])

    def keep_snapshots(self, uids: set[str]) -> bool:
        """All there are; any others are gone."""
        return self.remove([uid for uid in self.snapshots if uid not in uids])

    def in_order(self) -> tuple[list[Volume], list[Snapshot]]:
        """The volumes by name, the snapshots newest first."""
        volumes = sorted(self.volumes.values(), key=volume_order)
        return volumes, sorted(self.snapshots.values(), key=snapshot_order)

    def changes(self, since: int) -> Changes | None:
        """What changed since a version; None when that is not known any more."""
        if since == self.version:
            return Changes()
        if since > self.version or not self._changed or self._changed[0][0] > since + 1:
            return None
        uids = frozenset[str]().union(*(uids for at, uids in self._changed if at > since))
        volumes = (self.volumes[uid] for uid in uids if uid in self.volumes)
        snapshots = [self.snapshots[uid] for uid in uids if uid in self.snapshots]
        gone = frozenset(u for u in uids if u not in self.volumes and u not in self.snapshots)
        return Changes(
            volumes=tuple(sorted(volumes, key=volume_order)),
            snapshots=tuple(sorted(snapshots, key=snapshot_order)),
            removed=gone,
        )

    def _put_snapshot(self, snapshot: Snapshot) -> set[str]:
        uid = snapshot.resource_uid
        volume = self.volumes.get(snapshot.volume_uid)
        old = self.snapshots.get(uid)
        name = volume.name if volume is not None else snapshot.volume_name
        if not name and old is not None:
            name = old.volume_name  # the volume is gone, its name is not forgotten
        if snapshot.visibility is None and old is not None:
            # what a listing does not tell was found out when somebody looked closely
            snapshot = replace(snapshot, visibility=old.visibility, shared_with=old.shared_with)
        new = replace(snapshot, name=snapshot.name or uid, volume_name=name or snapshot.volume_uid)
        if old is not None and old.volume_uid != new.volume_uid:
            self._of_volume[old.volume_uid].pop(uid)
        # one that failed, or is not there yet, is no state of the volume that one could go back to
        complete = snapshot.status is SnapshotStatus.COMPLETED
        taken = snapshot.created_at if complete else None
        self._of_volume.setdefault(snapshot.volume_uid, {})[uid] = taken
        if new == old:
            return set()
        self.snapshots[uid] = new
        return {uid}

    def _put_volume(self, volume: Volume) -> bool:
        taken = self._of_volume.get(volume.resource_uid, {})
        new = replace(
            volume,
            snapshot_count=len(taken),
            last_snapshot_at=max((at for at in taken.values() if at is not None), default=None),
        )
        if new == self.volumes.get(volume.resource_uid):
            return False
        self.volumes[volume.resource_uid] = new
        return True

    def _rename(self, volume: Volume) -> set[str]:
        """A volume came, or is called otherwise: its snapshots tell its name."""
        changed = set()
        for uid in self._of_volume.get(volume.resource_uid, {}):
            if self.snapshots[uid].volume_name != volume.name:
                self.snapshots[uid] = replace(self.snapshots[uid], volume_name=volume.name)
                changed.add(uid)
        return changed

    def _note(self, changed: set[str]) -> bool:
        if changed:
            self.version += 1
            self._changed.append((self.version, frozenset(changed)))
        return bool(changed)


def named(volume: Volume) -> Volume:
    """The volume, which is called by its Resource UID if it has no name."""
    return volume if volume.name else replace(volume, name=volume.resource_uid)
