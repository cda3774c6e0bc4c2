"""The family tree of a volume or snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from snaptui.tui.ages import moment_or_age
from snaptui.tui.glyphs import glyphs
from snaptui.tui.spans import Line, fit, length, outside, spread, wrap
from snaptui.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.style import Style
    from textual.strip import Strip

    from snaptui.models import LineageNode


UID_WIDTH = 13
"""What a Resource UID of the local cloud takes."""
NAMES_FIRST = 66
"""What names, ages and facts get before a longer Resource UID does."""


class Lineage(Rows):
    """Volume > snapshot > clone > snapshot; the one looked at is marked, Enter goes to another.

    What is deleted but has descendants is shown, in grey and with a sign of its own.
    """

    HEAD_LINES: ClassVar[int] = 1

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown_nodes: list[tuple[str, LineageNode]] = []
        self._here = ""
        self._empty = ""
        self._facts: Callable[[str], str] = lambda _uid: ""
        self._counts = ""

    def set_facts(self, facts: Callable[[str], str]) -> None:
        """What to say of a volume or snapshot by its uid, where there is room for it."""
        self._facts = facts
        self.repaint()

    def set_tree(self, root: LineageNode | None, here: str, empty: str = "") -> None:
        """Show a tree; `here` is the uid one comes from, `empty` what to say without a tree.

        The cursor stays on what it is on, or begins where one is.
        """
        at = self.node_at(self.cursor)
        wanted = at.uid if at is not None and here == self._here else here
        self._here, self._empty = here, empty
        self._shown_nodes = self._flat(root) if root is not None else []
        self._counts = _counted([node for _, node in self._shown_nodes])
        rows = {node.uid: index for index, (_, node) in enumerate(self._shown_nodes)}
        self.cursor = rows.get(wanted, rows.get(here, 0))
        self.rows_changed()
        self.show_cursor()

    @staticmethod
    def _flat(root: LineageNode) -> list[tuple[str, LineageNode]]:
        # A stack, for a chain of a thousand snapshots is deeper than Python recurses.
        signs = glyphs()
        nodes: list[tuple[str, LineageNode]] = []
        stack: list[tuple[str, str, LineageNode]] = [("", "", root)]
        while stack:
            branch, below, node = stack.pop()
            nodes.append((branch, node))
            last = len(node.children) - 1
            # A lone child does not indent its own children further: a chain reads as a list.
            for number in range(last, -1, -1):
                is_last = number == last
                stack.append(
                    (
                        below + (signs.branch_last if is_last else signs.branch),
                        below + ("    " if is_last else signs.branch_line),
                        node.children[number],
                    )
                )
        return nodes

    def node_at(self, index: int) -> LineageNode | None:
        """The volume or snapshot of a row."""
        return self._shown_nodes[index][1] if 0 <= index < len(self._shown_nodes) else None

    def row_count(self) -> int:
        """Volumes and snapshots."""
        return len(self._shown_nodes)

    def head_strip(self, y: int) -> Strip:
        """How many of what, and what the signs mean."""
        del y
        if not self._shown_nodes:
            return self.drawn([])
        signs = glyphs()
        legend: Line = []
        for sign, text, style in (
            (signs.active, "volume", "bright"),
            (signs.dot, "snapshot", ""),
            (signs.bad, "deleted", "faint"),
            (signs.here, "here", "accent"),
        ):
            legend += [(sign, style), (f" {text}  ", "faint")]
        counts: Line = [(f" {self._counts}", "muted")]
        # Where there is no room for all, the rarer signs need to be told more.
        while legend and length(counts) + length(legend) + 2 > self.room.width:
            del legend[:2]
        return self.drawn(spread(counts, legend, self.room.width))

    def line_at(self, y: int) -> Strip:
        """A row; without any, why."""
        if self._empty and not self._shown_nodes:
            parts = wrap(self._empty, max(8, self.room.width - 4))
            return self.drawn([("  ", ""), (parts[y - 1] if 0 < y <= len(parts) else "", "muted")])
        return super().line_at(y)

    def row_strip(self, index: int, base: Style, *, selected: bool) -> Strip:
        """Branch, sign, name, uid, age."""
        branch, node = self._shown_nodes[index]
        signs = glyphs()
        here = node.uid == self._here
        is_volume = node.kind == "volume"
        kind = signs.bad if node.deleted else signs.active if is_volume else signs.dot
        sign = signs.here if here else kind
        when = moment_or_age(node.created_at) if not node.deleted else "deleted"
        # remote clouds' identifiers are long: where there is little room, names matter more
        uid_width = max(UID_WIDTH, min(len(node.uid), self.room.width - NAMES_FIRST))
        uid = fit(outside(node.uid), uid_width).rstrip().rjust(uid_width)
        tail = f"{uid}  {when:>11} "
        if self.room.width >= 72:
            tail = f"{outside(self._facts(node.uid)):>14}  {tail}"
        room = max(8, self.room.width - 2 - len(tail))
        name = f"{sign} {outside(node.name) or '-'}"
        style = "faint" if node.deleted else "accent" if here else "bright" if is_volume else ""
        # Far down a long branch the name matters more than where the branch began.
        if len(branch) > (kept := max(0, room - 12)):
            branch = branch[:1] + branch[len(branch) - max(0, kept - 1) :]
        line: Line = [
            (signs.cursor if selected else " ", "mark" if selected else ""),
            (branch, "faint"),
            (fit(name, max(1, room - len(branch))), style),
            (" ", ""),
            (tail, "muted"),
        ]
        if selected:
            line = [line[0], *((text, "") for text, _ in line[1:])]
        return self.drawn(line, base)


def _counted(nodes: Sequence[LineageNode]) -> str:
    """`2 volumes, 9 snapshots, 1 deleted`."""
    there = [node for node in nodes if not node.deleted]
    volumes = sum(node.kind == "volume" for node in there)
    snapshots, deleted = len(there) - volumes, len(nodes) - len(there)
    parts = [
        f"{volumes} volume{'' if volumes == 1 else 's'}",
        f"{snapshots} snapshot{'' if snapshots == 1 else 's'}",
    ]
    if deleted:
        parts.append(f"{deleted} deleted")
    return ", ".join(parts)
