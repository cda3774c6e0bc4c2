"""A program at the other end of a slow line: how long a key takes to be seen, and what piles up.

The line carries so many bytes a second, and each of them is on its way for some time. Between the
program and the line there is what there is between a program and an SSH client: a kernel's buffers,
which take 64 KiB at once.
"""

from __future__ import annotations

import os
import select
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terminal import DEADLINE_SECONDS, Program

STEP_SECONDS = 0.01


@dataclass(frozen=True)
class Answer:
    """What came of some keys."""

    first: float
    """Seconds from the last key to the first byte after it."""
    last: float
    """Seconds from the last key to the last byte."""
    sent: int
    """Bytes from the first key on."""


class SlowLine(Program):
    """A program whose terminal is far away."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int],
        environment: Mapping[str, str],
        directory: str | None = None,
        per_second: int = 2400,
        round_trip: float = 0.3,
    ) -> None:
        super().__init__(command, size=size, environment=environment, directory=directory)
        self._per_second = per_second
        self._one_way = round_trip / 2
        self._coming: deque[tuple[float, bytes]] = deque()
        self._going: deque[tuple[float, bytes]] = deque()
        self._free_at = time.monotonic()
        self.seen_at = time.monotonic()

    def _send(self, data: bytes) -> None:
        self._going.append((time.monotonic() + self._one_way, data))

    def _read(self, seconds: float) -> bool:
        """Let the line work for so long; whether something was seen."""
        end, seen = time.monotonic() + seconds, False
        while True:
            self._carry()
            now = time.monotonic()
            while self._coming and self._coming[0][0] <= now:
                self._stream.feed(self._coming.popleft()[1])
                self.seen_at, seen = now, True
            if seen or now >= end:
                return seen
            time.sleep(STEP_SECONDS)

    def _carry(self) -> None:
        now = time.monotonic()
        while self._going and self._going[0][0] <= now:
            os.write(self._terminal, self._going.popleft()[1])
        # an idle line does not save up what it could have carried
        self._free_at = max(self._free_at, now - STEP_SECONDS)
        room = int((now - self._free_at) * self._per_second)
        if room < 1 or not select.select([self._terminal], [], [], 0)[0]:
            return
        try:
            data = os.read(self._terminal, room)
        except OSError as error:
            raise RuntimeError(f"the program ended; its last screen:\n{self.text}") from error
        self._sent += len(data)
        self._free_at += len(data) / self._per_second
        self._coming.append((now + self._one_way, data))

    def settle(self, quiet: float = 1.0, *, busy: float = 0.5) -> None:
        """Wait until nothing has come for a while."""
        del busy
        end = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < end:
            if not self._read(quiet) and not self._going and not self._coming:
                return
        raise RuntimeError("the program does not come to rest")

    def answer(self, keys: Sequence[str], seconds: float = 0.0) -> Answer:
        """Press keys, over so many seconds, and wait until all has been seen."""
        before = self._sent
        for key in keys:
            self._type(key)
            self.wait(seconds / len(keys))
        typed = time.monotonic()
        while not self._read(DEADLINE_SECONDS):
            pass
        first = self.seen_at
        self.settle()
        return Answer(first - typed, self.seen_at - typed, self._sent - before)
