"""Keys that were typed before what they are meant for was there.

Over a slow line, or from a macro, `/web` or `sTest` comes in one piece. Textual hands each key to
what has the focus when it arrives, so all of them go to the table; the first opens a line or a
form, and without this the others would be actions.

What is typed ahead goes where a person would see it go: into the line, the form, or the list that
was opened. Only what would be done to something for good takes none of it: nobody has read yet what
would be lost (`Overlay.TYPED_AHEAD`). Keys for something that does not open are dropped, for no one
meant them for what is there instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from textual import events
from textual.widgets import Input

from snaptui.tui.thin_app import ThinApp

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen
    from textual.widget import Widget

    Typed = events.Key | events.Paste

MADE_SECONDS = 5.0
"""A screen that is not there by then will not come."""
LATEST_SECONDS = 1.0
"""A screen that nothing has the focus of by then gets its keys all the same."""


class _Handed(NamedTuple):
    """The how-manieth key one is, and what it was handed to."""

    number: int
    to: Widget | None


class TypingAhead:
    """Knows what each key was handed to, and keeps those that are meant for what is to come."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._handed: WeakKeyDictionary[Typed, _Handed] = WeakKeyDictionary()
        self._count = 0
        self._dropped = 0
        """Keys up to this number are nobody's."""
        self._expected: object | None = None
        """Stands for a screen that is being made."""
        self._coming: list[Screen[Any]] = []
        """Screens that are there, but do not take keys yet."""
        self._held: list[tuple[int, Typed]] = []

    # What opens something says

    def drop(self) -> None:
        """Let nobody have what has been typed up to now."""
        self._expected = None
        self._dropped = self._count
        self._held.clear()

    def expect(self) -> object:
        """Hold keys from now on: a screen is being made. The answer is for `settle`."""
        expected = self._expected = object()
        # whoever makes it may be stopped before it begins: that must make nobody deaf
        self._app.set_timer(MADE_SECONDS, lambda: self.settle(expected, opened=False))
        return expected

    def settle(self, expected: object, *, opened: bool) -> None:
        """The screen is there, or will not come."""
        if self._expected is not expected:
            return  # another one is being made by now
        self._expected = None
        if not opened:
            self.drop()
        self._app.call_later(self._hand_on)

    def screen_changed(self, screen: Screen[Any] | None) -> None:
        """A screen lies on top; when it is a new one, hold keys until it takes them."""
        if screen is None or screen.is_mounted or screen in self._coming:
            return
        self._coming.append(screen)
        # Not in the constructor, and not by its own messages: it may be any screen of Textual's.
        screen.watch(screen, "focused", lambda focused: self._focused(screen, focused), init=False)
        self._app.set_timer(LATEST_SECONDS, lambda: self._without_focus(screen))

    def _focused(self, screen: Screen[Any], focused: Widget | None) -> None:
        if focused is None or screen not in self._coming:
            return
        if takes_keys(screen):
            self._app.call_later(self._came, screen)
        else:  # what is typed before it is shown was typed before it was read
            screen.call_after_refresh(self._painted, screen)

    def _painted(self, screen: Screen[Any]) -> None:
        if isinstance(self._app, ThinApp):
            self._app.call_when_shown(lambda: self._came(screen))
        else:
            self._app.call_later(self._came, screen)

    def _without_focus(self, screen: Screen[Any]) -> None:
        if screen.focused is None:
            self._came(screen)

    def _came(self, screen: Screen[Any]) -> None:
        if screen in self._coming:
            self._coming.remove(screen)
            if not takes_keys(screen):
                self._held = [each for each in self._held if _is_escape(each[1])]
            self._hand_on()

    # What comes by

    def takes(self, event: events.Event) -> bool:
        """Whether an event that the app gets is one that goes elsewhere, later, or nowhere.

        The app gets each key twice: when it arrives, and when what had the focus made nothing of
        it. In between, the key before it may have opened something to type in.
        """
        if not isinstance(event, events.Key | events.Paste):
            return False
        return self._takes_again(event) if event.is_forwarded else self._takes_first(event)

    def _takes_first(self, event: Typed) -> bool:
        self._count += 1
        if self.is_holding:
            self._held.append((self._count, event))
        else:
            self._handed[event] = _Handed(self._count, self._app.focused)
        return self.is_holding

    def _takes_again(self, event: Typed) -> bool:
        now, handed = self._app.focused, self._handed.get(event)
        if handed is None:
            return False
        if handed.number <= self._dropped:
            return True
        if self.is_holding:
            self._held.append((handed.number, event))
            return True
        if not isinstance(now, Input) or handed.to is now:
            return False
        # It comes back from the line as one that was tried there, after all that was typed before.
        self._hand(event, handed.number, now)
        return True

    @property
    def is_holding(self) -> bool:
        """Whether keys wait for something that is on its way."""
        return self._expected is not None or bool(self._coming)

    def _hand_on(self) -> None:
        """Hand what was held to what has the focus now, in the order it was typed in."""
        if self.is_holding:
            return
        held, self._held = sorted(self._held, key=lambda each: each[0]), []
        for number, event in held:
            self._hand(event, number, self._app.focused or self._app.screen)

    def _hand(self, event: Typed, number: int, to: Widget) -> None:
        again: Typed
        if isinstance(event, events.Key):
            again = events.Key(event.key, event.character)
        else:
            again = events.Paste(event.text)
        again._set_forwarded()  # noqa: SLF001 - or the app would send it round for ever
        self._handed[again] = _Handed(number, to)
        to.post_message(again)


def takes_keys(screen: Screen[Any]) -> bool:
    """Whether keys that were typed before a screen was seen may do something in it."""
    return bool(getattr(screen, "TYPED_AHEAD", True))


def _is_escape(event: Typed) -> bool:
    """Whether it is the key that only ever leaves: it does no harm, whenever it was typed."""
    return isinstance(event, events.Key) and event.key == "escape"


def typing_ahead(app: App[Any]) -> TypingAhead:
    """What keeps an app's keys; of one that keeps none, what does nothing."""
    found = getattr(app, "typing_ahead", None)
    return found if isinstance(found, TypingAhead) else TypingAhead(app)


def focus_now(widget: Widget) -> None:
    """Give a widget the focus at once: `Widget.focus` does that after keys that wait already."""
    widget.screen.set_focus(widget)
