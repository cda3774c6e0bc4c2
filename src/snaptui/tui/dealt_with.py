"""Knowing when a key has been dealt with.

What a key does is done by messages: it goes from the widget that has the focus up to the app, which
runs the action; that may post other messages, and the focus moves by one more. Each of them waits
in a queue. So a word is sent the same way, behind them; when it has gone it twice, all has been
done that the key had done at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.message_pump import MessagePump
    from textual.widget import Widget

ROUNDS = 2
"""The first one is behind the key, the second one behind what its action has posted."""


def when_dealt_with(app: App[Any], target: Widget, callback: Callable[[], object]) -> None:
    """Call when what was handed to a widget before has been dealt with."""
    _up(app, target, target, ROUNDS, callback)


def _up(
    app: App[Any], at: MessagePump, target: Widget, rounds: int, callback: Callable[[], object]
) -> None:
    """Send the word to one that is on the way; who is gone is passed over."""
    here: MessagePump | None = at
    while here is not None and here is not app:
        above: MessagePump = here._parent or app  # noqa: SLF001 - the way that messages bubble
        if here.call_later(_up, app, above, target, rounds, callback):
            return
        here = above
    if rounds > 1:
        app.call_later(_up, app, target, target, rounds - 1, callback)
    else:
        app.call_later(callback)
