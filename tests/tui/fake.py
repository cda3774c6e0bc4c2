"""An in-memory cloud and jobs, for tests of single widgets: hostile texts, very long lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from snaptui.clouds.base import Ability, Capability
from snaptui.clouds.local.unsupported import Unsupported
from snaptui.errors import NotFoundError, SnaptuiError
from snaptui.models import (
    BlockSummary,
    Candidate,
    Changes,
    CheckReport,
    CloudInfo,
    Consistency,
    Deletion,
    Diff,
    DiffRange,
    Event,
    Job,
    JobStatus,
    LeftOut,
    LineageNode,
    Progress,
    Quota,
    RangeKind,
    ReadMethod,
    RestoreReport,
    Snapshot,
    SnapshotStatus,
    TrashedSnapshot,
    Usage,
    Visibility,
    Volume,
    VolumeStatus,
    Zone,
)
from snaptui.progress import ProgressCallback, no_progress
from snaptui.requests import (
    AddVolumeRequest,
    CheckRequest,
    CloneRequest,
    CreateVolumeRequest,
    EditSnapshotRequest,
    JobRequest,
    RestoreRequest,
    SnapshotRequest,
    Subject,
    dump_request,
    load_request,
)
from tests.support import known

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncIterator, Hashable, Sequence

NOW = datetime.now(UTC)
GIB = 1024**3


def make_volume(number: int = 1, name: str = "", **changes: object) -> Volume:
    volume = Volume(
        resource_uid=f"vol-{number:08X}",
        name=name or f"volume-{number}",
        size_bytes=20 * GIB,
        block_size=65536,
        status=VolumeStatus.AVAILABLE,
        zone="default",
        path=f"/images/{number}.img",
        managed=False,
        created_at=NOW - timedelta(days=40),
        owner="root",
    )
    return replace(volume, **changes)  # type: ignore[arg-type]


def make_snapshot(number: int, volume: Volume, name: str = "", **changes: object) -> Snapshot:
    snapshot = Snapshot(
        resource_uid=f"snap-{number:08X}",
        name=name or f"nightly-{number:04d}",
        description="",
        created_at=NOW - timedelta(hours=3 * number + 1),
        owner="root",
        visibility=Visibility.PRIVATE,
        status=SnapshotStatus.COMPLETED,
        volume_uid=volume.resource_uid,
        volume_name=volume.name,
        size_bytes=volume.size_bytes,
        block_size=volume.block_size,
        data_bytes=12 * GIB,
        new_bytes=84 * 1024**2,
        stored_bytes=31 * 1024**2,
        parent_uid=None,
        consistency=Consistency.STABLE,
        read_method=ReadMethod.FULL,
    )
    return replace(snapshot, **changes)  # type: ignore[arg-type]


class FakeCloud(Unsupported):
    """Volumes and snapshots in lists."""

    def __init__(
        self,
        name: str = "local",
        volumes: Sequence[Volume] = (),
        snapshots: Sequence[Snapshot] = (),
        unable: frozenset[Capability] = frozenset({Capability.SET_VISIBILITY}),
    ) -> None:
        self._name = name
        self.all_volumes = list(volumes)
        self.all_snapshots = list(snapshots)
        self.all_trashed: list[TrashedSnapshot] = []
        self.found: list[Candidate] = []
        self.edits: list[EditSnapshotRequest] = []
        self.all_zones = [
            Zone(name="default", path="/pools/default", size_bytes=900 * GIB, free_bytes=300 * GIB),
            Zone(name="fast", path="/mnt/nvme/pool", size_bytes=400 * GIB, free_bytes=20 * GIB),
        ]
        self.all_quotas: list[Quota] = []
        self.unable = unable
        self.objection: SnaptuiError | None = None
        self.token = 0
        self.loads = 0

    @property
    def name(self) -> str:
        return self._name

    def touch(self) -> None:
        self.token += 1

    def ability(self, capability: Capability) -> Ability:
        if capability in self.unable:
            return Ability(False, "the fake cloud cannot do that")
        return Ability(True)

    async def info(self) -> CloudInfo:
        return CloudInfo(name=self._name, kind="fake", available=True)

    async def change_token(self) -> Hashable:
        return self.token

    async def changes(self, since: Hashable) -> Changes | None:
        """It keeps no account: everything is listed anew."""
        return None

    async def zones(self) -> list[Zone]:
        return list(self.all_zones)

    async def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        self.loads += 1
        counts: dict[str, list[datetime]] = {}
        for snapshot in self.all_snapshots:
            counts.setdefault(snapshot.volume_uid, []).append(snapshot.created_at)
        yield [
            replace(
                volume,
                snapshot_count=len(counts.get(volume.resource_uid, ())),
                last_snapshot_at=max(counts.get(volume.resource_uid, ()), default=None),
            )
            for volume in self.all_volumes
        ]

    async def snapshots(self, volume_uid: str | None = None) -> AsyncIterator[Sequence[Snapshot]]:
        found = [s for s in self.all_snapshots if volume_uid in {None, s.volume_uid}]
        found.sort(key=lambda s: s.created_at, reverse=True)
        for start in range(0, len(found), 1000):
            yield found[start : start + 1000]

    async def volume(self, reference: str) -> Volume:
        for volume in self.all_volumes:
            if volume.resource_uid == reference:
                return volume
        raise NotFoundError("no such volume")

    async def snapshot(self, reference: str) -> Snapshot:
        for snapshot in self.all_snapshots:
            if snapshot.resource_uid == reference:
                return snapshot
        raise NotFoundError("no such snapshot")

    async def events(self, uid: str | None = None) -> list[Event]:
        return [
            Event(
                uid=f"ev-{number}",
                at=snapshot.created_at,
                user=snapshot.owner,
                origin="pts/0",
                action="snapshot",
                subject_uid=snapshot.volume_uid,
                related_uid=snapshot.resource_uid,
                text=f"took snapshot {snapshot.name}",
            )
            for number, snapshot in enumerate(self.all_snapshots[:50])
        ]

    async def lineage(self, uid: str) -> LineageNode:
        mine = {s.volume_uid for s in self.all_snapshots if s.resource_uid == uid} | {uid}
        volume = next(v for v in self.all_volumes if v.resource_uid in mine)
        children = tuple(
            LineageNode(uid=s.resource_uid, name=s.name, kind="snapshot", created_at=s.created_at)
            for s in self.all_snapshots
            if s.volume_uid == volume.resource_uid
        )
        return LineageNode(
            uid=volume.resource_uid,
            name=volume.name,
            kind="volume",
            created_at=volume.created_at,
            children=children,
        )

    async def diff(self, from_uid: str | None, to_uid: str) -> Diff:
        kinds = list(RangeKind)
        ranges = tuple(
            DiffRange(offset=n * 10**7, length=65536 * (n + 1), kind=kinds[n % 3])
            for n in range(200)
        )
        return Diff(
            from_uid=from_uid,
            to_uid=to_uid,
            block_size=65536,
            changed_bytes=84 * 1024**2,
            added_bytes=3 * 1024**2,
            removed_bytes=1024**2,
            ranges=ranges,
        )

    async def blocks(self, snapshot_uid: str, cells: int = 256) -> BlockSummary:
        snapshot = await self.snapshot(snapshot_uid)
        return BlockSummary(
            snapshot_uid=snapshot_uid,
            size_bytes=snapshot.size_bytes,
            block_size=known(snapshot.block_size),
            new_bytes=known(snapshot.new_bytes),
            shared_bytes=known(snapshot.data_bytes) - known(snapshot.new_bytes),
            hole_bytes=snapshot.size_bytes - known(snapshot.data_bytes),
            stored_bytes=known(snapshot.stored_bytes),
            new_cells=tuple(
                1.0 if n % 97 < 9 else 0.3 if n % 53 == 0 else 0.0 for n in range(cells)
            ),
            data_cells=tuple(0.0 if n % 400 > 300 else 1.0 for n in range(cells)),
        )

    async def candidates(self) -> list[Candidate]:
        return self.found

    async def usage(self) -> Usage | None:
        return None

    async def quotas(self) -> list[Quota]:
        return list(self.all_quotas)

    async def add_volume(self, request: AddVolumeRequest) -> Volume:
        volume = make_volume(
            len(self.all_volumes) + 100, request.name or "added", path=request.path
        )
        self.all_volumes.append(volume)
        self.touch()
        return volume

    async def create_volume(
        self,
        request: CreateVolumeRequest,
        progress: ProgressCallback = no_progress,
        job_uid: str | None = None,
    ) -> Volume:
        del progress, job_uid
        volume = make_volume(len(self.all_volumes) + 100, request.name)
        self.all_volumes.append(volume)
        self.touch()
        return volume

    async def plan_delete_volume(self, uid: str) -> Deletion:
        volume = await self.volume(uid)
        return Deletion(
            resource_uid=uid,
            name=volume.name,
            lost=("the volume's entry in snaptui",),
            kept=(f"the data in {volume.path}", "its 12 snapshots"),
        )

    async def delete_volume(self, uid: str) -> Deletion:
        plan = await self.plan_delete_volume(uid)
        self.all_volumes = [v for v in self.all_volumes if v.resource_uid != uid]
        self.touch()
        return plan

    async def plan_delete_snapshots(self, uids: Sequence[str], *, force: bool = False) -> Deletion:
        snapshots = [await self.snapshot(uid) for uid in uids]
        chosen = [each for each in snapshots if force or not each.pinned]
        left = [each for each in snapshots if each not in chosen]
        first = (chosen or left)[0]
        return Deletion(
            resource_uid=first.resource_uid,
            name=first.name,
            lost=("the snapshot and the 31 MiB only it needs",),
            kept=("all other snapshots",),
            reason="" if chosen else "all are pinned",
            uids=tuple(each.resource_uid for each in chosen),
            left_out=tuple(
                LeftOut(resource_uid=each.resource_uid, name=each.name, reason="it is pinned")
                for each in left
            ),
            until=datetime.now(UTC) + timedelta(days=7),
        )

    async def delete_snapshots(self, uids: Sequence[str], *, force: bool = False) -> Deletion:
        plan = await self.plan_delete_snapshots(uids, force=force)
        gone = [each for each in self.all_snapshots if each.resource_uid in plan.uids]
        self.all_snapshots = [each for each in self.all_snapshots if each not in gone]
        at = datetime.now(UTC)
        self.all_trashed += [
            TrashedSnapshot(
                snapshot=each,
                deleted_at=at,
                deleted_by="root",
                expires_at=at + timedelta(days=7),
            )
            for each in gone
        ]
        self.touch()
        return plan

    async def freed_bytes(self, uids: Sequence[str]) -> int | None:
        return 31 * 1024**2 * len(uids)

    async def set_pinned(self, uids: Sequence[str], pinned: bool) -> list[Snapshot]:
        changed = [
            replace(each, pinned=pinned)
            for each in self.all_snapshots
            if each.resource_uid in uids and each.pinned != pinned
        ]
        by_uid = {each.resource_uid: each for each in changed}
        self.all_snapshots = [by_uid.get(each.resource_uid, each) for each in self.all_snapshots]
        self.touch()
        return changed

    async def edit_snapshot(self, request: EditSnapshotRequest) -> Snapshot:
        old = await self.snapshot(request.snapshot_uid)
        new = replace(
            old,
            name=old.name if request.name is None else request.name,
            description=old.description if request.description is None else request.description,
        )
        self.edits.append(request)
        self.all_snapshots = [new if each is old else each for each in self.all_snapshots]
        self.touch()
        return new

    async def trash(self) -> list[TrashedSnapshot]:
        return list(self.all_trashed)

    async def trashed(self, reference: str) -> TrashedSnapshot:
        for each in self.all_trashed:
            if each.resource_uid == reference:
                return each
        raise NotFoundError("no such snapshot in the trash")

    async def undelete(self, uids: Sequence[str]) -> list[Snapshot]:
        back = [each.snapshot for each in self.all_trashed if each.resource_uid in uids]
        self.all_trashed = [each for each in self.all_trashed if each.snapshot not in back]
        self.all_snapshots += back
        self.touch()
        return back

    async def plan_purge(self, uids: Sequence[str]) -> Deletion:
        first = await self.trashed(uids[0])
        return Deletion(
            resource_uid=first.resource_uid,
            name=first.name,
            lost=("what they hold",),
            kept=("all other snapshots",),
            uids=tuple(uids),
        )

    async def purge(self, uids: Sequence[str]) -> Deletion:
        plan = await self.plan_purge(uids)
        self.all_trashed = [each for each in self.all_trashed if each.resource_uid not in uids]
        self.touch()
        return plan

    async def precheck(self, request: JobRequest) -> None:
        if self.objection is not None:
            raise self.objection

    async def create_snapshot(
        self, request: SnapshotRequest, progress: ProgressCallback, job_uid: str | None = None
    ) -> Snapshot:
        raise NotImplementedError

    async def clone_snapshot(
        self, request: CloneRequest, progress: ProgressCallback, job_uid: str | None = None
    ) -> Volume:
        raise NotImplementedError

    async def restore_snapshot(
        self, request: RestoreRequest, progress: ProgressCallback
    ) -> RestoreReport:
        raise NotImplementedError

    async def check(self, request: CheckRequest, progress: ProgressCallback) -> CheckReport:
        raise NotImplementedError


class FakeJobs:
    """Jobs that go on only when a test says so."""

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud
        self.all: builtins.list[Job] = []
        self.requests: builtins.list[JobRequest] = []
        self.subjects: list[Subject | None] = []

    def start(self, request: JobRequest, subject: Subject | None = None) -> Job:
        self.requests.append(request)
        self.subjects.append(subject)
        uid = getattr(request, "volume_uid", None) or getattr(request, "snapshot_uid", "") or ""
        job = Job(
            resource_uid=f"job-{len(self.all) + 1:08X}",
            kind=request.kind,
            cloud=self._cloud.name if subject is None else subject.cloud,
            status=JobStatus.RUNNING,
            subject_uid=uid,
            subject_name=next(
                (v.name for v in self._cloud.all_volumes if v.resource_uid == uid),
                uid if subject is None else subject.name,
            ),
            name=getattr(request, "name", ""),
            owner="root",
            created_at=datetime.now(UTC),
            started_at=datetime.now(UTC),
            request=dump_request(request),
            progress=Progress(phase="reading", done_bytes=0, total_bytes=20 * GIB),
        )
        self.all.insert(0, job)
        self._cloud.touch()
        return job

    def change(self, uid: str, **changes: object) -> None:
        self.all = [
            replace(job, **changes) if job.resource_uid == uid else job  # type: ignore[arg-type]
            for job in self.all
        ]
        self._cloud.touch()

    def list(self) -> builtins.list[Job]:
        return list(self.all)

    def get(self, reference: str) -> Job:
        return next(job for job in self.all if job.resource_uid == reference)

    def cancel(self, reference: str) -> Job:
        self.change(reference, status=JobStatus.CANCELLED, ended_at=datetime.now(UTC))
        return self.get(reference)

    def retry(self, reference: str) -> Job:
        job = self.get(reference)
        return self.start(load_request(job.kind, job.request))

    def log(self, reference: str) -> str:
        return f"log of {reference}"


def small_cloud() -> FakeCloud:
    """Two volumes, a few snapshots."""
    web, db = make_volume(1, "web-data"), make_volume(2, "db")
    snapshots = [make_snapshot(n, web) for n in range(1, 13)]
    snapshots += [make_snapshot(100 + n, db) for n in range(1, 31)]
    return FakeCloud(volumes=[web, db], snapshots=snapshots)
