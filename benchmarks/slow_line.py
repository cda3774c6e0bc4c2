"""A program at the other end of a slow line: how long a key takes to be seen, and what piles up.

`feel.py --slow` runs the app so, as it is and in calm mode.

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

from terminal import DEADLINE_SECONDS, DOWN, END, ENTER, PAGE_DOWN, UP, Program

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


KEYS: dict[str, tuple[Sequence[str], float]] = {
    "Down": ([DOWN], 0),
    "20 x Down in a second": ([DOWN] * 20, 1),
    "Page down": ([PAGE_DOWN], 0),
    "10 x Page down in a second": ([PAGE_DOWN] * 10, 1),
    "open a snapshot": ([ENTER], 0),
    "back": (["\x7f"], 0),
}


def measure(
    command: Sequence[str], size: tuple[int, int], environment: Mapping[str, str]
) -> dict[str, Answer]:
    """What keys take in a long list of snapshots."""
    answers: dict[str, Answer] = {}
    began = time.monotonic()
    with SlowLine(command, size=size, environment=environment) as program:
        program.until(lambda text: "Help" in text, "the keys")
        first = program.seen_at - began
        program.until(lambda text: text.count("GiB") > 4, "the volumes")
        program.settle()
        answers["start"] = Answer(first, program.seen_at - began, program.cost.sent)
        program.answer([END + UP])  # where the tree has the index of all snapshots
        program.until(lambda text: "nightly-000" in text, "the snapshots")
        program.settle()
        program.answer([ENTER])
        for name, (keys, seconds) in KEYS.items():
            answers[name] = program.answer(keys, seconds)
    return answers


def table(answers: Mapping[str, Mapping[str, Answer]], size: tuple[int, int]) -> str:
    """Seconds from the last key to the last byte, and bytes."""
    width = 22
    head = f"{size[0]}x{size[1]} at 2400 B/s: s / bytes".ljust(34)
    lines = [head + "".join(name.rjust(width) for name in answers)]
    for what in next(iter(answers.values())):
        cells = (f"{each[what].last:.2f} / {each[what].sent}" for each in answers.values())
        lines.append(what.ljust(34) + "".join(cell.rjust(width) for cell in cells))
    return "\n".join(lines)
