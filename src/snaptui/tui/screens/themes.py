"""Choosing the colours, with the screen behind to see them on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content

from snaptui.config import THEMES
from snaptui.tui import keys
from snaptui.tui.glyphs import glyphs
from snaptui.tui.screens.overlay import Overlay
from snaptui.tui.theme import TERMINAL
from snaptui.tui.widgets.choice import Choice

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from snaptui.tui.widgets.rows import Rows

ABOUT = {
    "snaptui": "dark, our own",
    "light": "for bright rooms",
    "high-contrast": "nothing pale",
    "ansi": "the terminal's 16 colours",
    "terminal": "dark or light, as it is",
}
LATER = "as it is, after a restart"
"""The terminal is asked for its background before the app takes it over."""


class ThemePicker(Overlay[str | None]):
    """A short list. Moving in it shows a theme, Enter keeps it, Escape takes it back."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.THEME]

    def __init__(self, *, asked: bool) -> None:
        """A list of all themes.

        Args:
            asked: whether the terminal was asked for its background.
        """
        super().__init__()
        self._before = ""
        about = ABOUT if asked else {**ABOUT, TERMINAL: LATER}
        self._choice = Choice(
            [f"{name:<13}  {about[name]}" for name in THEMES],
            id="themes",
        )

    def compose(self) -> ComposeResult:
        """A box in the corner, so that much of the screen is seen."""
        with Vertical(id="theme-box") as box:
            box.border_title = Content(" Theme ")
            box.border_subtitle = Content(f" Enter Keep {glyphs().dot} Esc Cancel ")
            yield self._choice

    def on_mount(self) -> None:
        """Begin with the one that is shown."""
        self._before = self.app.theme
        if self._before in THEMES:
            self._choice.move_cursor(THEMES.index(self._before), notify=False)
        self._choice.focus()

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Show it."""
        event.stop()
        self.app.theme = THEMES[event.index]

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Keep it."""
        event.stop()
        self.app.theme = THEMES[event.index]
        self.dismiss(THEMES[event.index])

    def action_cancel(self) -> None:
        """As it was."""
        self.app.theme = self._before
        self.dismiss(None)
