"""Waiting for conditions, and reading the screen."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.pilot import Pilot

DEADLINE = 30.0
_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


async def wait_for(
    pilot: Pilot[Any], condition: Callable[[], object], what: str = "", seconds: float = DEADLINE
) -> None:
    """Let the app work until `condition` holds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        if loop.time() > end:
            raise AssertionError(f"still not so: {what or condition}\n{screen_text(pilot.app)}")
        await pilot.pause(0.01)


def terminal_bytes(app: App[Any]) -> str:
    """What would be sent to the terminal for the whole screen."""
    update = app.screen._compositor.render_update(full=True)
    assert update is not None
    return update.render_segments(app.console)  # type: ignore[no-any-return, union-attr]


_SGR = re.compile(r"\x1b\[([0-9;:]*)m")


def colours_in(sent: str) -> set[str]:
    """The codes of colours, of text or background, in what is sent to a terminal."""
    found: set[str] = set()
    for sequence in _SGR.findall(sent):
        codes = [int(code or 0) for code in re.split("[;:]", sequence)]
        found |= {str(code) for code in codes if 30 <= code <= 49 or 90 <= code <= 107}
    return found


def characters(sent: str) -> str:
    """What is sent to a terminal, less where and in which style."""
    return _SEQUENCE.sub("", sent)


def screen_text(app: App[Any]) -> str:
    """The characters on the screen."""
    return characters(terminal_bytes(app))


def toasts(app: App[Any]) -> list[str]:
    """What the toasts say."""
    return [notification.message for notification in app._notifications]


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Type on the keyboard."""
    for character in text:
        await pilot.press("space" if character == " " else character)
