"""OpenStack as `RemoteCloud` wants it: see `snaptui.clouds.remote.provider.Provider`."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, NoReturn

from snaptui.clouds.base import Capability
from snaptui.clouds.openstack.finding import KIND
from snaptui.clouds.openstack.reasons import (
    DELETION_FAILED,
    how_to_mend,
    in_the_way,
    in_words,
    is_never_restored,
    unless_broken,
    unless_left_over,
    with_figures,
)
from snaptui.clouds.remote.restoring import CLONE, INSTEAD
from snaptui.clouds.remote.waiting import looked_for
from snaptui.errors import (
    CloudConflictError,
    CloudError,
    CloudInvalidError,
    CloudNotFoundError,
    QuotaError,
    UnsupportedError,
)
from snaptui.models import SnapshotStatus
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    import httpx

    from snaptui.clouds.openstack.cinder import Cinder
    from snaptui.clouds.openstack.connection import Connection, Connector
    from snaptui.clouds.remote.provider import Placement, Sharing
    from snaptui.clouds.remote.transport import Patience
    from snaptui.models import (
        Attachment,
        BlockSummary,
        Diff,
        Instance,
        Quota,
        Snapshot,
        Volume,
        VolumeType,
        Zone,
    )

_CANNOT: Mapping[Capability, str] = {
    Capability.SET_VISIBILITY: "a Cinder snapshot belongs to its project, and nobody else sees it",
    Capability.PUBLIC_SNAPSHOTS: "Cinder has no public snapshots: each belongs to its project",
    Capability.BLOCKS: "Cinder does not tell which blocks of a snapshot are new",
    Capability.DIFF: "Cinder does not tell what changed between two snapshots",
    Capability.CHECK: "Cinder checks its own storage",
    Capability.ADD_VOLUME: "all volumes of the project are listed already",
    Capability.PIN: "Cinder knows no pins",
    Capability.TRASH: "Cinder has no trash: what is deleted is gone",
    Capability.UNDELETE: "Cinder has no trash: what is deleted is gone",
    Capability.PURGE: "Cinder has no trash: what is deleted is gone",
    Capability.ORPHAN_SNAPSHOTS: "Cinder keeps no snapshots of a volume that is deleted",
    Capability.IMPORT: "Cinder gives no block access to snapshots",
    Capability.COPY: "Cinder copies no snapshots to other regions",
    Capability.EXPORT: "Cinder gives no block access to snapshots",
    Capability.RESTORE_TO_FILE: "Cinder gives out no files: clone the snapshot instead",
}


_CAUTIONS = {
    Capability.RESTORE_IN_PLACE: "Not every back end of Cinder can do it: where it fails, the "
    "volume stays in error and its snapshots cannot be deleted until an administrator resets them."
}


class OpenStackProvider:
    """One project of an OpenStack cloud, in one region."""

    def __init__(
        self,
        name: str,
        *,
        cloud: str = "",
        region: str = "",
        environ: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """A provider; nothing is read, imported or connected yet.

        Args:
            name: what the cloud is called in errors.
            cloud: its name in `clouds.yaml`; `envvars` for what the `OS_` variables describe; empty
                for the one that openstacksdk would choose.
            region: empty for the one that is configured, or the only one.
            environ: the environment; None for this process' own.
            patience: how long to wait, and how often to try.
            transport: what moves the bytes, in place of the network.
            sleep: waits between two attempts.
        """
        self._name = name
        self._cloud = cloud
        self._region = region
        self._environ = os.environ if environ is None else environ
        self._patience = patience
        self._transport = transport
        self._sleep = sleep
        self._connecting = asyncio.Lock()
        self._connector: Connector | None = None
        self._connection: Connection | None = None

    def __repr__(self) -> str:
        return f"<OpenStackProvider {self._name}>"

    @property
    def kind(self) -> str:
        """`openstack`."""
        return KIND

    @property
    def place(self) -> str:
        """The project and the region, in words; empty until there was a login."""
        return self._connection.place if self._connection is not None else ""

    @property
    def attaches_across_zones(self) -> bool:
        """The zones of Nova and Cinder are two things (`cross_az_attach`), which may differ."""
        return True

    @property
    def cannot(self) -> Mapping[Capability, str]:
        """What no OpenStack cloud can."""
        return _CANNOT

    @property
    def cautions(self) -> Mapping[Capability, str]:
        """What is to be known before a volume is reverted."""
        return _CAUTIONS

    async def connect(self) -> None:
        """Log in and find the services, unless that has been done."""
        await self._ready()

    async def close(self) -> None:
        """Give up the login and the connections."""
        connection, self._connection = self._connection, None
        self._connecting = asyncio.Lock()  # it may be used on another loop after
        if connection is not None:
            await connection.transport.close()

    # -- listing

    async def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        """All volumes of the project, in pages."""
        async for page in (await self._cinder()).volumes():
            yield page

    async def snapshots(self) -> AsyncIterator[Sequence[Snapshot]]:
        """All snapshots of the project, in pages."""
        async for page in (await self._cinder()).snapshots():
            yield page

    async def volume(self, uid: str) -> Volume | None:
        """One volume as it is now."""
        return await (await self._cinder()).volume(uid)

    async def snapshot(self, uid: str) -> Snapshot | None:
        """One snapshot as it is now."""
        return await (await self._cinder()).snapshot(uid)

    async def zones(self) -> Sequence[Zone]:
        """The availability zones."""
        return await (await self._cinder()).zones()

    async def volume_types(self) -> Sequence[VolumeType]:
        """The volume types, the default one marked."""
        return await (await self._cinder()).types()

    async def instances(self) -> Sequence[Instance]:
        """Nova's servers; none where there is no Nova."""
        nova = (await self._ready()).nova
        return await nova.instances() if nova is not None else []

    async def quotas(self) -> Sequence[Quota]:
        """The project's: of `volumes`, `snapshots` and `gigabytes`, of all types together."""
        return await (await self._cinder()).quotas()

    async def why(self, uid: str) -> str:
        """Cinder's reason why something failed; else what can be seen from here."""
        cinder = await self._cinder()
        messages = (in_words(each) for each in await cinder.messages(uid))
        said = next((each for each in messages if each), "")
        snapshot = await cinder.snapshot(uid)
        there = snapshot or await cinder.volume(uid)
        if there is not None and there.reason == DELETION_FAILED:
            mend = how_to_mend(there)
            return f"{said}; {mend}" if said else mend
        if snapshot is None or snapshot.status is not SnapshotStatus.COMPLETED:
            return said
        # it is whole: then it was to be deleted, and something needs it
        clones = [safe_text(each.name or each.resource_uid) for each in await cinder.made_from(uid)]
        if not clones:
            return said
        listed = ", ".join(clones[:3]) + (f" and {len(clones) - 3} more" if clones[3:] else "")
        needed = f"volumes that were made from it may still depend on it: {listed}"
        return f"{said}; {needed}" if said else needed

    # -- snapshots

    async def create_snapshot(
        self, volume: Volume, *, name: str, description: str, token: str, again: bool = False
    ) -> Snapshot:
        """Take a snapshot, of an attached volume, too."""
        cinder = await self._cinder()
        if again:
            uid = volume.resource_uid
            made = await looked_for(
                lambda: cinder.snapshot_marked(token, uid), self._sleep, again=True
            )
            if made is not None:
                return made
        try:
            return await cinder.create_snapshot(
                volume, name=name, description=description, token=token
            )
        except QuotaError as error:
            raise await with_figures(error, cinder) from None
        except CloudConflictError as error:
            uid = volume.resource_uid
            raise await unless_broken(error, cinder, volume=uid) from None

    async def update_snapshot(
        self, uid: str, *, name: str | None = None, description: str | None = None
    ) -> Snapshot:
        """Change a snapshot's name or description; None is left as it is."""
        cinder = await self._cinder()
        return await cinder.update_snapshot(uid, name=name, description=description)

    async def delete_snapshot(self, uid: str) -> None:
        """Delete a snapshot. One that clones depend on is `completed` again a while later."""
        cinder = await self._cinder()
        try:
            await cinder.delete_snapshot(uid)
        except CloudConflictError as error:
            raise await unless_broken(error, cinder, snapshot=uid) from None

    async def share(self, snapshot: Snapshot, sharing: Sharing) -> None:
        """Refused: see `cannot`."""
        del snapshot, sharing
        self._refuse(Capability.SET_VISIBILITY)

    async def revert(self, snapshot: Snapshot) -> None:
        """Have a volume become what its newest snapshot is."""
        cinder = await self._cinder()
        try:
            await cinder.revert(snapshot)
        except CloudError as error:
            if is_never_restored(error):
                raise CloudConflictError(
                    f"{error.message}: {INSTEAD}", CLONE, request_id=error.request_id
                ) from None
            if not isinstance(error, CloudConflictError):
                raise
            volume, uid = snapshot.volume_uid, snapshot.resource_uid
            raise await unless_broken(error, cinder, volume=volume, snapshot=uid) from None

    # -- volumes

    async def create_volume(
        self,
        *,
        name: str,
        placement: Placement,
        snapshot: Snapshot | None,
        token: str,
        again: bool = False,
    ) -> Volume:
        """Make a volume, blank or from a snapshot."""
        if snapshot is None and not placement.size_bytes:
            raise CloudInvalidError("a blank volume needs a size", "e.g. 10GiB")
        cinder = await self._cinder()
        if again:
            uid = snapshot.resource_uid if snapshot is not None else ""
            made = await looked_for(
                lambda: cinder.volume_marked(token, uid), self._sleep, again=True
            )
            if made is not None:
                return made
        try:
            return await cinder.create_volume(
                name=name, placement=placement, snapshot=snapshot, token=token
            )
        except CloudNotFoundError as error:
            # a volume type that there is not, as a rule
            raise CloudInvalidError(error.message, error.hint) from None
        except QuotaError as error:
            raise await with_figures(error, cinder) from None

    async def delete_volume(self, uid: str) -> None:
        """Delete a volume. One that is attached, or has snapshots, is not deleted."""
        cinder = await self._cinder()
        try:
            await cinder.delete_volume(uid)
        except CloudConflictError as error:
            raise await in_the_way(uid, cinder, error) from None

    async def resize_volume(self, uid: str, size_bytes: int) -> None:
        """Make a volume larger, by whole GiB."""
        cinder = await self._cinder()
        try:
            await cinder.extend(uid, size_bytes)
        except QuotaError as error:
            raise await with_figures(error, cinder) from None
        except CloudConflictError as error:
            raise await unless_broken(error, cinder, volume=uid) from None

    async def attach(self, volume: Volume, instance: str, device: str) -> str:
        """Attach a volume: by Nova where there is one, else as a note in Cinder."""
        ready = await self._ready()
        try:
            return await ready.attaching.attach(volume, instance, device)
        except CloudConflictError as error:
            uid = volume.resource_uid
            told = await unless_broken(error, ready.cinder, volume=uid)
            raise await unless_left_over(told, ready.cinder, uid) from None

    async def detach(self, volume: Volume, attachment: Attachment) -> None:
        """Detach a volume."""
        await (await self._ready()).attaching.detach(volume, attachment.instance)

    async def holds(self, volume: Volume, attachment: Attachment) -> bool:
        """Whether Nova still has a volume that Cinder has back: it is told first."""
        nova = (await self._ready()).nova
        return nova is not None and await nova.holds(volume, attachment.instance)

    async def diff(self, from_uid: str | None, to_uid: str) -> Diff:
        """Refused: see `cannot`."""
        del from_uid, to_uid
        self._refuse(Capability.DIFF)

    async def blocks(self, snapshot: Snapshot, parent: Snapshot | None, cells: int) -> BlockSummary:
        """Refused: see `cannot`."""
        del snapshot, parent, cells
        self._refuse(Capability.BLOCKS)

    # -- within

    def _refuse(self, capability: Capability) -> NoReturn:
        raise UnsupportedError(_CANNOT[capability])

    async def _cinder(self) -> Cinder:
        return (await self._ready()).cinder

    async def _ready(self) -> Connection:
        if self._connection is not None:
            return self._connection
        async with self._connecting:
            if self._connection is None:
                if self._connector is None:
                    self._connector = self._make_connector()
                self._connection = await self._connector.connect()
            return self._connection

    def _make_connector(self) -> Connector:
        from snaptui.clouds.openstack.connection import Connector, Way

        return Connector(
            Way(
                name=self._name,
                cloud=self._cloud,
                region=self._region,
                environ=self._environ,
                patience=self._patience,
                transport=self._transport,
                sleep=self._sleep,
            )
        )
