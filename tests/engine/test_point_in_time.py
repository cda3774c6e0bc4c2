"""A snapshot that read a moving volume is not a snapshot."""

import mmap
import os
import subprocess
from pathlib import Path

import pytest

from snaptui.engine import Repository
from snaptui.engine.scan import VolumeScan
from snaptui.engine.source import Fingerprint, VolumeSource
from snaptui.errors import SourceError, VolumeChangedError
from snaptui.models import Consistency, Volume
from tests.support import ACTOR, MIB, add, change, make_image, need, restored


class Disturbance:
    """Does something to a volume after its first piece was read, so many times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, image: Path, times: int) -> None:
        self.image = image
        self.times = times
        self.done = 0
        read_into = VolumeSource.read_into

        def read_and_disturb(source: VolumeSource, buffer: memoryview, offset: int) -> int:
            count = read_into(source, buffer, offset)
            if offset == 0 and self.done < self.times:
                self.done += 1
                self.disturb()
            return count

        monkeypatch.setattr(VolumeSource, "read_into", read_and_disturb)

    def disturb(self) -> None:
        change(self.image, 100, os.urandom(10))


def test_a_volume_that_changed_once_is_read_again(
    repository: Repository,
    volume: Volume,
    image: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    disturbance = Disturbance(monkeypatch, image, times=1)
    snapshot = repository.take_snapshot(volume.resource_uid, name="s", actor=ACTOR)
    assert disturbance.done == 1
    assert snapshot.consistency is Consistency.STABLE
    assert restored(repository, snapshot, tmp_path) == image.read_bytes()


def test_a_volume_that_keeps_changing_is_refused_and_nothing_is_left(
    repository: Repository, volume: Volume, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Disturbance(monkeypatch, image, times=99)
    with pytest.raises(VolumeChangedError, match="changed while it was read.*--allow-fuzzy"):
        repository.take_snapshot(volume.resource_uid, name="s", actor=ACTOR)
    assert repository.snapshots() == []
    assert not list(repository.layout.packs.iterdir())
    assert not list(repository.layout.staging.iterdir())
    assert not repository.catalog.rows("leases")


def test_a_fuzzy_snapshot_says_that_it_is_one(
    repository: Repository, volume: Volume, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Disturbance(monkeypatch, image, times=99)
    snapshot = repository.take_snapshot(
        volume.resource_uid, name="s", actor=ACTOR, allow_fuzzy=True
    )
    assert snapshot.consistency is Consistency.FUZZY
    assert repository.snapshot(snapshot.resource_uid).consistency is Consistency.FUZZY


def test_allowing_fuzzy_does_not_make_a_quiet_volume_fuzzy(
    repository: Repository, volume: Volume
) -> None:
    snapshot = repository.take_snapshot(
        volume.resource_uid, name="s", actor=ACTOR, allow_fuzzy=True
    )
    assert snapshot.consistency is Consistency.STABLE


@pytest.mark.parametrize("allow_fuzzy", [False, True])
def test_a_volume_that_shrinks_while_it_is_read_is_refused(
    repository: Repository,
    volume: Volume,
    image: Path,
    monkeypatch: pytest.MonkeyPatch,
    allow_fuzzy: bool,
) -> None:
    disturbance = Disturbance(monkeypatch, image, times=99)
    disturbance.disturb = lambda: os.truncate(  # type: ignore[method-assign]
        image, max(MIB, image.stat().st_size - 2 * MIB)
    )
    with pytest.raises(VolumeChangedError):
        repository.take_snapshot(
            volume.resource_uid, name="s", actor=ACTOR, allow_fuzzy=allow_fuzzy
        )
    assert repository.snapshots() == []


def test_a_volume_that_vanishes_while_it_is_read_is_refused(
    repository: Repository, volume: Volume, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disturbance = Disturbance(monkeypatch, image, times=1)
    disturbance.disturb = image.unlink  # type: ignore[method-assign]
    with pytest.raises(SourceError, match="removed or replaced"):
        repository.take_snapshot(volume.resource_uid, name="s", actor=ACTOR)
    assert repository.snapshots() == []
    assert not list(repository.layout.staging.iterdir())


def test_a_read_error_in_mid_snapshot_says_where(
    repository: Repository, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    preadv = os.preadv

    def failing(descriptor: int, buffers: list[memoryview], offset: int) -> int:
        if offset >= 2 * MIB:
            raise OSError(5, "Input/output error")
        return preadv(descriptor, buffers, offset)

    monkeypatch.setattr(os, "preadv", failing)
    with pytest.raises(SourceError, match=r"cannot be read at byte 2097152 \(Input/output error\)"):
        repository.take_snapshot(volume.resource_uid, name="s", actor=ACTOR)
    assert repository.snapshots() == []


@pytest.mark.parametrize("times", [0, 1, 99])
def test_where_the_host_cannot_tell_the_volume_is_read_twice(
    repository: Repository,
    volume: Volume,
    image: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    times: int,
) -> None:
    fingerprint = Fingerprint((1,), image.stat().st_size, (), certain=False)
    monkeypatch.setattr(VolumeSource, "fingerprint", lambda _self: fingerprint)
    monkeypatch.setattr(VolumeSource, "_file_fingerprint", lambda _self: fingerprint)
    disturbance = Disturbance(monkeypatch, image, times)
    if times == 99:
        with pytest.raises(VolumeChangedError, match="changed while it was read"):
            repository.take_snapshot(volume.resource_uid, name="s", actor=ACTOR)
    else:
        snapshot = repository.take_snapshot(volume.resource_uid, name="s", actor=ACTOR)
        assert snapshot.consistency is Consistency.STABLE
        assert restored(repository, snapshot, tmp_path) == image.read_bytes()
    assert disturbance.done >= times or times == 99


@pytest.mark.needs_root
def test_on_a_memory_file_system_a_store_through_a_map_is_noticed(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("mount", root=True)
    point = tmp_path / "memory"
    point.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", point], check=True)
    try:
        image = make_image(point / "v.raw", 8 * MIB)
        volume = add(repository, image)
        with image.open("r+b") as file, mmap.mmap(file.fileno(), 0) as view:
            view[5] = 1
            disturbance = Disturbance(monkeypatch, image, times=1)

            def store() -> None:
                view[5] += 1

            disturbance.disturb = store  # type: ignore[method-assign]
            snapshot = repository.take_snapshot(volume.resource_uid, name="s", actor=ACTOR)
        assert disturbance.done == 1
        assert restored(repository, snapshot, tmp_path) == image.read_bytes()
    finally:
        subprocess.run(["umount", point], check=True)


def test_a_long_read_ends_when_the_volume_moves(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no use in reading terabytes to the end of a volume that moved at their start."""
    from snaptui.engine.operations import snapshot as operation

    monkeypatch.setattr(operation, "_LOOK_EVERY", 2 * MIB)
    image = make_image(tmp_path / "big.raw", 64 * MIB, data=((0, 64 * MIB),))
    volume = add(repository, image)
    Disturbance(monkeypatch, image, times=99)
    read = 0
    pieces = VolumeScan.pieces

    def counting(scan: VolumeScan) -> object:
        nonlocal read
        for piece in pieces(scan):
            read += 1
            yield piece

    monkeypatch.setattr(VolumeScan, "pieces", counting)
    with pytest.raises(VolumeChangedError):
        repository.take_snapshot(volume.resource_uid, name="s", actor=ACTOR)
    assert read < 3 * 10
