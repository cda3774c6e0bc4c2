"""Columns: what a table shows of a thing, how wide, and what gives way when there is no room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from rich.cells import cell_len

from snaptui.tui.spans import Line, Span, fit, fit_ends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
        sort: what things are sorted by: what the column shows, so that an arrow up always means
            that what is shown grows downwards; None where sorting would make no sense.
        falling: sorted from the largest, or latest, down at first.
        keep_end: what is too long loses its middle, not its end: a path ends in what tells most,
            and names that begin alike are told apart by their ends.
        whole: of as much use as the name, and of none when it is cut: all zones of a cloud begin
            alike. It is given room first, up to its ideal, and what matters less goes for it.
        extra: seen only when it is chosen, however much room there is.
        told: whether a thing has what the column shows. One that nothing in the list has is seen
            only when it is chosen: no cloud but the local one tells what is new in a snapshot.
    """

    id: str
    title: str
    cell: Callable[[T], Span]
    width: int
    ideal: int = 0
    right: bool = False
    drop: int = 0
    short: str = ""
    sort: Callable[[T], Any] | None = None
    falling: bool = False
    keep_end: bool = False
    whole: bool = False
    extra: bool = False
    told: Callable[[T], bool] | None = None

    def heading(self, width: int) -> str:
        """The title, in `width` cells."""
        title = self.title if len(self.title) <= width else self.short or self.title
        return fit(title, width, right=self.right)


_GIVE = 3
_MINOR = 7
"""Columns that go first, from this number on, do so for a name that is cut, too."""
_LESS = 6
"""From this number on, they do so for a column that is to be seen whole."""
_BEARABLE = 40
"""A Resource UID of OpenStack's, and a long name, are shown whole before anything longer is."""

Layout = list[tuple[Column[T], int]]
"""The columns that are shown, and their widths."""


LOOKED_AT = 100
"""So many things of a list say which columns it has something in, and how much."""


def untold(columns: Sequence[Column[T]], things: Sequence[T]) -> frozenset[str]:
    """The columns that nothing in a list has anything for."""
    if not things:
        return frozenset()
    first = things[:LOOKED_AT]
    return frozenset(
        column.id for column in columns if column.told and not any(map(column.told, first))
    )


def lengths(columns: Sequence[Column[T]], things: Sequence[T]) -> dict[str, int]:
    """How long the texts of a list are, by column: only of those that can be cut."""
    first = things[:LOOKED_AT]
    texts = [column for column in columns if column.width > 1 and not column.right]
    return {
        column.id: max((cell_len(column.cell(thing)[0]) for thing in first), default=0)
        for column in texts
    }


def lay_out(
    columns: Sequence[Column[T]],
    width: int,
    chosen: Mapping[str, bool] | None = None,
    needs: Mapping[str, int] | None = None,
) -> tuple[list[tuple[Column[T], int]], int]:
    """Which columns `width` cells can hold, how wide each, and the gap between two.

    First the columns that matter least go, then what is left over is shared among those that are
    narrower than they would like to be. `chosen` says of some columns whether they shall be seen;
    the others make room for those. `needs` says how long texts are: what is cut comes before what
    would only be wider.
    """
    chosen = chosen or {}
    shown = [column for column in columns if chosen.get(column.id, not column.extra)]
    gap = 2 if width >= 44 else 1
    # For what was chosen a text gives up a little before another column has to go.
    give = _GIVE if any(chosen.get(column.id) for column in shown) else 0

    def needed() -> int:
        return sum(column.width + _gap_after(column, gap) for column in shown) - gap

    for column in _by_need(shown, chosen):
        if needed() - give <= width:
            break
        shown.remove(column)
    # Who something belongs to matters less than what it is called.
    cut = _cut(shown, needs or {})
    lacking = cut + _lacking(shown, needs or {})
    for column in _by_need(shown, chosen):
        room = width - needed()
        less = (column.drop >= _MINOR and room < lacking) or (column.drop >= _LESS and room < cut)
        if column.id in chosen or not less:
            break
        shown.remove(column)
    widths = _widths(shown, width - needed(), needs or {})
    return list(zip(shown, widths, strict=True)), gap


def _lacking(shown: Sequence[Column[T]], needs: Mapping[str, int]) -> int:
    """How many cells the names lack to be seen whole, as far as that is bearable."""
    name = next((column for column in shown if column.width > 1), None)
    return 0 if name is None else min(needs.get(name.id, 0), _BEARABLE) - name.width


def _cut(shown: Sequence[Column[T]], needs: Mapping[str, int]) -> int:
    """How many cells the columns lack that are to be seen whole."""
    return sum(
        max(0, min(needs.get(column.id, 0), column.ideal) - column.width)
        for column in shown
        if column.whole
    )


def _widths(shown: Sequence[Column[T]], spare: int, needs: Mapping[str, int]) -> list[int]:
    """How wide each column is when `spare` cells are left over (or missing)."""
    widths = [column.width for column in shown]
    longest = [needs.get(column.id, 0) for column in shown]
    whole = [
        min(each, column.ideal) if column.whole else 0
        for each, column in zip(longest, shown, strict=True)
    ]
    spare = _share(widths, whole, spare)
    # A title that can be read whole comes before cells that are wider than they need be.
    for i in sorted(range(len(shown)), key=lambda i: len(shown[i].title) - widths[i]):
        missing = min(shown[i].ideal, len(shown[i].title)) - widths[i]
        if 0 < missing <= spare:
            widths[i] += missing
            spare -= missing
    # One text of a thousand characters must not keep all others short.
    bearable = [
        min(each, max(column.ideal, _BEARABLE)) for each, column in zip(longest, shown, strict=True)
    ]
    # A name comes first: half a Resource UID is of no more use than its beginning.
    name = next((i for i, column in enumerate(shown) if column.width > 1), -1)
    names = [each if i == name else 0 for i, each in enumerate(bearable)]
    for wanted in (names, bearable, longest, [column.ideal for column in shown]):
        spare = _share(widths, wanted, spare)
    if spare > 0 and shown[-1].ideal and not shown[-1].right:
        widths[-1] += spare  # a text that ends the row may be as long as there is room
    if spare < 0:
        # A long text can be cut where a name cannot, but better a cut name than no name.
        texts = [i for i, column in enumerate(shown) if column.ideal > 2 * column.width]
        gives = texts[-1] if texts else widths.index(max(widths))
        widths[gives] = max(1, widths[gives] + spare)
    return widths


def _share(widths: list[int], wanted: Sequence[int], spare: int) -> int:
    """Widen what is narrower than it wants to be, all by as much; what is left over then."""
    while spare > 0:
        hungry = [i for i, width in enumerate(widths) if width < wanted[i]]
        if not hungry:
            break
        for i in hungry[:spare]:
            widths[i] += 1
        spare -= min(spare, len(hungry))
    return spare


def _by_need(shown: Sequence[Column[T]], chosen: Mapping[str, bool]) -> list[Column[T]]:
    """The columns that may go, the least needed first."""
    name = next((column for column in shown if column.width > 1), None)
    spared = [column for column in reversed(shown) if column is not name]
    wanted = [column for column in spared if column.id in chosen]
    others = [column for column in spared if column.id not in chosen]
    if not wanted:
        others = [column for column in others if column.drop]
    return [
        *sorted(others, key=lambda column: (-column.drop, column.width == 1)),
        *sorted(wanted, key=lambda column: -column.drop),
    ]


def _gap_after(column: Column[T], gap: int) -> int:
    """A sign stands close to what it is the sign of."""
    return 1 if column.width == 1 else gap


def row_line(layout: Sequence[tuple[Column[T], int]], gap: int, item: T) -> Line:
    """One row of a table."""
    line: Line = []
    for column, width in layout:
        text, style = column.cell(item)
        text = fit_ends(text, width) if column.keep_end else fit(text, width, right=column.right)
        line.append((text, style))
        line.append((" " * _gap_after(column, gap), ""))
    return line


def head_line(
    layout: Sequence[tuple[Column[T], int]], gap: int, edge: int, by: str = "", arrow: str = ""
) -> Line:
    """The head of a table, `edge` blanks first; an arrow stands at the column it is sorted `by`.

    The arrow takes no cell from a title: it stands in the blank beside that.
    """
    text, begin, end = " " * edge, 0, 0
    for column, width in layout:
        heading = column.heading(width)
        if column.id == by:
            title = len(heading.strip(" "))
            begin = len(text) + (width - title if column.right else 0)
            end = begin + title
        text += heading + " " * _gap_after(column, gap)
    if not end:
        return [(text, "head")]
    right = next(column.right for column, _ in layout if column.id == by)
    if right:
        return [
            (text[: begin - 1], "head"),
            (f"{arrow}{text[begin:end]}", "accent"),
            (text[end:], "head"),
        ]
    return [
        (text[:begin], "head"),
        (f"{text[begin:end]}{arrow}", "accent"),
        (text[end + 1 :], "head"),
    ]


def column_at(layout: Sequence[tuple[Column[T], int]], gap: int, x: int) -> Column[T] | None:
    """The column at cell `x`, counted from the first column; its gap belongs to it."""
    for column, width in layout:
        x -= width + _gap_after(column, gap)
        if x < 0:
            return column
    return None
