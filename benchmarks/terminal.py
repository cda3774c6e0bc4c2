"""A program in a real pseudo-terminal: what it shows, what it sends, and what CPU it takes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import pyte

QUIET_SECONDS = 0.25
"""A program that sent nothing for so long has answered."""
DEADLINE_SECONDS = 90.0

UP = "\x1b[A"
DOWN = "\x1b[B"
LEFT = "\x1b[D"
"""What the keys send; in application mode some send something else."""
_APPLICATION_MODE = 1 << 5
PAGE_DOWN = "\x1b[6~"
END = "\x1b[F"
HOME = "\x1b[H"
ENTER = "\r"


@dataclass(frozen=True)
class Cost:
    """What something cost a program: seconds of CPU, bytes to the terminal."""

    cpu: float
    sent: int

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.cpu - other.cpu, self.sent - other.sent)


class Screen(pyte.Screen):
    """A screen of a terminal that answers what it is asked."""

    def __init__(self, width: int, height: int, answer: Callable[[str], None]) -> None:
        super().__init__(width, height)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        """An answer."""
        self._answer(data)


class Program:
    """A program in a terminal of its own, from its start to its end."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int],
        environment: Mapping[str, str],
        directory: str | None = None,
    ) -> None:
        self.size = size
        width, height = size
        self.screen = Screen(width, height, self._answer)
        self._stream = pyte.ByteStream(self.screen)
        self._sent = 0
        self.pid, self._terminal = pty.fork()
        if not self.pid:  # the child
            try:
                if directory is not None:
                    os.chdir(directory)
                # the parent may be late with the size, and a program asks for it at once
                room = struct.pack("HHHH", height, width, 0, 0)
                fcntl.ioctl(0, termios.TIOCSWINSZ, room)
                os.execvpe(command[0], list(command), dict(environment))
            finally:
                os._exit(127)
        # the process's CPU clock: nanoseconds where /proc/PID/stat has hundredths
        self._clock = (~self.pid << 3) | 2

    # What it costs

    @property
    def cost(self) -> Cost:
        """Everything so far. Its own process only: what it starts elsewhere is not a screen's."""
        return Cost(time.clock_gettime(self._clock), self._sent)

    @property
    def rss_mib(self) -> float:
        """Its memory now."""
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024

    # What it shows

    @property
    def text(self) -> str:
        """The characters on the screen."""
        return "\n".join(self.screen.display)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._terminal, 1 << 16)
        except OSError as error:
            raise RuntimeError(f"the program ended; its last screen:\n{self.text}") from error
        self._sent += len(data)
        self._stream.feed(data)
        return True

    def until(self, condition: Callable[[str], object], what: str) -> Cost:
        """Wait for something to be on the screen; what it has cost up to then."""
        end = time.monotonic() + DEADLINE_SECONDS
        while not condition(self.text):
            if time.monotonic() > end:
                raise RuntimeError(f"never saw {what}; the last screen:\n{self.text}")
            self._read(0.02)
        return self.cost

    def settle(self, quiet: float = QUIET_SECONDS, *, busy: float = 0.002) -> None:
        """Wait until it sends nothing and computes next to nothing any more."""
        end = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < end:
            before = self.cost.cpu
            if not self._read(quiet) and self.cost.cpu - before < busy:
                return
        raise RuntimeError("the program does not come to rest")

    def wait(self, seconds: float) -> Cost:
        """Let it be for some time; what that costs."""
        before, end = self.cost, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read(left)
        return self.cost - before

    # What it is told

    def _type(self, keys: str) -> None:
        if _APPLICATION_MODE in self.screen.mode:
            keys = keys.replace("\x1b[B", "\x1bOB").replace("\x1b[F", "\x1bOF")
        self._send(keys.encode())

    def _send(self, data: bytes) -> None:
        os.write(self._terminal, data)

    def _answer(self, text: str) -> None:
        self._send(text.encode())

    def press(self, keys: str) -> Cost:
        """Type something, and wait until it has been answered; what that cost."""
        before = self.cost
        self._type(keys)
        self.settle()
        return self.cost - before

    def type_slowly(self, key: str, times: int, per_second: float) -> Cost:
        """Hold a key down, as a keyboard repeats it; what that cost in all."""
        before = self.cost
        for _ in range(times):
            self._type(key)
            self.wait(1 / per_second)
        self.settle()
        return self.cost - before

    # Its end

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)
