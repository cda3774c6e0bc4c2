"""What was lost or is full must cost no more than itself: the rest goes on working."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snaptui.engine import Repository
from snaptui.engine.operations import restoring
from snaptui.errors import (
    ConflictError,
    DamagedError,
    NoSpaceError,
    NotFoundError,
    RepositoryError,
)
from snaptui.models import VolumeStatus
from tests.support import ACTOR, BLOCK, MIB, add, change, known, make_image, purge, restored, take

if TYPE_CHECKING:
    from collections.abc import Callable

    from snaptui.models import Snapshot, Volume


def lose(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


# -- packs


@pytest.mark.parametrize("damage", [lose, cut])
@pytest.mark.parametrize("merged", [False, True])
def test_the_next_snapshot_stores_again_what_a_lost_pack_held(
    repository: Repository,
    volume: Volume,
    image: Path,
    tmp_path: Path,
    damage: Callable[[Path], None],
    merged: bool,
) -> None:
    """Also blocks that did not change since the parent: nobody else will bring them back."""
    take(repository, volume)
    if merged:
        repository.merge_index()
    damage(next(repository.layout.packs.iterdir()))
    second = take(repository, volume)
    assert restored(repository, second, tmp_path) == image.read_bytes()
    assert second.new_bytes == 0
    assert known(second.stored_bytes) > MIB
    third = take(repository, volume)  # and what is there again is not stored a third time
    assert third.stored_bytes == 0


def test_a_pack_that_goes_while_one_looks_fails_no_snapshot(
    repository: Repository, volume: Volume
) -> None:
    """Another job, whose commit fails, takes its packs away again."""
    (repository.layout.packs / f"{'0' * 16}-0001.pack").symlink_to("nowhere")
    take(repository, volume)


def test_a_pack_whose_header_cannot_be_read_hits_only_its_own(
    repository: Repository, volume: Volume, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(repository, volume)
    bad = next(repository.layout.packs.iterdir())
    other = make_image(tmp_path / "other.raw", seed=9, data=((0, MIB),))
    whole = take(repository, add(repository, other, "other"))
    read, inode = os.pread, bad.stat().st_ino

    def failing(descriptor: int, length: int, offset: int) -> bytes:
        if os.fstat(descriptor).st_ino == inode and offset + length > bad.stat().st_size - 64:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", failing)
    assert restored(repository, whole, tmp_path) == other.read_bytes()
    assert not repository.check().clean
    assert repository.verify(whole.resource_uid).clean


# -- maps


def test_a_damaged_map_does_not_end_the_protection_of_its_volume(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    first = take(repository, volume)
    path = repository.layout.map(first.resource_uid)
    data = bytearray(path.read_bytes())
    data[70] ^= 1
    path.write_bytes(data)
    second = take(repository, volume)
    assert second.parent_uid == first.resource_uid
    assert "without its parent's block map" in second.reason
    assert second.stored_bytes == 0  # the blocks are known all the same
    assert restored(repository, second, tmp_path) == image.read_bytes()
    path.unlink()
    assert restored(repository, second, tmp_path) == image.read_bytes()


def test_check_finds_maps_that_changed_places(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    first = take(repository, volume)
    change(image, 0, os.urandom(MIB))
    second = take(repository, volume)
    one, two = (repository.layout.map(each.resource_uid) for each in (first, second))
    one.rename(tmp_path / "aside")
    two.rename(one)
    (tmp_path / "aside").rename(two)
    hit = {uid for damage in repository.check().damages for uid in damage.snapshot_uids}
    assert hit == {first.resource_uid, second.resource_uid}


def test_check_finds_a_base_that_is_another_one(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    """A map of the same snapshot, whole in itself, but from another history (a restored copy)."""
    first = take(repository, volume)
    elsewhere = Repository.open(repository.path)
    change(image, MIB, os.urandom(BLOCK))
    second = take(elsewhere, volume)
    path = repository.layout.map(first.resource_uid)
    from snaptui.engine.mapfile import MapFile, MapWriter

    record = MapFile(path).record()
    writer = MapWriter(
        tmp_path / "other.map",
        delta=False,
        block_size=known(first.block_size),
        block_count=first.size_bytes // known(first.block_size),
        size_bytes=first.size_bytes,
    )
    writer.finish(record)
    (tmp_path / "other.map").replace(path)
    hit = {uid for damage in repository.check().damages for uid in damage.snapshot_uids}
    assert second.resource_uid in hit


def test_a_snapshot_taken_during_a_check_is_not_accused(
    repository: Repository, volume: Volume, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take(repository, volume)
    path = repository.layout.map(first.resource_uid)
    data = bytearray(path.read_bytes())
    data[70] ^= 1
    path.write_bytes(data)
    other = add(repository, make_image(tmp_path / "other.raw", seed=5), "other")
    from snaptui.engine.mapfile import MapFile
    from snaptui.engine.operations import checking_maps

    taken: list[Snapshot] = []

    def opening(path: Path) -> MapFile:
        if not taken:
            with Repository.open(repository.path) as elsewhere:
                taken.append(take(elsewhere, other))
        return MapFile(path)

    monkeypatch.setattr(checking_maps, "MapFile", opening)
    hit = {uid for damage in repository.check().damages for uid in damage.snapshot_uids}
    assert hit == {first.resource_uid}


@pytest.mark.parametrize("purged", [False, True])
def test_a_parent_that_is_deleted_meanwhile_is_not_the_parent(
    repository: Repository, volume: Volume, image: Path, purged: bool
) -> None:
    first = take(repository, volume)
    change(image, 0, os.urandom(BLOCK))
    second = take(repository, volume)
    change(image, 0, os.urandom(BLOCK))

    def delete(phase: str, _done: int, _total: int) -> None:
        if phase == "reading" and second.resource_uid in repository.catalog.rows("snapshots"):
            repository.delete_snapshot(second.resource_uid, ACTOR)
            if purged:
                repository.trash.purge([second.resource_uid], ACTOR)

    third = repository.take_snapshot(
        volume.resource_uid, name="third", actor=ACTOR, progress=delete
    )
    assert third.parent_uid == first.resource_uid
    assert repository.snapshot(third.resource_uid) == third
    assert repository.check().clean


def test_verify_says_that_a_snapshot_was_deleted_meanwhile(
    repository: Repository, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = take(repository, volume)
    load = repository.load_map

    def deleting(uid: str) -> object:
        with Repository.open(repository.path) as elsewhere:
            purge(elsewhere, snapshot)
        return load(uid)

    monkeypatch.setattr(repository, "load_map", deleting)
    with pytest.raises(NotFoundError, match="deleted meanwhile"):
        repository.verify(snapshot.resource_uid)


# -- restoring in place


def test_a_volume_is_not_touched_when_the_snapshot_is_not_all_there(
    repository: Repository, volume: Volume, image: Path
) -> None:
    take(repository, volume)
    change(image, 7 * MIB, os.urandom(BLOCK))
    second = take(repository, volume)
    min(repository.layout.packs.iterdir(), key=lambda path: path.stat().st_size).unlink()
    now = os.urandom(9 * MIB)
    image.write_bytes(now)
    with pytest.raises(DamagedError, match="missing"):
        repository.restore_in_place(second.resource_uid, actor=ACTOR)
    assert image.read_bytes() == now
    assert repository.volume(volume.resource_uid).status is VolumeStatus.AVAILABLE


@pytest.mark.parametrize("size", [5 * MIB + 7, 8 * MIB, 11 * MIB + 3])
def test_a_volume_of_another_size_gets_the_size_it_had(
    repository: Repository, volume: Volume, image: Path, size: int
) -> None:
    wanted = image.read_bytes()
    snapshot = take(repository, volume)
    image.write_bytes(os.urandom(size))
    repository.restore_in_place(snapshot.resource_uid, actor=ACTOR)
    assert image.read_bytes() == wanted


def test_a_restore_that_cannot_begin_lets_go_of_the_volume(
    repository: Repository, volume: Volume, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a device that was opened for this process alone stays so as long as that runs."""
    snapshot = take(repository, volume)

    def failing(*_args: object) -> None:
        raise RepositoryError("the catalog is locked")

    monkeypatch.setattr(restoring, "_mark_restoring", failing)
    with pytest.raises(RepositoryError, match="locked"):
        repository.restore_in_place(snapshot.resource_uid, actor=ACTOR)
    held = {os.path.realpath(path) for path in Path("/proc/self/fd").iterdir()}
    assert str(image.resolve()) not in held


def test_a_sector_that_cannot_be_read_is_written_anew(
    repository: Repository, volume: Volume, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With data where the snapshot has data, with zeros where it has a hole."""
    wanted = image.read_bytes()
    snapshot = take(repository, volume)
    change(image, 0, os.urandom(BLOCK))
    change(image, 5 * MIB, os.urandom(BLOCK))
    read, inode = os.pread, image.stat().st_ino

    def failing(descriptor: int, length: int, offset: int) -> bytes:
        if os.fstat(descriptor).st_ino == inode and offset in {0, 5 * MIB}:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", failing)
    repository.restore_in_place(snapshot.resource_uid, actor=ACTOR)
    monkeypatch.undo()
    assert image.read_bytes() == wanted


# -- a full disk


@pytest.fixture
def full(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room for anything new in the catalog from now on; deleting still works."""
    from snaptui.engine.catalog import writer

    append = writer.Writer._append

    def refuse(self: writer.Writer, sequence: int, text: str, *, use_reserve: bool) -> None:
        if not use_reserve:
            raise NoSpaceError("the disk is full")
        append(self, sequence, text, use_reserve=use_reserve)

    monkeypatch.setattr(writer.Writer, "_append", refuse)


def test_a_full_repository_restores_to_another_disk(
    repository: Repository,
    volume: Volume,
    image: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    snapshot = take(repository, volume)
    request.getfixturevalue("full")
    assert restored(repository, snapshot, tmp_path) == image.read_bytes()


def test_a_full_repository_restores_in_place_and_says_that_it_is_done(
    repository: Repository, volume: Volume, image: Path, request: pytest.FixtureRequest
) -> None:
    wanted = image.read_bytes()
    snapshot = take(repository, volume)
    change(image, 0, os.urandom(MIB))
    request.getfixturevalue("full")
    repository.restore_in_place(snapshot.resource_uid, actor=ACTOR)
    assert image.read_bytes() == wanted
    assert repository.volume(volume.resource_uid).status is VolumeStatus.AVAILABLE


# -- strangers and twins


def test_a_directory_that_is_no_lease_is_left_alone(repository: Repository, volume: Volume) -> None:
    stranger = repository.layout.staging / "@eaDir"
    stranger.mkdir()
    with Repository.open(repository.path) as again:
        take(again, volume)
    assert list(stranger.iterdir()) == []


def test_two_volumes_never_share_a_file(
    repository: Repository, volume: Volume, tmp_path: Path
) -> None:
    snapshot = take(repository, volume)
    path = tmp_path / "clone.raw"

    def clone() -> Volume:
        return repository.clone(
            snapshot.resource_uid, name="clone", zone="default", path=path, actor=ACTOR
        )

    lost = clone()
    path.unlink()
    with pytest.raises(ConflictError, match=lost.resource_uid):
        clone()
    assert not path.exists()
    repository.remove_volume(lost.resource_uid, ACTOR)
    clone()


def test_a_uid_that_is_gone_is_nobody_elses(repository: Repository, volume: Volume) -> None:
    first = take(repository, volume)
    named_after_it = take(repository, volume, first.resource_uid)
    repository.delete_snapshot(first.resource_uid, ACTOR)
    with pytest.raises(NotFoundError):
        repository.delete_snapshot(first.resource_uid, ACTOR)
    (left,) = repository.snapshots()
    assert left.resource_uid == named_after_it.resource_uid


def test_a_name_that_is_gone_is_no_beginning_of_a_uid(
    repository: Repository, volume: Volume
) -> None:
    """Who deletes `db` twice must not delete another one."""
    uid = volume.resource_uid
    for reference in ("v", "vol", uid[4:5], uid[4:6].lower(), uid[4:7]):
        with pytest.raises(NotFoundError):
            repository.volume(reference)
    for reference in (uid[:5], uid[4:8], uid[4:].lower()):
        assert repository.volume(reference).resource_uid == uid


def test_a_name_with_a_date_is_a_name(repository: Repository, volume: Volume) -> None:
    """It has the form of a UID: letters, a hyphen, eight digits."""
    snapshot = take(repository, volume, "nightly-20261125")
    assert repository.snapshot("nightly-20261125") == snapshot
