"""A cloud in memory, behind the Provider protocol, that does what a test tells it to.

    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    monday = provider.put(a_snapshot(web, "monday"))
    provider.looks = 3                      # what is asked for is there at the third look
    provider.ends_in_error("no space")      # the next thing that is made ends in error
    provider.comes_back(monday.resource_uid, "it has a clone")   # a deletion that is not done
    provider.fails("delete_snapshot", CloudDownError("down"), at=2)   # the second call from now
    gate = provider.hangs("volumes page")   # until `gate.set()`
    install(monkeypatch, {"prod": provider})     # `snaptui --cloud prod` speaks to it

Things move on as they are looked at, one by one or in a listing: no test has to wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from snaptui.clouds import registry
from snaptui.clouds.base import Capability
from snaptui.clouds.remote.found import FoundCloud
from snaptui.clouds.remote.provider import Placement, Provider, Sharing
from snaptui.errors import CloudInUseError, CloudNotFoundError
from snaptui.models import (
    Attachment,
    BlockSummary,
    Diff,
    DiffRange,
    Instance,
    RangeKind,
    Snapshot,
    SnapshotStatus,
    Volume,
    VolumeStatus,
    VolumeType,
    Zone,
)
from tests.clouds.remote.things import GIB, START, Fault, a_snapshot, a_volume

__all__ = ["GIB", "START", "FakeProvider", "a_snapshot", "a_volume", "install"]

BLOCK = 512 * 1024
Thing = TypeVar("Thing", Volume, Snapshot)


class FakeProvider:
    """One project of a cloud that is not there.

    Attributes:
        volumes_there: all volumes by Resource UID, as they are now.
        snapshots_there: likewise.
        calls: the methods that were called, in order, each with its arguments.
        page: how many things a page has.
        looks: after so many looks what was asked for is done.
        cautions: what is to be known before something is done.
        reasons: what `why` says, by Resource UID.
        offered: the zones, volume types and instances.
        attach_note: what there is to know about what is attached.
        held: so many times an instance is said to have still what was detached from it.
        rounds_to: the sizes of volumes are multiples of it.
        connected: it was connected and not closed since.
    """

    def __init__(
        self,
        *,
        kind: str = "openstack",
        place: str = "project test, RegionOne",
        page: int = 1000,
        looks: int = 2,
        cannot: Mapping[Capability, str] | None = None,
    ) -> None:
        self.kind = kind
        self.place = place
        self.cautions: dict[Capability, str] = {}
        self.cannot: Mapping[Capability, str] = cannot or {}
        self.page = page
        self.looks = looks
        self.held = 0
        self.volumes_there: dict[str, Volume] = {}
        self.snapshots_there: dict[str, Snapshot] = {}
        self.reasons: dict[str, str] = {}
        self.offered_zones = [Zone(name="nova"), Zone(name="other")]
        self.offered_types = [VolumeType(name="fast", is_default=True)]
        self.offered_instances = [Instance(resource_uid="i-1", name="server", zone="nova")]
        self.attaches_across_zones = False
        self.attach_note = ""
        self.rounds_to = 1
        self.connected = False
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self._faults: dict[str, list[Fault]] = {}
        self._next: dict[str, deque[Volume | Snapshot | None]] = {}
        self._tokens: dict[str, str] = {}
        self._stubborn: dict[str, str] = {}
        self._failing: deque[str] = deque()

    # -- what a test tells it

    def put(self, thing: Thing) -> Thing:
        """Have a volume or snapshot, at once."""
        if isinstance(thing, Volume):
            self.volumes_there[thing.resource_uid] = thing
        else:
            self.snapshots_there[thing.resource_uid] = thing
        return thing

    def vanishes(self, uid: str) -> None:
        """Somebody else deletes it."""
        self.volumes_there.pop(uid, None)
        self.snapshots_there.pop(uid, None)
        self._next.pop(uid, None)

    def becomes(self, uid: str, *states: Volume | Snapshot | None) -> None:
        """What is seen of a thing, look by look; the last one stays, None is gone."""
        self._next[uid] = deque(states)

    def ends_in_error(self, why: str) -> None:
        """The next thing that is made, or the next restore, ends in error, for that reason."""
        self._failing.append(why)

    def comes_back(self, uid: str, why: str) -> None:
        """Its deletion is accepted, and then not done."""
        self._stubborn[uid] = why

    def fails(self, method: str, error: Exception, *, at: int = 1, times: int | None = 1) -> None:
        """A method raises at its `at`-th call from now, `times` times (None: from then on).

        `*` is any method; `volumes page` and `snapshots page` are the pages of the listings.
        """
        self._faults.setdefault(method, []).append(Fault(error, at - 1, times))

    def hangs(self, method: str, *, at: int = 1, times: int | None = None) -> asyncio.Event:
        """A method does not return, until the event that this returns is set."""
        event = asyncio.Event()
        self._faults.setdefault(method, []).append(Fault(event, at - 1, times))
        return event

    def recovers(self) -> None:
        """Nothing fails or hangs any more that has not begun to."""
        self._faults.clear()

    @property
    def asked(self) -> list[str]:
        """The names of the methods that were called, in order."""
        return [name for name, _ in self.calls]

    # -- what it does then

    async def _call(self, method: str, *arguments: Any) -> None:
        self.calls.append((method, arguments))
        for name in (method, "*"):
            for fault in self._faults.get(name, ()):
                if not fault.due():
                    continue
                if isinstance(fault.does, Exception):
                    raise fault.does
                await fault.does.wait()
        await asyncio.sleep(0)

    def _look(self, uid: str) -> Volume | Snapshot | None:
        if states := self._next.get(uid):
            state = states.popleft()
            if state is None:
                self.vanishes(uid)
            elif isinstance(state, Volume):
                self.put(state)
            else:
                self.put(state)
        return self.volumes_there.get(uid) or self.snapshots_there.get(uid)

    def _doing(self, now: Thing, then: Thing | None) -> None:
        """Be `now` for all looks but the last, which sees `then`."""
        self.put(now)
        self.becomes(now.resource_uid, *[now] * (self.looks - 1), then)

    async def connect(self) -> None:
        await self._call("connect")
        self.connected = True

    async def close(self) -> None:
        self.calls.append(("close", ()))
        self.connected = False

    async def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        await self._call("volumes")
        uids = list(self.volumes_there)
        for first in range(0, len(uids), self.page):
            await self._call("volumes page")
            seen = [self._look(uid) for uid in uids[first : first + self.page]]
            yield [each for each in seen if isinstance(each, Volume)]

    async def snapshots(self) -> AsyncIterator[Sequence[Snapshot]]:
        await self._call("snapshots")
        uids = list(self.snapshots_there)
        for first in range(0, len(uids), self.page):
            await self._call("snapshots page")
            seen = [self._look(uid) for uid in uids[first : first + self.page]]
            yield [each for each in seen if isinstance(each, Snapshot)]

    async def volume(self, uid: str) -> Volume | None:
        await self._call("volume", uid)
        seen = self._look(uid)
        return seen if isinstance(seen, Volume) else None

    async def snapshot(self, uid: str) -> Snapshot | None:
        await self._call("snapshot", uid)
        seen = self._look(uid)
        return seen if isinstance(seen, Snapshot) else None

    async def zones(self) -> Sequence[Zone]:
        await self._call("zones")
        return self.offered_zones

    async def volume_types(self) -> Sequence[VolumeType]:
        await self._call("volume_types")
        return self.offered_types

    async def instances(self) -> Sequence[Instance]:
        await self._call("instances")
        return self.offered_instances

    async def why(self, uid: str) -> str:
        await self._call("why", uid)
        return self.reasons.get(uid, "")

    async def create_snapshot(
        self, volume: Volume, *, name: str, description: str, token: str, again: bool = False
    ) -> Snapshot:
        del again
        await self._call("create_snapshot", volume.resource_uid, name, token)
        if token in self._tokens:
            return self.snapshots_there[self._tokens[token]]
        made = a_snapshot(
            volume,
            name,
            description=description,
            created_at=datetime.now(UTC),
            status=SnapshotStatus.PENDING,
            percent=0,
        )
        self._tokens[token] = made.resource_uid
        self.put(made)
        steps = [replace(made, percent=100 * step // self.looks) for step in range(1, self.looks)]
        done = replace(made, status=SnapshotStatus.COMPLETED, percent=100)
        if self._failing:
            self.reasons[made.resource_uid] = self._failing.popleft()
            done = replace(made, status=SnapshotStatus.ERROR)
        self.becomes(made.resource_uid, *steps, done)
        return made

    async def update_snapshot(
        self, uid: str, *, name: str | None = None, description: str | None = None
    ) -> Snapshot:
        await self._call("update_snapshot", uid, name, description)
        if (there := self.snapshots_there.get(uid)) is None:
            raise CloudNotFoundError(f"there is no snapshot {uid}")
        if name is not None:
            there = replace(there, name=name)
        if description is not None:
            there = replace(there, description=description)
        return self.put(there)

    async def delete_snapshot(self, uid: str) -> None:
        await self._call("delete_snapshot", uid)
        if (snapshot := self.snapshots_there.get(uid)) is None:
            return
        then = None if uid not in self._stubborn else snapshot
        if uid in self._stubborn:
            self.reasons[uid] = self._stubborn[uid]
        self._doing(replace(snapshot, status=SnapshotStatus.DELETING), then)

    async def create_volume(
        self,
        *,
        name: str,
        placement: Placement,
        snapshot: Snapshot | None,
        token: str,
        again: bool = False,
    ) -> Volume:
        await self._call("create_volume", name, placement, snapshot, token, again)
        if again and (before := self.volumes_there.get(self._tokens.get(token, ""))) is not None:
            return before
        size = placement.size_bytes or (snapshot.size_bytes if snapshot is not None else 0)
        size = -(-size // self.rounds_to) * self.rounds_to
        made = a_volume(
            name,
            size_bytes=size,
            zone=placement.zone or "nova",
            volume_type=placement.volume_type or "",
            status=VolumeStatus.CREATING,
            source_snapshot_uid=snapshot.resource_uid if snapshot is not None else None,
        )
        done = replace(made, status=VolumeStatus.AVAILABLE)
        if self._failing:
            self.reasons[made.resource_uid] = self._failing.popleft()
            done = replace(made, status=VolumeStatus.ERROR)
        self._tokens[token] = made.resource_uid
        self._doing(made, done)
        return made

    async def delete_volume(self, uid: str) -> None:
        await self._call("delete_volume", uid)
        if (volume := self.volumes_there.get(uid)) is None:
            return
        if volume.attachment is not None:
            raise CloudInUseError(f"the volume {uid} is attached")
        then = None if uid not in self._stubborn else volume
        if uid in self._stubborn:
            self.reasons[uid] = self._stubborn[uid]
        self._doing(replace(volume, status=VolumeStatus.DELETING), then)

    async def resize_volume(self, uid: str, size_bytes: int) -> None:
        await self._call("resize_volume", uid, size_bytes)
        volume = self._there(uid)
        self._change(volume, replace(volume, size_bytes=size_bytes), "extending")

    async def attach(self, volume: Volume, instance: str, device: str) -> str:
        await self._call("attach", volume.resource_uid, instance, device)
        volume = self._there(volume.resource_uid)
        attachment = Attachment(
            volume_uid=volume.resource_uid, instance=instance, device=device or "/dev/vdb"
        )
        then = replace(volume, status=VolumeStatus.IN_USE, attachment=attachment)
        self._change(volume, then, "attaching")
        return self.attach_note

    async def detach(self, volume: Volume, attachment: Attachment) -> None:
        await self._call("detach", volume.resource_uid, attachment)
        volume = self._there(volume.resource_uid)
        left = [
            each
            for each in (volume.attachment, *volume.other_attachments)
            if each is not None
            and (each.instance, each.device) != (attachment.instance, attachment.device)
        ]
        then = replace(
            volume,
            status=VolumeStatus.IN_USE if left else VolumeStatus.AVAILABLE,
            attachment=left[0] if left else None,
            other_attachments=tuple(left[1:]),
        )
        self._change(volume, then, "detaching")

    async def holds(self, volume: Volume, attachment: Attachment) -> bool:
        await self._call("holds", volume.resource_uid, attachment)
        self.held -= 1
        return self.held >= 0

    async def share(self, snapshot: Snapshot, sharing: Sharing) -> None:
        await self._call("share", snapshot.resource_uid, sharing)
        there = self.snapshots_there[snapshot.resource_uid]
        shared = {"visibility": sharing.visibility, "shared_with": sharing.shared_with}
        self.put(replace(there, **shared))  # type: ignore[arg-type]

    async def diff(self, from_uid: str | None, to_uid: str) -> Diff:
        await self._call("diff", from_uid, to_uid)
        changed = DiffRange(offset=0, length=BLOCK, kind=RangeKind.CHANGED)
        return Diff(
            from_uid=from_uid,
            to_uid=to_uid,
            block_size=BLOCK,
            changed_bytes=BLOCK,
            added_bytes=0,
            removed_bytes=0,
            ranges=(changed,),
        )

    async def blocks(self, snapshot: Snapshot, parent: Snapshot | None, cells: int) -> BlockSummary:
        before = parent.resource_uid if parent is not None else None
        await self._call("blocks", snapshot.resource_uid, before, cells)
        return BlockSummary(
            snapshot_uid=snapshot.resource_uid,
            size_bytes=snapshot.size_bytes,
            block_size=BLOCK,
            new_bytes=BLOCK,
            shared_bytes=0,
            hole_bytes=snapshot.size_bytes - BLOCK,
            stored_bytes=BLOCK,
            new_cells=(1.0, *[0.0] * (cells - 1)),
            data_cells=(1.0, *[0.0] * (cells - 1)),
        )

    async def revert(self, snapshot: Snapshot) -> None:
        await self._call("revert", snapshot.resource_uid)
        volume = self._there(snapshot.volume_uid)
        then = volume
        if self._failing:
            self.reasons[volume.resource_uid] = self._failing.popleft()
            then = replace(volume, status=VolumeStatus.ERROR)
        self._change(volume, then, "reverting")

    def _there(self, uid: str) -> Volume:
        if (volume := self.volumes_there.get(uid)) is None:
            raise CloudNotFoundError(f"there is no volume {uid}")
        return volume

    def _change(self, volume: Volume, then: Volume, doing: str) -> None:
        self._doing(replace(volume, status=VolumeStatus.BUSY, reason=doing), then)


@dataclass
class _FakeKind:
    """In place of the package of a kind of clouds."""

    kind: str
    providers: Mapping[str, Provider]

    def missing(self, environ: Mapping[str, str]) -> Sequence[str]:
        del environ
        return ()

    def identities(
        self, every: Sequence[Mapping[str, str]], environ: Mapping[str, str]
    ) -> Sequence[tuple[str, ...] | None]:
        del environ
        return [tuple(sorted(options.values())) or None for options in every]

    def check(self, options: Mapping[str, str], environ: Mapping[str, str]) -> Sequence[str]:
        del options, environ
        return ()

    def found(self, environ: Mapping[str, str]) -> Sequence[FoundCloud]:
        del environ
        return [
            FoundCloud(name=name, kind=self.kind, options={"test": name}, origin="the test")
            for name, provider in self.providers.items()
            if provider.kind == self.kind
        ]

    def make_provider(
        self, name: str, options: Mapping[str, str], environ: Mapping[str, str]
    ) -> Provider:
        del options, environ
        return self.providers[name]


def install(monkeypatch: pytest.MonkeyPatch, providers: Mapping[str, Provider]) -> None:
    """Have these clouds, by name, in the registry of this process, and no others.

    They are found without a config file; one that names them (with the kind of the provider) adds
    what it says of them: `read_only`, `refresh`.
    """
    monkeypatch.setattr(registry, "_package", lambda kind: _FakeKind(kind, providers))
