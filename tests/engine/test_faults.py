"""Full disks and failing system calls: a clear error, nothing half-made, nothing lost."""

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from snaptui.engine import Repository
from snaptui.errors import NoSpaceError, SnaptuiError
from snaptui.models import Volume
from tests.support import ACTOR, MIB, add, change, make_image, need, purge, restored, take

CALLS = ["write", "writev", "pwritev", "fsync", "fdatasync", "rename", "link", "open"]


class FailingCall:
    """Makes the N-th call of one of the `os` functions fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> None:
        self.count = 0
        original: Callable[..., Any] = getattr(os, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            if self.count == number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return original(*args, **kwargs)

        monkeypatch.setattr(os, name, call)


def delete_or_undo(repository: Repository, what: str, name: str) -> None:
    if what == "delete":
        repository.delete_snapshot(repository.snapshot(name).resource_uid, ACTOR)
    elif what == "undelete":
        repository.trash.take_back([repository.trash.find(name).resource_uid], ACTOR)
    else:
        repository.trash.purge([repository.trash.find(name).resource_uid], ACTOR)


def make_next(repository: Repository, volume: Volume, what: str, name: str) -> None:
    made = take(repository, volume, name)
    if what != "delete":
        repository.delete_snapshot(made.resource_uid, ACTOR)


def look_into_trash(repository: Repository, what: str, name: str, *, failed: bool) -> None:
    """A snapshot is in one place, and unless that failed, where it was to go."""
    live = name in {snapshot.name for snapshot in repository.snapshots()}
    trashed = name in {each.name for each in repository.trash.list()}
    assert live + trashed <= 1
    if not failed:
        expected = {"delete": (False, True), "undelete": (True, False), "purge": (False, False)}
        assert (live, trashed) == expected[what]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("what", ["snapshot", "clone", "delete", "undelete", "purge"])
def test_each_system_call_failing_in_turn(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path, name: str, what: str
) -> None:
    first, data = take(repository, volume, "first"), image.read_bytes()
    number = done = 0
    while not done and number < 60:
        number += 1
        change(image, 6 * MIB, os.urandom(100))
        with Repository.open(repository.path) as each, pytest.MonkeyPatch.context() as patch:
            failing = FailingCall(patch, name, number)
            try:
                if what == "snapshot":
                    take(each, volume, f"n{number}")
                elif what == "clone":
                    path = tmp_path / f"c{number}.raw"
                    each.clone(first.resource_uid, name="c", zone="default", path=path, actor=ACTOR)
                else:
                    delete_or_undo(each, what, f"d{number - 1}")
            except SnaptuiError as error:
                assert str(error)
                failed = True
            except OSError:
                pytest.fail(f"call {number} of {name} is not told as an error of ours")
            else:
                failed = False
            done = failing.count < number
        with Repository.open(repository.path) as after:
            names = {snapshot.name for snapshot in after.snapshots()}
            assert "first" in names
            assert what != "snapshot" or failed or f"n{number}" in names
            report = after.check()
            assert report.clean, report
            assert not after.catalog.rows("leases")
            assert not list(after.layout.staging.iterdir())
            assert len(list(tmp_path.glob(".*partial"))) == 0
            clones = [each for each in after.volumes() if each.name == "c"]
            for clone in clones:
                assert Path(clone.path).read_bytes() == data
            assert len(list(tmp_path.glob("c*.raw"))) == len(clones)
            if what in {"delete", "undelete", "purge"}:
                look_into_trash(after, what, f"d{number - 1}", failed=failed or number == 1)
                make_next(after, volume, what, f"d{number}")
    assert done, f"{name} was called more than {number} times"
    repository.refresh()
    assert restored(repository, first, tmp_path) == data


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    need("mount", root=True)
    point = tmp_path / "small"
    point.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", point], check=True)
    yield point
    subprocess.run(["umount", point], check=True)


@pytest.mark.needs_root
def test_a_full_disk_loses_nothing_and_deleting_still_works(
    small_disk: Path, tmp_path: Path
) -> None:
    with Repository.create(small_disk / "repository") as repository:
        image = make_image(tmp_path / "i.raw", 32 * MIB, data=((0, 3 * MIB),))
        volume = add(repository, image)
        first, data = take(repository, volume, "first"), image.read_bytes()
        change(image, 4 * MIB, os.urandom(20 * MIB))
        with pytest.raises(NoSpaceError, match="the disk is full"):
            take(repository, volume, "too much")
        assert [snapshot.name for snapshot in repository.snapshots()] == ["first"]
        assert restored(repository, first, tmp_path) == data
        filler = small_disk / "filler"
        with pytest.raises(OSError, match="No space"), filler.open("wb") as file:
            while True:
                file.write(bytes(65536))
                file.flush()
        repository.delete_snapshot(first.resource_uid, ACTOR)
        assert repository.snapshots() == []
        repository.trash.take_back([first.resource_uid], ACTOR)
        assert repository.snapshots() == [first]
        purge(repository, first)
        assert not repository.snapshots()
        assert not repository.trash.list()
        filler.unlink()
        change(image, 4 * MIB, bytes(20 * MIB))
        assert restored(repository, take(repository, volume), tmp_path) == image.read_bytes()
