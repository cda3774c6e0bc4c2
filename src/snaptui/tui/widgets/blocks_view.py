"""A snapshot's blocks: how much is new, shared and holes, how the volume grew, and a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region, Size
from textual.message import Message

from snaptui.tui import keys
from snaptui.tui.ages import moment_or_age
from snaptui.tui.cells import BlockCells, joined
from snaptui.tui.glyphs import glyphs
from snaptui.tui.growth import growth_lines
from snaptui.tui.signs import share
from snaptui.tui.spans import Line, fit, length, outside, spread, wrap
from snaptui.tui.widgets.line_widget import LineWidget
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip

    from snaptui.models import BlockSummary, Snapshot

TALL = 26
"""From this height on there is room to be generous."""


@dataclass(frozen=True)
class _Layout:
    """What is drawn for one size, and where the map stands in it."""

    lines: list[Line]
    first_row: int
    rows: int
    columns: int
    cells: BlockCells
    tail: int
    """How many lines below the map there are, of which the second tells about the cell."""


class BlocksView(LineWidget, can_focus=True):
    """Bars, a chart of the volume's snapshots, and a map of the volume with a cursor.

    The cursor stays at its offset in the volume, however large the map is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.BLOCKS]

    @dataclass
    class Stepped(Message):
        """An older or a newer snapshot of the volume is wanted."""

        view: BlocksView
        snapshot: Snapshot

        @property
        def control(self) -> BlocksView:
            """The view."""
            return self.view

    def __init__(self, *, steps: bool = False, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._steps = steps
        self.snapshot: Snapshot | None = None
        self._blocks: BlockSummary | None = None
        self._history: Sequence[Snapshot] = ()
        self._heading = ""
        """The snapshot that was stepped to and is not here yet."""
        self._own: int | None = None
        self._notice = ""
        self._offset = 0
        self._made: tuple[Size, _Layout] | None = None

    # Data

    def show(
        self, snapshot: Snapshot, blocks: BlockSummary, history: Sequence[Snapshot] = ()
    ) -> None:
        """Show a snapshot's blocks; `history` are its volume's snapshots, newest first."""
        if self._blocks is None or self._blocks.size_bytes <= self._offset:
            self._offset = 0
        self.snapshot, self._blocks, self._history = snapshot, blocks, history
        self._own, self._notice, self._heading = None, "", ""
        self.rebuild()

    def show_own(self, snapshot_uid: str, own: int) -> None:
        """How many stored bytes only this snapshot needs; comes later than the rest."""
        if self.snapshot is not None and self.snapshot.resource_uid == snapshot_uid:
            self._own = own
            self.rebuild()

    def say(self, text: str) -> None:
        """A sentence instead of the picture."""
        self.snapshot, self._blocks, self._notice = None, None, text
        self._heading = ""
        self.repaint()

    def clear(self) -> None:
        """What is shown next is of something else: begin at its first byte."""
        self._offset = 0
        self.say("")

    def rebuild(self) -> None:
        """Draw it anew: there is news, or time has passed."""
        self._made = None
        self.repaint()

    # Drawing

    def line_at(self, y: int) -> Strip:
        """A line of the picture, or of the sentence instead."""
        if self._blocks is None or self.snapshot is None:
            parts = wrap(outside(self._notice), max(8, self.room.width - 4))
            text = parts[y - 1] if 0 < y <= len(parts) else ""
            return self.drawn([("  ", ""), (text, "muted")])
        layout = self._laid_out(self.snapshot, self._blocks)
        row = y - layout.first_row
        if 0 <= row < layout.rows:
            return self.drawn(self._map_row(layout, row))
        if y == layout.first_row + layout.rows + layout.tail - 2:
            return self.drawn(self._told(layout))
        return self.drawn(layout.lines[y] if y < len(layout.lines) else [])

    def _laid_out(self, snapshot: Snapshot, blocks: BlockSummary) -> _Layout:
        if self._made is None or self._made[0] != self.room:
            self._made = (self.room, self._lay_out(snapshot, blocks))
        return self._made[1]

    def _lay_out(self, snapshot: Snapshot, blocks: BlockSummary) -> _Layout:
        width, height = self.room
        gap: list[Line] = [[]] if height >= 17 else []
        lines: list[Line] = [self._title(snapshot, blocks, width)]
        if height >= TALL:
            lines += gap
        lines += [
            *_bars(blocks, width),
            *([] if blocks.stored_bytes is None else self._stored(blocks)),
        ]
        if self._history and height >= 15:
            chart = 3 if height >= TALL + 8 else 2 if height >= TALL else 1
            lines += gap
            lines += growth_lines(self._history, snapshot.resource_uid, width, height=chart)
        lines += gap
        tail = 3 if height >= TALL else 2
        columns = max(8, width - 2)
        rows = max(1, height - len(lines) - 1 - tail)
        cells = BlockCells(blocks, rows * columns)
        rows = max(1, min(rows, -(-cells.count // columns)))
        each = format_size(blocks.size_bytes / max(1, cells.count))
        lines.append([(" Where it changed", "muted"), (f"   each cell {each}", "faint")])
        first_row = len(lines)
        lines += [[] for _ in range(rows + tail - 1)]
        lines.append(_legend())
        return _Layout(lines, first_row, rows, columns, cells, tail)

    def _title(self, snapshot: Snapshot, blocks: BlockSummary, width: int) -> Line:
        facts = f"{format_size(blocks.size_bytes)} in blocks of {format_size(blocks.block_size)}"
        uids = [each.resource_uid for each in self._history]
        right: Line = []
        if len(uids) > 1 and snapshot.resource_uid in uids:
            number = len(uids) - uids.index(snapshot.resource_uid)
            right = [(f"  {number} of {len(uids)} ", "faint")]
            if self._steps:
                right = [("  < >", "key"), *right]
        name = fit(outside(snapshot.name), max(8, min(30, width - 30))).rstrip()
        left: Line = [(f" {name}", "bright"), (f"  {moment_or_age(snapshot.created_at)}", "muted")]
        if width >= 68:
            left.append((f"  {facts}", "muted"))
        return spread(left, right, width)

    def _stored(self, blocks: BlockSummary) -> list[Line]:
        line: Line = [
            (" Stored   ", "muted"),
            (f"{format_size(blocks.stored_bytes):>9}", ""),
        ]
        if blocks.stored_bytes:
            ratio = blocks.new_bytes / blocks.stored_bytes
            roomy = self._own is None or self.room.width >= 68
            tail = ", compressed" if roomy else ""
            line.append((f"  {ratio:.1f} x less{tail}", "muted"))
        if self._own is not None:
            line += [("   own ", "muted"), (format_size(self._own), "accent")]
            if self.room.width >= 68:
                line.append(("  needed by nothing else", "muted"))
        return [line]

    def _map_row(self, layout: _Layout, row: int) -> Line:
        cells, columns = layout.cells, layout.columns
        first, end = row * columns, min((row + 1) * columns, cells.count)
        spans = [cells.cells[index].drawn() for index in range(first, end)]
        at = cells.index_of(self._offset)
        if first <= at < end:
            spans[at - first] = (glyphs().here, "here" if self.has_focus else "bright")
        return [(" ", ""), *joined(spans)]

    def _told(self, layout: _Layout) -> Line:
        """What is at the cursor."""
        if not layout.cells.count:
            return [("  there is nothing in it", "muted")]
        cell = layout.cells.cells[layout.cells.index_of(self._offset)]
        parts = [
            (size, text, style)
            for size, text, style in (
                (cell.new, "new", "new"),
                (cell.shared, "shared", "shared"),
                (cell.holes, "hole", "muted"),
            )
            if size > 0
        ]
        what: Line = [("  ", "")]
        for number, (size, text, style) in enumerate(parts):
            what.append((", " if number else "", "muted"))
            what.append((f"{format_size(size)} {text}" if len(parts) > 1 else f"all {text}", style))
        where: Line = [(f" {glyphs().here} ", "accent"), (f"{cell.offset:,}", "bright")]
        # What matters least comes last, and only where there is room for it.
        for text in (f"  at {format_size(cell.offset)}", f"  to {cell.end:,}"):
            if length([*where, (text, ""), *what]) <= self.room.width:
                where.append((text, "muted"))
        return [*where, *what]

    # The cursor

    def _move_to(self, index: int) -> None:
        if self._blocks is None or self.snapshot is None:
            return
        layout = self._laid_out(self.snapshot, self._blocks)
        before = layout.cells.index_of(self._offset)
        index = max(0, min(index, layout.cells.count - 1))
        if index == before:
            return
        self._offset = layout.cells.cells[index].offset
        width = self.room.width
        told = layout.first_row + layout.rows + layout.tail - 2
        rows = {layout.first_row + each // layout.columns for each in (before, index)}
        self.refresh(*(Region(0, y, width, 1) for y in sorted({*rows, told})))

    @property
    def _at(self) -> tuple[BlockCells, int, int] | None:
        """The cells, the one at the cursor, and how many are in a row."""
        if self._blocks is None or self.snapshot is None:
            return None
        layout = self._laid_out(self.snapshot, self._blocks)
        return layout.cells, layout.cells.index_of(self._offset), layout.columns

    def action_cell(self, columns: int, rows: int) -> None:
        """Move by some cells; at the end of a row it goes on in the next."""
        if (at := self._at) is not None:
            cells, index, width = at
            target = index + columns + rows * width
            if 0 <= target < cells.count or not rows:
                self._move_to(target)

    def action_edge(self, last: int) -> None:
        """Go to the first cell, or the last."""
        if (at := self._at) is not None:
            self._move_to(at[0].count - 1 if last else 0)

    def action_change(self, step: int) -> None:
        """Go to where the next run of new blocks begins, or the one before."""
        if (at := self._at) is not None:
            cells, index, _ = at
            self._move_to(cells.next_change(index, step))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Other snapshots are shown where the volume is, not in a snapshot's own tabs."""
        del parameters
        return self._steps or action != "snapshot"

    def action_snapshot(self, step: int) -> None:
        """Show the volume's next older or newer snapshot."""
        uids = [each.resource_uid for each in self._history]
        here = self._heading or (self.snapshot.resource_uid if self.snapshot is not None else "")
        if here not in uids:
            return
        index = uids.index(here) - step
        if 0 <= index < len(uids):
            self._heading = uids[index]
            self.post_message(self.Stepped(self, self._history[index]))

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there."""
        if self._blocks is None or self.snapshot is None:
            return
        layout = self._laid_out(self.snapshot, self._blocks)
        row, column = event.y - layout.first_row, event.x - 1
        if 0 <= row < layout.rows and 0 <= column < layout.columns:
            event.stop()
            self._move_to(row * layout.columns + column)

    def on_resize(self) -> None:
        """Another size, another map."""
        self.repaint()

    def on_focus(self) -> None:
        """The cursor shows where the focus is."""
        self.repaint()

    def on_blur(self) -> None:
        """The cursor shows where the focus is."""
        self.repaint()

    @property
    def text(self) -> str:
        """What it says."""
        return "\n".join(self.line_at(y).text.rstrip() for y in range(self.room.height))


def _bars(blocks: BlockSummary, width: int) -> list[Line]:
    whole = max(1, blocks.size_bytes)
    return [
        [
            (f" {label:<9}", "muted"),
            (f"{format_size(size):>9}  ", ""),
            *share(size / whole, max(8, min(60, width - 31)), style),
            (f" {size / whole:7.1%}", "muted"),
        ]
        for label, size, style in (
            ("New", blocks.new_bytes, "new"),
            ("Shared", blocks.shared_bytes, "shared"),
            ("Holes", blocks.hole_bytes, "faint"),
        )
    ]


def _legend() -> Line:
    signs = glyphs()
    line: Line = [(" ", "")]
    for sign, style, text in (
        (signs.cell_new, "new", "new"),
        (signs.cell_mixed, "new", "partly new"),
        (signs.cell_shared, "shared", "shared"),
        (signs.cell_hole, "faint", "hole"),
    ):
        line += [(sign, style), (f" {text}   ", "muted")]
    return line
