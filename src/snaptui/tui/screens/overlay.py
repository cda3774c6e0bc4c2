"""What all screens that lie over the main one have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

from snaptui.tui.typing_ahead import typing_ahead

if TYPE_CHECKING:
    from textual import events

T = TypeVar("T")
NO_FILTER = "Nothing can be filtered here: up to Enter or Escape, what is typed does nothing."


class Overlay(ModalScreen[T]):
    """A screen over another one, that is left once.

    Textual's `dismiss` takes away whatever lies on top. Two Enters that come in one piece are two
    answers: the second one would close what is below, and with the main screen the app.
    """

    TYPED_AHEAD: ClassVar[bool] = True
    """Whether keys that were typed before it was seen are meant for it. They are for a form or a
    list; they are not for what asks before something is lost."""

    def on_key(self, event: events.Key) -> None:
        """Where nothing can be filtered, what follows the key for it is nobody's."""
        if event.key == "slash" and event.key not in self.active_bindings:
            typing_ahead(self.app).drop_line()
            self.notify(NO_FILTER, markup=False)

    def action_sideways(self, step: int) -> None:
        """Go to what is on the left or right: here that is what comes before or after."""
        if step < 0:
            self.focus_previous()
        else:
            self.focus_next()

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Leave, if this is what lies on top."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
