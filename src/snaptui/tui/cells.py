"""A volume as cells: equal pieces of it, each of whole blocks, and what is in them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from snaptui.models import DiffRange, RangeKind
from snaptui.tui.glyphs import glyphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.models import BlockSummary
    from snaptui.tui.spans import Line, Span


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a volume, `[offset, end)`, and how many bytes of it are what."""

    offset: int
    end: int
    new: int = 0
    shared: int = 0

    @property
    def length(self) -> int:
        """Its size."""
        return self.end - self.offset

    @property
    def holes(self) -> int:
        """What of it the snapshot does not store."""
        return self.length - self.new - self.shared

    def drawn(self) -> Span:
        """Its sign and colour: mostly new, partly new, shared, or a hole."""
        signs = glyphs()
        if self.new * 2 >= self.length > 0:
            return signs.cell_new, "new"
        if self.new > 0:
            return signs.cell_mixed, "new"
        return (signs.cell_shared, "shared") if self.shared > 0 else (signs.cell_hole, "faint")


class BlockCells:
    """A snapshot's blocks in as many cells as there is room for."""

    def __init__(self, blocks: BlockSummary, room: int) -> None:
        self._blocks = blocks
        self._fine = len(blocks.data_cells)
        self.count = max(1, min(room, self._fine)) if self._fine else 0

    def _edge(self, fine: int) -> int:
        """The first block of one of the cells that the summary has, as the engine counts."""
        total = -(-self._blocks.size_bytes // self._blocks.block_size)
        return -(-fine * total // self._fine)

    def cell(self, index: int) -> Cell:
        """One cell."""
        blocks, size = self._blocks, self._blocks.block_size
        first = index * self._fine // self.count
        last = (index + 1) * self._fine // self.count
        new = data = 0
        for fine in range(first, last):
            capacity = self._edge(fine + 1) - self._edge(fine)
            new += round(blocks.new_cells[fine] * capacity)
            data += round(blocks.data_cells[fine] * capacity)
        offset = self._edge(first) * size
        end = min(self._edge(last) * size, blocks.size_bytes)
        new_bytes = min(new * size, end - offset)
        return Cell(offset, end, new_bytes, min((data - new) * size, end - offset - new_bytes))

    @cached_property
    def cells(self) -> list[Cell]:
        """All of them."""
        return [self.cell(index) for index in range(self.count)]

    def index_of(self, offset: int) -> int:
        """The cell that a byte of the volume is in."""
        at = bisect_right(self.cells, offset, key=lambda cell: cell.offset) - 1
        return max(0, min(at, self.count - 1))

    def next_change(self, index: int, step: int) -> int:
        """The next run of cells with something new, forwards or backwards; the same if none is."""

        def begins(at: int) -> bool:
            return self.cells[at].new > 0 and (at == 0 or not self.cells[at - 1].new)

        at = index + step
        while 0 <= at < self.count:
            if begins(at):
                return at
            at += step
        return index


_KIND_STYLE = {
    RangeKind.CHANGED: "warn",
    RangeKind.ADDED: "good",
    RangeKind.REMOVED: "bad",
}


def kind_style(kind: RangeKind) -> str:
    """The colour of a kind of difference."""
    return _KIND_STYLE[kind]


def kind_sign(kind: RangeKind) -> Span:
    """The sign of a kind of difference, and its colour."""
    signs = glyphs()
    sign = {
        RangeKind.CHANGED: signs.cell_new,
        RangeKind.ADDED: signs.cell_added,
        RangeKind.REMOVED: signs.cell_removed,
    }[kind]
    return sign, _KIND_STYLE[kind]


class RangeCells:
    """Where two snapshots differ, in cells; each shows the kind that most of it is."""

    def __init__(self, ranges: Sequence[DiffRange], size: int, block_size: int, room: int) -> None:
        self._size = max([size, 1, *(each.offset + each.length for each in ranges)])
        total = -(-self._size // max(1, block_size))
        self._block_size = max(1, block_size)
        self._total = total
        self.count = max(1, min(room, total))
        self._kinds = self._most(ranges)

    def _most(self, ranges: Sequence[DiffRange]) -> dict[int, RangeKind]:
        """Which kind most of each cell is that is not a hole."""
        sums = {kind.value: [0] * self.count for kind in RangeKind}
        size, total, count, last_block = self._block_size, self._total, self.count, self._total - 1
        for each in ranges:
            offset, length = each.offset, each.length
            # `index_of`, without a call for each end of 200 000 ranges
            first = min(offset // size, last_block) * count // total
            last = min((offset + length - 1) // size, last_block) * count // total
            of_kind = sums[each.kind.value]
            if first == last:
                of_kind[first] += length
                continue
            end = offset + length
            for index in range(first, last + 1):
                low, high = self.edge(index), self.edge(index + 1)
                of_kind[index] += min(end, high) - max(offset, low)
        kinds: dict[int, RangeKind] = {}
        for index, parts in enumerate(zip(*sums.values(), strict=True)):
            if most := max(parts):
                kinds[index] = list(RangeKind)[parts.index(most)]
        return kinds

    def edge(self, index: int) -> int:
        """The offset that a cell begins at."""
        block = -(-index * self._total // self.count)
        return min(block * self._block_size, self._size)

    def index_of(self, offset: int) -> int:
        """The cell that a byte of the volume is in."""
        block = min(offset // self._block_size, self._total - 1)
        return max(0, min(block * self.count // self._total, self.count - 1))

    @property
    def each(self) -> float:
        """How many bytes a cell is."""
        return self._size / self.count

    def drawn(self, index: int) -> Span:
        """A cell's sign and colour."""
        kind = self._kinds.get(index)
        return kind_sign(kind) if kind is not None else (glyphs().cell_hole, "faint")


def joined(spans: Sequence[Span]) -> Line:
    """Neighbours of one style as one span."""
    line: Line = []
    for text, style in spans:
        if line and line[-1][1] == style:
            line[-1] = (line[-1][0] + text, style)
        else:
            line.append((text, style))
    return line
