"""Keys that were typed before what they are meant for was there.

Over a slow line, or from a macro, `/web` or `sTest` comes in one piece. Textual hands each key to
what has the focus when it arrives, so all of them go to the table; the first opens a line or a
form, and without this the others would be actions.

What is typed ahead goes where a person would see it go: into the line, the form, or the list that
was opened. Only what would be done to something for good takes none of it: nobody has read yet what
would be lost (`Overlay.TYPED_AHEAD`). Keys for something that does not open are dropped, for no one
meant them for what is there instead.

Keys that come close behind each other are handed on one by one, each when the one before has been
dealt with: behind Tab they are meant for the field that Tab leads to. What is typed before there is
anything to see waits for that.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from textual import events
from textual.widgets import Input

from snaptui.tui.dealt_with import when_dealt_with
from snaptui.tui.thin_app import ThinApp

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.screen import Screen
    from textual.widget import Widget

    Typed = events.Key | events.Paste

MADE_SECONDS = 5.0
"""A screen that is not there by then will not come."""
LATEST_SECONDS = 1.0
"""A screen that nothing has the focus of by then gets its keys all the same."""
START_SECONDS = 2.0
"""So long keys wait for something to see; then whoever has the focus gets them."""
LINE_ENDS = frozenset({"enter", "escape"})
"""What ends a line, and is of it."""
LINE_SECONDS = 2.0
"""What comes so long behind the key before it is not of the same line any more."""
CLOSE_SECONDS = 0.5
"""A key that comes later than that behind another one finds it dealt with."""


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
        self._last: tuple[float, Widget] | None = None
        """When a key was handed to whom, if it may not have been dealt with yet."""
        self._awaited: object | None = None
        """Stands for a key that is waited for."""
        self._awaited_since = 0.0
        self._sees_nothing = False
        self._unseen = 0
        """Keys up to this number were typed when there was nothing to see."""
        self._harmful: Callable[[str], bool] = lambda _: False
        self._line_went_on: float | None = None
        """When the last key of a line came that nobody reads."""

    # What opens something says

    def expect_first(self) -> None:
        """Hold keys until there is something to see."""
        self._sees_nothing = True

    def settle_first(self, harmful: Callable[[str], bool]) -> None:
        """There is something to see: keys go there, but for those that would do harm unseen."""
        if self._sees_nothing:
            self._sees_nothing = False
            self._unseen, self._harmful = self._count, harmful
            self._app.call_later(self._hand_on)

    def drop(self) -> None:
        """Let nobody have what has been typed up to now."""
        self._expected = None
        self._dropped = self._count
        self._held.clear()

    def drop_line(self) -> None:
        """Let nobody have a line that is being typed: up to Enter, Escape, no text, or a pause."""
        self._line_went_on = time.monotonic()
        self._held = [
            each for each in sorted(self._held, key=_number) if not self._is_of_line(each[1])
        ]

    def _is_of_line(self, event: Typed) -> bool:
        """Whether what is typed is of a line that nobody reads; with the key that ends it."""
        now = time.monotonic()
        if self._line_went_on is None:
            return False
        if now - self._line_went_on > LINE_SECONDS:
            self._line_went_on = None
            return False
        key = event if isinstance(event, events.Key) else None
        ends = key is not None and key.key in LINE_ENDS
        # an arrow, Tab or Ctrl-C is meant for what is seen, and not for a line
        is_text = key is None or key.is_printable or key.key == "backspace"
        self._line_went_on = None if ends or not is_text else now
        return ends or is_text

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
        if not self._app.screen_stack:
            return True  # the app ends: there is nobody who could get it
        return self._takes_again(event) if event.is_forwarded else self._takes_first(event)

    def _takes_first(self, event: Typed) -> bool:
        self._count += 1
        if isinstance(event, events.Key) and self._is_urgent(event.key):
            return False
        if self._is_of_line(event):
            return True
        if self.is_holding or self._is_busy or self._held:  # who came first goes first
            self._held.append((self._count, event))
            return True
        self._handed[event] = _Handed(self._count, self._app.focused)
        self._last = (time.monotonic(), self._app.focused or self._app.screen)
        return False

    def _is_urgent(self, key: str) -> bool:
        """Whether the app hears a key before anybody else does: the one that leaves at once."""
        bindings = self._app._bindings.key_to_bindings.get(key, ())  # noqa: SLF001 - as it does
        return any(binding.priority for binding in bindings)

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
        return self._sees_nothing or self._expected is not None or bool(self._coming)

    @property
    def _is_busy(self) -> bool:
        """Whether a key may not have been dealt with yet; then it is found out when it has."""
        now = time.monotonic()
        if self._awaited is not None:
            if now - self._awaited_since > MADE_SECONDS:  # whatever keeps it: nobody is deaf
                self._awaited = None
                self._app.call_later(self._hand_on)
            return True
        if self._last is None or now - self._last[0] > CLOSE_SECONDS:
            return False
        self._await(self._last[1])
        return True

    def _await(self, target: Widget) -> None:
        awaited = self._awaited = object()
        self._awaited_since, self._last = time.monotonic(), None

        def dealt_with() -> None:
            if self._awaited is awaited:
                self._awaited = None
                self._hand_on()

        when_dealt_with(self._app, target, dealt_with)

    def _hand_on(self) -> None:
        """Hand the next one that was held to what has the focus now."""
        if self.is_holding or self._awaited is not None or not self._held:
            return
        if not self._app.screen_stack:
            return
        self._held.sort(key=_number)
        target = self._app.focused or self._app.screen
        while self._held:
            number, event = self._held.pop(0)
            if number > self._unseen or not self._is_harmful(event, target):
                self._hand(event, number, target)
                self._await(target)
                return

    def _is_harmful(self, event: Typed, target: Widget) -> bool:
        if isinstance(event, events.Paste) or isinstance(target, Input):
            return False
        return self._harmful(event.key)

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


def _number(held: tuple[int, Typed]) -> int:
    """The how-manieth of all keys one is."""
    return held[0]


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
