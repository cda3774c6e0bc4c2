"""Threads of ours share one heap."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

import snaptui.tui
from snaptui import heap
from snaptui.tui.app import SnaptuiApp

THREADS = 6
RESERVED = 64
"""glibc reserves so many MiB of addresses for each heap of a thread."""

CODE = f"""
import threading
from snaptui import heap
def size():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmSize")) // 1024
SHARE
threading.stack_size(1 << 20)
before, all_there = size(), threading.Barrier({THREADS} + 1)
def allocate():
    kept = bytearray(5000)
    all_there.wait()
    all_there.wait()
for _ in range({THREADS}):
    threading.Thread(target=allocate).start()
all_there.wait()
print(size() - before)
all_there.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's heaps")
@pytest.mark.parametrize("shared", [True, False])
def test_threads_share_one_heap(shared: bool) -> None:
    """Without it, they do not: else this would prove nothing."""
    code = CODE.replace("SHARE", "heap.share()" if shared else "")
    environment = {"MALLOC_ARENA_MAX": "64", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment if not shared else {"PYTHONPATH": environment["PYTHONPATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (int(done.stdout) < RESERVED) is shared


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []

    class Musl:
        def mallopt(self, *arguments: object) -> None:
            called.append(arguments)

    monkeypatch.setattr("ctypes.CDLL", lambda _name: Musl())
    heap.share()
    assert called == []


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's heaps")
def test_what_is_set_in_the_environment_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[int] = []

    class Glibc:
        gnu_get_libc_version = "2"

        def mallopt(self, parameter: int, _value: int) -> None:
            called.append(parameter)

    monkeypatch.setattr("ctypes.CDLL", lambda _name: Glibc())
    heap.share()
    assert sorted(called) == [-8, -3, -1]
    monkeypatch.setenv("MALLOC_ARENA_MAX", "4")
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "0")
    called.clear()
    heap.share()
    assert called == [-3]


def test_the_screen_does_it_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(heap, "share", lambda: done.append("share"))
    monkeypatch.setattr(SnaptuiApp, "run", lambda _app, **_options: done.append("run"))
    snaptui.tui.run(lambda: None)  # type: ignore[arg-type,return-value]
    assert done == ["share", "run"]
