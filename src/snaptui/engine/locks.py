"""Locks between processes, on a file, kept by the kernel.

Made on `flock(2)` rather than the filelock package: that one imports asyncio at start-up, which
costs more than all of our command line, and it has no shared locks. `flock` belongs to an open file
description, so every acquisition opens the file anew: two threads, or two handles in one process,
exclude each other exactly as two processes do, and there is no state that threads could race for.

The kernel releases the lock when the process that holds it dies, however it dies, so there are no
stale locks. The lock file itself stays where it is: deleting it would let two processes lock two
different files of one name.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
import weakref
from typing import TYPE_CHECKING, Self

from snaptui.engine.ownership import adopt
from snaptui.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

_FIRST_PAUSE = 0.0002
_LONGEST_PAUSE = 0.01


class HeldLock:
    """A lock that is held until `release`, the end of the `with` block, or the process's death."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        _HELD.add(self)

    @property
    def held(self) -> bool:
        """Whether this process holds it; never true in a child of the one that took it."""
        return self._descriptor is not None

    def fileno(self) -> int:
        """The open file that carries the lock; a child process that is given it holds it too."""
        if self._descriptor is None:
            raise ValueError("the lock is not held")
        return self._descriptor

    def release(self) -> None:
        """Let go. Doing it twice is harmless."""
        descriptor = self._take()
        if descriptor is None:
            return
        try:
            # Closing is not enough: a child between fork and exec still has the description open.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            os.close(descriptor)

    def _take(self) -> int | None:
        descriptor, self._descriptor = self._descriptor, None
        _HELD.discard(self)
        return descriptor

    def disown(self) -> None:
        """In a forked child: let the parent alone hold it, also when the parent is killed."""
        descriptor = self._take()
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


_HELD: weakref.WeakSet[HeldLock] = weakref.WeakSet()


def _disown_all() -> None:
    for lock in list(_HELD):
        lock.disown()


os.register_at_fork(after_in_child=_disown_all)


class FileLock:
    """A lock file that can be locked shared (many at once) or exclusive (one alone).

    It holds nothing itself, so one object may be used by any number of threads. It is not
    re-entrant: who takes it twice in one thread waits for himself.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def exclusive(
        self, *, timeout: float | None = None, on_wait: Callable[[], None] | None = None
    ) -> HeldLock:
        """Take the lock for oneself alone; see `acquire`."""
        return self.acquire(shared=False, timeout=timeout, on_wait=on_wait)

    def shared(
        self, *, timeout: float | None = None, on_wait: Callable[[], None] | None = None
    ) -> HeldLock:
        """Take the lock together with others that share it; see `acquire`."""
        return self.acquire(shared=True, timeout=timeout, on_wait=on_wait)

    def acquire(
        self,
        *,
        shared: bool,
        timeout: float | None = None,
        on_wait: Callable[[], None] | None = None,
    ) -> HeldLock:
        """Take the lock, waiting for it.

        Args:
            shared: together with others that share it, or alone.
            timeout: seconds to wait at most; None waits for ever.
            on_wait: called again and again while waiting (every 10 ms or so). What it raises ends
                the waiting, which is how a job that waits is cancelled.

        Raises:
            RepositoryError: the time is over.
        """
        if timeout is None and on_wait is None:
            held = self._attempt(shared=shared, wait=True)
            assert held is not None
            return held
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = _FIRST_PAUSE
        while (held := self._attempt(shared=shared, wait=False)) is None:
            if on_wait is not None:
                on_wait()
            if deadline is not None and time.monotonic() >= deadline:
                raise RepositoryError(
                    f"{self.path} has been locked by another process for {timeout:g} s",
                    "wait for it to finish, or end it, and try again",
                )
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return held

    def try_acquire(self, *, shared: bool = False) -> HeldLock | None:
        """Take the lock if that is possible at once, otherwise give None."""
        return self._attempt(shared=shared, wait=False)

    def _attempt(self, *, shared: bool, wait: bool) -> HeldLock | None:
        operation = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        if not wait:
            operation |= fcntl.LOCK_NB
        while True:
            descriptor = self._open()
            try:
                fcntl.flock(descriptor, operation)
                # Whoever waited may have got a file that was deleted meanwhile, which nobody else
                # would lock any more.
                if os.fstat(descriptor).st_nlink:
                    return HeldLock(descriptor)
            except BlockingIOError:
                os.close(descriptor)
                return None
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def _open(self) -> int:
        try:
            # Opened for writing where possible, because NFS wants that of an exclusive lock.
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                adopt(self.path, descriptor)
            except BaseException:
                os.close(descriptor)
                raise
            return descriptor
        except OSError as error:
            if error.errno not in {errno.EROFS, errno.EACCES, errno.EPERM}:
                raise
            return os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
