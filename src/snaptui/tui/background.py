"""Whether the terminal is dark or light: it is asked, before the app takes it over."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
import tty
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
"""What the background's colour is, and who you are: nearly every terminal answers the second, so
that one that knows nothing of colours keeps nobody waiting."""
SECONDS = 2.0
"""As long as an answer may take; a later one would be read as keys."""

_COLOUR = re.compile(rb"\x1b\]11;rgb:([0-9a-fA-F]+)/([0-9a-fA-F]+)/([0-9a-fA-F]+)")
_IDENTITY = re.compile(rb"\x1b\[\?[0-9;]*c")


def is_dark(environment: Mapping[str, str]) -> bool | None:
    """Whether the terminal's background is dark; None when there is no telling."""
    answer = b""
    if sys.stdin.isatty() and sys.stdout.isatty():
        answer = _ask(sys.stdin.fileno(), sys.stdout.fileno())
    said = dark_by_answer(answer)
    return dark_by_environment(environment) if said is None else said


def dark_by_answer(answer: bytes) -> bool | None:
    """What a terminal's answer says."""
    found = _COLOUR.search(answer)
    if found is None:
        return None
    red, green, blue = (int(part, 16) / float(16 ** len(part) - 1) for part in found.groups())
    return bool(0.299 * red + 0.587 * green + 0.114 * blue < 0.5)


def dark_by_environment(environment: Mapping[str, str]) -> bool | None:
    """What `COLORFGBG` says, which some terminals set: `15;0` is white on black."""
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    if not background.isdecimal():
        return None
    return int(background) in {0, 1, 2, 3, 4, 5, 6, 8}


def _ask(reading: int, writing: int) -> bytes:
    try:
        before = termios.tcgetattr(reading)
    except termios.error:
        return b""
    answer, deadline = b"", time.monotonic() + SECONDS
    try:
        tty.setcbreak(reading, termios.TCSANOW)
        os.write(writing, QUESTION)
        while not _IDENTITY.search(answer):
            ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
            if not ready or not (part := os.read(reading, 1024)):
                break
            answer += part
    except OSError:
        return answer
    finally:
        termios.tcsetattr(reading, termios.TCSADRAIN, before)
    return answer
