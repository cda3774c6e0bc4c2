"""What the last transactions changed, for who follows the catalog without reading all of it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from snaptui.engine.catalog.records import Row

KEPT = 4096
"""So many changes of documents are remembered; who comes later reads everything anew."""


class Touched(NamedTuple):
    """A document that came, went or changed, and what it was before."""

    table: str
    uid: str
    before: Row | None


class History:
    """The changes of the last transactions."""

    def __init__(self, sequence: int) -> None:
        self._floor = sequence
        self._touched: deque[tuple[int, Touched]] = deque()

    def add(self, sequence: int, touched: Touched) -> None:
        """A document was changed by a transaction."""
        self._touched.append((sequence, touched))
        if len(self._touched) > KEPT:
            # The rest of that transaction is of no use without its beginning.
            self._floor = self._touched.popleft()[0]

    def forget(self, sequence: int) -> None:
        """Something was changed that is not told document by document."""
        self._touched.clear()
        self._floor = sequence

    def since(self, sequence: int) -> list[Touched] | None:
        """What was changed after a transaction, oldest first; None when that is not known."""
        if sequence < self._floor:
            return None
        found: list[Touched] = []
        for number, touched in reversed(self._touched):
            if number <= sequence:
                break
            found.append(touched)
        found.reverse()
        return found
