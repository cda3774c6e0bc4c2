"""The first line: where one is, how many jobs run, what time it is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from snaptui.tui.glyphs import glyphs
from snaptui.tui.spans import Line, fit, outside, spread
from snaptui.tui.widgets.line_widget import LineWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.strip import Strip


class Header(LineWidget):
    """` snaptui   local › web-data          2 jobs  14:02`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._crumbs: Sequence[str] = ()
        self._jobs = 0
        self._note = ""

    def set_crumbs(self, crumbs: Sequence[str], note: str = "") -> None:
        """Where one is, from the cloud down, and what is special about it."""
        self._crumbs, self._note = crumbs, note
        self.repaint()

    def set_jobs(self, running: int) -> None:
        """How many jobs run."""
        self._jobs = running
        self.repaint()

    def line_at(self, y: int) -> Strip:
        """The only line."""
        del y
        signs = glyphs()
        left: Line = [(" snaptui ", "tab"), ("  ", "")]
        for number, crumb in enumerate(self._crumbs):
            if number:
                left.append((f" {signs.crumb} ", "faint"))
            last = number == len(self._crumbs) - 1
            room = max(12, self.room.width // 3)
            text = outside(crumb)
            text = text if len(text) <= room else fit(text, room)
            left.append((text, "bright" if last else "muted"))
        right: Line = [(self._note, "warn"), ("  ", "")] if self._note else []
        if self._jobs:
            plural = "" if self._jobs == 1 else "s"
            right += [(f"{signs.pending} {self._jobs} job{plural}", "accent"), ("  ", "")]
        clock = datetime.now().astimezone().strftime("%H:%M")
        return self.drawn(spread(left, [*right, (f"{clock} ", "muted")], self.room.width))
