"""The last line: the keys that do something here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.tui.widgets.line_widget import LineWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.strip import Strip

    from snaptui.tui.spans import Line


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key and what it does; `possible` is False when it cannot be done here."""

    key: str
    label: str
    possible: bool = True
    drop: int = 0


class KeyBar(LineWidget):
    """Keys and labels; where there is no room for all, those with the highest `drop` go first."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints: Sequence[KeyHint] = ()

    def set_hints(self, hints: Sequence[KeyHint]) -> None:
        """Show these keys."""
        if hints != self._hints:
            self._hints = hints
            self.repaint()

    def line_at(self, y: int) -> Strip:
        """The only line."""
        del y
        hints, room = list(self._hints), self.room.width - 2
        gap = 3
        while hints and _needed(hints, gap) > room:
            gap = 2
            if _needed(hints, gap) > room:
                hints.remove(max(hints, key=lambda hint: hint.drop))
        line: Line = [(" ", "")]
        for hint in hints:
            line.append((hint.key, "key" if hint.possible else "faint"))
            line.append((f" {hint.label}{' ' * gap}", "muted" if hint.possible else "faint"))
        return self.drawn(line)


def _needed(hints: Sequence[KeyHint], gap: int) -> int:
    return sum(len(hint.key) + 1 + len(hint.label) + gap for hint in hints) - gap
