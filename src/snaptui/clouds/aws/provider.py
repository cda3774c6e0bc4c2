"""One account of AWS in one region, as `RemoteCloud` asks for it."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from snaptui.clouds.aws import reading
from snaptui.clouds.aws.account import account_of
from snaptui.clouds.aws.api import Api
from snaptui.clouds.aws.comparing import compare, summarise
from snaptui.clouds.aws.ebs import Checksums, EbsDirect
from snaptui.clouds.aws.fetching import fetch
from snaptui.clouds.aws.places import instances, regions, volume_types, zones
from snaptui.clouds.aws.recent import Recent
from snaptui.clouds.aws.session import Session
from snaptui.clouds.aws.snapshots import Snapshots
from snaptui.clouds.aws.volumes import Volumes
from snaptui.clouds.base import Capability
from snaptui.clouds.remote.block_access import BegunSnapshot, RemoteBlocks
from snaptui.errors import (
    CloudInvalidError,
    CloudNotFoundError,
    NotAllowedError,
    UnsupportedError,
)
from snaptui.models import Visibility

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    import httpx

    from snaptui.clouds.remote.provider import Placement, Sharing
    from snaptui.clouds.remote.transport import Patience
    from snaptui.models import (
        Attachment,
        BlockSummary,
        Diff,
        Instance,
        Snapshot,
        Volume,
        VolumeType,
        Zone,
    )

_NO_REVERT = (
    "EBS cannot put a snapshot back into its volume: clone the snapshot and attach the clone in "
    "the volume's place"
)
_PATIENT = 24 * 60
"""So many minutes a snapshot that is being written waits for its next block."""
_NO_NEW_DESCRIPTION = (
    "EC2 never changes a snapshot's description; its name can be changed, for that is a tag"
)
_CANNOT: Mapping[Capability, str] = MappingProxyType(
    {
        Capability.RESTORE_IN_PLACE: _NO_REVERT,
        Capability.EDIT_DESCRIPTION: _NO_NEW_DESCRIPTION,
        Capability.QUOTAS: "EC2 does not tell its quotas: AWS's console does, as Service Quotas",
    }
)


class AwsProvider:
    """Volumes and snapshots of EC2, and the blocks of snapshots by EBS direct."""

    kind = "aws"
    attaches_across_zones = False
    cautions: Mapping[Capability, str] = MappingProxyType({})

    def __init__(
        self,
        name: str,
        *,
        region: str = "",
        profile: str = "",
        endpoint_url: str = "",
        environ: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """A provider; nothing is read, imported or asked before it is used.

        Args:
            name: what the cloud is called in errors.
            region: empty is what the environment or the profile says.
            profile: of AWS's own config; empty is what the environment says.
            endpoint_url: one address for EC2, EBS and STS, in place of AWS's own.
            environ: what stands in for the environment of this process.
            patience: how long and how often to try.
            transport: what moves the bytes, in place of the network.
            sleep: waits between two attempts.
        """
        self.name = name
        self._environ = environ
        self._session = Session(profile, region, environ)
        self._options = {"patience": patience, "transport": transport, "sleep": sleep}
        self._api = self._make_api(self._session, endpoint_url)
        self._account = ""
        self._recent = Recent()
        self._connecting = asyncio.Lock()
        self.ebs = EbsDirect(self._api)

    def _make_api(self, session: Session, endpoint_url: str) -> Api:
        options: dict[str, Any] = self._options
        return Api(self.name, session, endpoint_url=endpoint_url, **options)

    def __repr__(self) -> str:
        return f"AwsProvider({self.name!r})"

    @property
    def place(self) -> str:
        """The account and the region, in words; empty until known."""
        return f"account {self._account}, {self._api.region}" if self._account else ""

    @property
    def account(self) -> str:
        """The account's number; empty until known."""
        return self._account

    @property
    def region(self) -> str:
        """The region's name; empty until known."""
        return self._api.region

    @property
    def cannot(self) -> Mapping[Capability, str]:
        """What AWS never can, and why."""
        return _CANNOT

    async def connect(self) -> None:
        """Find the credentials and ask AWS whose they are; cheap when that has been done."""
        async with self._connecting:
            if not self._account:
                self._account = await account_of(self._api)

    async def close(self) -> None:
        """Give up the connections."""
        await self._api.close()

    async def _volumes(self) -> Volumes:
        await self.connect()
        return Volumes(self._api, self._account, self._recent)

    async def _snapshots(self) -> Snapshots:
        await self.connect()
        return Snapshots(self._api, self._account, self._recent)

    async def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        """All volumes, in pages."""
        async for page in (await self._volumes()).pages():
            yield page

    async def snapshots(self) -> AsyncIterator[Sequence[Snapshot]]:
        """One's own snapshots and those shared with one; others' public ones are asked for apart.

        Of one's own EC2 tells in listings only which are public: the visibility of others is None
        until `snapshot` asks for it.
        """
        async for page in (await self._snapshots()).pages():
            yield page

    async def public_snapshots(self, owner: str = "") -> AsyncIterator[Sequence[Snapshot]]:
        """Others' public snapshots, or those of one account; one's own are with the others."""
        async for page in (await self._snapshots()).public(owner):
            yield page

    async def volume(self, uid: str) -> Volume | None:
        """One volume as it is now."""
        return await (await self._volumes()).one(uid)

    async def snapshot(self, uid: str) -> Snapshot | None:
        """One snapshot as it is now, with its visibility unless it is pending."""
        return await (await self._snapshots()).one(uid)

    async def zones(self) -> Sequence[Zone]:
        """The availability zones."""
        return await zones(self._api)

    async def volume_types(self) -> Sequence[VolumeType]:
        """The volume types, the usual first."""
        return await volume_types(self._api)

    async def instances(self) -> Sequence[Instance]:
        """The instances; a volume can be attached to those of its own zone."""
        return await instances(self._api)

    async def why(self, uid: str) -> str:
        """What EC2 says about a failure: of a snapshot, or of a volume's last change."""
        if uid.startswith("vol-"):
            return await (await self._volumes()).why(uid)
        found = await self.snapshot(uid)
        return found.reason if found is not None else ""

    async def create_snapshot(
        self, volume: Volume, *, name: str, description: str, token: str, again: bool = False
    ) -> Snapshot:
        """Ask for a snapshot, unless it has been asked for with this token, and not failed."""
        made = await (await self._snapshots()).create(
            volume.resource_uid, name=name, description=description, token=token, again=again
        )
        return replace(made, volume_name=volume.name)

    async def update_snapshot(
        self, uid: str, *, name: str | None = None, description: str | None = None
    ) -> Snapshot:
        """Change a snapshot's name, which is a tag; its description cannot be changed."""
        if description is not None:
            raise UnsupportedError(_NO_NEW_DESCRIPTION)
        snapshots = await self._snapshots()
        if name is not None:
            await snapshots.rename(uid, name)
        found = await snapshots.one(uid)
        if found is None:
            raise CloudNotFoundError(f"the snapshot {uid} is not there any more")
        return found

    async def delete_snapshot(self, uid: str) -> None:
        """Ask for a snapshot to be deleted."""
        await (await self._snapshots()).delete(uid)

    async def regions(self) -> Sequence[str]:
        """The regions that are enabled in the account, without this one."""
        await self.connect()
        try:
            found = await regions(self._api)
        except NotAllowedError:
            found = await self._session.regions()
        return [name for name in found if name != self.region]

    def in_region(self, region: str) -> AwsProvider:
        """The same account in another region."""
        options: dict[str, Any] = self._options
        return AwsProvider(
            f"aws {region}",
            region=region,
            profile=self._session.profile,
            endpoint_url=self._api.endpoint_url,
            environ=self._environ,
            **options,
        )

    async def copy_snapshot(
        self,
        snapshot: Snapshot,
        *,
        region: str,
        name: str,
        description: str,
        token: str,
        encrypted: bool = False,
        again: bool = False,
    ) -> Snapshot:
        """Ask for a copy of a snapshot in another region; returns it as it is then, there.

        Args:
            snapshot: what to copy.
            region: where to.
            name: of the copy.
            description: of the copy.
            token: the same again asks for the same copy again.
            encrypted: with the account's usual key there; a copy of what is encrypted always is.
            again: it may have been asked for with this token before.
        """
        await self.connect()
        session = Session(self._session.profile, region, self._environ)
        there = self._make_api(session, self._api.endpoint_url)
        try:
            await there.open()
            url = await self._permission(snapshot.resource_uid, region)
            return await Snapshots(there, self._account, Recent()).copy_here(
                snapshot,
                region=self._api.region,
                url=url,
                name=name,
                description=description,
                token=token,
                encrypted=encrypted,
                again=again,
            )
        finally:
            await there.close()

    async def _permission(self, uid: str, region: str) -> str:
        """An address by which another region may read an encrypted snapshot of this one."""
        from snaptui.clouds.aws.signing import presigned

        return presigned(
            await self._session.credentials(),
            self._api.region,
            endpoint=await self._api.endpoint("ec2"),
            parameters={
                "Action": "CopySnapshot",
                "Version": "2016-11-15",
                "SourceRegion": self._api.region,
                "SourceSnapshotId": uid,
                "DestinationRegion": region,
            },
        )

    async def create_volume(
        self,
        *,
        name: str,
        placement: Placement,
        snapshot: Snapshot | None,
        token: str,
        again: bool = False,
    ) -> Volume:
        """Ask for a volume, in the first zone that is there when none is named."""
        if placement.zone is None:
            first = next((zone for zone in await self.zones() if zone.available), None)
            if first is None:
                raise CloudInvalidError(f"{self.name} has no zone that is available")
            placement = replace(placement, zone=first.name)
        return await (await self._volumes()).create(
            name=name, placement=placement, snapshot=snapshot, token=token, again=again
        )

    async def delete_volume(self, uid: str) -> None:
        """Ask for a volume to be deleted."""
        await (await self._volumes()).delete(uid)

    async def resize_volume(self, uid: str, size_bytes: int) -> None:
        """Ask for a volume to be made larger, in whole GiB."""
        await (await self._volumes()).resize(uid, size_bytes)

    async def attach(self, volume: Volume, instance: str, device: str) -> str:
        """Ask for a volume to be attached; an empty device is a free one."""
        await (await self._volumes()).attach(volume, instance, device)
        return ""

    async def detach(self, volume: Volume, attachment: Attachment) -> None:
        """Ask for a volume to be detached."""
        await (await self._volumes()).detach(volume, attachment)

    async def holds(self, volume: Volume, attachment: Attachment) -> bool:
        """No: EC2 keeps one book of who has what."""
        del volume, attachment
        return False

    async def share(self, snapshot: Snapshot, sharing: Sharing) -> None:
        """Change who may see and clone a snapshot."""
        await (await self._snapshots()).share(snapshot, sharing)

    async def revert(self, snapshot: Snapshot) -> None:
        """Not at AWS."""
        raise UnsupportedError(f"{snapshot.resource_uid} cannot be restored in place", _NO_REVERT)

    async def blocks(
        self, snapshot: Snapshot, parent: Snapshot | None = None, cells: int = 256
    ) -> BlockSummary:
        """How much of a snapshot is new since its parent, and where, in `cells` cells."""
        parent_uid = parent.resource_uid if parent is not None else None
        return await summarise(self.ebs, snapshot.resource_uid, parent_uid, cells)

    def volume_of(self, snapshot: Snapshot) -> str:
        """The volume that a snapshot is of; empty for a copy, and one that was written."""
        return "" if snapshot.volume_uid == reading.NO_VOLUME else snapshot.volume_uid

    def closed(self, snapshot: Snapshot) -> str:
        """EBS direct reads no public snapshot of another account, whatever one may do."""
        if snapshot.visibility is not Visibility.PUBLIC or snapshot.owner == self._account:
            return ""
        return (
            "EBS direct gives nobody the blocks of another account's public snapshot: clone it, or "
            f"make a copy that is yours (snaptui snapshot copy {snapshot.resource_uid} --to-region "
            f"{self.region})"
        )

    async def fetch_blocks(self, snapshot: Snapshot, bases: Sequence[str]) -> RemoteBlocks:
        """The blocks of a snapshot, or what differs from one of `bases`."""
        return await fetch(self.ebs, snapshot.resource_uid, bases)

    def rounded(self, size_bytes: int) -> int:
        """The size in whole GiB, which a volume has here."""
        return max(1, -(-size_bytes // reading.GIB)) * reading.GIB

    async def begin_snapshot(
        self, size_bytes: int, *, token: str, name: str, description: str, parent_uid: str | None
    ) -> BegunSnapshot:
        """Begin to write a snapshot; it is given up when nothing is put for a day."""
        begun = await self.ebs.start(
            size_bytes,
            token=token,
            name=name,
            description=description,
            parent_uid=parent_uid,
            timeout_minutes=_PATIENT,
        )
        return BegunSnapshot(
            uid=begun.uid, block_size=begun.block_size, pending=begun.status == "pending"
        )

    async def put_block(self, uid: str, number: int, data: bytes, *, percent: int) -> bytes:
        """Put a block; gives its SHA-256."""
        return b64decode(await self.ebs.put_block(uid, number, data, progress=percent))

    async def complete_snapshot(self, uid: str, digests: Mapping[int, bytes]) -> None:
        """Say that all blocks are there."""
        checksums = Checksums()
        for number in sorted(digests):
            checksums.add(number, b64encode(digests[number]).decode())
        await self.ebs.complete(uid, checksums)

    async def diff(self, from_uid: str | None, to_uid: str) -> Diff:
        """What changed from one snapshot of a volume to another (None: from nothing)."""
        return await compare(self.ebs, from_uid, to_uid)
