"""A list over the main screen that words can be typed for."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from snaptui.tui.screens.overlay import Overlay
from snaptui.tui.typing_ahead import focus_now
from snaptui.tui.widgets.filter_bar import FilterBar

if TYPE_CHECKING:
    from snaptui.tui.widgets.table import Table


class Filtered(Overlay[None]):
    """What the line for that does; it is seen only while it is wanted."""

    _table: Table[Any]

    def __init__(self, table: Table[Any], bar: FilterBar) -> None:
        """A screen.

        Args:
            table: what is let through or not.
            bar: what is typed into.
        """
        super().__init__()
        self._table = table
        self._filter = bar
        self._filter.display = False

    @abstractmethod
    def filter_changed(self) -> None:
        """Say how much is left, or why the filter is not understood."""

    def action_filter(self) -> None:
        """Let words be typed."""
        self._filter.display = True
        focus_now(self._filter)

    def show_all(self) -> bool:
        """Take the filter away; whether there was one."""
        if not self._filter.display:
            return False
        with self._filter.prevent(FilterBar.Changed):
            self._filter.value = ""
        self._filter.display = False
        self._table.set_filter("")
        self._table.focus()
        self.filter_changed()
        return True

    def filter_submitted(self) -> None:
        """Enter: to the rows that are left, which may be all."""
        if not self._filter.value.strip():
            self.show_all()
        self._table.focus()

    def on_filter_bar_cleared(self) -> None:
        """All of them again."""
        self.show_all()

    def on_filter_bar_left(self) -> None:
        """Down or Tab: to the rows."""
        self._table.focus()
