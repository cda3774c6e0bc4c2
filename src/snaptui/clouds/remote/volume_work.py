"""What is done to the volumes of a remote cloud: asked for, and waited for."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from snaptui.clouds.base import Capability
from snaptui.clouds.remote.given_up import Attaching, listing
from snaptui.clouds.remote.stock import named
from snaptui.clouds.remote.volume_making import require_meant
from snaptui.clouds.remote.work import AT_MOST, Work, goes_on, looks_again
from snaptui.engine.references import resolve
from snaptui.errors import (
    CloudConflictError,
    CloudError,
    CloudNotFoundError,
    InUseError,
    InvalidInputError,
    JobCancelledError,
    NotAllowedError,
    NotFoundError,
    SnaptuiError,
)
from snaptui.models import Attachment, Deletion, RestoreReport, Snapshot, Volume, VolumeStatus
from snaptui.units import exact_size, format_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from snaptui.progress import ProgressCallback
    from snaptui.requests import AttachRequest, DetachRequest, ResizeRequest, RestoreRequest

LET_GO_OF = 30.0
"""So long, in seconds, an instance may still have what is detached from it already."""
STILL_HELD = (
    "to attach it again may be refused for a while: the instance may not have let go of it yet"
)


class VolumeWork(Work):
    """The part of `RemoteCloud` that attaches, resizes, restores and deletes volumes."""

    @looks_again
    async def restore_snapshot(
        self, request: RestoreRequest, progress: ProgressCallback
    ) -> RestoreReport:
        """Have a volume become what a snapshot of it is."""
        in_place = request.in_place
        self.require(Capability.RESTORE_IN_PLACE if in_place else Capability.RESTORE_TO_FILE)
        progress("asking the cloud", 0, 0)
        snapshot = await self.snapshot(request.snapshot_uid)
        volume = await self._to_restore(snapshot)
        await self.provider.revert(snapshot)
        try:
            seen = await self._when_made(
                lambda: self.provider.volume(volume.resource_uid), progress=progress
            )
        except JobCancelledError as error:
            raise goes_on(error, f"and restores the volume {volume.name}") from error
        if seen is None or seen.status is VolumeStatus.ERROR:
            reason = await self._why(seen) if seen is not None else "it is gone"
            # it may have left the volume in error: whoever finds it so can see why
            text = f"could not restore snapshot {snapshot.name} in place: {reason}"
            await self._record("restore", volume.resource_uid, text, snapshot.resource_uid)
            raise CloudError(
                f"the cloud could not restore the volume {volume.name}: {reason}",
                "look at the volume before you use it; one that stays in error is deleted, or an "
                "administrator of the cloud resets its state",
            )
        text = f"restored snapshot {snapshot.name} in place"
        await self._record("restore", volume.resource_uid, text, snapshot.resource_uid)
        return RestoreReport(
            snapshot_uid=snapshot.resource_uid,
            path=volume.name,
            size_bytes=snapshot.size_bytes,
            written_bytes=None,
            unchanged_bytes=None,
        )

    async def _to_restore(self, snapshot: Snapshot) -> Volume:
        """The volume that a snapshot is restored over.

        Raises:
            InUseError: something uses it.
        """
        volume = await self.found_volume(snapshot.volume_uid)
        if volume.attachment is not None:
            raise InUseError(
                f"the volume {volume.name} is attached to {volume.attachment.used_by}",
                "detach it first: the cloud restores no volume that is in use",
            )
        return volume

    @looks_again
    async def delete_volume(self, uid: str) -> Deletion:
        """Delete a volume for good, and wait until it is gone."""
        self.require(Capability.DELETE_VOLUME)
        plan = await self.plan_delete_volume(uid)
        if plan.reason:
            raise InUseError(plan.reason)
        await self.provider.delete_volume(plan.resource_uid)
        seen = await self._when_gone(lambda: self.provider.volume(plan.resource_uid))
        if seen is not None:
            raise CloudConflictError(
                f"the cloud did not delete the volume {plan.name}: {await self._why(seen)}"
            )
        await self._record_deleted("delete-volume", {plan.resource_uid: plan.name}, "volume")
        return plan

    @looks_again
    async def attach_volume(self, request: AttachRequest) -> Volume:
        """Attach a volume to an instance, named as in `_instance`, and wait until it is."""
        self.require(Capability.ATTACH)
        volume = await self.found_volume(request.volume_uid)
        if volume.attachment is not None:
            raise InUseError(
                f"the volume {volume.name} is attached to {volume.attachment.used_by} already",
                "a volume attaches to one instance at a time: snapshot it, clone the snapshot, and "
                "attach the clone",
            )
        instance = await self._instance(volume, request.instance.strip())
        self.sent = True
        try:
            note = await self.provider.attach(volume, instance, request.device)
        except CloudNotFoundError as error:  # the volume is there
            hint = f"see {listing(self.name)}"
            told = CloudNotFoundError(error.message, hint, request_id=error.request_id)
            raise told from None
        seen = await self._when_attached(volume, instance)
        seen = self.names.named(seen)
        text = f"attached volume {volume.name} to {instance}" + (note and f": {note}")
        await self._record("attach", volume.resource_uid, text)
        if note and seen.attachment is not None:
            return replace(seen, attachment=replace(seen.attachment, note=note))
        return seen

    async def _instance(self, volume: Volume, reference: str) -> str:
        """The instance that is meant, by Resource UID, unique prefix or unique name.

        Those of the volume's own zone come first; of one elsewhere the cloud says whether it will
        do. What is in no list is left to the cloud, too: it may not tell of all that it has.

        Raises:
            AmbiguousError: several are called so.
        """
        try:
            every = list(await self.provider.instances())
        except NotAllowedError:
            return reference  # whoever may not list them may attach to them all the same
        self.names.learn(every)
        near = [each for each in every if each.zone in {"", volume.zone}]
        for some in (every,) if self.provider.attaches_across_zones else (near, every):
            with suppress(NotFoundError):
                return resolve(
                    "instance", reference, {each.resource_uid: {"name": each.name} for each in some}
                )
        return reference

    @looks_again
    async def detach_volume(self, request: DetachRequest) -> Volume:
        """Detach a volume, and wait until it is; its `reason` says what is left to know of it."""
        self.require(Capability.ATTACH)
        volume = await self.found_volume(request.volume_uid)
        chosen = [a for a in _attachments(volume) if request.instance in {"", a.instance}]
        if not chosen:
            raise CloudConflictError(
                f"the volume {volume.name} is not attached"
                + (f" to {request.instance}" if request.instance else "")
            )
        if len(chosen) > 1:
            raise InvalidInputError(
                f"the volume {volume.name} is attached to several instances", "name one of them"
            )
        self.sent = True
        await self.provider.detach(volume, chosen[0])
        place = (chosen[0].instance, chosen[0].device)
        seen = await self._when_so(
            volume.resource_uid,
            lambda v: (
                v.status.settled and all((a.instance, a.device) != place for a in _attachments(v))
            ),
        )
        text = f"detached volume {volume.name} from {chosen[0].instance}"
        await self._record("detach", volume.resource_uid, text)
        if await self._is_let_go_of(volume, chosen[0]):
            return seen
        return replace(seen, reason=STILL_HELD)

    async def _is_let_go_of(self, volume: Volume, attachment: Attachment) -> bool:
        """Whether its instance, too, soon has no more what was detached from it."""
        try:
            async with asyncio.timeout(LET_GO_OF):  # a look may hang
                await self._when(
                    lambda: self.provider.holds(volume, attachment),
                    lambda held: not held,
                    at_most=LET_GO_OF,
                )
        except (SnaptuiError, TimeoutError):
            return False
        return True

    @looks_again
    async def resize_volume(self, request: ResizeRequest) -> Volume:
        """Make a volume larger, and wait until it is."""
        self.require(Capability.RESIZE)
        require_meant(request.size_bytes)
        volume = await self.found_volume(request.volume_uid)
        if request.size_bytes <= volume.size_bytes:
            raise InvalidInputError(
                "a volume can only be made larger",
                f"give more than {exact_size(volume.size_bytes)}",
            )
        self.sent = True
        await self.provider.resize_volume(volume.resource_uid, request.size_bytes)
        seen = await self._when_so(
            volume.resource_uid,
            lambda v: v.size_bytes >= request.size_bytes and v.status.settled,
        )
        text = f"made volume {volume.name} larger: {format_size(seen.size_bytes)}"
        await self._record("resize", volume.resource_uid, text)
        return seen

    async def _when_attached(self, volume: Volume, instance: str) -> Volume:
        """A volume, when it has been attached; a cloud may accept that and not do it."""
        self.look_again()
        attaching = Attaching(self.name, self.provider, volume, instance)
        seen = await self._when(attaching.look, attaching.done, at_most=AT_MOST)
        if attaching.given_up:
            raise await attaching.failure(self.names.told(instance))
        return await self._good(seen, volume.resource_uid)

    async def _when_so(self, uid: str, done: Callable[[Volume], bool]) -> Volume:
        """A volume, when something has been done to it."""
        self.look_again()
        seen = await self._when(
            lambda: self.provider.volume(uid),
            lambda v: v is None or v.status is VolumeStatus.ERROR or done(v),
            at_most=AT_MOST,
        )
        return await self._good(seen, uid)

    async def _good(self, seen: Volume | None, uid: str) -> Volume:
        """What was seen of a volume, if something could be done to it."""
        if seen is None:
            raise CloudNotFoundError(f"the volume {uid} is not there any more")
        if seen.status is VolumeStatus.ERROR:
            raise CloudError(f"the cloud could not do that: {await self._why(seen)}")
        return named(seen)


def _attachments(volume: Volume) -> list[Attachment]:
    return [a for a in (volume.attachment, *volume.other_attachments) if a is not None]
