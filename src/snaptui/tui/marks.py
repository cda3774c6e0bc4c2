"""Marks: which rows of a table are chosen, beside the one at the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


class Marks:
    """The keys of what is marked. Where a row stands does not matter, so sorting changes nothing.

    A mark that a filter hides stays, and counts again when the row is seen again.
    """

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._last: str | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def toggle(self, key: str) -> None:
        """Mark a row, or take its mark away; a range begins here."""
        self._keys ^= {key}
        self._last = key

    def extend(self, shown: Sequence[str], here: str) -> None:
        """Mark all rows from where the last mark was set to `here`; without one, only `here`."""
        end = shown.index(here)
        begin = shown.index(self._last) if self._last in shown else end
        self._keys.update(shown[min(begin, end) : max(begin, end) + 1])
        self._last = here

    def turn(self, shown: Collection[str]) -> None:
        """Mark every row that is shown; when they all are marked, none of them."""
        if self._keys.issuperset(shown):
            self._keys.difference_update(shown)
        else:
            self._keys.update(shown)

    def keep(self, there: Iterable[str]) -> bool:
        """Forget the marks of rows that are gone; whether there were any."""
        before = len(self._keys)
        self._keys.intersection_update(there)
        return len(self._keys) != before

    def clear(self) -> bool:
        """Take all marks away; whether there were any."""
        before, self._keys, self._last = self._keys, set(), None
        return bool(before)
