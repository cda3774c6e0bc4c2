"""Deleting into the trash, taking back, purging; and pins."""

from __future__ import annotations

import itertools
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from snaptui.engine import Repository
from snaptui.engine.blockmap import BlockMap
from snaptui.engine.operations import deleting
from snaptui.engine.records import VisibleParents
from snaptui.errors import ConflictError, NotFoundError, ReadOnlyError
from snaptui.models import Snapshot, Volume
from snaptui.units import iso_time
from tests.support import ACTOR, BLOCK, MIB, change, purge, restored, take


def chain(
    repository: Repository, volume: Volume, image: Path, count: int = 4
) -> list[tuple[Snapshot, bytes]]:
    """Snapshots one after another, each a delta against the one before, and what they hold."""
    states = []
    for number in range(count):
        change(image, number * MIB, os.urandom(BLOCK))
        states.append((take(repository, volume, f"s{number}"), image.read_bytes()))
    return states


def uids(*snapshots: Snapshot) -> list[str]:
    return [snapshot.resource_uid for snapshot in snapshots]


def files_of(repository: Repository) -> set[str]:
    return {
        path.name
        for directory in (repository.layout.maps, repository.layout.packs)
        for path in directory.iterdir()
    }


def test_a_deleted_snapshot_is_seen_nowhere_and_comes_back_whole(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    states = chain(repository, volume, image)
    listed, seen, files = repository.snapshots(), repository.volumes(), files_of(repository)
    newest, data = states[-1]
    repository.delete_snapshot(newest.resource_uid, ACTOR)

    assert newest not in repository.snapshots()
    assert newest.resource_uid not in repository.snapshot_uids(volume.resource_uid)
    found = repository.volume(volume.resource_uid)
    assert found.snapshot_count == 3
    assert found.last_snapshot_at == states[-2][0].created_at
    assert repository.usage().snapshot_count == 3
    assert repository.usage().trashed_count == 1
    for reference in (newest.resource_uid, newest.name, newest.resource_uid[:10]):
        with pytest.raises(NotFoundError):
            repository.snapshot(reference)
    with pytest.raises(NotFoundError, match="in the trash"):
        repository.restore_to_file(newest.resource_uid, tmp_path / "x", actor=ACTOR)

    (trashed,) = repository.trash.list()
    assert trashed.snapshot == newest
    assert trashed.deleted_by == "tester"
    assert trashed.expires_at - trashed.deleted_at == timedelta(days=7)
    assert files_of(repository) == files
    for reference in (newest.resource_uid, newest.name, newest.resource_uid[:10]):
        assert repository.trash.find(reference) == trashed

    with Repository.open(repository.path) as other:
        moved = other.trash.take_back(uids(newest), ACTOR)
    assert moved.uids == (newest.resource_uid,)
    repository.refresh()
    assert repository.trash.list() == []
    assert repository.snapshots() == listed
    assert repository.volumes() == seen
    assert restored(repository, newest, tmp_path) == data
    actions = [event.action for event in repository.events(newest.resource_uid)]
    assert actions == ["restore", "undelete-snapshot", "delete-snapshot", "snapshot"]


@pytest.mark.parametrize("order", itertools.permutations(range(3)))
def test_lineage_is_right_in_any_order_of_deleting_and_taking_back(
    repository: Repository, volume: Volume, image: Path, order: tuple[int, ...]
) -> None:
    states = [snapshot for snapshot, _ in chain(repository, volume, image, 4)]
    before = repository.snapshots()

    def nearest(position: int, gone: set[int]) -> str | None:
        living = [at for at in range(position) if at not in gone]
        return states[living[-1]].resource_uid if living else None

    def look(gone: set[int]) -> None:
        for position, snapshot in enumerate(states):
            if position not in gone:
                parent = repository.snapshot(snapshot.resource_uid).parent_uid
                assert parent == nearest(position, gone)
            else:
                parent = repository.trash.find(snapshot.resource_uid).snapshot.parent_uid
                assert parent == nearest(position, gone)
        assert repository.check().clean

    for back in itertools.permutations(order):
        gone: set[int] = set()
        for position in order:
            repository.delete_snapshot(states[position].resource_uid, ACTOR)
            gone.add(position)
            look(gone)
        for position in back:
            repository.trash.take_back(uids(states[position]), ACTOR)
            gone.remove(position)
            look(gone)
        assert repository.snapshots() == before


def test_parents_are_found_through_a_long_trash_and_a_damaged_one() -> None:
    count = 20_000
    trash = {f"s{n}": {"parent_uid": f"s{n - 1}" if n else "alive"} for n in range(count)}
    parents = VisibleParents(trash)
    assert {parents.of(f"s{n}") for n in reversed(range(count))} == {"alive"}
    assert parents.of("other") == "other"
    assert parents.of(None) is None
    circle = VisibleParents({"a": {"parent_uid": "b"}, "b": {"parent_uid": "a"}})
    assert circle.of("a") is None
    assert circle.of("b") is None


def test_what_is_left_is_whole_whatever_is_purged(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    """Also what is in the trash itself, over a base that is purged."""
    states = chain(repository, volume, image, 6)
    repository.trash.put(uids(states[1][0], states[2][0], states[4][0]), ACTOR)
    repository.trash.purge(uids(states[1][0]), ACTOR)
    assert repository.snapshot(states[3][0].resource_uid).parent_uid == states[0][0].resource_uid
    repository.trash.take_back(uids(states[2][0]), ACTOR)
    assert repository.snapshot(states[2][0].resource_uid).parent_uid == states[0][0].resource_uid
    assert repository.snapshot(states[3][0].resource_uid).parent_uid == states[2][0].resource_uid
    repository.trash.purge(uids(states[4][0]), ACTOR)
    for position in (0, 2, 3, 5):
        snapshot, data = states[position]
        assert restored(repository, snapshot, tmp_path) == data
    for position in (0, 2, 3, 5):
        purge(repository, states[position][0])
        report = repository.check()
        assert report.clean
        assert not report.warnings
    assert not list(repository.layout.maps.iterdir())
    assert not repository.catalog.rows("retained_maps")


def test_a_snapshot_is_taken_while_its_parent_is_in_the_trash(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    (first, _), (second, data) = chain(repository, volume, image, 2)
    repository.delete_snapshot(second.resource_uid, ACTOR)
    change(image, 6 * MIB, os.urandom(BLOCK))
    third, newest = take(repository, volume, "third"), image.read_bytes()
    assert third.parent_uid == first.resource_uid
    assert restored(repository, third, tmp_path) == newest
    repository.trash.take_back(uids(second), ACTOR)
    # it was compared with the first, and its New counts from there
    assert repository.snapshot(third.resource_uid).parent_uid == first.resource_uid
    assert restored(repository, second, tmp_path) == data
    for snapshot in (first, second, third):
        repository.delete_snapshot(snapshot.resource_uid, ACTOR)
    alone = take(repository, volume, "alone")
    assert alone.parent_uid is None
    assert alone.stored_bytes == 0  # its blocks are there all the same
    repository.trash.purge(uids(first, second, third), ACTOR)
    assert restored(repository, alone, tmp_path) == newest
    assert repository.check().clean


def test_a_parent_that_goes_while_its_child_is_taken(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    (first, _), (second, _) = chain(repository, volume, image, 2)
    done = False

    def meanwhile(_phase: str, _done: int, _total: int) -> None:
        nonlocal done
        if not done:
            done = True
            with Repository.open(repository.path) as other:
                other.delete_snapshot(second.resource_uid, ACTOR)

    change(image, 0, b"x")
    third = repository.take_snapshot(
        volume.resource_uid, name="third", actor=ACTOR, progress=meanwhile
    )
    assert done
    assert repository.snapshot(third.resource_uid).parent_uid == first.resource_uid
    repository.trash.take_back(uids(second), ACTOR)
    assert repository.snapshot(third.resource_uid).parent_uid == second.resource_uid
    assert restored(repository, third, tmp_path) == image.read_bytes()


def test_a_parent_and_the_one_before_it_go_for_good_while_a_child_is_taken(
    repository: Repository, volume: Volume, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(BlockMap, "wants_full", True)  # then nothing keeps the map before it
        (first, _), (second, _), (third, _) = chain(repository, volume, image, 3)
    gone = [second, third]

    def meanwhile(_phase: str, _done: int, _total: int) -> None:
        with Repository.open(repository.path) as other:
            while gone:
                purge(other, gone.pop())

    change(image, 0, b"x")
    fourth = repository.take_snapshot(
        volume.resource_uid, name="fourth", actor=ACTOR, progress=meanwhile
    )
    assert not gone
    assert fourth.parent_uid == first.resource_uid


def test_a_clones_first_snapshot_while_its_origin_is_in_the_trash(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    origin = take(repository, volume)
    path = tmp_path / "c.raw"
    clone = repository.clone(origin.resource_uid, name="c", zone="default", path=path, actor=ACTOR)
    repository.delete_snapshot(origin.resource_uid, ACTOR)
    first = take(repository, clone)
    assert first.parent_uid is None
    assert restored(repository, first, tmp_path) == path.read_bytes()


# -- until when


def test_what_has_been_there_long_enough_is_purged_by_who_next_opens_to_write(
    repository: Repository, volume: Volume, image: Path
) -> None:
    states = [snapshot for snapshot, _ in chain(repository, volume, image, 3)]
    repository.trash.put(uids(states[0]), ACTOR, days=1)
    repository.trash.put(uids(states[1]), ACTOR, days=3)
    at = repository.trash.find(states[0].resource_uid).deleted_at

    def days_later(days: float) -> None:
        # what is written down counts, so the past is written down
        with repository.catalog.transaction() as transaction:
            for uid in list(transaction.rows("trash")):
                document = transaction.get("trash", uid) or {}
                keep = {states[0].resource_uid: 1, states[1].resource_uid: 3}[uid]
                moment = at + timedelta(days=keep - days)
                transaction.put("trash", uid, {**document, "expires_at": iso_time(moment)})

    days_later(2)
    before = files_of(repository)
    with Repository.open(repository.path, read_only=True) as reader:
        assert len(reader.trash.list()) == 2
        for call in (reader.trash.put, reader.trash.take_back, reader.trash.purge):
            with pytest.raises(ReadOnlyError):
                call(uids(states[0]), ACTOR)
    assert files_of(repository) == before
    with Repository.open(repository.path) as writer:
        assert [each.snapshot.name for each in writer.trash.list()] == ["s1"]
        (event, *_) = writer.events(states[0].resource_uid)
        assert (event.action, event.user) == ("purge-snapshot", "snaptui")
    days_later(4)
    repository.delete_snapshot(states[2].resource_uid, ACTOR)
    assert [each.snapshot.name for each in repository.trash.list()] == ["s2"]
    assert repository.check().clean


def test_what_is_deleted_again_meanwhile_is_kept_anew(
    repository: Repository, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking for what is expired and purging it, others go on working."""
    snapshot = take(repository, volume)
    deleting.move_to_trash(repository, uids(snapshot), ACTOR, timedelta(days=-1), force=False)
    purge_them = deleting.purge

    def late(*args: Any, **options: Any) -> deleting.Moved:
        monkeypatch.setattr(deleting, "purge", purge_them)
        deleting.take_back(repository, uids(snapshot), ACTOR)
        deleting.move_to_trash(repository, uids(snapshot), ACTOR, timedelta(days=7), force=False)
        return purge_them(*args, **options)

    monkeypatch.setattr(deleting, "purge", late)
    Repository.open(repository.path).close()
    repository.refresh()
    assert [each.snapshot for each in repository.trash.list()] == [snapshot]


def test_a_purge_that_is_not_possible_now_does_not_keep_one_out(
    repository: Repository, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = take(repository, volume)
    repository.trash.put(uids(snapshot), ACTOR, days=-1)

    def failing(*_args: object) -> int:
        raise OSError(5, "Input/output error")

    assert repository.trash.list() == []
    snapshot = take(repository, volume)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fdatasync", failing)
        patch.setattr(deleting, "fsync_directory", failing)
        with Repository.open(repository.path) as other:
            assert other.snapshots() == [snapshot]


# -- pins


def test_a_pinned_snapshot_is_deleted_only_by_force(
    repository: Repository, volume: Volume, image: Path
) -> None:
    first, second = (snapshot for snapshot, _ in chain(repository, volume, image, 2))
    assert not first.pinned
    (pinned,) = repository.pin(uids(first), ACTOR)
    assert pinned.pinned
    assert repository.pin(uids(first), ACTOR) == []
    with pytest.raises(ConflictError, match="pinned"):
        repository.delete_snapshot(first.resource_uid, ACTOR)
    moved = repository.trash.put(uids(first, second), ACTOR)
    assert moved.uids == (second.resource_uid,)
    assert [(left.name, left.reason) for left in moved.left_out] == [("s0", "it is pinned")]
    repository.trash.put(uids(first), ACTOR, force=True)
    assert repository.snapshots() == []
    repository.trash.take_back(uids(first), ACTOR)
    assert repository.snapshots() == [pinned]
    (unpinned,) = repository.pin(uids(first), ACTOR, pinned=False)
    assert unpinned == first
    actions = [event.action for event in repository.events(first.resource_uid)]
    assert actions[0] == "unpin-snapshot"
    assert actions[-2:] == ["pin-snapshot", "snapshot"]
    with pytest.raises(NotFoundError):
        repository.pin(["snap-00000000"], ACTOR)


def test_a_catalog_from_before_the_trash(repository: Repository, volume: Volume) -> None:
    snapshot = take(repository, volume)
    with repository.catalog.transaction() as transaction:
        document = transaction.get("snapshots", snapshot.resource_uid) or {}
        document.pop("pinned", None)
        transaction.put("snapshots", snapshot.resource_uid, document)
    assert "trash" not in repository.catalog.table_names()
    with Repository.open(repository.path) as again:
        assert again.snapshots() == [snapshot]
        assert again.trash.list() == []
        again.delete_snapshot(snapshot.resource_uid, ACTOR)
        again.trash.take_back(uids(snapshot), ACTOR)
        assert again.snapshots() == [snapshot]


# -- what others rely on


def test_no_snapshot_gets_the_uid_of_one_in_the_trash(
    repository: Repository, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = take(repository, volume)
    repository.delete_snapshot(snapshot.resource_uid, ACTOR)
    repository.layout.map(snapshot.resource_uid).rename(repository.path / "aside")
    asked = 0
    urandom = os.urandom

    def again(count: int) -> bytes:
        nonlocal asked
        asked += 1
        used = bytes.fromhex(snapshot.resource_uid.partition("-")[2])
        return used if count == 4 and asked <= 2 else urandom(count)

    monkeypatch.setattr(os, "urandom", again)
    with repository.catalog.transaction() as transaction:
        uid = repository.new_snapshot_uid(transaction)
    assert asked > 2
    assert uid != snapshot.resource_uid


def test_check_verifies_what_is_in_the_trash(
    repository: Repository, volume: Volume, image: Path
) -> None:
    (first, _), (second, _) = chain(repository, volume, image, 2)
    repository.delete_snapshot(second.resource_uid, ACTOR)
    report = repository.check()
    assert report.clean
    assert not report.warnings
    assert (report.snapshot_count, report.trashed_count) == (1, 1)
    path = repository.layout.map(second.resource_uid)
    whole = bytearray(path.read_bytes())
    whole[70] ^= 1
    path.write_bytes(whole)
    report = repository.check()
    assert [damage.snapshot_uids for damage in report.damages] == [(second.resource_uid,)]
    assert first.resource_uid not in str(report.damages)


def test_many_are_deleted_in_batches(
    repository: Repository, volume: Volume, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "BATCH", 2)
    states = [snapshot for snapshot, _ in chain(repository, volume, image, 5)]
    wanted = [*uids(*states), *uids(states[0]), "snap-00000000"]
    before = repository.catalog.sequence
    moved = repository.trash.put(wanted, ACTOR)
    assert repository.catalog.sequence == before + 3
    assert list(moved.uids) == uids(*states)
    assert [left.reason for left in moved.left_out] == ["it is deleted already"]
    assert len(repository.trash.take_back(wanted, ACTOR).uids) == 5
    repository.trash.put(wanted, ACTOR)
    purged = repository.trash.purge(wanted, ACTOR)
    assert len(purged.uids) == 5
    assert [left.reason for left in purged.left_out] == ["it is not in the trash any more"]
    assert not list(repository.layout.maps.iterdir())
