"""A remote cloud, as commands and jobs see it: each question is asked of the cloud itself."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from snaptui.clouds.base import Ability, Capability
from snaptui.clouds.remote import abilities
from snaptui.clouds.remote.block_access import (
    NO_BLOCK_ACCESS,
    BlockAccess,
    require_complete,
    require_open,
)
from snaptui.clouds.remote.copying import NO_COPIES, CopiesSnapshots, require_region
from snaptui.clouds.remote.family import lineage
from snaptui.clouds.remote.ledger import Ledger, NoLedger
from snaptui.clouds.remote.naming import InstanceNames
from snaptui.clouds.remote.planning import plan_snapshots, plan_volume
from snaptui.clouds.remote.public import NO_PUBLIC, HasPublicSnapshots, called
from snaptui.clouds.remote.quotas import NO_QUOTAS, HasQuotas
from snaptui.clouds.remote.restoring import require_restorable, restores
from snaptui.clouds.remote.snapshot_work import SnapshotWork
from snaptui.clouds.remote.stock import Stock, named
from snaptui.clouds.remote.together import together
from snaptui.clouds.remote.volume_making import (
    VolumeMaking,
    require_large_enough,
    require_meant,
)
from snaptui.clouds.remote.volume_work import VolumeWork
from snaptui.clouds.remote.waiting import Pace
from snaptui.clouds.troubles import trouble_of
from snaptui.engine.references import resolve
from snaptui.errors import CloudError, SnaptuiError, UnsupportedError
from snaptui.models import CloudInfo, CloudTrouble, SnapshotStatus
from snaptui.requests import (
    CheckRequest,
    CloneRequest,
    CopyRequest,
    CreateVolumeRequest,
    ExportRequest,
    ImportRequest,
    RestoreRequest,
    SnapshotRequest,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Hashable, Iterable, Sequence

    from snaptui.clouds.remote.provider import Provider
    from snaptui.models import (
        BlockSummary,
        Changes,
        Deletion,
        Diff,
        Event,
        Instance,
        LineageNode,
        Quota,
        Snapshot,
        Volume,
        VolumeType,
        Zone,
    )
    from snaptui.requests import JobRequest

_WHOLE = re.compile(r"(?:vol|snap)-[0-9a-f]{8,17}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
"""What an identifier of the clouds looks like: those are asked for without listing everything."""
_USUALLY = {
    Capability.COPY: NO_COPIES,
    Capability.PUBLIC_SNAPSHOTS: NO_PUBLIC,
    Capability.QUOTAS: NO_QUOTAS,
}
"""Why a provider cannot what not every provider can, when it does not say so itself."""
RECENT = 10.0
"""A listing is as good as a new one for so many seconds, unless something was done meanwhile."""


class RemoteCloud(SnapshotWork, VolumeMaking, VolumeWork):
    """A cloud behind a provider. Speaks the `Cloud` protocol."""

    def __init__(
        self,
        name: str,
        provider: Provider,
        *,
        read_only: bool = False,
        ledger: Ledger | None = None,
        pace: Pace | None = None,
    ) -> None:
        """A cloud; nothing is asked of it yet.

        Args:
            name: what it is called.
            provider: speaks to it.
            read_only: nothing in it may be changed.
            ledger: where it is written down what was done to it.
            pace: how often it is asked whether it is done.
        """
        super().__init__(name, provider, ledger or NoLedger(), pace or Pace())
        self._read_only = read_only
        self.names = InstanceNames(provider, lambda: self.clock())  # noqa: PLW0108 - it may be set later
        self._listed: Stock | None = None
        self._listed_at = 0.0
        self._done = 0

    # -- what it is and can do

    def ability(self, capability: Capability) -> Ability:
        """What this cloud can do."""
        if not self._knows_how(capability):
            usual = _USUALLY.get(capability, NO_BLOCK_ACCESS)
            return Ability(False, self.provider.cannot.get(capability, usual))
        able = abilities.ability(self.provider.cannot, capability, read_only=self._read_only)
        caution = self.provider.cautions.get(capability, "") if able else ""
        return replace(able, caution=caution) if caution else able

    def restores(self, snapshot: Snapshot, volume: Volume, others: Iterable[Snapshot]) -> Ability:
        """Whether a snapshot can be restored over its volume."""
        return self.ability(Capability.RESTORE_IN_PLACE) and restores(snapshot, volume, others)

    def _knows_how(self, capability: Capability) -> bool:
        """Whether the provider has what not every provider has."""
        match capability:
            case Capability.IMPORT | Capability.EXPORT:
                return isinstance(self.provider, BlockAccess)
            case Capability.PUBLIC_SNAPSHOTS:
                return isinstance(self.provider, HasPublicSnapshots)
            case Capability.QUOTAS:
                return isinstance(self.provider, HasQuotas)
            case Capability.COPY:
                return isinstance(self.provider, CopiesSnapshots)
        return True

    async def open(self) -> None:
        """It is asked when something is wanted of it."""

    async def close(self) -> None:
        """Give up the connections."""
        await self.provider.close()

    def look_again(self) -> None:
        """Do not believe what was listed a moment ago."""
        self._listed = None
        self._done += 1

    async def look_closely(self, snapshot_uid: str) -> None:
        """Each is asked for by itself."""
        del snapshot_uid

    def gone(self, uids: Sequence[str]) -> None:
        """These were deleted."""
        if self._listed is not None:
            self._listed.remove(uids)

    async def info(self) -> CloudInfo:
        """Whether its credentials are good and it answers."""
        reason, trouble = "", CloudTrouble.DOWN
        try:
            await self.provider.connect()
        except SnaptuiError as error:
            reason, trouble = str(error), trouble_of(error)
        return CloudInfo(
            name=self.name,
            kind=self.provider.kind,
            available=not reason,
            reason=reason,
            trouble=trouble,
            read_only=self._read_only,
            place=self.provider.place,
        )

    async def change_token(self) -> Hashable:
        """Never the same: nobody looks in between."""
        return object()

    async def changes(self, since: Hashable) -> Changes | None:
        """Not known: nobody looks in between."""
        del since
        return None

    # -- listing

    async def stock(self) -> Stock:
        """All volumes and snapshots, listed at once; what was listed a moment ago is.

        To plan the deletion of twenty volumes is one listing of thousands of snapshots, not twenty.
        """
        if self._listed is not None and self.clock() - self._listed_at < RECENT:
            return self._listed
        await self.provider.connect()
        stock, done = Stock(), self._done

        async def list_volumes() -> None:
            async for page in self.provider.volumes():
                stock.put(volumes=page)

        async def list_snapshots() -> None:
            async for page in self.provider.snapshots():
                stock.put(snapshots=page)

        await together(list_volumes(), list_snapshots())
        stock.put(await self.names.of(stock.volumes.values()))
        if done == self._done:  # else something was done meanwhile, which it may not have
            self._listed, self._listed_at = stock, self.clock()
        return stock

    async def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        """All volumes, by name."""
        volumes, _ = (await self.stock()).in_order()
        if volumes:
            yield volumes

    async def snapshots(self, volume_uid: str | None = None) -> AsyncIterator[Sequence[Snapshot]]:
        """All snapshots, or one volume's, newest first."""
        _, snapshots = (await self.stock()).in_order()
        if volume_uid is not None:
            snapshots = [each for each in snapshots if each.volume_uid == volume_uid]
        if snapshots:
            yield snapshots

    async def public_snapshots(self, owner: str = "") -> AsyncGenerator[Sequence[Snapshot], None]:
        """What others have made public; asked for page by page, and not kept."""
        self.require(Capability.PUBLIC_SNAPSHOTS)
        if not isinstance(self.provider, HasPublicSnapshots):
            raise UnsupportedError(f"{self.name}: {NO_PUBLIC}")
        await self.provider.connect()
        async for page in self.provider.public_snapshots(owner):
            yield [called(each) for each in page]

    async def volume(self, reference: str) -> Volume:
        """One volume, by Resource UID, unique prefix or unique name, its snapshots counted."""
        return self._volume_of(await self.stock(), reference)

    async def found_volume(self, reference: str) -> Volume:
        """One volume, its snapshots not counted."""
        if _WHOLE.fullmatch(reference):
            await self.provider.connect()
            found = await self.provider.volume(reference)
            if found is not None:
                return self.names.named(named(found))
        return self._volume_of(await self.stock(), reference)

    def _volume_of(self, stock: Stock, reference: str) -> Volume:
        rows = {uid: {"name": each.name} for uid, each in stock.volumes.items()}
        return stock.volumes[resolve("volume", reference, rows, cloud=self.name)]

    async def snapshot(self, reference: str) -> Snapshot:
        """One snapshot, by Resource UID, unique prefix or unique name."""
        if _WHOLE.fullmatch(reference):
            await self.provider.connect()
            found = await self.provider.snapshot(reference)
            if found is not None:
                volume = await self.provider.volume(found.volume_uid)
                stock = Stock()
                stock.put([volume] if volume is not None else [], [found])
                return stock.snapshots[found.resource_uid]
        stock = await self.stock()
        rows = {uid: {"name": each.name} for uid, each in stock.snapshots.items()}
        uid = resolve("snapshot", reference, rows, cloud=self.name)
        if stock.snapshots[uid].visibility is None:  # a listing does not tell everything of each
            found = await self.provider.snapshot(uid)
            stock.put(snapshots=[found] if found is not None else [])
        return stock.snapshots[uid]

    async def zones(self) -> list[Zone]:
        """Its availability zones, with how many volumes each has, unless that cannot be had."""
        await self.provider.connect()
        found, volumes = await self._zones(), await self._volumes_to_count()
        if volumes is None:
            return found
        counts = Counter(each.zone for each in volumes)
        return [replace(each, volume_count=counts[each.name]) for each in found]

    async def _volumes_to_count(self) -> Iterable[Volume] | None:
        """All volumes: those that were listed a moment ago, or listed now, without snapshots."""
        if self._listed is not None and self.clock() - self._listed_at < RECENT:
            return self._listed.volumes.values()
        try:
            return [each async for page in self.provider.volumes() for each in page]
        except CloudError:
            return None  # who may not list the volumes still sees the zones

    async def volume_types(self) -> list[VolumeType]:
        """The types that it offers."""
        await self.provider.connect()
        return await self._volume_types()

    async def quotas(self) -> list[Quota]:
        """How much one may have here, and has."""
        self.require(Capability.QUOTAS)
        if not isinstance(self.provider, HasQuotas):
            raise UnsupportedError(f"{self.name}: {NO_QUOTAS}")
        await self.provider.connect()
        return list(await self.provider.quotas())

    async def instances(self, volume_uid: str | None = None) -> list[Instance]:
        """The instances that a volume can attach to, its own zone's first; without one, all."""
        await self.provider.connect()
        volume = None if volume_uid is None else await self.provider.volume(volume_uid)
        found = await self.provider.instances()
        self.names.learn(found)
        if volume_uid is None:
            return list(found)
        if volume is None:
            return []
        near = [each for each in found if each.zone in {"", volume.zone}]
        if not self.provider.attaches_across_zones:
            return near
        return [*near, *(each for each in found if each not in near)]

    async def events(self, uid: str | None = None) -> list[Event]:
        """What was done to it with snaptui."""
        return await asyncio.to_thread(self.ledger.events, uid)

    async def lineage(self, uid: str) -> LineageNode:
        """The family tree, from its root."""
        volumes, snapshots = (await self.stock()).in_order()
        return lineage(volumes, snapshots, uid)

    async def diff(self, from_uid: str | None, to_uid: str) -> Diff:
        """What changed between two snapshots, where the cloud tells."""
        self.require(Capability.DIFF)
        await self.provider.connect()
        return await self.provider.diff(from_uid, to_uid)

    async def blocks(self, snapshot_uid: str, cells: int = 256) -> BlockSummary:
        """New, shared and holes, where the cloud tells."""
        self.require(Capability.BLOCKS)
        snapshot = await self.snapshot(snapshot_uid)
        self._require_open(snapshot)
        parent = await self._before(snapshot)
        return await self.provider.blocks(snapshot, parent, cells)

    def _require_open(self, snapshot: Snapshot) -> None:
        """Raise if the cloud gives access to blocks, but not to this snapshot's."""
        if isinstance(self.provider, BlockAccess):
            require_open(self.provider, snapshot)

    async def _before(self, snapshot: Snapshot) -> Snapshot | None:
        """The snapshot of the same volume that was taken before it."""
        provider = self.provider
        if isinstance(provider, BlockAccess) and not provider.volume_of(snapshot):
            return None  # of no volume that is known: others that say so are not of the same one
        older = [
            each
            async for page in self.snapshots(snapshot.volume_uid)
            for each in page
            if each.created_at < snapshot.created_at and each.status is SnapshotStatus.COMPLETED
        ]
        return older[0] if older else None

    # -- deleting

    async def plan_delete_volume(self, uid: str) -> Deletion:
        """What deleting a volume would do."""
        return plan_volume(await self.volume(uid), self.ability(Capability.ORPHAN_SNAPSHOTS))

    async def plan_delete_snapshots(self, uids: Sequence[str], *, force: bool = False) -> Deletion:
        """What deleting snapshots would do; nothing is pinned here."""
        del force
        stock = await self.stock()
        return plan_snapshots(stock.snapshots, stock.volumes, uids)

    # -- jobs

    async def precheck(self, request: JobRequest) -> None:
        """Raise what the work would, as far as that is known now."""
        match request:
            case SnapshotRequest():
                self.require(Capability.SNAPSHOT)
            case CloneRequest():
                self.require(Capability.CLONE)
                snapshot = await self.snapshot(request.snapshot_uid)
                require_large_enough(request, snapshot)
                await self._require_zone(request.zone)
            case CreateVolumeRequest():
                self.require(Capability.CREATE_VOLUME)
                require_meant(request.size_bytes)
                await self.provider.connect()
                await self._require_zone(request.zone)
            case RestoreRequest():
                self.require(
                    Capability.RESTORE_IN_PLACE if request.in_place else Capability.RESTORE_TO_FILE
                )
                snapshot = await self.snapshot(request.snapshot_uid)
                require_restorable(snapshot, await self._to_restore(snapshot), await self.stock())
            case CheckRequest():
                self.require(Capability.CHECK)
            case ExportRequest():
                self.require(Capability.EXPORT)
            case ImportRequest():
                self.require(Capability.IMPORT)
                snapshot = await self.snapshot(request.snapshot_uid)
                self._require_open(snapshot)
                require_complete(snapshot)
            case CopyRequest():
                self.require(Capability.COPY)
                require_complete(await self.snapshot(request.snapshot_uid))
                await require_region(self, request.region)
