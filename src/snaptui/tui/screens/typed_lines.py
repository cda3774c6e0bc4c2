"""The lines of the main screen that are typed in: the filter, and the one to jump from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.tui.screens.opened_rows import OpensRows
from snaptui.tui.spans import outside
from snaptui.tui.typing_ahead import focus_now, typing_ahead

if TYPE_CHECKING:
    from textual.widget import Widget

    from snaptui.tui.widgets.filter_bar import FilterBar
    from snaptui.tui.widgets.jump_bar import JumpBar


class TypedLines(OpensRows):
    """Opens them, and goes back to the rows."""

    _filtered_from: Widget | None = None
    """What had the focus when the filter was opened."""

    # The filter

    def action_filter(self) -> None:
        """Let words be typed."""
        if self.focused is not self.pane.filter_bar:
            self._filtered_from = self.focused
        self.pane.show_filter()

    def on_filter_bar_cleared(self) -> None:
        """All rows again."""
        if not self._left_unused():
            self.pane.hide_filter()
            self.focus_main()

    def on_filter_bar_left(self) -> None:
        """Down or Tab: to the rows."""
        if not self._left_unused():
            self.focus_main()

    def on_input_submitted(self, event: FilterBar.Submitted) -> None:
        """Enter: to the rows."""
        event.stop()
        if self._left_unused():
            return
        if not event.value.strip():
            self.pane.hide_filter()
        self.focus_main()

    def _left_unused(self) -> bool:
        """Close a line that filters nothing, and go back to where one was; whether it is one."""
        if self.pane.table is not None:
            return False
        self.pane.hide_filter()
        before, self._filtered_from = self._filtered_from, None
        if before is not None and before.is_attached and before.focusable:
            focus_now(before)
        else:
            self.focus_main()
        return True

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
