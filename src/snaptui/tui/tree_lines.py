"""The lines of the tree, each made when it is seen: 5 000 volumes are no 5 000 nodes."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.tui.ages import short_age
from snaptui.tui.glyphs import glyphs
from snaptui.tui.namesakes import suffixes
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.signs import volume_sign
from snaptui.tui.spans import Span, outside

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from snaptui.models import CloudInfo, Volume
    from snaptui.tui.cloud_state import CloudState


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
    troubled: bool = False
    """The age is no age, but what is wrong with the cloud."""
    suffix: str = ""
    """What tells it from others of its name; it is seen whole, whatever becomes of the label."""


def _how_it_is(info: CloudInfo | None, *, narrow: bool) -> str:
    """What there is to say of a cloud beside its name: nothing, when it is there and current."""
    if info is None:
        return ""
    if not info.available:
        return info.trouble.short if narrow else info.state
    if info.opened and not info.answered:
        return glyphs().ellipsis
    return "" if info.opened or info.as_of is None else short_age(info.as_of)


class Branch:
    """The lines of one cloud: some before its volumes, the volumes that are seen, some after."""

    def __init__(self, state: CloudState, folded: Container[Place], *, narrow: bool) -> None:
        self.cloud = state.name
        self.head: list[Node] = []
        self.volumes: Sequence[Volume] = ()
        self.tail: list[Node] = []
        self.expected = 0
        """How many snapshots there are, or will be when they are listed."""
        self._suffixes: dict[str, str] = {}
        self._lines: dict[str, int] | None = None
        self._fill(state, folded, narrow=narrow)

    def _fill(self, state: CloudState, folded: Container[Place], *, narrow: bool) -> None:
        signs = glyphs()
        root = Place(state.name, PlaceKind.CLOUD)
        name = outside(state.name)
        info = state.info
        if info is not None and not info.available and not state.volumes and not state.snapshots:
            sign = (signs.bad, "bad")
            self.head.append(
                Node(
                    root,
                    0,
                    name,
                    age=_how_it_is(info, narrow=narrow),
                    sign=sign,
                    style="muted",
                    troubled=True,
                )
            )
            return
        if not state.loaded:
            self.head.append(Node(root, 0, name, age=signs.ellipsis, expanded=False))
            return
        opened = info is None or info.opened
        is_open = root not in folded and opened
        style = "bright" if opened else ""
        self.head.append(
            Node(
                root,
                0,
                name,
                age=_how_it_is(info, narrow=narrow),
                style=style,
                expanded=is_open,
                troubled=info is not None and not info.available,
            )
        )
        if not is_open:
            return
        place = Place(state.name, PlaceKind.VOLUMES)
        expanded = place not in folded if state.volumes else None
        count = str(len(state.volumes)) if state.is_counted else ""
        self.head.append(Node(place, 1, "Volumes", count=count, expanded=expanded))
        if expanded:
            self.volumes = list(state.volumes.values())
            self._suffixes = suffixes(state.volumes)
        total = signs.ellipsis
        if state.complete:
            self.expected = len(state.snapshots)
            total = str(self.expected) if state.is_counted else ""
        else:
            self.expected = sum(each.snapshot_count for each in state.volumes.values())
        label = "Snapshots" if self.expected >= 100 and narrow else "Volume Snapshots"
        place = Place(state.name, PlaceKind.SNAPSHOTS)
        self.tail.append(Node(place, 1, label, count=total))
        self.tail.append(Node(Place(state.name, PlaceKind.ACTIVITY), 1, "Activity"))

    def __len__(self) -> int:
        return len(self.head) + len(self.volumes) + len(self.tail)

    def node(self, line: int) -> Node:
        """The node of a line."""
        if line < len(self.head):
            return self.head[line]
        line -= len(self.head)
        if line >= len(self.volumes):
            return self.tail[line - len(self.volumes)]
        volume = self.volumes[line]
        return Node(
            Place(self.cloud, PlaceKind.VOLUME, volume.resource_uid),
            2,
            outside(volume.name),
            count=str(volume.snapshot_count),
            age=short_age(volume.last_snapshot_at),
            sign=volume_sign(volume),
            suffix=self._suffixes.get(volume.resource_uid, ""),
        )

    def line_of(self, place: Place) -> int:
        """The line of a place in this cloud, or -1."""
        if place.kind is PlaceKind.VOLUME:
            if self._lines is None:
                first = len(self.head)
                self._lines = {v.resource_uid: n for n, v in enumerate(self.volumes, first)}
            return self._lines.get(place.uid, -1)
        after = len(self.head) + len(self.volumes)
        for first, nodes in ((0, self.head), (after, self.tail)):
            for line, node in enumerate(nodes, first):
                if node.place == place:
                    return line
        return -1


class TreeLines:
    """All lines of the tree.

    Attributes:
        count_width: what the widest count takes, and `age_width` the widest age.
    """

    def __init__(
        self,
        states: Iterable[CloudState] = (),
        folded: Container[Place] = (),
        *,
        narrow: bool = True,
    ) -> None:
        self._branches = [Branch(state, folded, narrow=narrow) for state in states]
        self._firsts: list[int] = []
        self._length = 0
        counts, ages = [99], ["now"]
        for branch in self._branches:
            self._firsts.append(self._length)
            self._length += len(branch)
            counts.append(branch.expected)
            counts.extend(int(node.count) for node in branch.head if node.count)
            counts.extend(volume.snapshot_count for volume in branch.volumes)
            # of the same moment many may be: a nightly run
            ages.extend(map(short_age, {volume.last_snapshot_at for volume in branch.volumes}))
        self.count_width = len(str(max(counts)))
        self.age_width = max(map(len, ages))

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, line: int) -> Node:
        if not 0 <= line < self._length:
            raise IndexError(line)
        number = bisect_right(self._firsts, line) - 1
        return self._branches[number].node(line - self._firsts[number])

    def line_of(self, place: Place) -> int:
        """The line of a place, or -1."""
        for first, branch in zip(self._firsts, self._branches, strict=True):
            if branch.cloud == place.cloud and (line := branch.line_of(place)) >= 0:
                return first + line
        return -1
