"""What several tests need."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
import traceback
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
        lack(f"needs {', '.join(missing)}")


def need_server(variable: str) -> str:
    """What a variable says of a server that was started for the tests; as `need` where it is not.

    Args:
        variable: `SNAPTUI_TEST_OPENSTACK`.
    """
    value = os.environ.get(variable, "")
    if not value:
        lack(f"needs a server that {variable} tells of")
    return value


def lack(reason: str) -> NoReturn:
    """Skip the test for this reason; in CI, fail instead."""
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


def python(program: str, *arguments: object) -> str:
    """What a program says that runs in a process of its own and can import the tests."""
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def killed_at(number: int, path: Path | str, act: Callable[[Repository], object]) -> bool:
    """Kill who acts on a repository at this one of the steps that could leave something behind.

    It forks: for programs without threads (see `python`).

    Returns:
        Whether it was killed; it was not, if there are not so many steps.
    """
    child = os.fork()
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in {0, -signal.SIGKILL}, code
        return code != 0
    try:
        repository = Repository.open(path)
        steps = 0

        def counted(original: Callable[..., object]) -> Callable[..., object]:
            def call(*arguments: object, **options: object) -> object:
                nonlocal steps
                steps += 1
                if steps == number:
                    os.kill(os.getpid(), signal.SIGKILL)
                return original(*arguments, **options)

            return call

        for name in ("write", "writev", "fsync", "fdatasync", "rename", "open"):
            setattr(os, name, counted(getattr(os, name)))
        Path.unlink = counted(Path.unlink)  # type: ignore[assignment, method-assign]
        act(repository)
        os._exit(0)
    except BaseException:  # not to be gone through by the parent's callers a second time
        traceback.print_exc()
        os._exit(1)
