"""Text to read: fields, pictures, logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Size
from textual.scroll_view import ScrollView

from snaptui.tui import keys
from snaptui.tui.spans import Line
from snaptui.tui.widgets.line_widget import LineWidget

if TYPE_CHECKING:
    from textual.binding import BindingType
    from textual.strip import Strip

Builder = Callable[[int], list[Line]]
"""Makes the lines for a width."""


class Document(LineWidget, ScrollView, can_focus=True, inherit_bindings=False):
    """Lines that are made for the width there is, and scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.SCROLL]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._builder: Builder | None = None
        self._lines: list[Line] = []
        self._built_for = -1

    def set_builder(self, builder: Builder | None) -> None:
        """Show what this makes."""
        self._builder = builder
        self.rebuild()

    def rebuild(self) -> None:
        """Make the lines anew: for another width, or because time has passed."""
        self._build()
        self._measure()
        self.repaint()

    def _build(self) -> None:
        width = self._built_for = self.room.width
        self._lines = self._builder(width) if self._builder and width else []

    def _measure(self) -> None:
        if self.virtual_size.height != len(self._lines):
            self.virtual_size = Size(0, len(self._lines))

    @property
    def text(self) -> str:
        """What it says."""
        return "\n".join("".join(text for text, _ in line) for line in self._lines)

    def line_at(self, y: int) -> Strip:
        """A line of the viewport."""
        # A Resize does not always reach a widget that is laid out before it is mounted.
        if self._built_for != self.room.width:
            self._build()
            # Not now: a change of the size in the middle of drawing draws again.
            self.call_after_refresh(self._measure)
        y += self.scroll_offset.y
        return self.drawn(self._lines[y] if y < len(self._lines) else [])

    def on_resize(self) -> None:
        """Another width, other lines."""
        self.rebuild()

    def action_cursor(self, rows: int) -> None:
        """Scroll by some lines."""
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by some pages."""
        self.scroll_to(y=self.scroll_offset.y + pages * self.room.height, animate=False)

    def action_edge(self, last: int) -> None:
        """Go to the beginning or the end."""
        self.scroll_to(y=len(self._lines) if last else 0, animate=False)
