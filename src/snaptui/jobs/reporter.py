"""How far a job is: rate, time left, and whether somebody asked it to stop."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from snaptui.errors import JobCancelledError
from snaptui.models import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

_INTERVAL = 0.2
_WINDOW = 5.0
"""Seconds over which the rate is taken: long enough to be calm, short enough to be true."""


class Reporter:
    """A `ProgressCallback` that tells the world a few times a second, and stops when asked to.

    Args:
        tell: called with the progress; not more often than every fifth of a second.
        stop_asked: asked at the same pace.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        tell: Callable[[Progress], None],
        stop_asked: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell = tell
        self._stop_asked = stop_asked
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque()
        self._phase = ""
        self._told_at = float("-inf")
        self._stopped = threading.Event()
        self._insisted = False

    def stop(self) -> None:
        """Stop the job at its next step; may be called from a signal handler.

        Called again, it says to whoever still waits that nobody wants that.
        """
        self._insisted = self._stopped.is_set()
        self._stopped.set()

    def __call__(self, phase: str, done_bytes: int, total_bytes: int) -> None:
        """Take note of how far the job is.

        Raises:
            JobCancelledError: somebody asked it to stop.
        """
        if self._stopped.is_set():
            cancelled = JobCancelledError("the job was cancelled")
            cancelled.insisted = self._insisted
            raise cancelled
        now = self._clock()
        if phase == self._phase and now - self._told_at < _INTERVAL:
            return
        if self._stop_asked():
            self._stopped.set()  # who asks for it once more insists
            raise JobCancelledError("the job was cancelled")
        if phase != self._phase or (self._samples and done_bytes < self._samples[-1][1]):
            self._samples.clear()  # another phase, or the volume is read anew
            self._phase = phase
        self._samples.append((now, done_bytes))
        while now - self._samples[0][0] > _WINDOW and len(self._samples) > 2:
            self._samples.popleft()
        self._told_at = now
        self._tell(self._progress(done_bytes, total_bytes))

    def _progress(self, done_bytes: int, total_bytes: int) -> Progress:
        first_at, first_done = self._samples[0]
        last_at, last_done = self._samples[-1]
        seconds = last_at - first_at
        rate = (last_done - first_done) / seconds if seconds > 0 else 0.0
        return Progress(
            phase=self._phase,
            done_bytes=done_bytes,
            total_bytes=total_bytes,
            rate=rate,
            seconds_left=max(0, total_bytes - done_bytes) / rate if rate > 0 else None,
        )
