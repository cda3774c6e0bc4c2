"""The local cloud over the engine and the host."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from snaptui.clouds.local import deletion, zones
from snaptui.clouds.local.abilities import ability
from snaptui.clouds.local.deleting import LocalDeleting
from snaptui.clouds.local.lineage import lineage
from snaptui.clouds.local.prechecks import precheck, require_new
from snaptui.clouds.local.presence import with_host
from snaptui.clouds.local.survey import Survey
from snaptui.clouds.local.unsupported import Unsupported
from snaptui.config import user_path
from snaptui.engine.trash import TRASH_DAYS
from snaptui.errors import InUseError
from snaptui.models import (
    LOCAL_CLOUD,
    BlockSummary,
    Candidate,
    Changes,
    CheckReport,
    CloudInfo,
    Deletion,
    Diff,
    Event,
    LineageNode,
    RestoreReport,
    Snapshot,
    Usage,
    Volume,
    Zone,
)
from snaptui.progress import no_progress
from snaptui.requests import RestoreRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable, Iterator, Sequence

    from snaptui.clouds.base import Ability, Capability, Item
    from snaptui.engine import Repository
    from snaptui.progress import ProgressCallback
    from snaptui.requests import (
        AddVolumeRequest,
        CheckRequest,
        CloneRequest,
        CreateVolumeRequest,
        JobRequest,
        SnapshotRequest,
    )

_PAGE = 1000


class LocalCloud(Unsupported, LocalDeleting):
    """Raw images and block devices of this host. Speaks the `Cloud` protocol."""

    def __init__(self, repository: Repository, *, trash_days: float = TRASH_DAYS) -> None:
        super().__init__(repository, trash_days=trash_days)
        self._survey = Survey(repository)

    @property
    def name(self) -> str:
        """Always `local`."""
        return "local"

    # -- what it is and can do

    def ability(self, capability: Capability) -> Ability:
        """What this cloud can do."""
        return ability(capability, read_only=self.repository.read_only)

    async def info(self) -> CloudInfo:
        """Always there."""
        read_only = self.repository.read_only
        reason = "read-only" if read_only else ""
        return CloudInfo(
            name=self.name, kind=LOCAL_CLOUD, available=True, reason=reason, read_only=read_only
        )

    async def change_token(self) -> Hashable:
        """Moves with every catalog commit, and when a volume is attached, detached or vanishes."""

        def look() -> Hashable:
            self.repository.refresh()
            self._survey.users()
            return (self.repository.catalog.sequence, self._survey.number)

        return await asyncio.to_thread(look)

    async def changes(self, since: Hashable) -> Changes | None:
        """What the catalog and the host say that changed."""

        def look() -> Changes | None:
            match since:
                case (int(sequence), int(number)):
                    self.repository.refresh()
                    self._survey.users()
                    paths = self._survey.changed_since(number)
                    found = self.repository.changes_since(sequence)
                    if paths is None or found is None:
                        return None
                    volumes = [*found.volumes, *self._volumes_at(paths, found)]
                    return replace(found, volumes=tuple(map(self._with_host, volumes)))
            return None

        return await asyncio.to_thread(look)

    def _volumes_at(self, paths: frozenset[str], beside: Changes) -> list[Volume]:
        """The volumes at these paths that are not among the changes already."""
        if not paths:
            return []
        known = {volume.resource_uid for volume in beside.volumes}
        rows = self.repository.catalog.rows("volumes")
        uids = [uid for uid, row in rows.items() if row["path"] in paths and uid not in known]
        return self.repository.volumes_with(uids)

    # -- listing

    def _with_host(self, volume: Volume) -> Volume:
        return with_host(self.repository, volume, self._survey.users)

    async def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        """All volumes, by name."""

        def look() -> list[Volume]:
            self.repository.refresh()
            return [self._with_host(volume) for volume in self.repository.volumes()]

        for page in _pages(await asyncio.to_thread(look)):
            yield page

    async def snapshots(self, volume_uid: str | None = None) -> AsyncIterator[Sequence[Snapshot]]:
        """All snapshots, or one volume's, newest first."""

        def look() -> list[Snapshot]:
            self.repository.refresh()
            return self.repository.snapshots(volume_uid)

        for page in _pages(await asyncio.to_thread(look)):
            yield page

    async def volume(self, reference: str) -> Volume:
        """One volume, by UID, unique prefix or unique name."""

        def look() -> Volume:
            self.repository.refresh()
            return self._with_host(self.repository.volume(reference))

        return await asyncio.to_thread(look)

    async def snapshot(self, reference: str) -> Snapshot:
        """One snapshot, by UID, unique prefix or unique name."""

        def look() -> Snapshot:
            self.repository.refresh()
            return self.repository.snapshot(reference)

        return await asyncio.to_thread(look)

    async def zones(self) -> list[Zone]:
        """The pools, `default` first."""

        def look() -> list[Zone]:
            self.repository.refresh()
            return zones.list_zones(self.repository)

        return await asyncio.to_thread(look)

    async def events(self, uid: str | None = None) -> list[Event]:
        """Who did what, newest first."""
        return await asyncio.to_thread(self.repository.events, uid)

    async def lineage(self, uid: str) -> LineageNode:
        """The family tree, from its root."""
        return await asyncio.to_thread(lineage, self.repository, uid)

    async def diff(self, from_uid: str | None, to_uid: str) -> Diff:
        """What changed between two snapshots."""
        return await asyncio.to_thread(self.repository.diff, from_uid, to_uid)

    async def blocks(self, snapshot_uid: str, cells: int = 256) -> BlockSummary:
        """New, shared and holes, and where."""
        return await asyncio.to_thread(self.repository.blocks, snapshot_uid, cells)

    async def candidates(self) -> list[Candidate]:
        """Disk images and block devices of this host that are no volumes yet."""
        from snaptui.clouds.local.candidates import find_candidates

        paths = [row["path"] for row in self.repository.catalog.rows("volumes").values()]
        return await asyncio.to_thread(find_candidates, [*paths, self.repository.path])

    async def usage(self) -> Usage | None:
        """What the repository holds and costs."""
        return await asyncio.to_thread(self.repository.usage)

    # -- volumes and zones

    async def add_volume(self, request: AddVolumeRequest) -> Volume:
        """Register a raw image or block device; its data stays where it is."""
        from snaptui.clouds.local.registration import inspect, name_from

        def add() -> Volume:
            self.repository.require_writable()
            self.repository.refresh()
            if request.zone is not None:
                zones.zone_path(self.repository, request.zone)
            found = inspect(request.path, self.repository.path)
            volume = self.repository.add_volume(
                name=request.name or name_from(found.path),
                path=found.path,
                size_bytes=found.size_bytes,
                zone=request.zone or zones.zone_of_path(self.repository, found.path),
                managed=False,
                block_size=request.block_size,
                actor=self._actor(),
            )
            return self._with_host(volume)

        return await asyncio.to_thread(add)

    async def create_volume(
        self,
        request: CreateVolumeRequest,
        progress: ProgressCallback = no_progress,
        job_uid: str | None = None,
    ) -> Volume:
        """Make a blank volume, a sparse file in the zone's pool; at once."""
        del job_uid
        progress("making", 0, 0)

        def create() -> Volume:
            self.repository.refresh()
            path = zones.volume_path(self.repository, request.zone, request.name)
            volume = self.repository.create_volume(
                name=request.name,
                zone=request.zone,
                path=path,
                size_bytes=request.size_bytes,
                actor=self._actor(),
            )
            return self._with_host(volume)

        return await asyncio.to_thread(create)

    async def plan_delete_volume(self, uid: str) -> Deletion:
        """What deleting a volume would do."""

        def plan() -> Deletion:
            return deletion.plan_volume(self._fresh(uid))

        return await asyncio.to_thread(plan)

    async def delete_volume(self, uid: str) -> Deletion:
        """Forget a volume; a file that snaptui made is deleted, one it did not make stays."""

        def delete() -> Deletion:
            self.repository.require_writable()
            self.repository.refresh()
            busy = partial(_refuse_busy, self.repository.volume(uid))
            # Not waited for: who has given up waiting must not find the volume gone an hour later.
            with self.repository.locked_volume(uid, busy):
                plan = deletion.plan_volume(self._fresh(uid))
                if plan.reason:
                    raise InUseError(plan.reason, "detach it first")
                deletion.delete_volume(self.repository, uid, self._actor())
            return plan

        return await asyncio.to_thread(delete)

    async def add_zone(self, name: str, path: str) -> Zone:
        """Register a directory as an availability zone."""
        return await asyncio.to_thread(zones.add_zone, self.repository, name, path, self._actor())

    async def delete_zone(self, name: str) -> Zone:
        """Forget an availability zone that has no volume."""
        return await asyncio.to_thread(zones.delete_zone, self.repository, name, self._actor())

    def _fresh(self, uid: str) -> Volume:
        """A volume with its users as they are this moment, for a decision that can lose data."""
        self.repository.refresh()
        self._survey.users(fresh=True)
        return self._with_host(self.repository.volume(uid))

    # -- snapshots

    async def create_snapshot(
        self, request: SnapshotRequest, progress: ProgressCallback, job_uid: str | None = None
    ) -> Snapshot:
        """Take a snapshot, whether the volume is attached or not."""

        def take() -> Snapshot:
            self.repository.require_writable()  # before anything is synced
            self.repository.refresh()
            volume = self._fresh(request.volume_uid)
            from snaptui.clouds.local.syncing import sync_mounts

            sync_mounts(self._survey.users().get(volume.path, []))
            return self.repository.take_snapshot(
                volume.resource_uid,
                name=request.name,
                description=request.description,
                allow_fuzzy=request.allow_fuzzy,
                actor=self._actor(),
                job_uid=job_uid,
                progress=progress,
            )

        return await asyncio.to_thread(take)

    async def clone_snapshot(
        self, request: CloneRequest, progress: ProgressCallback, job_uid: str | None = None
    ) -> Volume:
        """Make a volume from a snapshot, a sparse file in the zone's pool."""
        del job_uid  # a clone that was cut short is undone: none is there to be found again

        def clone() -> Volume:
            self.repository.require_writable()
            self.repository.refresh()
            snapshot = self.repository.snapshot(request.snapshot_uid)
            path = zones.volume_path(self.repository, request.zone, request.name)
            volume = self.repository.clone(
                snapshot.resource_uid,
                name=request.name,
                zone=request.zone,
                path=path,
                size_bytes=request.size_bytes,
                actor=self._actor(),
                progress=progress,
            )
            return self._with_host(volume)

        return await asyncio.to_thread(clone)

    async def restore_snapshot(
        self, request: RestoreRequest, progress: ProgressCallback
    ) -> RestoreReport:
        """Write a snapshot to a new file, or over its volume."""

        def restore() -> RestoreReport:
            self.repository.refresh()
            snapshot = self.repository.snapshot(request.snapshot_uid)
            if request.to_path is not None:
                path = user_path(request.to_path).absolute()
                require_new(self.repository, snapshot, path)
                return self.repository.restore_to_file(
                    snapshot.resource_uid, path, actor=self._actor(), progress=progress
                )

            return self.repository.restore_in_place(
                snapshot.resource_uid,
                actor=self._actor(),
                exclusive=not request.force,
                guard=None if request.force else self._refuse_in_use,
                progress=progress,
            )

        return await asyncio.to_thread(restore)

    def _refuse_in_use(self, volume: Volume) -> None:
        user = self._fresh(volume.resource_uid).attachment
        if user is not None:
            raise InUseError(
                f"the volume {volume.name} is in use by {user.used_by}",
                "detach it first, or force the restore (--force)",
            )

    async def precheck(self, request: JobRequest) -> None:
        """Raise what the work would, as far as that is known now."""

        def check() -> None:
            self.repository.require_writable()
            self.repository.refresh()
            precheck(self.repository, request)
            if isinstance(request, RestoreRequest) and request.in_place and not request.force:
                snapshot = self.repository.snapshot(request.snapshot_uid)
                self._refuse_in_use(self.repository.volume(snapshot.volume_uid))

        await asyncio.to_thread(check)

    async def check(self, request: CheckRequest, progress: ProgressCallback) -> CheckReport:
        """Read and verify one snapshot, or everything."""

        def check() -> CheckReport:
            self.repository.refresh()
            if request.snapshot_uid is None:
                return self.repository.check(progress)
            snapshot = self.repository.snapshot(request.snapshot_uid)
            return self.repository.verify(snapshot.resource_uid, progress)

        return await asyncio.to_thread(check)


def _refuse_busy(volume: Volume, _phase: str, _done: int, _total: int) -> None:
    raise InUseError(
        f"the volume {volume.name} is in use by a job",
        "wait until it has ended, or cancel it: snaptui job list",
    )


def _pages(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """`items` a page at a time, as a remote cloud would give them; no page when there are none."""
    for first in range(0, len(items), _PAGE):
        yield items[first : first + _PAGE]
