"""The tree of clouds, their indexes and their volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.message import Message

from snaptui.tui import keys
from snaptui.tui.glyphs import glyphs
from snaptui.tui.spans import Line, Span, fit, fit_ends
from snaptui.tui.tree_lines import TreeLines
from snaptui.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual.binding import BindingType
    from textual.strip import Strip

    from snaptui.tui.inventory import CloudState
    from snaptui.tui.place import Place
    from snaptui.tui.tree_lines import Node


INDENT = (0, 2, 3)
"""By depth; the last step is narrow, for names need the room at 80 columns."""


class CloudTree(Rows):
    """Clouds > Volumes > each volume, with how many snapshots it has and its Last Age."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.TREE]
    BORDER_TITLE = "Clouds"

    @dataclass
    class Unfolded(Message):
        """A branch was opened."""

        tree: CloudTree
        place: Place

        @property
        def control(self) -> CloudTree:
            """The tree."""
            return self.tree

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._states: Sequence[CloudState] = ()
        self._lines = TreeLines()
        self._folded: set[Place] = set()

    # Data

    def set_clouds(self, states: Sequence[CloudState]) -> None:
        """Show these; the cursor stays on the place it is on, or goes to the one above it."""
        place = self.place
        self._states = states
        self._lines = TreeLines(states, self._folded, narrow=self.room.width <= 26)
        # never on the next one: what is deleted had keys pressed on it a moment ago
        while place is not None:
            index = self.index_of(place)
            if index >= 0:
                self.cursor = index
                break
            place = place.parent
        self.rows_changed()

    @property
    def place(self) -> Place | None:
        """The place at the cursor."""
        return self.place_at(self.cursor)

    def index_of(self, place: Place) -> int:
        """The line of a place; -1 when it has none."""
        return self._lines.line_of(place)

    def show_place(self, place: Place) -> None:
        """Put the cursor on a place (or the nearest above it that is seen), without a message."""
        candidate: Place | None = place
        while candidate is not None:
            index = self.index_of(candidate)
            if index >= 0:
                self.move_cursor(index, notify=False)
                return
            candidate = candidate.parent

    def place_at(self, index: int) -> Place | None:
        """The place of a line."""
        return self._lines[index].place if 0 <= index < len(self._lines) else None

    def refresh_ages(self) -> None:
        """Time has passed: ages may read otherwise."""
        self.set_clouds(self._states)

    # Drawing

    def row_count(self) -> int:
        """Lines."""
        return len(self._lines)

    def row_strip(self, index: int, base: Style, *, selected: bool) -> Strip:
        """Label on the left, count and Last Age in columns on the right."""
        node = self._lines[index]
        signs = glyphs()
        if node.expanded is None:
            twist: Span = node.sign if node.sign[0] else (" ", "")
        else:
            twist = (signs.expanded if node.expanded else signs.collapsed, "muted")
        mark: Span = (signs.cursor, "mark") if selected else (" ", "")
        both = node.age and node.count and not node.troubled  # the words may need that room, too
        counts = node.count.rjust(self._lines.count_width) if both else ""
        # a line that has only one of the two leaves the other's room to its label
        ages = node.age.rjust(self._lines.age_width) if counts else node.age or node.count
        left = 3 + INDENT[node.depth]
        room = self.room.width - left - len(counts) - len(ages) - (2 if counts else 1)
        line: Line = [
            mark,
            (" " * INDENT[node.depth], ""),
            twist,
            (" ", ""),
            *_named(node, max(1, room)),
            (f" {counts} " if counts else " ", ""),
            (ages, "bad" if node.troubled else "muted"),
        ]
        if selected:
            line = [mark, *((text, "") for text, _ in line[1:])]
        return self.drawn(line, base)

    # Opening and closing

    def _toggle(self, index: int, *, expand: bool) -> None:
        place = self._lines[index].place
        if expand:
            self._folded.discard(place)
            self.post_message(self.Unfolded(self, place))
        else:
            self._folded.add(place)
        self.set_clouds(self._states)

    def action_fold(self) -> None:
        """Open or close the branch at the cursor."""
        expanded = self._lines[self.cursor].expanded if self._lines else None
        if expanded is not None:
            self._toggle(self.cursor, expand=not expanded)

    def action_expand(self) -> None:
        """Open the branch, or go to its first child."""
        expanded = self._lines[self.cursor].expanded if self._lines else None
        if expanded is False:
            self._toggle(self.cursor, expand=True)
        elif expanded:
            self.move_cursor(self.cursor + 1)

    def action_collapse(self) -> None:
        """Close the branch, or go to its parent."""
        if not self._lines:
            return
        node = self._lines[self.cursor]
        if node.expanded:
            self._toggle(self.cursor, expand=False)
        elif node.place.parent is not None:
            self.move_cursor(max(0, self.index_of(node.place.parent)))

    def clicked(self, index: int, x: int) -> bool:
        """A click on the branch's sign opens or closes it."""
        node = self._lines[index]
        if node.expanded is None or x > INDENT[node.depth] + 2:
            return True
        self._toggle(index, expand=not node.expanded)
        return False


def _named(node: Node, room: int) -> Line:
    """A node's label and what tells it from others, in `room` cells."""
    # names that begin alike (and most of a cloud's do) are told apart by their ends
    if not node.suffix:
        return [(fit_ends(node.label, room, parts=2), node.style)]
    width = max(1, min(cell_len(node.label), room - len(node.suffix) - 1))
    tail = fit(f" {node.suffix}", max(0, room - width))
    return [(fit(node.label, width), node.style), (tail, "faint")]
