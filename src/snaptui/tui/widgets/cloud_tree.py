"""The tree of clouds, their indexes and their volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from snaptui.tui import keys
from snaptui.tui.ages import short_age
from snaptui.tui.glyphs import glyphs
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.signs import volume_sign
from snaptui.tui.spans import Line, Span, fit, outside
from snaptui.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual.binding import BindingType
    from textual.strip import Strip

    from snaptui.tui.inventory import CloudState


INDENT = (0, 2, 3)
"""By depth; the last step is narrow, for names need the room at 80 columns."""


@dataclass(frozen=True, slots=True)
class Node:
    """A line of the tree."""

    place: Place
    depth: int
    label: str
    count: str = ""
    age: str = ""
    sign: Span = ("", "")
    style: str = ""
    expanded: bool | None = None
    """None: it is a leaf."""


class CloudTree(Rows):
    """Clouds > Volumes > each volume, with how many snapshots it has and its Last Age."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.TREE]
    BORDER_TITLE = "Clouds"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._states: Sequence[CloudState] = ()
        self._shown_nodes: list[Node] = []
        self._folded: set[Place] = set()
        self._count_width = 2
        self._age_width = 3

    # Data

    def set_clouds(self, states: Sequence[CloudState]) -> None:
        """Show these; the cursor stays on the place it is on."""
        place = self.place
        self._states = states
        self._shown_nodes = [node for state in states for node in self._cloud_nodes(state)]
        self._count_width = max(2, *(len(node.count) for node in self._shown_nodes), 0)
        self._age_width = max(3, *(len(node.age) for node in self._shown_nodes), 0)
        if place is not None:
            self.cursor = self.index_of(place, default=self.cursor)
        self.rows_changed()

    def _cloud_nodes(self, state: CloudState) -> list[Node]:
        signs = glyphs()
        root = Place(state.name, PlaceKind.CLOUD)
        name = outside(state.name)
        if state.info is not None and not state.info.available:
            down = Node(root, 0, name, age="down", sign=(signs.bad, "bad"), style="muted")
            if not state.volumes:
                return [down]
        if not state.loaded:
            return [Node(root, 0, name, age=signs.ellipsis, expanded=False)]
        is_open = root not in self._folded
        nodes = [Node(root, 0, name, style="bright", expanded=is_open)]
        if not is_open:
            return nodes
        volumes = Place(state.name, PlaceKind.VOLUMES)
        snapshots = Place(state.name, PlaceKind.SNAPSHOTS)
        volumes_open = None if not state.volumes else volumes not in self._folded
        count = str(len(state.volumes))
        nodes.append(Node(volumes, 1, "Volumes", count=count, expanded=volumes_open))
        if volumes_open:
            nodes.extend(
                Node(
                    Place(state.name, PlaceKind.VOLUME, volume.resource_uid),
                    2,
                    outside(volume.name),
                    count=str(volume.snapshot_count),
                    age=short_age(volume.last_snapshot_at),
                    sign=volume_sign(volume),
                )
                for volume in state.volumes.values()
            )
        total = str(len(state.snapshots))
        label = "Volume Snapshots" if len(total) < 3 or self.room.width > 26 else "Snapshots"
        nodes.append(Node(snapshots, 1, label, count=total))
        return nodes

    @property
    def place(self) -> Place | None:
        """The place at the cursor."""
        return (
            self._shown_nodes[self.cursor].place if self.cursor < len(self._shown_nodes) else None
        )

    def index_of(self, place: Place, default: int = -1) -> int:
        """The line of a place."""
        for index, node in enumerate(self._shown_nodes):
            if node.place == place:
                return index
        return default

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
        return self._shown_nodes[index].place if 0 <= index < len(self._shown_nodes) else None

    def refresh_ages(self) -> None:
        """Time has passed: ages may read otherwise."""
        self.set_clouds(self._states)

    # Drawing

    def row_count(self) -> int:
        """Lines."""
        return len(self._shown_nodes)

    def row_strip(self, index: int, base: Style, *, selected: bool) -> Strip:
        """Label on the left, count and Last Age in columns on the right."""
        node = self._shown_nodes[index]
        signs = glyphs()
        if node.expanded is None:
            twist: Span = node.sign if node.sign[0] else (" ", "")
        else:
            twist = (signs.expanded if node.expanded else signs.collapsed, "muted")
        mark: Span = (signs.cursor, "mark") if selected else (" ", "")
        counts = node.count.rjust(self._count_width) if node.age else ""
        ages = node.age.rjust(self._age_width) if node.age else node.count
        left = 3 + INDENT[node.depth]
        room = self.room.width - left - len(counts) - len(ages) - (2 if counts else 1)
        line: Line = [
            mark,
            (" " * INDENT[node.depth], ""),
            twist,
            (" ", ""),
            (fit(node.label, max(1, room)), node.style),
            (f" {counts} " if counts else " ", ""),
            (ages, "bad" if node.age == "down" else "muted"),
        ]
        if selected:
            line = [mark, *((text, "") for text, _ in line[1:])]
        return self.drawn(line, base)

    # Opening and closing

    def _toggle(self, index: int, *, expand: bool) -> None:
        place = self._shown_nodes[index].place
        if expand:
            self._folded.discard(place)
        else:
            self._folded.add(place)
        self.set_clouds(self._states)

    def action_fold(self) -> None:
        """Open or close the branch at the cursor."""
        expanded = self._shown_nodes[self.cursor].expanded if self._shown_nodes else None
        if expanded is not None:
            self._toggle(self.cursor, expand=not expanded)

    def action_expand(self) -> None:
        """Open the branch, or go to its first child."""
        expanded = self._shown_nodes[self.cursor].expanded if self._shown_nodes else None
        if expanded is False:
            self._toggle(self.cursor, expand=True)
        elif expanded:
            self.move_cursor(self.cursor + 1)

    def action_collapse(self) -> None:
        """Close the branch, or go to its parent."""
        if not self._shown_nodes:
            return
        node = self._shown_nodes[self.cursor]
        if node.expanded:
            self._toggle(self.cursor, expand=False)
        elif node.place.parent is not None:
            self.move_cursor(self.index_of(node.place.parent, default=self.cursor))

    def clicked(self, index: int, x: int) -> bool:
        """A click on the branch's sign opens or closes it."""
        node = self._shown_nodes[index]
        if node.expanded is None or x > INDENT[node.depth] + 2:
            return True
        self._toggle(index, expand=not node.expanded)
        return False
