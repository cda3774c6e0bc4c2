"""What is done to the snapshots of a remote cloud: asked for, and waited for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from snaptui.clouds.base import Capability
from snaptui.clouds.remote.copying import CopiesSnapshots
from snaptui.clouds.remote.planning import plan_snapshots
from snaptui.clouds.remote.provider import Sharing
from snaptui.clouds.remote.together import each_of
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
from snaptui.engine.operations.noting import edit_told
from snaptui.errors import (
    CloudConflictError,
    CloudError,
    JobCancelledError,
    NotFoundError,
    SnaptuiError,
)
from snaptui.models import (
    Deletion,
    LeftOut,
    Snapshot,
    SnapshotStatus,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.progress import ProgressCallback
    from snaptui.requests import (
        EditSnapshotRequest,
        ShareRequest,
        SnapshotRequest,
    )


class SnapshotWork(Work):
    """The part of `RemoteCloud` that takes, shares and deletes snapshots."""

    @property
    def region(self) -> str:
        """The region that this is; empty where it copies none, or that is not known yet."""
        return self.provider.region if isinstance(self.provider, CopiesSnapshots) else ""

    async def regions(self) -> list[str]:
        """The regions that its snapshots can be copied to; none where it copies none."""
        if not isinstance(self.provider, CopiesSnapshots):
            return []
        await self.provider.connect()
        return list(await self.provider.regions())

    @looks_again
    async def create_snapshot(
        self, request: SnapshotRequest, progress: ProgressCallback, job_uid: str | None = None
    ) -> Snapshot:
        """Take a snapshot, whether the volume is attached or not, and wait until it is complete."""
        self.require(Capability.SNAPSHOT)
        progress("asking the cloud", 0, 0)
        volume = await self.found_volume(request.volume_uid)
        snapshot = await self.answered(
            lambda: self.provider.create_snapshot(
                volume,
                name=request.name,
                description=request.description,
                token=request.token or job_uid or uuid4().hex,
                again=bool(request.token),
            ),
            progress,
        )
        size, again = volume.size_bytes, bool(request.token)
        seen = await self._when_whole(snapshot, size, progress, again=again)
        text = f"took snapshot {seen.name}"
        await self._record("snapshot", volume.resource_uid, text, seen.resource_uid)
        return replace(seen, volume_name=volume.name, name=seen.name or seen.resource_uid)

    async def _when_whole(
        self,
        made: Snapshot,
        size: int,
        progress: ProgressCallback,
        doing: str = "saving",
        *,
        again: bool,
    ) -> Snapshot:
        """A snapshot that was asked for, when it is complete; deleted when that is cancelled.

        Unless it was asked for before (`again`) and complete already.
        """
        uid = made.resource_uid
        try:
            seen = await self._wait(uid, size, progress, doing)
        except JobCancelledError as error:
            if again and made.status.settled:
                raise stays(error, f"the snapshot {uid}") from error
            raise await self._take_back(uid, error, progress) from error
        return await self._whole(uid, seen)

    async def _wait(
        self, uid: str, size: int, progress: ProgressCallback, doing: str = "saving"
    ) -> Snapshot | None:
        """What became of a snapshot that was asked for."""

        def told(seen: Snapshot | None) -> tuple[str, int, int]:
            percent = seen.percent if seen is not None else None
            return (doing, size * (percent or 0) // 100, size) if percent else (doing, 0, 0)

        try:
            return await self._when_made(
                lambda: self.provider.snapshot(uid), progress=progress, told=told
            )
        except CloudError as error:
            raise untold(error, f"snapshot {uid}") from error

    async def _whole(self, uid: str, seen: Snapshot | None) -> Snapshot:
        """What was seen, if it is a snapshot that can be used."""
        if seen is None:
            raise await self._vanished(f"snapshot {uid}", uid)
        if seen.status is SnapshotStatus.ERROR:
            raise await self._failed_snapshot(seen)
        return seen

    async def _failed_snapshot(self, seen: Snapshot) -> CloudError:
        """Why there is no snapshot; what is there of it is deleted."""
        uid = seen.resource_uid
        reason = await self._why(seen)
        hint = "nothing is left of it"
        try:
            await self.provider.delete_snapshot(uid)
        except SnaptuiError as error:
            hint = f"delete what is left of it, {uid}: {error.message}"
        return CloudError(f"the cloud could not make the snapshot {uid}: {reason}", hint)

    async def when_complete(self, uid: str, size: int, progress: ProgressCallback) -> Snapshot:
        """A snapshot that was written block by block, when the cloud has it."""
        try:
            seen = await self._wait(uid, size, progress)
        except JobCancelledError as error:
            raise goes_on(error, f"with the snapshot {uid}, all of which is there") from error
        return await self._whole(uid, seen)

    async def record_export(self, there: Snapshot, here: Snapshot) -> None:
        """Write down that a snapshot came from the local repository."""
        text = f"exported snapshot {here.name} ({here.resource_uid}) as {there.resource_uid}"
        await self._record("export", there.resource_uid, text)

    async def when_copied(
        self, made: Snapshot, size: int, progress: ProgressCallback, *, again: bool
    ) -> Snapshot:
        """A copy of another region's snapshot, when it is complete."""
        return await self._when_whole(made, size, progress, "copying", again=again)

    async def record_copy(self, snapshot: Snapshot, copy: Snapshot, region: str) -> None:
        """Write down that a snapshot was copied to another region."""
        text = f"copied snapshot {snapshot.name} to {region} as {copy.resource_uid}"
        await self._record("copy", snapshot.resource_uid, text)

    async def record_copied(self, snapshot: Snapshot, copy: Snapshot, source: str) -> None:
        """Write down that a snapshot was copied here from another region's cloud."""
        text = f"copied snapshot {snapshot.name} ({snapshot.resource_uid}) here from {source}"
        await self._record("copy", copy.resource_uid, text)

    async def _take_back(
        self, uid: str, cancelled: JobCancelledError, progress: ProgressCallback
    ) -> JobCancelledError:
        """Delete a snapshot that nobody waits for any more, if the cloud soon lets it go."""
        patient = unless_insisted(progress, at_most=LETTING_GO)
        try:
            await self._heeded(lambda: self.provider.delete_snapshot(uid), patient)
        except JobCancelledError:
            return goes_on(cancelled, f"with the snapshot {uid}: {UNANSWERED}")
        except SnaptuiError as error:
            return goes_on(cancelled, f"with the snapshot {uid}: {error.message}")
        return cancelled

    @looks_again
    async def delete_snapshots(self, uids: Sequence[str], *, force: bool = False) -> Deletion:
        """Delete snapshots for good, and wait until they are gone; nothing is pinned here."""
        del force
        self.require(Capability.DELETE_SNAPSHOT)
        stock = await self.stock()
        plan = plan_snapshots(stock.snapshots, stock.volumes, uids)
        if not plan.uids:
            raise NotFoundError(plan.reason)
        names = {uid: stock.snapshots[uid].name for uid in plan.uids}
        failed = await each_of(plan.uids, self._delete_snapshot)
        done = {uid: name for uid, name in names.items() if uid not in failed}
        if not done:
            raise next(iter(failed.values()))
        await self._record_deleted("delete-snapshot", done, "snapshot")
        if failed:
            self.look_again()
        first = next(iter(done))
        left_out = (
            LeftOut(resource_uid=uid, name=names[uid], reason=error.message)
            for uid, error in failed.items()
        )
        return replace(
            plan,
            resource_uid=first,
            name=done[first],
            uids=tuple(done),
            left_out=(*plan.left_out, *left_out),
        )

    async def _delete_snapshot(self, uid: str) -> None:
        await self.provider.delete_snapshot(uid)
        seen = await self._when_gone(lambda: self.provider.snapshot(uid))
        if seen is not None:
            # it was accepted, and is there all the same: a clone depends on it, for one
            raise CloudConflictError(
                f"the cloud did not delete the snapshot {seen.name or uid}: {await self._why(seen)}"
            )

    @looks_again
    async def edit_snapshot(self, request: EditSnapshotRequest) -> Snapshot:
        """Give a snapshot another name, another description, or both."""
        self.require(Capability.EDIT_SNAPSHOT)
        if request.description is not None:
            self.require(Capability.EDIT_DESCRIPTION)
        snapshot = await self.snapshot(request.snapshot_uid)
        uid = snapshot.resource_uid
        told = edit_told(snapshot.name, snapshot.description, request)
        if not told:
            return snapshot
        made = await self.provider.update_snapshot(
            uid, name=request.name, description=request.description
        )
        await self._record("edit-snapshot", uid, told)
        return replace(snapshot, name=made.name or uid, description=made.description)

    @looks_again
    async def set_visibility(self, request: ShareRequest) -> Snapshot:
        """Change who may see and clone a snapshot."""
        self.require(Capability.SET_VISIBILITY)
        snapshot = await self.snapshot(request.snapshot_uid)
        sharing = Sharing(visibility=request.visibility, shared_with=request.shared_with)
        await self.provider.share(snapshot, sharing)
        whom = f" with {', '.join(request.shared_with)}" if request.shared_with else ""
        text = f"made snapshot {snapshot.name} {request.visibility}{whom}"
        await self._record("share", snapshot.resource_uid, text)
        return await self.snapshot(snapshot.resource_uid)
