"""Sending a snapshot up to EBS: all of it, only what changed, and on from where it stopped."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from snaptui.clouds.base import Capability
from snaptui.clouds.remote.cloud import RemoteCloud
from snaptui.clouds.remote.exporting import send_up
from snaptui.clouds.remote.sent import Asked, Sent
from snaptui.clouds.remote.waiting import Pace
from snaptui.engine import Repository
from snaptui.errors import (
    CloudConflictError,
    CloudError,
    JobCancelledError,
    NotAllowedError,
    NotFoundError,
    ReadOnlyError,
    UnsupportedError,
)
from snaptui.jobs import Jobs
from snaptui.models import JobKind, JobStatus, Snapshot
from snaptui.progress import ProgressCallback, no_progress
from snaptui.requests import ExportRequest
from tests.clouds.aws.ebs_server import SIZE, EbsServer, Kept
from tests.clouds.aws.script import refused_ebs
from tests.clouds.aws.test_importing import assert_same, block, bring, provider_of
from tests.clouds.remote.fake import FakeProvider, install
from tests.support import ACTOR, MIB, add, change, make_image, take

QUICK = Pace(first=0.001, longest=0.001, step=0.001)


@pytest.fixture
def server() -> EbsServer:
    return EbsServer()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Data here and there, not a multiple of anything, with a hole in the middle of a block."""
    data = ((0, SIZE), (3 * SIZE + 70_000, 100_000), (40 * SIZE - 1000, 2000))
    return make_image(tmp_path / "web.raw", 64 * MIB + 12345, data=(*data, (64 * MIB, 12345)))


@pytest.fixture
def snapshot(repository: Repository, image: Path) -> Snapshot:
    return take(repository, add(repository, image), "nightly")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "sent"


async def send(
    server: EbsServer,
    repository: Repository,
    snapshot: Snapshot,
    record: Path,
    progress: ProgressCallback = no_progress,
) -> Snapshot:
    server.written.clear()
    cloud = RemoteCloud("prod", provider_of(server), pace=QUICK)
    request = ExportRequest(
        snapshot_uid=snapshot.resource_uid, cloud="prod", name="up", description="from home"
    )
    try:
        return await send_up(cloud, repository, request, progress, record)
    finally:
        await cloud.close()


def pieces_of(path: Path) -> dict[int, bytes]:
    """An image as blocks of EBS, the last one filled up with zeros; holes left out."""
    data = path.read_bytes()
    pieces = {
        number: data[number * SIZE : (number + 1) * SIZE].ljust(SIZE, b"\0")
        for number in range(-(-len(data) // SIZE))
    }
    return {number: piece for number, piece in pieces.items() if any(piece)}


def content(kept: Kept) -> dict[int, bytes]:
    return {number: data for number, data in kept.blocks.items() if any(data)}


async def test_all_of_it_goes_up(
    server: EbsServer, repository: Repository, snapshot: Snapshot, image: Path, record: Path
) -> None:
    told: list[tuple[str, int, int]] = []
    there = await send(server, repository, snapshot, record, lambda *each: told.append(each))
    kept = server.kept[there.resource_uid]
    assert content(kept) == pieces_of(image)
    assert sorted(server.written) == [0, 3, 39, 40, 128]
    assert (kept.status, kept.size, kept.name) == ("completed", 1, "up")
    assert (kept.description, kept.parent) == ("from home", None)
    assert ("sending", 0, 5 * SIZE) in told
    assert ("sending", 5 * SIZE, 5 * SIZE) in told
    assert not record.exists()
    event = repository.events(snapshot.resource_uid)[0]
    assert event.text == f"exported snapshot nightly to prod {there.resource_uid}"
    assert not repository.catalog.rows("leases")


@pytest.mark.parametrize("block_size", [64 * 1024, SIZE, 4 * MIB])
async def test_it_comes_home_as_it_went(
    server: EbsServer,
    repository: Repository,
    image: Path,
    record: Path,
    tmp_path: Path,
    block_size: int,
) -> None:
    """Whatever the size of the blocks here."""
    snapshot = take(repository, add(repository, image, block_size=block_size))
    there = await send(server, repository, snapshot, record)
    with Repository.create(tmp_path / "elsewhere") as elsewhere:
        home = await bring(server, elsewhere, server.kept[there.resource_uid])
        assert_same(elsewhere, home, pieces_of(image), tmp_path)


async def test_the_next_one_is_only_what_changed(
    server: EbsServer, repository: Repository, image: Path, record: Path
) -> None:
    volume = add(repository, image)
    await send(server, repository, take(repository, volume, "a"), record)
    change(image, 10 * SIZE, os.urandom(100))
    change(image, 3 * SIZE, bytes(SIZE))  # zeros now
    take(repository, volume, "b")  # that one stays here
    os.truncate(image, 64 * MIB - 5)
    there = await send(server, repository, take(repository, volume, "c"), record)
    kept = server.kept[there.resource_uid]
    assert kept.parent in server.kept
    assert sorted(server.written) == [3, 10, 128]
    assert content(kept) == pieces_of(image)


async def test_what_was_imported_is_what_the_next_one_differs_from(
    server: EbsServer, repository: Repository, record: Path, tmp_path: Path
) -> None:
    first = server.have(1, {0: block(0), 9: block(9)})
    home = await bring(server, repository, first)
    second = server.have(2, {0: block(0), 9: block(10), 11: block(11)})
    newer = await bring(server, repository, second)
    del server.kept[second.uid]
    there = await send(server, repository, newer, record)
    assert sorted(server.written) == [9, 11]
    assert server.kept[there.resource_uid].parent == first.uid == home.origin["snapshot_uid"]
    assert content(server.kept[there.resource_uid]) == second.blocks


async def test_a_parent_that_is_gone_or_refused_is_done_without(
    server: EbsServer, repository: Repository, image: Path, record: Path
) -> None:
    volume = add(repository, image)
    before = await send(server, repository, take(repository, volume, "a"), record)
    change(image, 0, b"x")
    server.refuses_parents = True
    there = await send(server, repository, take(repository, volume, "b"), record)
    assert server.kept[there.resource_uid].parent is None
    assert content(server.kept[there.resource_uid]) == pieces_of(image)
    server.refuses_parents = False
    for uid in (before.resource_uid, there.resource_uid):
        del server.kept[uid]
    there = await send(server, repository, take(repository, volume, "c"), record)
    assert content(server.kept[there.resource_uid]) == pieces_of(image)


async def test_nothing_changed_is_a_snapshot_all_the_same(
    server: EbsServer, repository: Repository, image: Path, record: Path
) -> None:
    volume = add(repository, image)
    await send(server, repository, take(repository, volume, "a"), record)
    there = await send(server, repository, take(repository, volume, "b"), record)
    assert server.written == [0]
    assert content(server.kept[there.resource_uid]) == pieces_of(image)


async def cut_short(
    server: EbsServer, repository: Repository, snapshot: Snapshot, record: Path
) -> None:
    """The third block is refused."""
    server.puts_left = 2
    with pytest.raises(NotAllowedError) as caught:
        await send(server, repository, snapshot, record)
    assert "goes on where this one stopped" in caught.value.hint
    server.puts_left = None


async def test_a_retry_sends_only_what_has_not_arrived(
    server: EbsServer, repository: Repository, snapshot: Snapshot, image: Path, record: Path
) -> None:
    await cut_short(server, repository, snapshot, record)
    first = list(server.written)
    assert len(first) == 2
    [pending] = server.kept.values()
    with record.open("ab") as file:
        file.write(b"half an entry")
    there = await send(server, repository, snapshot, record)
    assert there.resource_uid == pending.uid
    assert len(server.written) == 3
    assert not {*first} & {*server.written}
    assert content(pending) == pieces_of(image)
    assert not record.exists()


@pytest.mark.parametrize("how", ["deleted", "given up"])
async def test_what_was_given_up_is_begun_anew(
    server: EbsServer,
    repository: Repository,
    snapshot: Snapshot,
    image: Path,
    record: Path,
    how: str,
) -> None:
    await cut_short(server, repository, snapshot, record)
    [pending] = server.kept.values()
    if how == "deleted":
        del server.kept[pending.uid]
    else:
        pending.status = "error"
    there = await send(server, repository, snapshot, record)
    assert len(server.written) == 5
    assert content(server.kept[there.resource_uid]) == pieces_of(image)
    assert server.kept[there.resource_uid].status == "completed"


@pytest.mark.parametrize("status", ["pending", "completed"])
async def test_cut_short_after_the_last_word_it_is_there(
    server: EbsServer, repository: Repository, snapshot: Snapshot, record: Path, status: str
) -> None:
    """The answer to `CompleteSnapshot` was lost with the process."""
    lost = refused_ebs("AccessDeniedException", status=403)
    server.failing["CompleteSnapshot"] = lost
    with pytest.raises(NotAllowedError):
        await send(server, repository, snapshot, record)
    [kept] = server.kept.values()
    server.failing["CompleteSnapshot"] = refused_ebs("ConflictException", status=409)
    kept.status = status
    server.completes_when_seen = True
    there = await send(server, repository, snapshot, record)
    assert there.resource_uid == kept.uid
    assert server.written == []


async def test_one_whose_checksum_is_not_so_is_forgotten(
    server: EbsServer, repository: Repository, snapshot: Snapshot, record: Path
) -> None:
    server.loses = 3
    with pytest.raises(CloudConflictError, match="could not complete"):
        await send(server, repository, snapshot, record)
    assert not record.exists()


async def test_cancelled_what_was_begun_is_deleted(
    server: EbsServer, repository: Repository, snapshot: Snapshot, record: Path
) -> None:
    def cancel(phase: str, done: int, _total: int) -> None:
        if phase == "sending" and done > SIZE:
            raise JobCancelledError("enough")

    with pytest.raises(JobCancelledError) as caught:
        await send(server, repository, snapshot, record, cancel)
    assert "was deleted" in caught.value.hint
    assert server.kept == {}
    assert not record.exists()
    server.failing["DeleteSnapshot"] = httpx.Response(403, content=b"")
    with pytest.raises(JobCancelledError) as caught:
        await send(server, repository, snapshot, record, cancel)
    assert "gives it up in a day" in caught.value.hint
    assert record.exists()
    assert not repository.catalog.rows("leases")


async def test_what_cannot_be_is_said_before_anything_is_sent(
    server: EbsServer, repository: Repository, snapshot: Snapshot, record: Path
) -> None:
    request = ExportRequest(snapshot_uid=snapshot.resource_uid, cloud="prod", name="up")
    reading = RemoteCloud("prod", provider_of(server), read_only=True)
    with pytest.raises(ReadOnlyError, match="read-only"):
        await send_up(reading, repository, request, no_progress, record)
    cannot = FakeProvider(cannot={Capability.EXPORT: "no blocks here"})
    with pytest.raises(UnsupportedError, match="prod: no blocks here"):
        await send_up(RemoteCloud("prod", cannot), repository, request, no_progress, record)
    repository.delete_snapshot(snapshot.resource_uid, ACTOR)
    with pytest.raises(NotFoundError, match="in the trash"):
        await send(server, repository, snapshot, record)
    assert server.asked["StartSnapshot"] == 0


def test_what_is_not_whole_in_the_record_is_not_believed(record: Path) -> None:
    asked = Asked(token="t", name="n", description="", parent_uid=None, base_uid=None, uid="s")
    sent = Sent(record)
    sent.begin(asked)
    for number in range(3):
        sent.add(number, bytes([number]) * 32)
    sent.close()
    whole = record.read_bytes()
    flipped = bytearray(whole)
    flipped[-50] ^= 1  # in the last but one
    record.write_bytes(bytes(flipped) + bytes(44))  # and a page of zeros that a crash left
    again = Sent(record)
    assert again.asked == asked
    assert set(again.digests) == {0, 2}
    for head in (b"", b"{}", b"[]", b"{", b"\xff", b'{"token": 1}'):
        record.write_bytes(head + b"\n")
        assert Sent(record).asked is None


def test_as_jobs_the_second_goes_on_where_the_first_stopped(
    server: EbsServer,
    repository: Repository,
    snapshot: Snapshot,
    image: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(monkeypatch, {"prod": provider_of(server)})
    monkeypatch.setattr("snaptui.clouds.remote.cloud.Pace", lambda: QUICK)
    jobs = Jobs(repository)
    request = ExportRequest(snapshot_uid=snapshot.resource_uid, cloud="prod", name="up")
    server.puts_left = 2
    with pytest.raises(CloudError):
        jobs.run(request)
    server.puts_left = None
    server.written.clear()
    job = jobs.run(request)
    assert (job.kind, job.status, job.cloud) == (JobKind.EXPORT, JobStatus.COMPLETED, "local")
    assert job.summary == "Snapshot nightly was successfully exported."
    assert len(server.written) == 3
    [kept] = server.kept.values()
    assert job.result_uid == kept.uid
    assert content(kept) == pieces_of(image)
    assert [event.action for event in repository.events(cloud="prod")] == ["export"]
