"""Rows of things that are known by a key, however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from snaptui.tui.listing import Listing
from snaptui.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from snaptui.errors import InvalidInputError
    from snaptui.fields import Fields
    from snaptui.models import Job

T = TypeVar("T")


class KeyedRows(Rows, Generic[T]):
    """Things in an order and behind a filter, with running jobs on top.

    The row at the cursor stays the row at the cursor, wherever new data puts it: it is kept by its
    key, not by its number.
    """

    def __init__(
        self,
        key: Callable[[T], str],
        fields: Fields[T] | None = None,
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._key = key
        self._listing: Listing[T] = Listing(fields)
        self._jobs: Sequence[Job] = ()
        self._cursor_key: str | None = None

    def things_changed(self) -> None:
        """To be called when other things are there than before."""

    def set_items(self, items: Sequence[T], jobs: Sequence[Job] = ()) -> None:
        """Show these; the cursor stays on the thing it is on.

        Who has scrolled away from it stays where he looks: this comes with every news.
        """
        self._remember_cursor()
        seen = self.cursor_is_seen
        self._jobs = jobs
        if self._listing.take(items):
            self.things_changed()
        self._listed(show=seen)

    def set_filter(self, text: str) -> None:
        """Show only what the filter lets through; `problem` says why that is not understood."""
        self._remember_cursor()
        if self._listing.filter(text):
            self._listed()

    @property
    def filterable(self) -> bool:
        """Whether there is anything that a filter can ask for."""
        return self._listing.filterable

    @property
    def problem(self) -> InvalidInputError | None:
        """Why the filter is not understood; until it is, the one before holds."""
        return self._listing.problem

    @property
    def total(self) -> int:
        """How many things there are, shown or not."""
        return len(self._listing.all)

    @property
    def matching(self) -> int:
        """How many of them the filter lets through."""
        return len(self._items)

    @property
    def shown(self) -> Sequence[T]:
        """The things that are shown, in their order."""
        return self._items

    @property
    def _items(self) -> Sequence[T]:
        return self._listing.shown

    def _remember_cursor(self) -> None:
        key = self.key_at(self.cursor)
        if key is not None:
            self._cursor_key = key

    def _listed(self, *, show: bool = True) -> None:
        """Other rows are shown, or in another order: find the cursor's, and paint them."""
        if self._cursor_key is not None:
            found = self.index_of(self._cursor_key)
            if found is not None:
                self.cursor = found
        self.rows_changed()
        if show:
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
        self._jobs = ()
        self._listing.clear()
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

    def row_count(self) -> int:
        """Jobs and things."""
        return len(self._jobs) + len(self._items)
