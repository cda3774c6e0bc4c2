"""Snapshots whose blocks somebody else supplies: stored as those that are taken."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from snaptui.clouds.local.lineage import lineage
from snaptui.engine import Repository
from snaptui.engine.mapfile import MapFile
from snaptui.engine.operations.importing import (
    BlockSupply,
    ImportOptions,
    import_snapshot,
    imported_before,
)
from snaptui.errors import (
    ConflictError,
    InvalidInputError,
    JobCancelledError,
    NoSpaceError,
    NotFoundError,
    ReadOnlyError,
    SourceError,
)
from snaptui.models import Consistency, ReadMethod, Snapshot
from snaptui.progress import ProgressCallback, no_progress
from tests.support import ACTOR, python, restored

SIZE = 64 * 1024
WHEN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def block(seed: int) -> bytes:
    return random.Random(seed).randbytes(SIZE)


class Cloud:
    """A volume elsewhere, whose snapshots are remembered: block > data."""

    def __init__(self, count: int = 64) -> None:
        self.count = count
        self.blocks: dict[int, bytes] = {}
        self.taken: dict[str, tuple[int, dict[int, bytes]]] = {}
        self.sent: list[int] = []

    def snapshot(self, uid: str) -> str:
        self.taken[uid] = (self.count, dict(self.blocks))
        return uid

    def bytes_of(self, uid: str) -> bytes:
        count, blocks = self.taken[uid]
        return b"".join(blocks.get(number, bytes(SIZE)) for number in range(count))

    def supply(self, uid: str, since: str | None) -> BlockSupply:
        count, blocks = self.taken[uid]
        before = self.taken[since][1] if since else {}
        changed = [
            number
            for number in sorted({*blocks, *before})
            if blocks.get(number) != before.get(number)
        ]

        def send() -> Iterator[tuple[int, bytes | None]]:
            for number in changed:
                self.sent.append(number)
                yield number, blocks.get(number)

        return BlockSupply(
            size_bytes=count * SIZE,
            block_size=SIZE,
            since_base=since is not None,
            total_bytes=sum(SIZE for number in changed if number in blocks),
            blocks=send(),
        )

    def bring(
        self,
        repository: Repository,
        uid: str,
        base: Snapshot | None = None,
        progress: ProgressCallback = no_progress,
        **more: Any,
    ) -> Snapshot:
        """Import a snapshot, from a base if that is good."""
        since = base.origin["snapshot_uid"] if base else None
        self.sent.clear()
        options = ImportOptions(
            name=f"home {uid}",
            volume_name="web",
            created_at=WHEN + timedelta(days=len(self.taken)),
            origin=origin(uid),
            base_uid=base.resource_uid if base else None,
        )
        return import_snapshot(
            repository,
            replace(options, **more),
            lambda good: self.supply(uid, since if good else None),
            ACTOR,
            progress,
        )


def origin(uid: str, volume: str = "vol-0a") -> dict[str, str]:
    return {
        "kind": "aws",
        "cloud": "aws us-east-1",
        "place": "account 1, us-east-1",
        "snapshot_uid": uid,
        "volume_uid": volume,
    }


@pytest.fixture
def cloud() -> Cloud:
    cloud = Cloud()
    cloud.blocks = {number: block(number) for number in (0, 1, 2, 9, 10, 40, 63)}
    cloud.blocks[12] = bytes(SIZE)  # data to the cloud, zeros all the same
    cloud.snapshot("snap-a")
    return cloud


def nothing_left(repository: Repository) -> None:
    """Neither a snapshot nor a map, a pack, a lease or its directory, nor an event of it."""
    layout = repository.layout
    for directory in (layout.maps, layout.packs, layout.staging):
        assert not list(directory.iterdir()), directory
    with Repository.open(repository.path) as again:
        assert again.snapshots() == []
        assert not again.catalog.rows("leases")
        assert again.events() == []


def test_it_is_what_it_was_there(repository: Repository, cloud: Cloud, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    snapshot = cloud.bring(repository, "snap-a", progress=lambda *each: told.append(each))
    assert restored(repository, snapshot, tmp_path) == cloud.bytes_of("snap-a")
    assert snapshot == repository.snapshot(snapshot.resource_uid)
    assert (snapshot.name, snapshot.volume_name) == ("home snap-a", "web")
    assert snapshot.created_at == WHEN + timedelta(days=1)
    assert (snapshot.size_bytes, snapshot.block_size) == (64 * SIZE, SIZE)
    assert snapshot.data_bytes == snapshot.new_bytes == 7 * SIZE
    assert snapshot.parent_uid is None
    assert snapshot.consistency is Consistency.FROZEN
    assert snapshot.read_method is ReadMethod.DATA_ONLY
    assert snapshot.origin == origin("snap-a")
    assert told[0] == ("fetching", 0, 8 * SIZE)
    assert told[-2:] == [("fetching", 8 * SIZE, 8 * SIZE), ("syncing", 8 * SIZE, 8 * SIZE)]
    *_, event = repository.events(snapshot.resource_uid)  # then it was restored
    assert event.text == "imported snapshot home snap-a from aws us-east-1 snap-a"
    assert event.subject_uid == snapshot.volume_uid
    assert repository.check().clean
    assert repository.volumes() == []  # it has no file here
    with pytest.raises(NotFoundError, match="not here: the snapshot was imported"):
        repository.restore_in_place(snapshot.resource_uid, actor=ACTOR)
    tree = lineage(repository, snapshot.resource_uid)
    assert (tree.name, tree.deleted) == ("web", False)
    [summary] = [repository.blocks(snapshot.resource_uid, 64)]
    assert summary.hole_bytes == 57 * SIZE


def test_the_maps_header_says_where_it_is_from(repository: Repository, cloud: Cloud) -> None:
    """A lost catalog is rebuilt from there."""
    snapshot = cloud.bring(repository, "snap-a")
    record = MapFile(repository.layout.map(snapshot.resource_uid)).record()
    assert record["snapshot"]["origin"] == origin("snap-a")


def test_an_older_snaptui_can_read_its_record(repository: Repository, cloud: Cloud) -> None:
    first = cloud.bring(repository, "snap-a")
    cloud.snapshot("snap-b")
    second = cloud.bring(repository, "snap-b", first)
    assert second.read_method is ReadMethod.CHANGED_BLOCKS
    row = repository.catalog.rows("snapshots")[second.resource_uid]
    assert row["read_method"] == "data-only"
    with Repository.open(repository.path) as again:
        assert again.snapshot(second.resource_uid) == second


def test_only_what_changed_is_sent_and_stored(
    repository: Repository, cloud: Cloud, tmp_path: Path
) -> None:
    first = cloud.bring(repository, "snap-a")
    cloud.blocks[1] = block(100)
    cloud.blocks[50] = block(101)
    cloud.blocks[51] = block(0)  # what block 0 has, too
    del cloud.blocks[9]  # a hole now
    cloud.blocks[10] = bytes(SIZE)  # as good as one
    cloud.snapshot("snap-b")
    second = cloud.bring(repository, "snap-b", first)
    assert cloud.sent == [1, 9, 10, 50, 51]
    assert restored(repository, second, tmp_path) == cloud.bytes_of("snap-b")
    assert restored(repository, first, tmp_path) == cloud.bytes_of("snap-a")
    assert second.parent_uid == first.resource_uid
    assert second.volume_uid == first.volume_uid
    assert second.read_method is ReadMethod.CHANGED_BLOCKS
    assert second.origin == {**origin("snap-b"), "since": first.resource_uid}
    assert (second.data_bytes, second.new_bytes) == (7 * SIZE, 3 * SIZE)
    assert second.stored_bytes is not None
    assert 2 * SIZE <= second.stored_bytes < 3 * SIZE
    assert repository.check().clean
    diff = repository.diff(first.resource_uid, second.resource_uid)
    assert {each.offset // SIZE for each in diff.ranges} == {1, 9, 50}
    assert imported_before(repository, origin("snap-c")) == [second, first]


def test_a_volume_that_grew(repository: Repository, cloud: Cloud, tmp_path: Path) -> None:
    first = cloud.bring(repository, "snap-a")
    cloud.count = 128
    cloud.blocks[127] = block(127)
    cloud.snapshot("snap-b")
    second = cloud.bring(repository, "snap-b", first)
    assert cloud.sent == [127]
    assert second.size_bytes == 128 * SIZE
    assert restored(repository, second, tmp_path) == cloud.bytes_of("snap-b")


def test_a_chain_of_many_stays_whole(repository: Repository, cloud: Cloud, tmp_path: Path) -> None:
    """Now and then the map is a full one, with what nobody sent again."""
    latest = cloud.bring(repository, "snap-a")
    for number in range(40):
        cloud.blocks[number % 64] = block(1000 + number)
        cloud.blocks.pop(63 - number, None)
        latest = cloud.bring(repository, cloud.snapshot(f"snap-{number}"), latest)
    full = [not MapFile(path).delta for path in repository.layout.maps.iterdir()]
    assert 2 <= sum(full) < len(full)
    assert restored(repository, latest, tmp_path) == cloud.bytes_of("snap-39")
    assert latest.data_bytes == len([b for b in cloud.blocks.values() if any(b)]) * SIZE


def test_a_full_list_beside_a_base_makes_holes_of_the_rest(
    repository: Repository, cloud: Cloud, tmp_path: Path
) -> None:
    first = cloud.bring(repository, "snap-a")
    del cloud.blocks[0]
    cloud.blocks[3] = block(3)
    cloud.snapshot("snap-b")
    second = import_snapshot(
        repository,
        ImportOptions(
            name="b",
            volume_name="web",
            created_at=WHEN,
            origin=origin("snap-b"),
            base_uid=first.resource_uid,
        ),
        lambda _good: cloud.supply("snap-b", None),
        ACTOR,
        no_progress,
    )
    assert restored(repository, second, tmp_path) == cloud.bytes_of("snap-b")
    assert (second.new_bytes, second.data_bytes) == (SIZE, 7 * SIZE)


def test_a_damaged_or_deleted_base_is_done_without(
    repository: Repository, cloud: Cloud, tmp_path: Path
) -> None:
    first = cloud.bring(repository, "snap-a")
    path = repository.layout.map(first.resource_uid)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    cloud.snapshot("snap-b")
    second = cloud.bring(repository, "snap-b", first)
    assert "without its parent's block map" in second.reason
    assert len(cloud.sent) == 8
    path.write_bytes(whole)
    repository.delete_snapshot(first.resource_uid, ACTOR)
    cloud.snapshot("snap-c")
    third = cloud.bring(repository, "snap-c", first)
    assert third.parent_uid is None
    assert third.volume_uid == second.volume_uid
    assert restored(repository, third, tmp_path) == cloud.bytes_of("snap-c")


def test_lost_packs_are_made_good_by_sending_all(
    repository: Repository, cloud: Cloud, tmp_path: Path
) -> None:
    first = cloud.bring(repository, "snap-a")
    for path in repository.layout.packs.iterdir():
        path.unlink()
    cloud.snapshot("snap-b")
    second = cloud.bring(repository, "snap-b", first)
    assert len(cloud.sent) == 8
    assert restored(repository, second, tmp_path) == cloud.bytes_of("snap-b")
    assert restored(repository, first, tmp_path) == cloud.bytes_of("snap-a")


def test_the_same_one_is_not_imported_twice(repository: Repository, cloud: Cloud) -> None:
    first = cloud.bring(repository, "snap-a")
    with pytest.raises(ConflictError, match=rf"home snap-a \({first.resource_uid}\)"):
        cloud.bring(repository, "snap-a")
    repository.delete_snapshot(first.resource_uid, ACTOR)
    with pytest.raises(ConflictError, match="in the trash") as caught:
        cloud.bring(repository, "snap-a")
    assert first.resource_uid in caught.value.hint
    assert cloud.sent == []
    assert repository.trash.purge([first.resource_uid], ACTOR).uids
    cloud.bring(repository, "snap-a")


def test_nor_by_two_at_once(repository: Repository, cloud: Cloud) -> None:
    refused: list[str] = []

    def again(phase: str, done: int, _total: int) -> None:
        if phase == "fetching" and not done:
            with Repository.open(repository.path) as other, pytest.raises(ConflictError) as caught:
                cloud.bring(other, "snap-a")
            refused.append(caught.value.message)

    cloud.bring(repository, "snap-a", progress=again)
    assert refused == ["snap-a is being imported"]


def test_volumes_that_nobody_knows_are_not_one(repository: Repository, cloud: Cloud) -> None:
    first = cloud.bring(repository, "snap-a", origin=origin("snap-a", ""))
    cloud.snapshot("snap-b")
    second = cloud.bring(repository, "snap-b", origin=origin("snap-b", ""))
    assert first.volume_uid != second.volume_uid
    assert imported_before(repository, origin("snap-c", "")) == []


@pytest.mark.parametrize("phase", ["fetching", "syncing"])
def test_cancelled_it_leaves_nothing(repository: Repository, cloud: Cloud, phase: str) -> None:
    def cancel(now: str, done: int, _total: int) -> None:
        if now == phase and done > 3 * SIZE:
            raise JobCancelledError("enough")

    with pytest.raises(JobCancelledError):
        cloud.bring(repository, "snap-a", progress=cancel)
    nothing_left(repository)


def test_what_fails_on_the_way_leaves_nothing(repository: Repository, cloud: Cloud) -> None:
    supply = cloud.supply("snap-a", None)

    def broken() -> Iterator[tuple[int, bytes | None]]:
        for number, data in [*supply.blocks][:3]:
            yield number, bytes(data or b"")
        raise SourceError("block 9 was damaged on the way")

    options = ImportOptions(name="a", volume_name="web", created_at=WHEN, origin=origin("snap-a"))
    with pytest.raises(SourceError, match="damaged on the way"):
        import_snapshot(
            repository, options, lambda _: replace(supply, blocks=broken()), ACTOR, no_progress
        )
    nothing_left(repository)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"blocks": [(3, block(1)), (2, block(2))]}, "out of order"),
        ({"blocks": [(3, block(1)), (3, block(2))]}, "out of order"),
        ({"blocks": [(64, block(1))]}, "past the end"),
        ({"blocks": [(-1, block(1))]}, "out of order"),
        ({"blocks": [(1, b"short")]}, "5 bytes"),
        ({"block_size": 512}, "not possible"),
        ({"size_bytes": 0}, "no snapshot"),
        ({"since_base": True}, "no snapshot"),
    ],
    ids=str,
)
def test_a_supply_that_is_none_is_refused(
    repository: Repository, cloud: Cloud, changes: dict[str, Any], error: str
) -> None:
    supply = replace(cloud.supply("snap-a", None), **changes)
    options = ImportOptions(name="a", volume_name="web", created_at=WHEN, origin=origin("snap-a"))
    with pytest.raises((SourceError, InvalidInputError), match=error):
        import_snapshot(repository, options, lambda _: supply, ACTOR, no_progress)
    nothing_left(repository)


def test_nothing_is_asked_of_anybody_in_read_only_mode(
    repository: Repository, cloud: Cloud
) -> None:
    with Repository.open(repository.path, read_only=True) as reading:
        with pytest.raises(ReadOnlyError):
            cloud.bring(reading, "snap-a")
        assert cloud.sent == []


def fail_after(patch: pytest.MonkeyPatch, call: str, left: int) -> None:
    """The disk is full after so many calls."""
    original = getattr(os, call)
    calls = iter(range(left))

    def full(*args: Any, **options: Any) -> Any:
        if next(calls, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(*args, **options)

    patch.setattr(os, call, full)


@pytest.mark.parametrize("call", ["writev", "fsync", "rename"])
def test_a_full_disk_loses_nothing(
    repository: Repository, cloud: Cloud, tmp_path: Path, call: str
) -> None:
    """Whenever it is full: each call of a kind fails in turn, until the import gets by."""
    first = cloud.bring(repository, "snap-a")
    before = {path.name for path in repository.layout.maps.iterdir()}
    cloud.blocks[5] = block(500)
    cloud.snapshot("snap-b")
    failed = 0
    while True:
        with pytest.MonkeyPatch.context() as patch:
            fail_after(patch, call, failed)
            try:
                second = cloud.bring(repository, "snap-b", first)
            except NoSpaceError:
                failed += 1
                assert failed < 100
            else:
                break
        with Repository.open(repository.path) as again:
            assert [each.resource_uid for each in again.snapshots()] == [first.resource_uid]
            assert {path.name for path in again.layout.maps.iterdir()} == before
            assert again.check().clean
    assert failed
    assert restored(repository, second, tmp_path) == cloud.bytes_of("snap-b")


KILLED = """
import sys
from itertools import count
from snaptui.engine import Repository
from tests.engine.test_importing import Cloud, block
from tests.support import killed_at

path, base = sys.argv[1:]
cloud = Cloud()
cloud.blocks = {number: block(number) for number in (0, 1, 2)}
cloud.snapshot("snap-a")
cloud.blocks[1] = block(7)
del cloud.blocks[2]
cloud.snapshot("snap-b")


for number in count(1):
    killed_at(number, path, lambda it: cloud.bring(it, "snap-b", it.snapshot(base)))
    with Repository.open(path) as after:
        found = [each.origin["snapshot_uid"] for each in after.snapshots()]
        assert found in (["snap-a"], ["snap-b", "snap-a"]), (number, found)
        assert after.check().clean, number
        assert not after.catalog.rows("leases"), number
        assert len(list(after.layout.maps.iterdir())) == len(found), number
        assert len(list(after.layout.packs.iterdir())) == len(found), number
        if len(found) == 2:
            break
print(number)
"""


def test_killed_at_any_step_it_is_there_or_it_is_not(
    repository: Repository, tmp_path: Path
) -> None:
    cloud = Cloud()
    cloud.blocks = {number: block(number) for number in (0, 1, 2)}
    cloud.snapshot("snap-a")
    first = cloud.bring(repository, "snap-a")
    assert int(python(KILLED, repository.path, first.resource_uid)) > 10
    repository.refresh()
    second = repository.snapshots()[0]
    data = restored(repository, second, tmp_path)
    assert data[:SIZE] == block(0)
    assert data[SIZE : 2 * SIZE] == block(7)
    assert not any(data[2 * SIZE :])
