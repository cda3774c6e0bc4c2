"""A program on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence

import pyte

from tests.cli.conftest import PROGRAM


class Terminal:
    """A program on a pseudo-terminal of a size."""

    def __init__(
        self,
        *arguments: str,
        columns: int = 80,
        program: Sequence[str] = PROGRAM,
        **environment: str,
    ) -> None:
        self.leader, follower = os.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        inherited = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
        self.process = subprocess.Popen(
            [*program, *arguments],
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
            # who runs the suite in the background has it ignore Ctrl-C
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
            env={**inherited, "TERM": "xterm-256color", **environment},
        )
        os.close(follower)
        self.seen = ""
        self._screen = pyte.Screen(columns, 24)
        self._stream = pyte.ByteStream(self._screen)

    def wait_for(self, wanted: str, *, gone: bool = False, seconds: float = 60) -> None:
        """Until `wanted` is on the screen, or is not on it any more."""
        deadline = time.monotonic() + seconds
        while any(wanted in line for line in self._screen.display) is gone:
            ready, _, _ = select.select([self.leader], [], [], deadline - time.monotonic())
            shown = "\n".join(self._screen.display)
            assert ready, f"waited in vain for {wanted!r} ({gone=}):\n{shown}"
            self._take(os.read(self.leader, 65536))

    def _take(self, data: bytes) -> None:
        self.seen += data.decode(errors="replace")
        self._stream.feed(data)

    def read_until(self, wanted: str | None = None, seconds: float = 60) -> str:
        """Everything shown until `wanted` is (None: until the end)."""
        deadline = time.monotonic() + seconds
        while wanted is None or wanted not in self.seen:
            ready, _, _ = select.select([self.leader], [], [], deadline - time.monotonic())
            assert ready, f"waited in vain for {wanted!r}: {self.seen!r}"
            try:
                data = os.read(self.leader, 65536)
            except OSError:  # the other side is closed
                data = b""
            if not data:
                assert wanted is None, self.seen
                break
            self._take(data)
        return self.seen

    def type(self, text: str) -> None:
        """Type text."""
        os.write(self.leader, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C until it is heard.

        Python looks for signals between its own instructions: one that comes just before it waits
        for a line is heard with the next, as a person finds out who presses again.
        """
        for _ in range(20):
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
            return

    def end(self) -> int:
        """Wait for the end; returns the exit code."""
        self.read_until()
        os.close(self.leader)
        return self.process.wait(timeout=60)
