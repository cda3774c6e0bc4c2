"""The lines of the main screen that are typed in: the filter, and the one to jump from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.tui.screens.opened_rows import OpensRows
from snaptui.tui.spans import outside
from snaptui.tui.typing_ahead import typing_ahead

if TYPE_CHECKING:
    from snaptui.tui.widgets.filter_bar import FilterBar
    from snaptui.tui.widgets.jump_bar import JumpBar

NO_LIST = "there is no list here to filter"


class TypedLines(OpensRows):
    """Opens them, and goes back to the rows."""

    # The filter

    def action_filter(self) -> None:
        """Let words be typed."""
        if not self.pane.show_filter():
            self.refuse(NO_LIST)

    def on_filter_bar_cleared(self) -> None:
        """All rows again."""
        self.pane.hide_filter()
        self.focus_main()

    def on_filter_bar_left(self) -> None:
        """Down or Tab: to the rows."""
        self.focus_main()

    def on_input_submitted(self, event: FilterBar.Submitted) -> None:
        """Enter: to the rows."""
        event.stop()
        if not event.value.strip():
            self.pane.hide_filter()
        self.focus_main()

    # The jump line

    async def action_jump(self) -> None:
        """Let a place or an action be typed."""
        from snaptui.tui.jumping import open_line

        await open_line(self)

    def on_jump_bar_chosen(self, event: JumpBar.Chosen) -> None:
        """Go there, or do that."""
        from snaptui.tui.jumping import take

        event.stop()
        take(self, event.suggestion)

    def on_jump_bar_left(self, event: JumpBar.Left) -> None:
        """Back to where one was."""
        from snaptui.tui.jumping import leave

        event.stop()
        leave(self)

    def refuse(self, reason: str) -> None:
        """Say why something does not open; what was typed into it already is nobody's."""
        typing_ahead(self.app).drop()
        self.notify(outside(reason), severity="warning", markup=False)
