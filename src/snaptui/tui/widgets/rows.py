"""A list of rows that are drawn when they are seen: the base of tables and trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView

from snaptui.tui import keys
from snaptui.tui.widgets.line_widget import LineWidget

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip


class Rows(LineWidget, ScrollView, can_focus=True, inherit_bindings=False):
    """Rows with a cursor. Moving the cursor repaints two of them.

    At an edge the view jumps half a page: over a slow line that costs less than scrolling by one
    row at every key.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.ROWS]

    HEAD_LINES: ClassVar[int] = 0
    """Lines on top that do not scroll."""

    @dataclass
    class Highlighted(Message):
        """The cursor moved to another row."""

        rows: Rows
        index: int

        @property
        def control(self) -> Rows:
            """The widget whose cursor moved."""
            return self.rows

    @dataclass
    class Opened(Message):
        """A row was chosen, by Enter or a second click."""

        rows: Rows
        index: int

        @property
        def control(self) -> Rows:
            """The widget the row is in."""
            return self.rows

    def __init__(
        self, *, id: str | None = None, classes: str | None = None, name: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes, name=name)
        self.cursor = 0

    # What subclasses say

    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def row_strip(self, index: int, base: Style, *, selected: bool) -> Strip:
        """One row, over the whole width."""
        raise NotImplementedError

    def head_strip(self, y: int) -> Strip:
        """A line of the head."""
        raise NotImplementedError

    # Drawing

    def line_at(self, y: int) -> Strip:
        """The head stays, the rows below it scroll."""
        if y < self.HEAD_LINES:
            return self.head_strip(y)
        index = y - self.HEAD_LINES + self.scroll_offset.y
        if index >= self.row_count():
            return self.drawn([])
        selected = index == self.cursor
        return self.row_strip(index, self.row_style(selected=selected), selected=selected)

    def row_style(self, *, selected: bool) -> Style:
        """A row's own style; the cursor shows where the focus is."""
        if not selected:
            return self.base_style()
        return self.row_style_of("cursor" if self.has_focus else "cursor-blurred")

    def rows_changed(self) -> None:
        """To be called when rows were added, taken away or changed."""
        count = self.row_count()
        self.cursor = max(0, min(self.cursor, count - 1))
        size = Size(0, count + self.HEAD_LINES)
        if self.virtual_size.height != size.height:
            self.virtual_size = size
        self.repaint()

    def _repaint_row(self, index: int) -> None:
        y = index - self.scroll_offset.y + self.HEAD_LINES
        if self.HEAD_LINES <= y < self.room.height:
            self.refresh(Region(0, y, self.room.width, 1))

    # The cursor

    @property
    def page(self) -> int:
        """How many rows are seen at once."""
        return max(1, self.room.height - self.HEAD_LINES)

    def move_cursor(self, index: int, *, notify: bool = True) -> None:
        """Put the cursor on a row and bring that into view."""
        index = max(0, min(index, self.row_count() - 1))
        if index == self.cursor:
            self.show_cursor()
            return
        before, self.cursor = self.cursor, index
        self._repaint_row(before)
        self._repaint_row(index)
        self.show_cursor()
        if notify:
            self.post_message(self.Highlighted(self, index))

    @property
    def cursor_is_seen(self) -> bool:
        """Whether the cursor's row is in view."""
        return 0 <= self.cursor - self.scroll_offset.y < self.page

    def show_cursor(self) -> None:
        """Bring the cursor into view, half a page further than needed."""
        if self.cursor_is_seen or not self.room.height:
            return
        top, page, cursor = self.scroll_offset.y, self.page, self.cursor
        near = -page <= cursor - top < 2 * page
        if cursor < top:
            target = cursor - page // 2 if near else cursor
        else:
            target = cursor - page // 2 if near else cursor - page + 1
        self.scroll_to(y=max(0, target), animate=False, force=True)

    def action_cursor(self, rows: int) -> None:
        """Move by some rows."""
        self.move_cursor(self.cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move by some pages."""
        self.move_cursor(self.cursor + pages * self.page)

    def action_edge(self, last: int) -> None:
        """Go to the first row, or the last."""
        self.move_cursor(self.row_count() - 1 if last else 0)

    def action_open(self) -> None:
        """Open the row at the cursor."""
        if self.row_count():
            self.post_message(self.Opened(self, self.cursor))

    # The mouse

    def row_at(self, y: int) -> int | None:
        """Which row line `y` of the viewport shows."""
        index = y - self.HEAD_LINES + self.scroll_offset.y
        return index if y >= self.HEAD_LINES and index < self.row_count() else None

    def on_click(self, event: events.Click) -> None:
        """Select a row; a click on the selected one opens it."""
        at = event.get_content_offset(self)  # what the event says counts from the border
        index = self.row_at(at.y) if at is not None else None
        if at is None or index is None:
            return
        event.stop()
        if index == self.cursor and self.clicked(index, at.x):
            self.action_open()
        elif index != self.cursor:
            self.move_cursor(index)
            self.clicked(index, at.x)

    def clicked(self, index: int, x: int) -> bool:
        """A row was clicked on; whether that may open it."""
        del index, x
        return True

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self.show_cursor()
