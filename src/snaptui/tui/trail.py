"""Where one was, and what one looked at there: the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from snaptui.tui.place import Place

STEPS_MAX = 100
"""So many steps back are remembered."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A place one was at: which tab was shown, and the key of the row at the cursor."""

    place: Place
    tab: str = ""
    key: str = ""


class Trail:
    """The stops on the way to where one is, the last one last."""

    def __init__(self) -> None:
        self._stops: list[Stop] = []

    @property
    def last(self) -> Place | None:
        """Where one came from."""
        return self._stops[-1].place if self._stops else None

    def leave(self, stop: Stop) -> None:
        """One goes on from here."""
        if self.last == stop.place:
            self._stops.pop()
        self._stops.append(stop)
        del self._stops[:-STEPS_MAX]

    def back(self, here: Place | None, is_there: Callable[[Place], bool]) -> Stop | None:
        """The last stop that is somewhere else and still exists; it is forgotten thereby."""
        while self._stops:
            stop = self._stops.pop()
            if stop.place != here and is_there(stop.place):
                return stop
        return None

    def clear(self) -> None:
        """One begins anew: from the tree, the way back is up."""
        self._stops.clear()
