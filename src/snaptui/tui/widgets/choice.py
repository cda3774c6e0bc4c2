"""One of a few."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.tui.spans import outside
from snaptui.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual.strip import Strip


class Choice(Rows):
    """Options one below the other; the one at the cursor is chosen."""

    def __init__(self, options: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = options
        self.styles.height = len(options)

    def on_mount(self) -> None:
        """Options never change."""
        self.rows_changed()

    def row_count(self) -> int:
        """Options."""
        return len(self._options)

    def row_strip(self, index: int, base: Style, *, selected: bool) -> Strip:
        """`(x) option`."""
        mark = "(x)" if selected else "( )"
        style = "" if self.has_focus and selected else "accent" if selected else "muted"
        text = outside(self._options[index])
        return self.drawn([(f" {mark} ", style), (text, "" if selected else "muted")], base)
