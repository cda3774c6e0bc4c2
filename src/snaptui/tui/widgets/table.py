"""A table of any number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from snaptui.tui.columns import Column, head_line, lay_out, row_line
from snaptui.tui.glyphs import glyphs
from snaptui.tui.signs import job_sign, progress_line
from snaptui.tui.spans import Line, crop, fit, outside, wrap
from snaptui.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.style import Style
    from textual.strip import Strip

    from snaptui.models import Job

T = TypeVar("T")


class Table(Rows, Generic[T]):
    """Rows in columns, with running jobs on top.

    The row at the cursor stays the row at the cursor, wherever new data puts it: it is kept by its
    key, not by its number.
    """

    HEAD_LINES: ClassVar[int] = 1
    MARK: ClassVar[int] = 2
    """Cells on the left for the cursor's mark."""

    def __init__(
        self,
        columns: Sequence[Column[T]],
        key: Callable[[T], str],
        *,
        search: Callable[[T], str] | None = None,
        empty: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """A table.

        Args:
            columns: what is shown.
            key: what a thing is known by (its Resource UID).
            search: the text that a filter looks in.
            empty: what to say when there is nothing.
            id: Textual's id.
            classes: Textual's classes.
        """
        super().__init__(id=id, classes=classes)
        self._columns = columns
        self._key = key
        self._search = search
        self.empty = empty
        self._all: Sequence[T] = ()
        self._items: Sequence[T] = ()
        self._jobs: Sequence[Job] = ()
        self._words: tuple[str, ...] = ()
        self._cursor_key: str | None = None
        self._layout: tuple[int, list[tuple[Column[T], int]], int] = (-1, [], 1)
        self._strips: dict[tuple[str, bool, bool, int], tuple[Line, Strip]] = {}

    # Data

    def set_items(self, items: Sequence[T], jobs: Sequence[Job] = ()) -> None:
        """Show these; the cursor stays on the thing it is on."""
        self._remember_cursor()
        self._all, self._jobs = items, jobs
        self._apply_filter()

    def set_filter(self, text: str) -> None:
        """Show only rows that have all the words of `text`."""
        words = tuple(text.casefold().split())
        if words != self._words:
            self._remember_cursor()
            self._words = words
            self._apply_filter()

    @property
    def total(self) -> int:
        """How many things there are, shown or not."""
        return len(self._all)

    @property
    def matching(self) -> int:
        """How many of them the filter lets through."""
        return len(self._items)

    def _remember_cursor(self) -> None:
        key = self.key_at(self.cursor)
        if key is not None:
            self._cursor_key = key

    def _apply_filter(self) -> None:
        words, search = self._words, self._search
        if words and search is not None:
            self._items = [
                item
                for item in self._all
                if all(word in text for text in (search(item).casefold(),) for word in words)
            ]
        else:
            self._items = self._all
        if self._cursor_key is not None:
            found = self.index_of(self._cursor_key)
            if found is not None:
                self.cursor = found
        if len(self._strips) > 4096:
            self._strips.clear()
        self.rows_changed()
        self.show_cursor()

    def key_at(self, index: int) -> str | None:
        """The key of a row: a thing's, or a job's."""
        jobs = len(self._jobs)
        if 0 <= index < jobs:
            return self._jobs[index].resource_uid
        if jobs <= index < jobs + len(self._items):
            return self._key(self._items[index - jobs])
        return None

    def index_of(self, key: str) -> int | None:
        """The row of a key."""
        if self.key_at(self.cursor) == key:
            return self.cursor
        for index, job in enumerate(self._jobs):
            if job.resource_uid == key:
                return index
        of = self._key
        for index, item in enumerate(self._items, len(self._jobs)):
            if of(item) == key:
                return index
        return None

    def select(self, key: str) -> None:
        """Put the cursor on the row of a key, now or when it comes."""
        self._cursor_key = key
        found = self.index_of(key)
        if found is not None:
            self.move_cursor(found, notify=False)

    def forget_cursor(self) -> None:
        """Begin at the top: what comes next is another list."""
        self._cursor_key = None
        self._all = self._items = self._jobs = ()
        self.cursor = 0
        self.scroll_to(y=0, animate=False)

    def item_at(self, index: int) -> T | None:
        """The thing of a row; None for a job's row."""
        index -= len(self._jobs)
        return self._items[index] if 0 <= index < len(self._items) else None

    def job_at(self, index: int) -> Job | None:
        """The job of a row."""
        return self._jobs[index] if 0 <= index < len(self._jobs) else None

    @property
    def current(self) -> T | None:
        """The thing at the cursor."""
        return self.item_at(self.cursor)

    # Drawing

    def row_count(self) -> int:
        """Jobs and things."""
        return len(self._jobs) + len(self._items)

    def _laid_out(self) -> tuple[list[tuple[Column[T], int]], int]:
        width = self.room.width - self.MARK
        if self._layout[0] != width:
            self._layout = (width, *lay_out(self._columns, width))
        return self._layout[1], self._layout[2]

    def head_strip(self, y: int) -> Strip:
        """The titles of the columns."""
        del y
        layout, gap = self._laid_out()
        return self.drawn([(" " * self.MARK, ""), *head_line(layout, gap)])

    def line_at(self, y: int) -> Strip:
        """A row; where there is none, what to say about that."""
        if y > self.HEAD_LINES and not self.row_count():
            text = "nothing matches the filter" if self._words and self._all else self.empty
            parts = wrap(text, max(8, self.room.width - 2 * self.MARK))
            number = y - self.HEAD_LINES - 1
            part = parts[number] if number < len(parts) else ""
            return self.drawn([(" " * self.MARK, ""), (part, "muted")])
        return super().line_at(y)

    def row_strip(self, index: int, base: Style, *, selected: bool) -> Strip:
        """A row of the table; drawn anew only when its text is another."""
        mark = glyphs().cursor if selected else " "
        edge: Line = [(mark, "mark" if selected else ""), (" ", "")]
        job = self.job_at(index)
        if job is not None:
            return self.drawn([*edge, *self.job_line(job)], base)
        item = self._items[index - len(self._jobs)]
        layout, gap = self._laid_out()
        line = [*edge, *row_line(layout, gap, item)]
        slot = (self._key(item), selected, self.has_focus, self.room.width)
        cached = self._strips.get(slot)
        if cached is not None and cached[0] == line:
            return cached[1]
        plain: Line = [line[0], *((text, "") for text, _ in line[1:])] if selected else line
        drawn = self.drawn(plain, base)
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
