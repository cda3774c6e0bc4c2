"""Columns: what a table shows of a thing, how wide, and what gives way when there is no room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from snaptui.tui.spans import Line, Span, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[T]):
    """One column.

    Attributes:
        cell: the text of a thing and its style; the text must be safe to show already.
        width: what it takes at least.
        ideal: what it takes when there is room.
        right: right-aligned, for numbers.
        drop: columns with higher numbers go first when there is no room; 0 stays always.
        short: a shorter title, for when it is narrower than its title.
    """

    id: str
    title: str
    cell: Callable[[T], Span]
    width: int
    ideal: int = 0
    right: bool = False
    drop: int = 0
    short: str = ""

    def heading(self, width: int) -> str:
        """The title, in `width` cells."""
        title = self.title if len(self.title) <= width else self.short or self.title
        return fit(title, width, right=self.right)


Layout = list[tuple[Column[T], int]]
"""The columns that are shown, and their widths."""


def lay_out(columns: Sequence[Column[T]], width: int) -> tuple[list[tuple[Column[T], int]], int]:
    """Which columns `width` cells can hold, how wide each, and the gap between two.

    First the columns that matter least go, then what is left over is shared among those that are
    narrower than they would like to be.
    """
    shown = list(columns)
    gap = 2 if width >= 44 else 1

    def needed() -> int:
        return sum(column.width + _gap_after(column, gap) for column in shown) - gap

    while len(shown) > 1 and needed() > width:
        least = max(shown, key=lambda column: column.drop)
        if least.drop == 0:
            break
        shown.remove(least)
    spare = width - needed()
    widths = [column.width for column in shown]
    # A title that can be read whole comes before cells that are wider than they need be.
    for i in sorted(range(len(shown)), key=lambda i: len(shown[i].title) - widths[i]):
        missing = min(shown[i].ideal, len(shown[i].title)) - widths[i]
        if 0 < missing <= spare:
            widths[i] += missing
            spare -= missing
    while spare > 0:
        hungry = [i for i, column in enumerate(shown) if widths[i] < column.ideal]
        if not hungry:
            break
        for i in hungry[:spare]:
            widths[i] += 1
        spare -= min(spare, len(hungry))
    if spare < 0:
        widths[0] = max(1, widths[0] + spare)
    return list(zip(shown, widths, strict=True)), gap


def _gap_after(column: Column[T], gap: int) -> int:
    """A sign stands close to what it is the sign of."""
    return 1 if column.width == 1 else gap


def row_line(layout: Sequence[tuple[Column[T], int]], gap: int, item: T) -> Line:
    """One row of a table."""
    line: Line = []
    for column, width in layout:
        text, style = column.cell(item)
        line.append((fit(text, width, right=column.right), style))
        line.append((" " * _gap_after(column, gap), ""))
    return line


def head_line(layout: Sequence[tuple[Column[T], int]], gap: int) -> Line:
    """The head of a table."""
    return [
        (column.heading(width) + " " * _gap_after(column, gap), "head") for column, width in layout
    ]
