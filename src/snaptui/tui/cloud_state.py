"""What the screen knows of one cloud, and how news change that."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from snaptui.models import Snapshot, Volume
from snaptui.models.order import snapshot_order, volume_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from snaptui.clouds.base import Cloud
    from snaptui.models import Changes, CloudInfo

T = TypeVar("T", Volume, Snapshot)

LISTING = "the snapshots are still being listed"
"""What there is to say of snapshots before they are known."""
VOLUMES_LISTING = "the volumes are still being listed"
"""Likewise of volumes."""


@dataclass(frozen=True)
class Difference:
    """What changed in a cloud, by Resource UID."""

    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class Loaded(NamedTuple):
    """What a cloud said, and how that differs from what was known."""

    volumes: dict[str, Volume]
    snapshots: dict[str, Snapshot]
    by_volume: dict[str, list[Snapshot]]
    difference: Difference


@dataclass
class CloudState:
    """One cloud, as last seen."""

    cloud: Cloud
    info: CloudInfo | None = None
    loaded: bool = False
    """Its volumes are known, or that it is down."""
    complete: bool = False
    """Its snapshots are known, too: before that, none is missing, and they are not counted."""
    wanted: bool = False
    """What was in it the last time is to be known, too, though nobody has opened it."""
    volumes: dict[str, Volume] = field(default_factory=dict, repr=False)
    snapshots: dict[str, Snapshot] = field(default_factory=dict, repr=False)
    by_volume: dict[str, list[Snapshot]] = field(default_factory=dict, repr=False)
    generation: int = 0
    """Counts the changes: what was loaded for an older generation may be stale."""

    @property
    def name(self) -> str:
        """The cloud's name."""
        return self.cloud.name

    @property
    def is_counted(self) -> bool:
        """Whether how much is in it is known, be it from the last time."""
        info = self.info
        if self.volumes or self.snapshots or info is None or info.as_of is not None:
            return True
        return info.available and info.opened and info.answered

    @property
    def is_missed(self) -> bool:
        """Whether something is looked for in it that is not at hand yet, but was known."""
        closed = self.info is not None and not self.info.opened
        return self.wanted and closed and not self.complete

    @property
    def volume_count(self) -> int:
        """How many volumes it has, or had the last time."""
        told = self.info.volume_count if self.info is not None else None
        return told if told is not None and not self.complete else len(self.volumes)

    @property
    def snapshot_count(self) -> int:
        """Likewise; what is still being listed is not counted."""
        told = self.info.snapshot_count if self.info is not None else None
        return told if told is not None and not self.complete else len(self.snapshots)

    def of_volume(self, uid: str) -> Sequence[Snapshot]:
        """A volume's snapshots, newest first."""
        return self.by_volume.get(uid, ())

    def newest(self, uid: str) -> Snapshot | None:
        """A volume's newest snapshot."""
        snapshots = self.of_volume(uid)
        return snapshots[0] if snapshots else None

    @property
    def usual_zone(self) -> str:
        """The zone that most of its volumes are in; of equals the first by name."""
        counts = Counter(volume.zone for volume in self.volumes.values())
        return min(counts, key=lambda zone: (-counts[zone], zone), default="")

    def take(self, volumes: Sequence[Volume], snapshots: Sequence[Snapshot]) -> Difference:
        """Take over what was loaded, and say what that changed."""
        return self.take_over(self.compared(volumes, snapshots))

    def take_volumes(self, volumes: Sequence[Volume]) -> Difference:
        """Know these from now on, and that their snapshots are still being listed."""
        self.volumes = {volume.resource_uid: volume for volume in volumes}
        self.loaded = True
        self.generation += 1
        return Difference(added=frozenset(self.volumes))

    def compared(self, volumes: Sequence[Volume], snapshots: Sequence[Snapshot]) -> Loaded:
        """What was loaded beside what is known: changes nothing, so any thread may do it."""
        before: dict[str, Volume | Snapshot] = {**self.volumes, **self.snapshots}
        by_volume: dict[str, list[Snapshot]] = {}
        for snapshot in snapshots:
            by_volume.setdefault(snapshot.volume_uid, []).append(snapshot)
        volumes_now = {volume.resource_uid: volume for volume in volumes}
        snapshots_now = {snapshot.resource_uid: snapshot for snapshot in snapshots}
        now: dict[str, Volume | Snapshot] = {**volumes_now, **snapshots_now}
        difference = Difference(
            added=frozenset(now.keys() - before.keys()),
            removed=frozenset(before.keys() - now.keys()),
            changed=frozenset(
                uid for uid, thing in now.items() if uid in before and before[uid] != thing
            ),
        )
        return Loaded(volumes_now, snapshots_now, by_volume, difference)

    def take_over(self, loaded: Loaded) -> Difference:
        """Know this from now on."""
        self.volumes, self.snapshots = loaded.volumes, loaded.snapshots
        self.by_volume = loaded.by_volume
        self.loaded = self.complete = True
        self.generation += 1
        return loaded.difference

    def apply(self, changes: Changes) -> Difference:
        """Take over what changed, without looking at all the rest."""
        before = {
            thing.resource_uid: self.volumes.get(thing.resource_uid)
            or self.snapshots.get(thing.resource_uid)
            for thing in changes.things
        }
        removed = {uid for uid in changes.removed if uid in self.volumes or uid in self.snapshots}
        news = {uid for uid, old in before.items() if old is None}
        changed = {
            thing.resource_uid
            for thing in changes.things
            if before[thing.resource_uid] not in (None, thing)
        }
        difference = Difference(frozenset(news), frozenset(removed), frozenset(changed))
        if difference:
            fresh = news | changed
            snapshots = [each for each in changes.snapshots if each.resource_uid in fresh]
            self._change_by_volume(snapshots, removed)
            volumes = [each for each in changes.volumes if each.resource_uid in fresh]
            self.volumes = merged(self.volumes, volumes, removed, volume_order)
            self.snapshots = merged(self.snapshots, snapshots, removed, snapshot_order)
        self.generation += 1
        return difference

    def _change_by_volume(self, fresh: Iterable[Snapshot], removed: set[str]) -> None:
        """To be called before `snapshots` changes: that tells whose list something leaves."""
        coming: dict[str, list[Snapshot]] = {}
        leaving: dict[str, set[str]] = {}
        for snapshot in fresh:
            coming.setdefault(snapshot.volume_uid, []).append(snapshot)
        for uid in (*removed, *(snapshot.resource_uid for snapshot in fresh)):
            if (old := self.snapshots.get(uid)) is not None:
                leaving.setdefault(old.volume_uid, set()).add(uid)
        for volume_uid in coming.keys() | leaving.keys():
            gone = leaving.get(volume_uid, set())
            kept = [s for s in self.of_volume(volume_uid) if s.resource_uid not in gone]
            kept += coming.get(volume_uid, ())
            # A list of its own: the one before may be on the screen.
            if kept:
                self.by_volume[volume_uid] = sorted(kept, key=snapshot_order)
            else:
                del self.by_volume[volume_uid]


def merged(
    known: dict[str, T], fresh: Sequence[T], removed: Iterable[str], order: Callable[[T], Any]
) -> dict[str, T]:
    """`known`, which is in order, without what is removed and with what is fresh, in order.

    Only what is fresh is compared: 100 000 others are not gone through one by one.
    """
    result = dict(known)
    for uid in removed:
        result.pop(uid, None)
    moving: list[T] = []
    for thing in fresh:
        old = result.get(thing.resource_uid)
        if old is not None and order(old) == order(thing):
            result[thing.resource_uid] = thing
        else:
            result.pop(thing.resource_uid, None)
            moving.append(thing)
    if not moving:
        return result
    things = list(result.values())
    for thing in moving:
        things.insert(bisect_left(things, order(thing), key=order), thing)
    return {thing.resource_uid: thing for thing in things}
