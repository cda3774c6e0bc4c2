"""Whether everything is in order: the doctor's report, to be read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Vertical
from textual.content import Content

from snaptui.doctor import Finding, Level, Report
from snaptui.doctor import examine as everything
from snaptui.doctor.clouds import look_at_clouds
from snaptui.tui import keys
from snaptui.tui.glyphs import glyphs
from snaptui.tui.guard import guarded
from snaptui.tui.keymap_findings import look_at_keys
from snaptui.tui.later import later
from snaptui.tui.screens.overlay import Overlay
from snaptui.tui.spans import Line, fit, outside, wrap
from snaptui.tui.terminal import look_at_terminal
from snaptui.tui.widgets.document import Document
from snaptui.tui.widgets.key_bar import KeyBar, KeyHint

if TYPE_CHECKING:
    from textual.app import App, ComposeResult
    from textual.binding import BindingType

    from snaptui.clouds.base import Cloud

Load = Callable[[], Awaitable[Report]]

_TITLE = 14
_STYLES = {Level.OK: "good", Level.WARN: "warn", Level.FAIL: "bad"}


class DoctorScreen(Overlay[None]):
    """The report, a group after the other; what is not in order says what to do."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.DOCTOR]
    AUTO_FOCUS = "#doctor"

    def __init__(self, load: Load) -> None:
        super().__init__()
        self._load = load
        self._report: Report | None = None
        self.document = Document(id="doctor")
        self._key_bar = KeyBar()

    def compose(self) -> ComposeResult:
        """A box to read in."""
        with Vertical(id="sheet") as box:
            box.border_title = Content(" Doctor ")
            yield self.document
        yield self._key_bar

    def on_mount(self) -> None:
        """Begin to look."""
        self._key_bar.set_hints(
            [KeyHint(keys.display(binding), binding.description) for binding in keys.DOCTOR]
        )
        self.action_again()

    def action_again(self) -> None:
        """Look once more."""
        self.document.set_builder(lambda _width: [[], [(" looking around", "muted")]])
        self.run_worker(later(self._examine), exclusive=True)

    async def _examine(self) -> None:
        with guarded(self._failed):
            report = await self._load()
            self.document.set_builder(lambda width: report_lines(report, width))

    def _failed(self, text: str) -> None:
        self.document.set_builder(
            lambda width: [[(f" {part}", "bad")] for part in wrap(outside(text), max(8, width - 2))]
        )

    def action_close(self) -> None:
        """Back."""
        self.dismiss()


def open_doctor(
    app: App[Any], examine: Callable[[], Report] | None, clouds: Sequence[Cloud]
) -> None:
    """Show the report of an examination, and of how the clouds answer."""

    def look() -> Report:
        report = examine() if examine is not None else everything(None)
        return Report((*report.findings, *look_at_terminal(), *look_at_keys()))

    async def load() -> Report:
        found = await asyncio.to_thread(look)
        return Report((*found.findings, *await look_at_clouds(clouds)))

    if not isinstance(app.screen, DoctorScreen):
        app.push_screen(DoctorScreen(load))


def report_lines(report: Report, width: int) -> list[Line]:
    """The report as lines: first what it comes to, then every finding."""
    worst = Level.FAIL if report.failed else Level.OK
    if worst is Level.OK and any(each.level is Level.WARN for each in report.findings):
        worst = Level.WARN
    lines: list[Line] = [[(f" {report.summary}", _STYLES[worst])]]
    # what is to be done is what one came for: it stands at the top, too
    notable = [each for each in report.findings if each.level is not Level.OK]
    if notable:
        lines.append([])
    for each in notable:
        lines += _finding(each, width)
    for group, findings in report.grouped():
        lines += [[], [(f" {group}", "accent")]]
        for each in findings:
            lines += _finding(each, width)
    return lines


def _finding(each: Finding, width: int) -> list[Line]:
    signs = glyphs()
    sign = {Level.OK: signs.good, Level.WARN: signs.active, Level.FAIL: signs.bad}[each.level]
    room = max(16, width - _TITLE - 5)
    style = _STYLES[each.level]
    lines: list[Line] = []
    for number, part in enumerate(wrap(outside(each.text, 2000), room)):
        head = each.title if number == 0 else ""
        lines.append(
            [
                (f" {sign if number == 0 else ' '} ", style),
                (fit(outside(head), _TITLE), "muted"),
                (part, "" if each.level is Level.OK else style),
            ]
        )
    advice = wrap(outside(each.advice, 2000), room) if each.advice else []
    return [*lines, *([(" " * (_TITLE + 3), ""), (part, "")] for part in advice)]
