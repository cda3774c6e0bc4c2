import errno
import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from snaptui.engine.locks import FileLock
from snaptui.errors import RepositoryError

PROCESSES = multiprocessing.get_context("forkserver")
WAIT = 20


@pytest.fixture
def lock(tmp_path: Path) -> FileLock:
    return FileLock(tmp_path / "lock")


def hold(path: Path, shared: bool, pipe: Connection) -> None:
    """In another process: take the lock, say so, keep it until told."""
    with FileLock(path).acquire(shared=shared):
        pipe.send("held")
        pipe.recv()
    pipe.send("released")
    pipe.recv()


class Holder:
    """Another process that holds a lock."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self.pipe, theirs = PROCESSES.Pipe()
        self.process = PROCESSES.Process(target=hold, args=(path, shared, theirs))
        self.process.start()
        assert self.pipe.poll(WAIT)
        assert self.pipe.recv() == "held"

    def let_go(self) -> None:
        self.pipe.send(None)
        assert self.pipe.poll(WAIT)
        assert self.pipe.recv() == "released"

    def end(self) -> None:
        self.pipe.send(None)
        self.process.join(WAIT)
        assert self.process.exitcode == 0


def test_exclusive_excludes_another_process(lock: FileLock) -> None:
    other = Holder(lock.path)
    assert lock.try_acquire() is None
    assert lock.try_acquire(shared=True) is None
    other.let_go()
    held = lock.try_acquire()
    assert held is not None
    held.release()
    other.end()


def test_shared_goes_with_shared_only(lock: FileLock) -> None:
    other = Holder(lock.path, shared=True)
    with lock.shared():
        assert lock.try_acquire() is None
    assert lock.try_acquire() is None
    other.let_go()
    lock.exclusive().release()
    other.end()


def test_the_kernel_releases_what_a_killed_process_held(lock: FileLock) -> None:
    other = Holder(lock.path)
    assert lock.try_acquire() is None
    assert other.process.pid
    os.kill(other.process.pid, signal.SIGKILL)
    lock.exclusive(timeout=WAIT).release()
    other.process.join(WAIT)


def test_two_handles_in_one_process_exclude_each_other(lock: FileLock) -> None:
    with lock.exclusive() as held:
        taken = held.held
        assert FileLock(lock.path).try_acquire() is None
        assert lock.try_acquire() is None
    assert (taken, held.held) == (True, False)
    lock.exclusive().release()


def test_releasing_twice_does_not_release_what_another_has(lock: FileLock) -> None:
    first = lock.exclusive()
    first.release()
    with lock.exclusive():
        first.release()
        assert lock.try_acquire() is None


def test_timeout_is_an_error_that_says_what_to_do(lock: FileLock) -> None:
    with lock.exclusive(), pytest.raises(RepositoryError, match=r"locked.*0\.05 s: wait"):
        lock.exclusive(timeout=0.05)


def test_waiting_is_reported_and_can_be_given_up(lock: FileLock) -> None:
    class CancelledError(Exception):
        pass

    calls = 0

    def on_wait() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise CancelledError

    with lock.exclusive(), pytest.raises(CancelledError):
        lock.exclusive(on_wait=on_wait)
    assert calls == 3
    lock.exclusive(on_wait=on_wait).release()
    assert calls == 3


def test_waiting_with_a_callback_ends_when_the_lock_is_free(lock: FileLock) -> None:
    held = lock.exclusive()
    lock.exclusive(on_wait=held.release).release()


@pytest.mark.parametrize("timeout", [None, WAIT])
def test_threads_take_turns(lock: FileLock, timeout: float | None) -> None:
    inside = 0
    most = 0
    total = 0

    def work() -> None:
        nonlocal inside, most, total
        for _ in range(50):
            with lock.exclusive(timeout=timeout):
                inside += 1
                most = max(most, inside)
                total += 1
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert (total, most) == (200, 1)


def test_a_forked_child_neither_holds_nor_releases_the_lock(lock: FileLock) -> None:
    pipe_in, pipe_out = os.pipe()
    keep_in, keep_out = os.pipe()
    held = lock.exclusive()
    child = os.fork()
    if not child:
        # The child outlives the parent's lock; it must not keep it alive, nor let it go.
        held.release()
        free = lock.try_acquire()
        os.write(pipe_out, b"0" if held.held or free else b"1")
        os.close(keep_out)
        os.read(keep_in, 1)
        os._exit(0)
    try:
        assert os.read(pipe_in, 1) == b"1"
        assert lock.try_acquire() is None
        os.close(held._descriptor or -1)  # as if the parent had been killed: no unlock
        held._descriptor = None
        lock.exclusive(timeout=WAIT).release()
    finally:
        for descriptor in (keep_out, keep_in, pipe_in, pipe_out):
            os.close(descriptor)
        os.waitpid(child, 0)


def test_works_where_nothing_can_be_written(
    lock: FileLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock.exclusive().release()
    real = os.open

    def read_only(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", read_only)
    with lock.shared():
        assert lock.try_acquire() is None
    with lock.exclusive():
        assert lock.try_acquire(shared=True) is None


def test_a_lock_file_deleted_meanwhile_is_made_anew(
    lock: FileLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open
    opened: list[int] = []

    def open_then_delete(path: Path, flags: int, mode: int = 0o777) -> int:
        descriptor = real(path, flags, mode)
        if not opened:
            path.unlink()
        opened.append(descriptor)
        return descriptor

    monkeypatch.setattr(os, "open", open_then_delete)
    with lock.exclusive():
        monkeypatch.undo()
        assert len(opened) == 2
        assert lock.try_acquire() is None


def test_the_file_is_for_its_owner_only(lock: FileLock) -> None:
    lock.exclusive().release()
    assert lock.path.stat().st_mode & 0o777 == 0o600


def test_a_missing_directory_is_not_a_lock_that_is_taken(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "nowhere" / "lock").try_acquire()


def test_what_cannot_be_given_away_leaves_nothing_open(
    lock: FileLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path, _descriptor: int) -> None:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr("snaptui.engine.locks.adopt", refuse)
    before = set(os.listdir("/proc/self/fd"))
    reason = errno.EIO
    with pytest.raises(OSError, match="Input/output"):
        lock.exclusive()
    reason = errno.EPERM  # as on a file system that knows no owners: locked all the same
    with lock.exclusive() as held:
        assert held.held
        assert lock.try_acquire() is None
    assert set(os.listdir("/proc/self/fd")) == before
