"""How far the terminal is behind what it was sent.

Between an app and its terminal there may be a slow line, and on the way there are buffers that take
everything at once: the kernel's, the SSH server's (two megabytes). Frames for 20 presses of a key
would wait there one behind another, and what is pressed next would be seen when all of them have
been.

So the terminal is asked now and then where its cursor is. Every one answers that, and when it does
it has shown all that was sent before. While it is behind, nothing more is sent; what it missed
meanwhile is one frame, not twenty.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTION = "\x1b[6n"
ASK_BYTES = 400
"""With so many bytes there is a question; a single press of a key mostly sends fewer."""
LATE_SECONDS = 0.12
"""An answer that takes so much longer than the quickest one has waited behind something."""
WINDOW = 2 * ASK_BYTES
"""So many bytes may be on their way at once, however slow the line is; on a fast one, more."""
SILENT_SECONDS = 4.0
"""A terminal that says nothing for so long is not waited for."""
QUESTIONS_MAX = 3
"""One that never answered is not asked more often than that."""


class Pace:
    """What the terminal has not shown yet."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked: deque[tuple[float, int]] = deque()
        """When questions were asked that are not answered, and how many bytes came before each."""
        self._since = 0
        """Bytes since the last question."""
        self._quickest = float("inf")
        self._rate = float("inf")
        """Bytes that the line carries in a second."""
        self._heard = clock()
        self._answers = False
        self._questions = 0

    def sending(self, count: int) -> str:
        """So many bytes are being sent; what is to be sent behind them."""
        if self._answers and self._asked and self._is_silent:
            self.forget()
        self._since += count
        if self._since < ASK_BYTES or (not self._answers and self._questions >= QUESTIONS_MAX):
            return ""
        if not self._asked:
            self._heard = self._clock()
        self._questions += 1
        self._asked.append((self._clock(), self._since))
        self._since = 0
        return QUESTION

    def answered(self) -> None:
        """An answer has come."""
        self._answers = True
        if not self._asked:
            return
        asked, count = self._asked.popleft()
        before, self._heard = self._heard, self._clock()
        self._quickest = min(self._quickest, self._heard - asked)
        if asked < before < self._heard:
            # The line was busy with these bytes from one answer to the next.
            rate = count / (self._heard - before)
            self._rate = rate if self._rate == float("inf") else (self._rate + rate) / 2

    @property
    def has_shown_all(self) -> bool:
        """Whether no answer is awaited, or none is to be expected."""
        return not self._asked or self._is_silent

    @property
    def is_behind(self) -> bool:
        """Whether what is sent now would wait behind something else for longer than it need."""
        if not self._answers or self.has_shown_all:
            return False
        late = self._quickest + LATE_SECONDS
        if self._clock() - self._asked[0][0] > late:
            return True
        # what the line carries until an answer is there that is not late
        return self._since + sum(count for _, count in self._asked) > max(WINDOW, self._rate * late)

    @property
    def _is_silent(self) -> bool:
        return not self._answers or self._clock() - self._heard > SILENT_SECONDS

    def awaits_answers(self, seconds: float) -> bool:
        """Whether answers may come to what was asked in the last so many seconds."""
        return bool(self._asked) and self._clock() - self._asked[-1][0] < seconds

    def forget(self) -> None:
        """What was asked is not answered any more: another program had the terminal."""
        self._asked.clear()
        self._since = 0
