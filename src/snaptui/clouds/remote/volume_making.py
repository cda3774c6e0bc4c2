"""Making volumes of a remote cloud: asked for, waited for, let go when nobody wants them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

from snaptui.clouds.base import Capability
from snaptui.clouds.remote.provider import Placement
from snaptui.clouds.remote.stock import named
from snaptui.clouds.remote.waiting import unless_insisted
from snaptui.clouds.remote.work import (
    LETTING_GO,
    UNANSWERED,
    Work,
    goes_on,
    looks_again,
    stays,
    untold,
)
from snaptui.errors import (
    CloudConflictError,
    CloudError,
    InvalidInputError,
    JobCancelledError,
    NotFoundError,
    SnaptuiError,
)
from snaptui.models import Snapshot, Volume, VolumeStatus
from snaptui.progress import no_progress
from snaptui.requests import DEFAULT_ZONE
from snaptui.text import safe_text
from snaptui.units import MIB, exact_size, format_size

if TYPE_CHECKING:
    from snaptui.clouds.remote.offered import RememberedOffer
    from snaptui.models import VolumeType, Zone
    from snaptui.progress import ProgressCallback
    from snaptui.requests import CloneRequest, CreateVolumeRequest


class VolumeMaking(Work):
    """The part of `RemoteCloud` that makes volumes: clones, and blank ones."""

    offer: RememberedOffer | None = None
    """Where it is remembered what the cloud offers, for who asks without asking the cloud."""

    @looks_again
    async def clone_snapshot(
        self, request: CloneRequest, progress: ProgressCallback, job_uid: str | None = None
    ) -> Volume:
        """Make a volume from a snapshot, and wait until it is there."""
        self.require(Capability.CLONE)
        progress("asking the cloud", 0, 0)
        snapshot = await self.snapshot(request.snapshot_uid)
        require_large_enough(request, snapshot)
        zone = _zone(request.zone)
        if zone is None:  # beside the volume that it is a clone of, if that is still there
            origin = await self.provider.volume(snapshot.volume_uid)
            zone = origin.zone if origin is not None else None
        placement = Placement(
            zone=zone, volume_type=request.volume_type, size_bytes=request.size_bytes
        )
        volume = await self._made(request, placement, snapshot, progress, job_uid)
        text = f"cloned snapshot {snapshot.name} to volume {volume.name}"
        await self._record("clone", snapshot.resource_uid, text, volume.resource_uid)
        return volume

    @looks_again
    async def create_volume(
        self,
        request: CreateVolumeRequest,
        progress: ProgressCallback = no_progress,
        job_uid: str | None = None,
    ) -> Volume:
        """Make a blank volume, and wait until it is there."""
        self.require(Capability.CREATE_VOLUME)
        progress("asking the cloud", 0, 0)
        require_meant(request.size_bytes)
        await self.provider.connect()
        await self._require_zone(request.zone)
        placement = Placement(
            zone=_zone(request.zone),
            volume_type=request.volume_type,
            size_bytes=request.size_bytes,
        )
        volume = await self._made(request, placement, None, progress, job_uid)
        await self._record("create-volume", volume.resource_uid, f"created volume {volume.name}")
        return volume

    async def _zones(self) -> list[Zone]:
        """The zones that the cloud tells; they are remembered."""
        found = list(await self.provider.zones())
        if self.offer is not None:
            await asyncio.to_thread(self.offer.learn, zones=found)
        return found

    async def _volume_types(self) -> list[VolumeType]:
        """The volume types that the cloud tells; they are remembered."""
        found = list(await self.provider.volume_types())
        if self.offer is not None:
            await asyncio.to_thread(self.offer.learn, volume_types=found)
        return found

    async def _made(
        self,
        request: CloneRequest | CreateVolumeRequest,
        placement: Placement,
        snapshot: Snapshot | None,
        progress: ProgressCallback,
        job_uid: str | None,
    ) -> Volume:
        """The volume of a request when it is there; what was begun for it before is taken up."""
        again = bool(request.token)
        made = await self.answered(
            lambda: self.provider.create_volume(
                name=request.name,
                placement=placement,
                snapshot=snapshot,
                token=request.token or job_uid or uuid4().hex,
                again=again,
            ),
            progress,
        )
        return await self._until_there(made, progress, again=again)

    async def _require_zone(self, name: str) -> None:
        """Raise if the cloud tells its zones, and there is none of that name."""
        if (zone := _zone(name)) is None:
            return
        try:
            known = [each.name for each in await self._zones()]
        except CloudError:
            return  # the cloud itself will say what it thinks of the zone
        if known and zone not in known:
            raise NotFoundError(
                f"{self.name} has no zone {safe_text(zone, 60)!r}",
                f"it has: {', '.join(safe_text(each, 60) for each in known)}",
            )

    async def _until_there(
        self, made: Volume, progress: ProgressCallback, *, again: bool = False
    ) -> Volume:
        """What was asked for, or was before (`again`), when it is there."""
        uid = made.resource_uid
        try:
            seen = await self._when_made(lambda: self.provider.volume(uid), progress=progress)
        except JobCancelledError as error:
            if again and made.status.settled:
                raise stays(error, f"the volume {uid}") from error
            raise await self._let_go(uid, error, progress) from error
        except CloudError as error:
            raise untold(error, f"volume {uid}") from error
        if seen is None:
            raise await self._vanished(f"volume {uid}", uid)
        if seen.status is VolumeStatus.ERROR:
            raise await self._failed(seen, made.name or uid)
        return named(seen)

    async def _let_go(
        self, uid: str, cancelled: JobCancelledError, progress: ProgressCallback
    ) -> JobCancelledError:
        """Delete a volume that nobody waits for any more, if the cloud soon lets it go."""
        progress = unless_insisted(progress)
        why = ""

        async def delete() -> None:
            await self._heeded(lambda: self.provider.delete_volume(uid), progress)

        try:
            async with asyncio.timeout(LETTING_GO):  # whatever is asked may hang
                try:
                    await delete()
                except CloudConflictError as error:
                    # Cinder deletes nothing that it is still making, which seldom takes longer
                    why = error.message
                    await self._when(
                        lambda: self.provider.volume(uid),
                        lambda seen: seen is None or seen.status.settled,
                        progress=progress,
                        at_most=LETTING_GO,
                    )
                    await delete()
        except (JobCancelledError, TimeoutError):
            return goes_on(cancelled, f"with the volume {uid}: {why or UNANSWERED}")
        except SnaptuiError as error:
            return goes_on(cancelled, f"with the volume {uid}: {why or error.message}")
        return cancelled

    async def _failed(self, seen: Volume, name: str) -> CloudError:
        """Why there is no volume; what is there of it is deleted."""
        uid = seen.resource_uid
        reason = await self._why(seen)
        hint = "nothing is left of it"
        try:
            await self.provider.delete_volume(uid)
        except SnaptuiError as error:
            hint = f"delete what is left of it, {uid}: {error.message}"
        where = f" in the zone {safe_text(seen.zone, 60)}" if seen.zone else ""
        return CloudError(f"the cloud could not make the volume {name}{where}: {reason}", hint)


def require_large_enough(request: CloneRequest, snapshot: Snapshot) -> None:
    """Raise unless a clone has room for its snapshot.

    Raises:
        InvalidInputError: it has not.
    """
    require_meant(request.size_bytes)
    if request.size_bytes is not None and request.size_bytes < snapshot.size_bytes:
        raise InvalidInputError(
            "that is smaller than the snapshot", f"give at least {exact_size(snapshot.size_bytes)}"
        )


def require_meant(size: int | None) -> None:
    """Raise where the unit of a size was forgotten: a cloud would make a GiB of five bytes.

    Raises:
        InvalidInputError: no cloud makes volumes as small as that.
    """
    if size is not None and size < MIB:
        # what is no small number was no count of GiB, either
        hint = f"say {size}GiB if that is meant" if 0 < size <= 65536 else "write it like 10GiB"
        raise InvalidInputError(f"{format_size(size)} is too small for a volume", hint)


def _zone(name: str) -> str | None:
    """The zone that is asked for; the local cloud's usual one stands for none in particular."""
    return None if name in {"", DEFAULT_ZONE} else name
