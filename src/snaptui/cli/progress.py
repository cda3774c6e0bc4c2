"""The progress line of a long command: on stderr, and only on a terminal."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, ClassVar

from snaptui.cli.output import shorten
from snaptui.cli.settings import is_plain
from snaptui.text import safe_text
from snaptui.units import format_duration, format_rate, format_size

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from snaptui.models import Job, Progress

_SECONDS_BETWEEN = 0.1
_SHORT = 0.5
"""An answer that comes within so many seconds is not waited for."""
_LONG = 10
"""After so many, how long it has lasted is told."""
_BAR_WIDTH = 24
_ERASE_TO_END = "\x1b[K"


@contextmanager
def busy(what: str, *, shown: bool = True) -> Iterator[None]:
    """Say on a terminal what is waited for, as long as it is."""
    line = ProgressLine() if shown and not is_plain() else None
    if line is not None:
        line.show(f"{what}, please wait")
    try:
        yield
    finally:
        if line is not None:
            line.close()


@contextmanager
def asking(cloud: str) -> Iterator[None]:
    """Say on a terminal that a cloud is being asked, once that lasts; for a running event loop.

    Where a line is there already that says what is waited for, it stays.
    """
    import asyncio

    loop, began = asyncio.get_running_loop(), time.monotonic()
    line = ProgressLine()
    handle: asyncio.TimerHandle | None = None

    def tell() -> None:
        nonlocal handle
        if ProgressLine.there in {None, line}:
            lasted = int(time.monotonic() - began)
            since = f", no result for {lasted} s" if lasted >= _LONG else ""
            line.show(f"asking {cloud}{since}, please wait")
        handle = loop.call_later(1.0, tell)

    if not is_plain():
        handle = loop.call_later(_SHORT, tell)
    try:
        yield
    finally:
        if handle is not None:
            handle.cancel()
        line.close()


def follow_progress() -> ProgressLine | ProgressSentences:
    """What tells how far a command is."""
    return ProgressSentences() if is_plain() else ProgressLine()


class ProgressSentences:
    """A sentence for every tenth of the way: what a screen reader can read, and a log can keep."""

    def __init__(self) -> None:
        self._said = ("", -1)

    def update(self, job: Job) -> None:
        """Say how far a job is, if it is a tenth farther."""
        progress = job.progress
        if progress is None:
            return
        tenth = int(progress.fraction * 10) if progress.total_bytes else 0
        if (progress.phase, tenth) == self._said:
            return
        self._said = (progress.phase, tenth)
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{safe_text(progress_sentence(progress))}\n")
            sys.stderr.flush()

    def close(self) -> None:
        """Nothing has to be taken away."""


class ProgressLine:
    """One line that is written over, at most ten times a second, and gone at the end.

    Attributes:
        there: the one that is on the terminal now.
    """

    there: ClassVar[ProgressLine | None] = None

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._painted_at = float("-inf")
        self._line = ""
        encoding = (sys.stderr.encoding or "ascii").lower().replace("-", "")
        self._glyphs = "█░" if encoding == "utf8" else "#-"

    def update(self, job: Job) -> None:
        """Show how far a job is."""
        now = time.monotonic()
        if not self._shown or job.progress is None or now - self._painted_at < _SECONDS_BETWEEN:
            return
        self._painted_at = now
        self.show(progress_text(job.progress, self._glyphs))

    def show(self, text: str) -> None:
        """Show any text in place of the line."""
        if not self._shown:
            return
        line = shorten(safe_text(text), shutil.get_terminal_size().columns - 1)
        if line != self._line:
            self._write(f"\r{line}{_ERASE_TO_END}")
            self._line = line
            ProgressLine.there = self

    def close(self) -> None:
        """Take the line away, so that what comes next begins on a clean one."""
        if ProgressLine.there is self:
            self._write(f"\r{_ERASE_TO_END}")
            ProgressLine.there = None
        self._line = ""

    def _write(self, text: str) -> None:
        # a terminal that hung up must not stop the work
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def progress_sentence(progress: Progress) -> str:
    """`reading, 42 percent, 1.2 GiB of 2.0 GiB`."""
    if not progress.total_bytes:
        return progress.phase
    done, whole = format_size(progress.done_bytes), format_size(progress.total_bytes)
    return f"{progress.phase}, {int(progress.fraction * 100)} percent, {done} of {whole}"


def progress_text(progress: Progress, glyphs: str = "#-") -> str:
    """`reading  ███░░░   42%  1.2 GiB of 2.0 GiB  512 MiB/s  3 s left`."""
    parts = [f"{progress.phase:<9}"]
    if progress.total_bytes:
        full = round(progress.fraction * _BAR_WIDTH)
        parts.append(glyphs[0] * full + glyphs[1] * (_BAR_WIDTH - full))
        parts.append(f"{int(progress.fraction * 100):>3}%")
        parts.append(f"{format_size(progress.done_bytes)} of {format_size(progress.total_bytes)}")
    elif progress.done_bytes:
        parts.append(format_size(progress.done_bytes))
    if progress.rate:
        parts.append(format_rate(progress.rate))
    if progress.seconds_left is not None:
        parts.append(f"{format_duration(progress.seconds_left)} left")
    return "  ".join(parts).rstrip()
