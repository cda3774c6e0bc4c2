"""A table of any number of rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.message import Message

from snaptui.tui import keys
from snaptui.tui.columns import Column, column_at, head_line, lay_out, lengths, row_line, untold
from snaptui.tui.glyphs import glyphs
from snaptui.tui.marks import Marks
from snaptui.tui.signs import job_sign, progress_line
from snaptui.tui.spans import Line, crop, fit, outside, wrap
from snaptui.tui.table_choices import KeepsTableChoices, TableChoice
from snaptui.tui.typing_ahead import typing_ahead
from snaptui.tui.widgets.keyed_rows import KeyedRows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.style import Style
    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip

    from snaptui.fields import Fields
    from snaptui.models import Job

T = TypeVar("T")
STRIPS_MAX = 4096
"""So many rows are kept as they were drawn; who scrolls through more draws them anew."""


class Table(KeyedRows[T], Generic[T]):
    """Rows in columns that can be sorted by, and marked."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.TABLE]
    HEAD_LINES: ClassVar[int] = 1
    MARK: ClassVar[int] = 2
    """Cells on the left: one for the cursor, one for the row's mark."""

    @dataclass
    class ColumnsWanted(Message):
        """Which columns are shown is to be chosen."""

        table: Table[Any]
        expected: object
        """What `TypingAhead` is to be told when they can be."""

        @property
        def control(self) -> Table[Any]:
            """The table."""
            return self.table

    @dataclass
    class Marked(Message):
        """Rows were marked, or their marks taken away."""

        table: Table[Any]

        @property
        def control(self) -> Table[Any]:
            """The table."""
            return self.table

    def __init__(
        self,
        columns: Sequence[Column[T]],
        key: Callable[[T], str],
        *,
        fields: Fields[T] | None = None,
        empty: str = "",
        markable: bool = False,
        kind: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """A table.

        Args:
            columns: what is shown.
            key: what a thing is known by (its Resource UID).
            fields: what a filter can ask for.
            empty: what to say when there is nothing.
            markable: whether rows can be marked.
            kind: what a choice of columns and of an order is remembered by.
            id: Textual's id.
            classes: Textual's classes.
        """
        super().__init__(key, fields, id=id, classes=classes)
        self.columns = columns
        self.kind = kind
        self._choice = TableChoice()
        self.empty = empty
        self._markable = markable
        self._marks = Marks()
        self._marked: list[T] | None = []
        self._layout: tuple[int, list[tuple[Column[T], int]], int] = (-1, [], 1)
        self._untold: frozenset[str] = frozenset()
        self._lengths: dict[str, int] = {}
        self._strips: dict[tuple[str, bool, bool, int, bool], tuple[Line, Strip]] = {}

    # Marks

    def things_changed(self) -> None:
        """Forget the marks of things that are gone, and columns that have nothing to show."""
        things = self._listing.all
        told = (untold(self.columns, things), lengths(self.columns, things))
        if told != (self._untold, self._lengths):
            self._untold, self._lengths = told
            self._layout = (-1, [], 1)
        if self._marks and self._marks.keep(map(self._key, self._listing.all)):
            self.post_message(self.Marked(self))

    def rows_changed(self) -> None:
        """Other rows, or in another order."""
        self._marked = None if self._marks else []
        super().rows_changed()

    def forget_cursor(self) -> None:
        """Begin at the top, with nothing marked: what comes next is another list."""
        super().forget_cursor()
        self.unmark()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Rows are marked only where something can be done to several."""
        del parameters
        return self._markable or not action.startswith("mark")

    @property
    def marked(self) -> list[T]:
        """The marked things, in the order they are shown in; none that the filter hides."""
        if self._marked is None:
            self._marked = [item for item in self._items if self._key(item) in self._marks]
        return self._marked

    @property
    def hidden_marks(self) -> int:
        """How many marked things the filter hides."""
        return len(self._marks) - len(self.marked)

    def unmark(self) -> bool:
        """Take all marks away; whether there were any."""
        were_any = self._marks.clear()
        if were_any:
            self._marks_changed()
        return were_any

    def _marks_changed(self) -> None:
        self._marked = None
        self.repaint()
        self.post_message(self.Marked(self))

    def action_mark(self) -> None:
        """Mark the row at the cursor or take its mark away, and go down."""
        if (item := self.current) is not None:
            self._marks.toggle(self._key(item))
            self._marked = None
            self._repaint_row(self.cursor)
            self.post_message(self.Marked(self))
        self.action_cursor(1)

    def action_mark_range(self) -> None:
        """Mark from the last mark to the cursor."""
        if (item := self.current) is not None:
            self._marks.extend([self._key(each) for each in self._items], self._key(item))
            self._marks_changed()

    def action_mark_all(self) -> None:
        """Mark all that is shown, or none of it."""
        if self._items:
            self._marks.turn([self._key(each) for each in self._items])
            self._marks_changed()

    # Order and columns

    def on_mount(self) -> None:
        """Take over what was chosen for this kind of table."""
        if self.kind and isinstance(self.app, KeepsTableChoices):
            self.choose(self.app.table_choices.get(self.kind, self._choice))

    @property
    def choice(self) -> TableChoice:
        """The columns and the order that were chosen."""
        return self._choice

    def choose(self, choice: TableChoice) -> None:
        """Show these columns in this order, and remember that."""
        before, self._choice = self._choice, choice
        if self.kind and isinstance(self.app, KeepsTableChoices):
            self.app.table_choices[self.kind] = choice
        self._layout = (-1, [], 1)
        if (before.sort, before.descending) != (choice.sort, choice.descending):
            rank = {column.id: column.sort for column in self.columns}.get(choice.sort)
            self._remember_cursor()
            self._listing.sort(rank, descending=choice.descending)
            self._listed()
        self.repaint()

    def sort_by(self, column: Column[T] | None) -> None:
        """Sort by a column; None: as things come."""
        by, descending = ("", False) if column is None else (column.id, column.falling)
        self.choose(replace(self._choice, sort=by, descending=descending))

    def shown_columns(self) -> list[str]:
        """The ids of the columns that there is room for."""
        return [column.id for column, _ in self._laid_out()[0]]

    def action_sort(self) -> None:
        """Sort by the column to the right of the one that it is sorted by."""
        columns = [column for column, _ in self._laid_out()[0] if column.sort is not None]
        ids = [column.id for column in columns]
        now = self._choice.sort
        following = ids.index(now) + 1 if now in ids else 0
        self.sort_by(columns[following] if following < len(columns) else None)

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.choose(replace(self._choice, descending=not self._choice.descending))

    def action_columns(self) -> None:
        """Let columns be chosen."""
        self.post_message(self.ColumnsWanted(self, typing_ahead(self.app).expect()))

    def on_click(self, event: events.Click) -> None:
        """A click on a title sorts by it; a second one turns the order round."""
        at = event.get_content_offset(self)
        if at is None or at.y >= self.HEAD_LINES:
            return
        event.stop()
        layout, gap = self._laid_out()
        column = column_at(layout, gap, at.x - self.MARK) if at.x >= self.MARK else None
        if column is None or column.sort is None:
            return
        if column.id == self._choice.sort:
            self.action_reverse()
        else:
            self.sort_by(column)

    # Drawing

    def _laid_out(self) -> tuple[list[tuple[Column[T], int]], int]:
        width = self.room.width - self.MARK
        if self._layout[0] != width:
            chosen = self._choice.columns
            columns = [c for c in self.columns if c.id not in self._untold or chosen.get(c.id)]
            self._layout = (width, *lay_out(columns, width, chosen, self._lengths))
        return self._layout[1], self._layout[2]

    def head_strip(self, y: int) -> Strip:
        """The titles of the columns, and an arrow at the one it is sorted by."""
        del y
        layout, gap = self._laid_out()
        by, signs = self._choice.sort, glyphs()
        arrow = signs.falling if self._choice.descending else signs.rising
        if not by and self._choice.descending:
            head = head_line(layout, gap, self.MARK - 1)
            return self.drawn([(arrow, "accent"), *head])
        return self.drawn(head_line(layout, gap, self.MARK, by, arrow))

    def line_at(self, y: int) -> Strip:
        """A row; where there is none, what to say about that."""
        if y > self.HEAD_LINES and not self.row_count():
            text = (
                "nothing matches the filter"
                if self._listing.filtered and self.total
                else self.empty
            )
            parts = wrap(text, max(8, self.room.width - 2 * self.MARK))
            number = y - self.HEAD_LINES - 1
            part = parts[number] if number < len(parts) else ""
            return self.drawn([(" " * self.MARK, ""), (part, "muted")])
        return super().line_at(y)

    def is_pointed_at(self, index: int, *, selected: bool) -> bool:
        """Whether the sign of the cursor stands at a row."""
        del index
        # without the focus, it would promise that keys act on this row
        return selected and self.has_focus

    def row_strip(self, index: int, base: Style, *, selected: bool) -> Strip:
        """A row of the table; drawn anew only when its text is another."""
        pointed = self.is_pointed_at(index, selected=selected)
        cursor = (glyphs().cursor, "mark") if pointed else (" ", "")
        job = self.job_at(index)
        if job is not None:
            return self.drawn([cursor, (" ", ""), *self.job_line(job)], base)
        item = self._items[index - len(self._jobs)]
        layout, gap = self._laid_out()
        key = self._key(item)
        marked = key in self._marks
        mark = (glyphs().marked, "mark") if marked else (" ", "")
        cells = row_line(layout, gap, item)
        if marked:
            cells = [(text, "key" if style == "bright" else style) for text, style in cells]
        line = [cursor, mark, *cells]
        slot = (key, selected, self.has_focus, self.room.width, marked)
        cached = self._strips.get(slot)
        if cached is not None and cached[0] == line:
            return cached[1]
        plain: Line = [line[0], *((text, "") for text, _ in line[1:])] if selected else line
        drawn = self.drawn(plain, base)
        if len(self._strips) >= STRIPS_MAX:
            self._strips.clear()
        self._strips[slot] = (line, drawn)
        return drawn

    def job_line(self, job: Job) -> Line:
        """A running job: its name where names are, its progress over the rest."""
        layout, gap = self._laid_out()
        widths = {column.id: width for column, width in layout}
        name = outside(job.name or job.subject_name)
        width = widths.get("name", 14)
        rest = self.room.width - self.MARK - 2 - gap - width
        line = [job_sign(job), (" ", ""), (fit(name, width), "bright"), (" " * gap, "")]
        return crop([*line, *progress_line(job, rest)], self.room.width - self.MARK)

    def notify_style_update(self) -> None:
        """Colours changed: nothing drawn so far counts."""
        super().notify_style_update()
        self._strips.clear()
