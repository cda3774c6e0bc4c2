"""A box to tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from snaptui.tui import keys
from snaptui.tui.widgets.line_widget import LineWidget

if TYPE_CHECKING:
    from textual.binding import BindingType
    from textual.strip import Strip


class Tick(LineWidget, can_focus=True):
    """`[x] label`, of plain characters, so that it looks the same everywhere."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.TICK]

    def __init__(self, label: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._label = label
        self.value = False

    def line_at(self, y: int) -> Strip:
        """The only line."""
        del y
        base = self.row_style_of("cursor") if self.has_focus else None
        mark = "[x]" if self.value else "[ ]"
        plain = self.has_focus
        return self.drawn(
            [(f" {mark} ", "" if plain else "accent"), (self._label, "" if plain else "muted")],
            base,
        )

    def action_tick(self) -> None:
        """Tick it, or take the tick away."""
        self.value = not self.value
        self.repaint()

    def on_click(self) -> None:
        """As the key does."""
        self.action_tick()
