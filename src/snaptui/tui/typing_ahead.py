"""Keys that were typed before the line they are meant for had the focus.

Over a slow line, or from a macro, `/web` comes in one piece. Textual hands each key to what has the
focus when it arrives, so all four go to the table; the slash opens the filter, and without this the
other three would be actions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual import events
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.app import App
    from textual.widget import Widget


class TypingAhead:
    """Knows what each key was handed to, and hands it on when a line has got the focus since."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._handed: WeakKeyDictionary[events.Key, Widget | None] = WeakKeyDictionary()

    def takes(self, event: events.Event) -> bool:
        """Whether an event that the app gets is a key that was handed on to a line instead.

        The app gets each key twice: when it arrives, and when what had the focus made nothing of
        it. In between, the key before it may have opened a line to type in.
        """
        if not isinstance(event, events.Key):
            return False
        now = self._app.focused
        if not event.is_forwarded:
            self._handed[event] = now
            return False
        if not isinstance(now, Input) or self._handed.get(event, now) is now:
            return False
        again = events.Key(event.key, event.character)
        # It comes back from the line as one that was tried there, after all that was typed before.
        again._set_forwarded()  # noqa: SLF001 - or the app would send it round for ever
        self._handed[again] = now
        now.post_message(again)
        return True


def focus_now(widget: Widget) -> None:
    """Give a widget the focus at once: `Widget.focus` does that after keys that wait already."""
    widget.screen.set_focus(widget)
