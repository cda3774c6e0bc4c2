"""The terminal is gone: the SSH session dropped, the window was closed, tmux was killed.

Then the app has to go, too. Textual would go on reading from a terminal that gives nothing and is
always ready, at the price of a processor. Jobs go on; they are processes of their own.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

_PATIENCE = 5.0
"""Seconds an app has to leave in order."""

_EXIT_CODES = {signal.SIGHUP: 129, signal.SIGTERM: 143}


def leave_with_terminal(app: App[Any]) -> None:
    """Leave the app in order when its terminal hangs up, or it is asked to end."""
    loop = asyncio.get_running_loop()
    for number, code in _EXIT_CODES.items():
        with suppress(RuntimeError, ValueError):  # not the main thread: nobody signals it
            loop.add_signal_handler(number, _leave, app, code)
    if sys.stdin is not None and sys.stdin.isatty():
        watcher = threading.Thread(
            target=_watch, args=(app, loop, sys.stdin.fileno()), name="hang-up", daemon=True
        )
        watcher.start()


def _leave(app: App[Any], code: int) -> None:
    app.exit(return_code=code)


def _watch(app: App[Any], loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
    """Wait for the terminal's end, which costs nothing."""
    poll = select.poll()
    poll.register(descriptor, 0)  # a hang-up is told unasked
    poll.poll()
    code = _EXIT_CODES[signal.SIGHUP]
    with suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(_leave, app, code)
    # What a terminal that is gone would have to be told may never be done.
    threading.Event().wait(_PATIENCE)
    os._exit(code)
