"""Things that were cut short, lost in a copy, or are there twice."""

import errno
import os
from pathlib import Path

import pytest

from snaptui.engine import Repository
from snaptui.engine.packs import PackReader
from snaptui.errors import ConflictError, DamagedError, JobCancelledError, NoSpaceError
from snaptui.models import Volume, VolumeStatus
from tests.support import ACTOR, BLOCK, MIB, add, change, make_image, purge, restored, take


@pytest.mark.parametrize("how", ["cancelled", "full"])
def test_a_volume_that_is_half_restored_says_so_until_it_is_restored(
    repository: Repository, volume: Volume, image: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    snapshot, before = take(repository, volume), image.read_bytes()
    change(image, 0, os.urandom(MIB))

    def cancel(phase: str, _done: int, _total: int) -> None:
        if phase == "writing" and how == "cancelled":
            raise JobCancelledError("enough")

    with pytest.MonkeyPatch.context() as patch:
        if how == "full":

            def full(*_args: object) -> int:
                raise OSError(errno.ENOSPC, "No space left on device")

            patch.setattr(os, "pwritev", full)
        with pytest.raises((JobCancelledError, NoSpaceError)) as caught:
            repository.restore_in_place(snapshot.resource_uid, actor=ACTOR, progress=cancel)
    assert "nothing was half-made" not in str(caught.value)
    with Repository.open(repository.path) as again:
        found = again.volume(volume.resource_uid)
        assert found.status is VolumeStatus.ERROR
        assert snapshot.resource_uid in found.reason
        with pytest.raises(ConflictError, match="no state worth keeping"):
            take(again, found)
        again.restore_in_place(snapshot.resource_uid, actor=ACTOR)
        assert again.volume(volume.resource_uid).status is VolumeStatus.AVAILABLE
        assert image.read_bytes() == before
        take(again, volume)


def test_who_uses_the_volume_is_asked_when_it_is_free_of_other_jobs(
    repository: Repository, volume: Volume, image: Path
) -> None:
    snapshot = take(repository, volume)
    change(image, 0, b"newer")
    before = image.read_bytes()
    asked = False

    def guard(_volume: Volume) -> None:
        nonlocal asked
        asked = True
        assert not repository_is_free(repository, volume)
        raise ConflictError("somebody attached it meanwhile")

    with pytest.raises(ConflictError, match="meanwhile"):
        repository.restore_in_place(snapshot.resource_uid, actor=ACTOR, guard=guard)
    assert asked
    assert image.read_bytes() == before


def repository_is_free(repository: Repository, volume: Volume) -> bool:
    from snaptui.engine.locks import FileLock

    lock = FileLock(repository.layout.locks / f"{volume.resource_uid}.lock").try_acquire()
    if lock is not None:
        lock.release()
    return lock is not None


def test_empty_directories_that_a_copy_lost_are_made_again(
    repository: Repository, volume: Volume
) -> None:
    for directory in (repository.layout.staging, repository.layout.index):
        directory.rmdir()
    with Repository.open(repository.path) as again:
        take(again, volume)


def test_a_repository_whose_making_was_killed_can_be_made(
    repository: Repository, tmp_path: Path, volume: Volume
) -> None:
    repository.layout.header.unlink()
    with Repository.create(repository.path) as again:
        assert again.check().clean
    take(Repository.open(repository.path), volume)
    repository.layout.header.unlink()
    with pytest.raises(ConflictError):  # there is something in it now
        Repository.create(repository.path)


def test_a_lost_pack_does_not_stop_the_next_snapshots(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    """Also when the index file says where its blocks are."""
    take(repository, volume)
    repository.merge_index()
    assert repository.check().checked_bytes > 0
    for path in repository.layout.packs.iterdir():
        path.unlink()
    assert repository.check().checked_bytes == 0
    other = tmp_path / "other.raw"
    other.write_bytes(image.read_bytes())
    with Repository.open(repository.path) as again:
        snapshot = take(again, add(again, other, "other"))
        assert restored(again, snapshot, tmp_path) == image.read_bytes()


def test_a_bad_copy_of_a_block_does_not_hide_a_good_one(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two snapshots at once may both store a block."""
    images = [make_image(tmp_path / f"{n}.raw", MIB, data=((0, BLOCK),)) for n in range(2)]
    volumes = [add(repository, image, image.stem) for image in images]
    snapshots = [take(repository, volumes[0])]

    from snaptui.engine.index import DigestIndex

    with pytest.MonkeyPatch.context() as patch:  # as if the other were not there yet
        patch.setattr(DigestIndex, "find", lambda _self, digests: [None] * len(digests))
        snapshots.append(take(repository, volumes[1]))
    packs = sorted(repository.layout.packs.iterdir())
    assert len(packs) == 2
    for pack in packs:
        whole = pack.read_bytes()
        with PackReader(pack) as reader:
            at = int(reader.entries[0]["offset"]) + 100
        damaged = bytearray(whole)
        damaged[at] ^= 1
        pack.write_bytes(damaged)
        with Repository.open(repository.path) as again:
            for snapshot, image in zip(snapshots, images, strict=True):
                assert restored(again, snapshot, tmp_path) == image.read_bytes()
            report = again.check()
            assert len(report.damages) == 1
            assert report.damages[0].snapshot_uids == ()
        pack.write_bytes(whole)


def test_check_names_who_is_hit_by_a_place_the_disk_cannot_read(
    repository: Repository, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = take(repository, volume)
    read = PackReader.read

    def failing(reader: PackReader, offset: int, length: int) -> bytes:
        if offset <= 300_000 < offset + length:
            raise DamagedError("cannot be read")
        return read(reader, offset, length)

    monkeypatch.setattr(PackReader, "read", failing)
    report = repository.check()
    hit = {uid for damage in report.damages for uid in damage.snapshot_uids}
    assert hit == {snapshot.resource_uid}
    assert len(report.damages) == 2  # the slot, and what it means; the rest of the pack is read


def test_a_check_is_not_troubled_by_what_others_do_meanwhile(
    repository: Repository, volume: Volume, image: Path
) -> None:
    first = take(repository, volume, "first")
    change(image, 0, b"x")
    done = False

    def meanwhile(_phase: str, _done: int, _total: int) -> None:
        nonlocal done
        if not done:
            done = True
            with Repository.open(repository.path) as other:
                take(other, volume, "second")
                for snapshot in other.snapshots():
                    purge(other, snapshot)

    report = repository.check(meanwhile)
    assert done
    assert report.clean, report
    assert report.warnings == ()
    assert first.resource_uid not in {s.resource_uid for s in repository.snapshots()}
