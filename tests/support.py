"""What several tests need."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest

from snaptui.engine import Actor, Repository
from snaptui.models import Snapshot, Volume

MIB = 1024 * 1024
BLOCK = 64 * 1024
Value = TypeVar("Value")
ACTOR = Actor(user="tester", origin="the suite")


def need(*tools: str, root: bool = False) -> None:
    """Skip the test by name where this machine lacks something; in CI, fail instead."""
    missing = [tool for tool in tools if shutil.which(tool, path=_path()) is None]
    if root and os.geteuid() != 0:
        missing.append("root")
    if missing:
        _lack(f"needs {', '.join(missing)}")


def need_server(variable: str) -> str:
    """What a variable says of a server that was started for the tests; as `need` where it is not.

    Args:
        variable: `SNAPTUI_TEST_OPENSTACK`.
    """
    value = os.environ.get(variable, "")
    if not value:
        _lack(f"needs a server that {variable} tells of")
    return value


def _lack(reason: str) -> NoReturn:
    if os.environ.get("SNAPTUI_TEST_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not happen within {seconds} s")
        time.sleep(0.01)


def make_image(
    path: Path, size: int = 8 * MIB, *, seed: int = 1, data: tuple[tuple[int, int], ...] = ()
) -> Path:
    """A sparse image with random bytes at `data`, (offset, length) each.

    By default there is data in the first MiB, text in the third, and random bytes at the very end.
    """
    source = random.Random(seed)
    with path.open("wb") as file:
        file.truncate(size)
        for offset, length in data or ((0, MIB), (size - 5000, 5000)):
            file.seek(offset)
            file.write(source.randbytes(length))
        if not data and size >= 4 * MIB:
            file.seek(2 * MIB)
            file.write(b"the quick brown fox " * 30000)
    return path


def change(path: Path, offset: int, data: bytes) -> None:
    """Overwrite some bytes."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def add(repository: Repository, path: Path, name: str = "web", block_size: int = BLOCK) -> Volume:
    """Register an image with the engine."""
    return repository.add_volume(
        name=name,
        path=path,
        size_bytes=path.stat().st_size,
        zone="default",
        managed=False,
        actor=ACTOR,
        block_size=block_size,
    )


def take(repository: Repository, volume: Volume, name: str = "s") -> Snapshot:
    """Take a snapshot with the engine."""
    return repository.take_snapshot(volume.resource_uid, name=name, actor=ACTOR)


def purge(repository: Repository, snapshot: Snapshot) -> None:
    """Delete a snapshot for good."""
    repository.delete_snapshot(snapshot.resource_uid, ACTOR)
    moved = repository.trash.purge([snapshot.resource_uid], ACTOR)
    assert moved.uids == (snapshot.resource_uid,)


def restored(repository: Repository, snapshot: Snapshot, directory: Path) -> bytes:
    """A snapshot's bytes, by way of a restore to a new file."""
    path = directory / f"restored-{snapshot.resource_uid}-{time.monotonic_ns()}"
    repository.restore_to_file(snapshot.resource_uid, path, actor=ACTOR)
    data = path.read_bytes()
    path.unlink()
    return data


def known(value: Value | None) -> Value:
    """A value that this cloud always tells."""
    assert value is not None
    return value
