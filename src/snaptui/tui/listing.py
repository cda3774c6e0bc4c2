"""What a table shows of what there is: sorted, then filtered, with as little work as can be."""

from __future__ import annotations

from itertools import takewhile
from operator import is_
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from snaptui.errors import InvalidInputError
from snaptui.filtering import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from snaptui.fields import Fields

T = TypeVar("T")


class Listing(Generic[T]):
    """Things in an order, and those of them that a filter lets through.

    A list that is the same as before is not sorted again, the text that words are looked for in is
    made once a thing, and a filter that only grew looks no further than at what it let through.
    """

    def __init__(self, fields: Fields[T] | None = None) -> None:
        self._fields = fields
        self.all: Sequence[T] = ()
        """All things, as they came."""
        self.shown: Sequence[T] = ()
        """Those that are shown, in their order."""
        self.problem: InvalidInputError | None = None
        """Why the filter's text is not understood; the filter before stays."""
        self.text = ""
        self._rank: Callable[[T], Any] | None = None
        self._descending = False
        self._order: Sequence[int] = ()
        """The numbers of all things in the order they are sorted in."""
        self._texts: list[str] | None = None
        """The text of each of all things."""
        self._filter: Filter[T] | None = None
        self._passed: Sequence[int] | None = None
        """Which numbers of the order the filter lets through."""

    def take(self, things: Sequence[T]) -> bool:
        """These are the things now; whether they are other ones than before."""
        before, self.all = self.all, things
        if len(things) == len(before) and all(map(is_, things, before)):
            if self._filter is not None and self._filter.conditions and self._fields is not None:
                self._filter = Filter(self._filter.text, self._fields)  # ages go on
                self._apply(self._order)
            return False
        if self._texts is not None:
            filtered = self._filter is not None
            self._texts = self._texts_from(before, self._texts) if filtered else None
        self._sort()
        return True

    def _texts_from(self, before: Sequence[T], texts: list[str]) -> list[str]:
        """The texts of all things: most of them are where they were, at one end or the other."""
        assert self._fields is not None
        things, make = self.all, self._fields.text
        head = _alike(things, before)
        tail = min(_alike(reversed(things), reversed(before)), len(things) - head)
        tail = min(tail, len(before) - head)
        between = [make(thing).casefold() for thing in things[head : len(things) - tail]]
        return [*texts[:head], *between, *texts[len(texts) - tail :]]

    def clear(self) -> None:
        """Nothing, until other things come."""
        self.all = self.shown = self._order = ()
        self._texts = self._passed = None

    # Order

    def sort(self, rank: Callable[[T], Any] | None, *, descending: bool = False) -> None:
        """Order by this from now on; without a rank, as things came, or the other way round."""
        self._rank, self._descending = rank, descending
        self._sort()

    def _sort(self) -> None:
        numbers = range(len(self.all))
        if self._rank is not None:
            ranks = list(map(self._rank, self.all))
            self._order = sorted(numbers, key=ranks.__getitem__, reverse=self._descending)
        else:
            self._order = numbers[::-1] if self._descending else numbers
        self._apply(self._order)

    # Filter

    def filter(self, text: str) -> bool:
        """Show only what this text lets through; whether it is understood and means another thing.

        While it is not understood what is shown stays as it was: half a filter must not bring
        back what the one before took away.
        """
        if self._fields is None or text == self.text:
            return False
        self.text = text
        try:
            wanted = Filter(text, self._fields)
        except InvalidInputError as error:
            self.problem = error
            return False
        self.problem = None
        before, self._filter = self._filter, wanted or None
        if before is not None and self._passed is not None and wanted.narrows(before):
            self._apply(self._passed, done=before)
        else:
            self._apply(self._order)
        return True

    def passes(self, thing: T) -> bool:
        """Whether the filter lets a thing through that is in no list of ours."""
        return self._filter is None or self._filter(thing)

    @property
    def filterable(self) -> bool:
        """Whether there is anything that a filter can ask for."""
        return self._fields is not None

    @property
    def filtered(self) -> bool:
        """Whether a filter is at work."""
        return self._filter is not None

    def _apply(self, numbers: Sequence[int], done: Filter[T] | None = None) -> None:
        """Filter these; what `done` let through has passed its tests already."""
        wanted, things = self._filter, self.all
        if wanted is None or self._fields is None:
            in_order = self._rank is None and not self._descending
            self.shown = things if in_order else [things[number] for number in numbers]
            self._passed = None
            return
        if wanted.words or wanted.unwanted:
            if self._texts is None:
                make = self._fields.text
                self._texts = [make(thing).casefold() for thing in things]
            numbers = _with_words(numbers, self._texts, wanted)
        for term, test in wanted.conditions.items():
            if done is None or term not in done.conditions:
                numbers = [number for number in numbers if test(things[number])]
        self._passed = numbers
        self.shown = [things[number] for number in numbers]


def _alike(first: Iterable[object], second: Iterable[object]) -> int:
    """How many things two lists begin with in common."""
    return sum(1 for _ in takewhile(bool, map(is_, first, second)))


def _with_words(numbers: Sequence[int], texts: Sequence[str], wanted: Filter[Any]) -> Sequence[int]:
    for word in wanted.words:
        numbers = [number for number in numbers if word in texts[number]]
    for word in wanted.unwanted:
        numbers = [number for number in numbers if word not in texts[number]]
    return numbers
