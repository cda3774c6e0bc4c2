"""Threads for calls that block, and that nobody has to wait for when the app is left."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

GRACE_SECONDS = 0.3
"""What calls that are still at work get to end well when the app is left."""


class DaemonThreads(ThreadPoolExecutor):
    """An executor whose threads do not keep the process alive.

    A call into a file system that does not answer cannot be interrupted. The threads of the
    standard pool are joined when the process ends, so one such call would keep the terminal.
    The event loop takes no other class than that pool as its default executor: hence the base.
    """

    def __init__(self) -> None:
        super().__init__(max_workers=1)
        self._busy: set[threading.Thread] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call in a thread of its own."""
        future: Future[T] = Future()

        def work() -> None:
            try:
                if not future.set_running_or_notify_cancel():
                    return
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:  # noqa: BLE001 - it is the caller's
                    future.set_exception(error)
                else:
                    future.set_result(result)
            finally:
                self._busy.discard(threading.current_thread())

        thread = threading.Thread(target=work, name="snaptui-call", daemon=True)
        self._busy.add(thread)
        thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let calls end that do so soon; leave the others behind."""
        del cancel_futures
        end = time.monotonic() + (GRACE_SECONDS if wait else 0)
        for thread in list(self._busy):
            thread.join(max(0.0, end - time.monotonic()))
