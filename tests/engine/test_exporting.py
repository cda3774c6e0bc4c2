"""Snapshots read for somebody else: in pieces of another size than their blocks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from snaptui.engine import Repository
from snaptui.engine.operations.exporting import known_there, note_export, outgoing
from snaptui.errors import NotFoundError, ReadOnlyError
from snaptui.models import Snapshot
from tests.support import ACTOR, BLOCK, MIB, add, change, make_image, purge, restored, take

THERE = {"kind": "aws", "cloud": "aws x", "place": "account 1, x"}
WHERE = {"kind": "aws", "place": "account 1, x"}
END = 2**40


@pytest.fixture
def image(tmp_path: Path) -> Path:
    data = ((0, 10), (MIB - 5, 10), (3 * MIB, 200_000), (9 * MIB, 777))
    return make_image(tmp_path / "web.raw", 9 * MIB + 777, data=data)


@pytest.mark.parametrize("block_size", [BLOCK, 512 * 1024, 4 * MIB])
@pytest.mark.parametrize("size", [BLOCK, 512 * 1024, 4 * MIB])
def test_the_pieces_are_what_the_volume_was(
    repository: Repository, image: Path, block_size: int, size: int
) -> None:
    snapshot = take(repository, add(repository, image, block_size=block_size))
    data = image.read_bytes()
    count = -(-len(data) // size)
    whole = data.ljust(count * size, b"\0")
    with outgoing(repository, snapshot.resource_uid) as source:
        pieces = list(source.pieces(size, END))
        assert pieces == sorted(set(pieces))
        for number in range(count):
            expected = whole[number * size : (number + 1) * size]
            assert source.read(number, size) == expected, number
            assert number in pieces or not any(expected)
        if block_size <= size:  # else there are zeros beside the data of a block
            assert all(any(whole[n * size : (n + 1) * size]) for n in pieces)
        assert list(source.pieces(size, 1)) == [0]


def test_only_what_differs_from_another(repository: Repository, image: Path) -> None:
    volume = add(repository, image)
    first = take(repository, volume)
    change(image, 5 * MIB, os.urandom(10))
    change(image, 3 * MIB, bytes(200_000))
    os.truncate(image, 9 * MIB - 1)
    second = take(repository, volume)
    size = 512 * 1024
    with outgoing(repository, second.resource_uid) as source:
        everything = list(source.pieces(size, END))
        assert source.compare_with(first.resource_uid)
        assert list(source.pieces(size, END)) == [6, 10, 18]
        source.compare_with_nothing()
        assert list(source.pieces(size, END)) == everything


def test_what_cannot_be_compared_with_is_told(
    repository: Repository, image: Path, tmp_path: Path
) -> None:
    snapshot = take(repository, add(repository, image))
    other = make_image(tmp_path / "other.raw")
    larger = take(repository, add(repository, other, "other", block_size=MIB))
    same = take(repository, add(repository, make_image(tmp_path / "third.raw", seed=3), "third"))
    path = repository.layout.map(same.resource_uid)
    path.write_bytes(path.read_bytes()[:-1])
    with outgoing(repository, snapshot.resource_uid) as source:
        before = list(source.pieces(BLOCK, END))
        for uid in (larger.resource_uid, same.resource_uid, "snap-00000000"):
            assert not source.compare_with(uid)
        assert list(source.pieces(BLOCK, END)) == before


def test_it_stays_readable_when_it_is_purged_meanwhile(
    repository: Repository, image: Path, tmp_path: Path
) -> None:
    snapshot = take(repository, add(repository, image))
    with outgoing(repository, snapshot.resource_uid) as source:
        with Repository.open(repository.path) as other:
            purge(other, snapshot)
        assert source.read(0, MIB) == image.read_bytes()[:MIB]
        assert len(repository.catalog.rows("leases")) == 1
    assert not repository.catalog.rows("leases")
    with (
        pytest.raises(NotFoundError),
        outgoing(repository, snapshot.resource_uid),
    ):
        pass


def test_the_snapshots_before_that_are_there_too(repository: Repository, image: Path) -> None:
    volume = add(repository, image)
    taken: list[Snapshot] = []
    for name in "abcd":
        change(image, 0, name.encode())
        taken.append(take(repository, volume, name))
    first, second, third, last = (each.resource_uid for each in taken)
    note_export(repository, first, {**THERE, "snapshot_uid": "snap-0a"}, ACTOR)
    note_export(repository, second, {**THERE, "snapshot_uid": "snap-0b"}, ACTOR)
    note_export(repository, second, {**THERE, "snapshot_uid": "snap-0c"}, ACTOR)
    note_export(repository, third, {**THERE, "place": "y", "snapshot_uid": "snap-0d"}, ACTOR)
    note_export(repository, last, {**THERE, "snapshot_uid": "snap-0e"}, ACTOR)
    expected = [(second, "snap-0c"), (second, "snap-0b"), (first, "snap-0a")]
    assert known_there(repository, last, WHERE) == expected
    repository.delete_snapshot(second, ACTOR)  # in the trash its map is there all the same
    assert known_there(repository, last, WHERE) == expected
    assert known_there(repository, first, WHERE) == []
    [event] = [each for each in repository.events(first) if each.action == "export"]
    assert event.text == "exported snapshot a to aws x snap-0a"
    assert repository.snapshot(first) == taken[0]  # nothing else of it changed


def test_a_deleted_one_is_not_noted_anything_of(repository: Repository, image: Path) -> None:
    snapshot = take(repository, add(repository, image))
    purge(repository, snapshot)
    note_export(repository, snapshot.resource_uid, {**THERE, "snapshot_uid": "s"}, ACTOR)
    assert snapshot.resource_uid not in repository.catalog.rows("snapshots")


def test_read_only_nothing_is_begun(repository: Repository, image: Path, tmp_path: Path) -> None:
    snapshot = take(repository, add(repository, image))
    with (
        Repository.open(repository.path, read_only=True) as reading,
        pytest.raises(ReadOnlyError),
        outgoing(reading, snapshot.resource_uid),
    ):
        pass
    assert restored(repository, snapshot, tmp_path) == image.read_bytes()
