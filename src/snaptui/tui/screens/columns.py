"""Choosing which columns a table shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Vertical
from textual.content import Content

from snaptui.tui import keys
from snaptui.tui.glyphs import glyphs
from snaptui.tui.screens.overlay import Overlay
from snaptui.tui.spans import Line, fit
from snaptui.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from rich.style import Style
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.strip import Strip

    from snaptui.tui.widgets.table import Table


class ColumnList(Rows):
    """A table's columns with a tick at each that is seen; what is ticked is seen at once."""

    def __init__(self, table: Table[Any], *, id: str = "columns") -> None:
        super().__init__(id=id)
        self._table = table
        # The first column says what a row is: without it the others are about nothing.
        self._columns = [column for column in table.columns if column.title][1:]
        self.styles.height = len(self._columns)

    def on_mount(self) -> None:
        """The columns never change, only their ticks do."""
        self.rows_changed()

    def row_count(self) -> int:
        """Columns."""
        return len(self._columns)

    def row_strip(self, index: int, base: Style, *, selected: bool) -> Strip:
        """`[x] Column`, or why another one is not seen."""
        column = self._columns[index]
        shown = column.id in self._table.shown_columns()
        wanted = self._table.choice.columns.get(column.id, not column.extra)
        line: Line = [
            (glyphs().cursor if selected else " ", "mark"),
            (" [x] " if shown else " [ ] ", "accent" if shown else "muted"),
            (fit(column.title, 13), "bright" if shown else "muted"),
            (" no room" if wanted and not shown else "", "faint"),
        ]
        if selected:
            line = [line[0], *((text, "") for text, _ in line[1:])]
        return self.drawn(line, base)

    def toggle(self, index: int) -> None:
        """Show a column or hide it: what counts is what is seen now."""
        column = self._columns[index]
        seen = column.id not in self._table.shown_columns()
        choice = self._table.choice
        self._table.choose(replace(choice, columns={**choice.columns, column.id: seen}))
        self.rows_changed()

    def automatic(self) -> None:
        """Nothing is chosen: the room decides."""
        self._table.choose(replace(self._table.choice, columns={}))
        self.rows_changed()

    def clicked(self, index: int, x: int) -> bool:
        """A click ticks."""
        del x
        self.toggle(index)
        return False


class ColumnsScreen(Overlay[None]):
    """A small box at the left edge, so that the table is seen to change."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.COLUMNS]

    def __init__(self, table: Table[Any]) -> None:
        super().__init__()
        self._list = ColumnList(table)

    def compose(self) -> ComposeResult:
        """The columns, and the keys at the edge."""
        with Vertical(id="column-box") as box:
            box.border_title = Content(" Columns ")
            box.border_subtitle = Content(
                f" {keys.of('columns.toggle')} tick {glyphs().dot} "
                f"{keys.of('columns.automatic')} automatic "
            )
            yield self._list

    def action_tick(self) -> None:
        """Show the column at the cursor, or hide it."""
        self._list.toggle(self._list.cursor)

    def action_automatic(self) -> None:
        """What there is room for."""
        self._list.automatic()

    def action_close(self) -> None:
        """Back."""
        self.dismiss()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter ticks."""
        event.stop()
        self._list.toggle(event.index)
