"""Where two snapshots differ: a map of the volume, on which one range stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.models import DiffRange, RangeKind
from snaptui.tui.cells import RangeCells, joined, kind_sign
from snaptui.tui.glyphs import glyphs
from snaptui.tui.spans import Line, spread
from snaptui.tui.widgets.line_widget import LineWidget
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size
    from textual.strip import Strip


class RangeMap(LineWidget):
    """A title line with the legend, then cells in as many rows as there are."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ranges: Sequence[DiffRange] = ()
        self._volume_bytes = 0
        self._block_size = 1
        self._chosen: DiffRange | None = None
        self._made: tuple[Size, RangeCells] | None = None

    def set_ranges(self, ranges: Sequence[DiffRange], size: int, block_size: int) -> None:
        """Show these of a volume of that size."""
        self._ranges, self._volume_bytes, self._block_size = ranges, size, block_size
        self._chosen = ranges[0] if ranges else None
        self._made = None
        self.repaint()

    def choose(self, chosen: DiffRange | None) -> None:
        """This one stands out."""
        if chosen != self._chosen:
            self._chosen = chosen
            self.repaint()

    def _cells(self) -> RangeCells:
        if self._made is None or self._made[0] != self.room:
            width, height = self.room
            room = max(8, width - 2) * max(1, height - 1)
            self._made = (
                self.room,
                RangeCells(self._ranges, self._volume_bytes, self._block_size, room),
            )
        return self._made[1]

    def line_at(self, y: int) -> Strip:
        """Title and legend, or a row of cells."""
        if not self._ranges:
            return self.drawn([])
        cells, columns = self._cells(), max(8, self.room.width - 2)
        if y == 0:
            left: Line = [(" Where", "muted"), (f"   each cell {format_size(cells.each)}", "faint")]
            return self.drawn(spread(left, _legend(), self.room.width))
        first, end = (y - 1) * columns, min(y * columns, cells.count)
        spans = [cells.drawn(index) for index in range(first, end)]
        if self._chosen is not None:
            low = cells.index_of(self._chosen.offset)
            high = cells.index_of(self._chosen.offset + self._chosen.length - 1)
            for index in range(max(first, low), min(end, high + 1)):
                spans[index - first] = (glyphs().here, "here")
        return self.drawn([(" ", ""), *joined(spans)])

    def on_resize(self) -> None:
        """Another size, another map."""
        self.repaint()

    @property
    def text(self) -> str:
        """What it says."""
        return "\n".join(self.line_at(y).text.rstrip() for y in range(self.room.height))


def _legend() -> Line:
    line: Line = []
    for kind in RangeKind:
        line += [kind_sign(kind), (f" {kind.value}  ", "muted")]
    return line
