"""Bringing a snapshot of EBS home: as it is there, only what changed, or not at all."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from snaptui.clouds.aws import fetching
from snaptui.clouds.aws.ebs import EbsDirect
from snaptui.clouds.aws.provider import AwsProvider
from snaptui.clouds.base import Capability
from snaptui.clouds.remote import importing
from snaptui.clouds.remote.cloud import RemoteCloud
from snaptui.clouds.remote.importing import bring_home
from snaptui.engine import Repository
from snaptui.errors import (
    CloudConflictError,
    CloudDownError,
    CloudNotFoundError,
    ConflictError,
    JobCancelledError,
    UnsupportedError,
)
from snaptui.jobs import Jobs
from snaptui.models import JobKind, JobStatus, ReadMethod, Snapshot
from snaptui.progress import ProgressCallback, no_progress
from snaptui.requests import ImportRequest, Subject
from tests.clouds.aws.ebs_server import NONE, SIZE, WEB, EbsServer, Kept
from tests.clouds.aws.script import ACCOUNT, QUICK, REGION, no_sleep, refused_ebs
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume, install
from tests.support import ACTOR

GIB = 1024**3


def block(seed: int) -> bytes:
    return random.Random(seed).randbytes(SIZE)


def provider_of(server: EbsServer) -> AwsProvider:
    return AwsProvider(
        "prod", region=REGION, transport=server.transport, sleep=no_sleep, patience=QUICK
    )


@pytest.fixture
def server() -> EbsServer:
    return EbsServer()


@pytest.fixture
def night(server: EbsServer) -> Kept:
    """A snapshot with blocks here and there, the last one among them."""
    numbers = (0, 1, 2, 7, 100, 101, 1000, 2047)
    return server.have(1, {number: block(number) for number in numbers}, description="d")


async def bring(
    server: EbsServer,
    repository: Repository,
    kept: Kept,
    progress: ProgressCallback = no_progress,
    *,
    read_only: bool = False,
) -> Snapshot:
    server.read.clear()
    cloud = RemoteCloud("prod", provider_of(server), read_only=read_only)
    request = ImportRequest(snapshot_uid=kept.uid, name=f"home {kept.name}")
    try:
        return await bring_home(cloud, repository, request, progress)
    finally:
        await cloud.close()


def data_from(descriptor: int, at: int) -> int:
    """Where the next data of a file is; -1 when the rest is a hole."""
    try:
        return os.lseek(descriptor, at, os.SEEK_DATA)
    except OSError:
        return -1


def assert_same(
    repository: Repository, snapshot: Snapshot, blocks: Mapping[int, bytes], tmp_path: Path
) -> None:
    """A snapshot has these blocks, byte for byte, and zeros elsewhere."""
    path = tmp_path / f"restored-{snapshot.resource_uid}"
    repository.restore_to_file(snapshot.resource_uid, path, actor=ACTOR)
    assert path.stat().st_size == snapshot.size_bytes
    with path.open("rb") as file:
        for number, data in blocks.items():
            file.seek(number * SIZE)
            assert file.read(SIZE) == data, number
        at = 0
        while (at := data_from(file.fileno(), at)) >= 0:  # and zeros elsewhere
            number = at // SIZE
            file.seek(number * SIZE)
            assert number in blocks or not any(file.read(SIZE)), number
            at = (number + 1) * SIZE
    path.unlink()


async def test_all_of_it_comes_home(
    server: EbsServer, repository: Repository, night: Kept, tmp_path: Path
) -> None:
    told: list[tuple[str, int, int]] = []
    snapshot = await bring(server, repository, night, lambda *each: told.append(each))
    assert_same(repository, snapshot, night.blocks, tmp_path)
    assert sorted(server.read) == sorted(night.blocks)
    assert (snapshot.name, snapshot.description) == ("home night 1", "d")
    assert (snapshot.volume_name, snapshot.size_bytes) == ("web", GIB)
    assert snapshot.created_at.day == 1
    assert snapshot.origin == {
        "kind": "aws",
        "cloud": "prod",
        "place": f"account {ACCOUNT}, {REGION}",
        "snapshot_uid": night.uid,
        "volume_uid": WEB,
    }
    assert ("fetching", 8 * SIZE, 8 * SIZE) in told
    assert repository.check().clean


async def test_the_next_one_is_only_what_changed(
    server: EbsServer, repository: Repository, night: Kept, tmp_path: Path
) -> None:
    first = await bring(server, repository, night)
    blocks = {**night.blocks, 1: block(50), 55: block(55)}
    del blocks[7]
    second = server.have(2, blocks)
    snapshot = await bring(server, repository, second)
    assert sorted(server.read) == [1, 55]
    assert (server.asked["ListSnapshotBlocks"], server.asked["ListChangedBlocks"]) == (3, 1)
    assert_same(repository, snapshot, blocks, tmp_path)
    assert snapshot.parent_uid == first.resource_uid
    assert snapshot.read_method is ReadMethod.CHANGED_BLOCKS
    assert snapshot.volume_uid == first.volume_uid
    assert (snapshot.new_bytes, snapshot.data_bytes) == (2 * SIZE, 8 * SIZE)


async def test_a_volume_that_grew(
    server: EbsServer, repository: Repository, night: Kept, tmp_path: Path
) -> None:
    await bring(server, repository, night)
    second = server.have(2, {**night.blocks, 4095: block(4095)}, size=2)
    snapshot = await bring(server, repository, second)
    assert server.read == [4095]
    assert snapshot.size_bytes == 2 * GIB
    assert_same(repository, snapshot, second.blocks, tmp_path)


async def test_an_older_one_is_no_difference_from_a_newer(
    server: EbsServer, repository: Repository, night: Kept, tmp_path: Path
) -> None:
    await bring(server, repository, server.have(2, {3: block(3)}))
    older = await bring(server, repository, night)
    assert older.parent_uid is None
    assert_same(repository, older, night.blocks, tmp_path)


@pytest.mark.parametrize("how", ["gone", "unrelated", "deleted here"])
async def test_where_there_is_nothing_to_compare_with_all_is_fetched(
    server: EbsServer, repository: Repository, night: Kept, tmp_path: Path, how: str
) -> None:
    first = await bring(server, repository, night)
    second = server.have(2, {**night.blocks, 1: block(50)})
    if how == "gone":
        del server.kept[night.uid]
    elif how == "unrelated":
        unrelated = refused_ebs("ValidationException", "not", reason="UNRELATED_SNAPSHOTS")
        server.failing["ListChangedBlocks"] = unrelated
    else:
        repository.delete_snapshot(first.resource_uid, ACTOR)
    snapshot = await bring(server, repository, second)
    assert sorted(server.read) == sorted(second.blocks)
    assert snapshot.parent_uid is None
    assert snapshot.volume_uid == first.volume_uid
    assert_same(repository, snapshot, second.blocks, tmp_path)


async def test_a_base_that_is_deleted_meanwhile_is_done_without(
    server: EbsServer, repository: Repository, night: Kept, tmp_path: Path
) -> None:
    first = await bring(server, repository, night)
    second = server.have(2, {**night.blocks, 1: block(50)})
    path = repository.layout.map(first.resource_uid)
    path.write_bytes(path.read_bytes()[:-1])  # seen when it is opened, not before
    snapshot = await bring(server, repository, second)
    assert sorted(server.read) == sorted(second.blocks)
    assert "without its parent's block map" in snapshot.reason
    assert_same(repository, snapshot, second.blocks, tmp_path)


async def test_copies_are_of_no_volume(server: EbsServer, repository: Repository) -> None:
    """What EC2 gives as their volume is the same for all of them."""
    one = await bring(server, repository, server.have(1, {0: block(1)}, volume=NONE))
    other = await bring(server, repository, server.have(2, {0: block(2)}, volume=NONE))
    assert one.volume_uid != other.volume_uid
    assert other.parent_uid is None
    assert server.asked["ListChangedBlocks"] == 0


async def test_a_long_list_is_not_kept(
    server: EbsServer,
    repository: Repository,
    night: Kept,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetching, "KEPT", 1)
    snapshot = await bring(server, repository, night)
    assert server.asked["ListSnapshotBlocks"] == 6
    assert_same(repository, snapshot, night.blocks, tmp_path)


async def test_the_blocks_are_fetched_together_but_not_all_at_once() -> None:
    running = most = 0
    started: list[int] = []

    async def entries() -> Iterator[tuple[int, str | None]]:  # type: ignore[misc]
        for index in range(40):
            yield index, None if index % 5 == 4 else "t"

    async def get(index: int, _token: str) -> bytes:
        nonlocal running, most
        started.append(index)
        running += 1
        most = max(most, running)
        for _ in range(40 - index):  # the later ones are the quicker ones
            await asyncio.sleep(0)
        running -= 1
        return bytes([index])

    got = [each async for each in fetching._in_order(entries(), get)]  # type: ignore[arg-type]
    assert [index for index, _ in got] == list(range(40))
    assert all(data == (None if n % 5 == 4 else bytes([n])) for n, data in got)
    assert 2 < most <= fetching.AT_ONCE


def nothing_left(repository: Repository) -> None:
    layout = repository.layout
    for directory in (layout.maps, layout.packs, layout.staging):
        assert not list(directory.iterdir()), directory
    assert repository.snapshots() == []


async def test_a_damaged_block_fails_and_leaves_nothing(
    server: EbsServer, repository: Repository, night: Kept
) -> None:
    server.damaged = {1000}
    with pytest.raises(CloudDownError, match=f"block 1000 of {night.uid} was damaged on the way"):
        await bring(server, repository, night)
    assert server.read.count(1000) == QUICK.attempts
    nothing_left(repository)


async def test_cancelled_it_leaves_nothing(
    server: EbsServer, repository: Repository, night: Kept
) -> None:
    def cancel(phase: str, done: int, _total: int) -> None:
        if phase == "fetching" and done:
            raise JobCancelledError("enough")

    with pytest.raises(JobCancelledError):
        await bring(server, repository, night, cancel)
    nothing_left(repository)


async def test_cancelled_while_the_cloud_does_not_answer(
    server: EbsServer, repository: Repository, night: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_LOOK", 0.01)
    asked = given_up = looked = 0

    async def hang(*_: object) -> bytes:
        nonlocal asked, given_up
        asked += 1
        try:
            await asyncio.Event().wait()
        finally:
            given_up += 1
        raise AssertionError

    def cancel(phase: str, _done: int, _total: int) -> None:
        nonlocal looked
        looked += phase == "fetching"
        if looked > 3:
            raise JobCancelledError("enough")

    monkeypatch.setattr(EbsDirect, "get_block", hang)
    with pytest.raises(JobCancelledError):
        await bring(server, repository, night, cancel)
    assert asked == given_up == len(night.blocks)
    nothing_left(repository)


async def test_the_same_one_again_is_told(
    server: EbsServer, repository: Repository, night: Kept
) -> None:
    first = await bring(server, repository, night)
    with pytest.raises(ConflictError, match=f"imported already: .*{first.resource_uid}"):
        await bring(server, repository, night)
    assert server.read == []


async def test_one_that_is_not_there_or_not_complete(
    server: EbsServer, repository: Repository, night: Kept
) -> None:
    night.status = "pending"
    with pytest.raises(CloudConflictError, match="is pending"):
        await bring(server, repository, night)
    night.status = "completed"
    server.failing["ListSnapshotBlocks"] = refused_ebs("ResourceNotFoundException", status=404)
    with pytest.raises(CloudNotFoundError):
        await bring(server, repository, night)
    nothing_left(repository)


async def test_reading_from_a_read_only_cloud_changes_nothing_there(
    server: EbsServer, repository: Repository, night: Kept, tmp_path: Path
) -> None:
    snapshot = await bring(server, repository, night, read_only=True)
    assert_same(repository, snapshot, night.blocks, tmp_path)


async def test_a_cloud_without_block_access_says_so(repository: Repository) -> None:
    provider = FakeProvider(cannot={Capability.IMPORT: "no blocks here"})
    monday = provider.put(a_snapshot(provider.put(a_volume())))
    cloud = RemoteCloud("prod", provider)
    with pytest.raises(UnsupportedError, match="prod: no blocks here"):
        await bring_home(
            cloud,
            repository,
            ImportRequest(snapshot_uid=monday.resource_uid, name="x"),
            no_progress,
        )


def test_as_a_job(
    server: EbsServer,
    repository: Repository,
    night: Kept,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    install(monkeypatch, {"prod": provider_of(server)})
    jobs = Jobs(repository)
    phases: set[str] = set()
    job = jobs.run(
        ImportRequest(snapshot_uid=night.uid, name="home"),
        lambda job: phases.add(job.progress.phase) if job.progress else None,
        Subject(cloud="prod", uid=night.uid, name=night.name),
    )
    assert (job.kind, job.status) == (JobKind.IMPORT, JobStatus.COMPLETED)
    assert job.summary == "Snapshot home was successfully imported."
    snapshot = repository.snapshot(str(job.result_uid))
    assert snapshot.job_uid == job.resource_uid
    assert phases >= {"asking the cloud", "fetching", "syncing"}
    assert_same(repository, snapshot, night.blocks, tmp_path)

    server.have(2, {**night.blocks, 3: block(3)})
    server.damaged = {3}
    with pytest.raises(CloudDownError):
        jobs.run(
            ImportRequest(snapshot_uid=f"snap-{2:017x}", name="b"),
            None,
            Subject(cloud="prod", uid=f"snap-{2:017x}", name="night 2"),
        )
    failed = jobs.list()[0]
    assert failed.status is JobStatus.FAILED
    assert "damaged on the way" in failed.summary
    assert [each.name for each in repository.snapshots()] == ["home"]
