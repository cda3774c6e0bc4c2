"""The tabs of a volume or snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from snaptui.tui.glyphs import glyphs
from snaptui.tui.spans import Line, length
from snaptui.tui.widgets.line_widget import LineWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.strip import Strip


class TabBar(LineWidget):
    """Two lines: the labels, and a rule that is heavy under the tab that is shown."""

    @dataclass
    class Chosen(Message):
        """A tab was clicked on."""

        bar: TabBar
        index: int

        @property
        def control(self) -> TabBar:
            """The bar."""
            return self.bar

    def __init__(self, labels: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.labels = labels
        self._counts: dict[str, int] = {}
        self.active = 0

    def set_active(self, index: int) -> None:
        """Which tab is shown."""
        self.active = index
        self.repaint()

    def set_counts(self, counts: dict[str, int]) -> None:
        """Numbers beside labels."""
        self._counts = counts
        self.repaint()

    def _tabs(self) -> list[Line]:
        tabs: list[Line] = []
        for index, label in enumerate(self.labels):
            active = index == self.active
            tab: Line = [(label, "accent" if active else "muted")]
            if label in self._counts:
                tab.append((f" {self._counts[label]}", "bright" if active else "faint"))
            tabs.append(tab)
        return tabs

    def line_at(self, y: int) -> Strip:
        """Labels, rule."""
        signs = glyphs()
        line: Line = [(" " if y == 0 else signs.rule, "" if y == 0 else "faint")]
        for index, tab in enumerate(self._tabs()):
            if y == 0:
                line.extend([(" ", ""), *tab, ("  ", "")])
            else:
                active = index == self.active
                sign = signs.rule_active if active else signs.rule
                line.append((sign * (length(tab) + 2), "accent" if active else "faint"))
                line.append((signs.rule, "faint"))
        if y:
            line.append((signs.rule * max(0, self.room.width - length(line)), "faint"))
        return self.drawn(line)

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the pointer."""
        x = 1
        for index, tab in enumerate(self._tabs()):
            x += length(tab) + 3
            if event.x < x:
                event.stop()
                self.post_message(self.Chosen(self, index))
                return
