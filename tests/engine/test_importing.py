"""Snapshots whose blocks somebody else supplies: stored as those that are taken."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from snaptui.clouds.local.lineage import lineage
from snaptui.engine import Repository
from snaptui.engine.mapfile import MapFile
from snaptui.engine.operations.importing import (
    ImportOptions,
    import_snapshot,
    imported_before,
)
from snaptui.errors import (
    ConflictError,
    NotFoundError,
)
from snaptui.models import Consistency, ReadMethod
from snaptui.progress import no_progress
from tests.engine.supply import SIZE, WHEN, Cloud, block, origin
from tests.support import ACTOR, restored


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
