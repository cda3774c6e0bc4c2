"""The first line: where one is, how many jobs run, what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.message import Message

from snaptui.tui.appearance import config_of
from snaptui.tui.glyphs import glyphs
from snaptui.tui.spans import Line, fit, length, outside, spread
from snaptui.tui.widgets.line_widget import LineWidget
from snaptui.units import local_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.strip import Strip

    from snaptui.tui.place import Place
    from snaptui.tui.titles import Crumb

CRUMB_MIN = 8
"""Narrower than this a crumb says nothing; then those nearest to the cloud go."""


class Header(LineWidget):
    """` snaptui   local › Volumes › web-data          2 jobs  14:02`."""

    @dataclass
    class CrumbChosen(Message):
        """A crumb was clicked on."""

        header: Header
        place: Place

        @property
        def control(self) -> Header:
            """The header."""
            return self.header

    @dataclass
    class JobsChosen(Message):
        """The number of jobs was clicked on."""

        header: Header

        @property
        def control(self) -> Header:
            """The header."""
            return self.header

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._crumbs: Sequence[Crumb] = ()
        self._jobs = 0
        self._note = ""
        self._is_demo = False

    def set_crumbs(self, crumbs: Sequence[Crumb], note: str = "") -> None:
        """Where one is, from the cloud down, and what is special about it."""
        self._crumbs, self._note = crumbs, note
        self.repaint()

    def set_jobs(self, running: int) -> None:
        """How many jobs run."""
        self._jobs = running
        self.repaint()

    def set_demo(self) -> None:
        """Say that all of it is thrown away: nobody shall take it for their own volumes."""
        self._is_demo = True
        self.repaint()

    # Drawing

    def _left(self) -> Line:
        demo: Line = [(" demo", "warn")] if self._is_demo else []
        return [(" snaptui ", "tab"), *demo, ("  ", "")]

    def _right(self) -> tuple[Line, Line, Line]:
        """What is special, the jobs, the time."""
        signs = glyphs()
        note: Line = [(self._note, "warn"), ("  ", "")] if self._note else []
        plural = "" if self._jobs == 1 else "s"
        jobs: Line = [(f"{signs.pending} {self._jobs} job{plural}", "accent"), ("  ", "")]
        clock: Line = []
        if not config_of(self).calm:
            clock = [(f"{local_time(datetime.now(UTC)):%H:%M} ", "muted")]
        return note, jobs if self._jobs else [], clock

    def _labels(self) -> list[tuple[Crumb, str]]:
        """The crumbs that there is room for, the one where one is last."""
        gap = len(glyphs().crumb) + 2
        room = self.room.width - length(self._left()) - sum(length(part) for part in self._right())
        crumbs = [(crumb, outside(crumb.label)) for crumb in self._crumbs]
        while len(crumbs) > 1 and len(crumbs) * (CRUMB_MIN + gap) > room:
            crumbs.pop(0)
        # No name takes more than half; then the longest above where one is gives way.
        widths = [min(cell_len(label), max(CRUMB_MIN, room // 2)) for _, label in crumbs]
        while sum(widths) + gap * len(widths) > room and max(widths, default=0) > CRUMB_MIN:
            above = widths[:-1] if max(widths[:-1], default=0) > CRUMB_MIN else widths
            widths[widths.index(max(above))] -= 1
        return [
            (crumb, fit(label, width)) for (crumb, label), width in zip(crumbs, widths, strict=True)
        ]

    def line_at(self, y: int) -> Strip:
        """The only line."""
        del y
        line = self._left()
        labels = self._labels()
        for number, (_, label) in enumerate(labels):
            if number:
                line.append((f" {glyphs().crumb} ", "faint"))
            line.append((label, "bright" if number == len(labels) - 1 else "muted"))
        note, jobs, clock = self._right()
        return self.drawn(spread(line, [*note, *jobs, *clock], self.room.width))

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """Go to the crumb, or to the jobs."""
        event.stop()
        x = length(self._left())
        for crumb, label in self._labels():
            if x <= event.x < x + cell_len(label):
                self.post_message(self.CrumbChosen(self, crumb.place))
                return
            x += cell_len(label) + len(glyphs().crumb) + 2
        _, jobs, clock = self._right()
        start = self.room.width - length([*jobs, *clock])
        if jobs and start <= event.x < start + length(jobs):
            self.post_message(self.JobsChosen(self))
