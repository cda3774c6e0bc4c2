"""What is shown when there is no volume yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from snaptui.tui import keys
from snaptui.tui.columns import Column
from snaptui.tui.glyphs import glyphs
from snaptui.tui.spans import Line, Span, outside, wrap
from snaptui.tui.widgets.document import Document
from snaptui.tui.widgets.table import Table
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from snaptui.models import Candidate


def _path(candidate: Candidate) -> Span:
    """Where it is; what cannot be read is marked, and not by colour alone."""
    path = outside(candidate.path)
    return (path, "bright") if candidate.readable else (f"{glyphs().bad} {path}", "faint")


CANDIDATES: tuple[Column[Candidate], ...] = (
    Column(
        id="path",
        title="Found on this host",
        cell=_path,
        width=22,
        ideal=60,
        keep_end=True,
    ),
    Column(
        id="size",
        title="Size",
        cell=lambda c: (format_size(c.size_bytes), ""),
        width=8,
        right=True,
    ),
    Column(
        id="kind",
        title="Kind",
        cell=lambda c: (outside(c.kind), "muted"),
        width=6,
    ),
    Column(
        id="detail",
        title="Detail",
        cell=lambda c: (outside(c.detail), "muted"),
        width=10,
        ideal=40,
        drop=1,
    ),
)


LOOKING = "looking for disk images and devices"


def none_found() -> str:
    """What to do about it."""
    return f"no disk images found here: press {keys.of('do.new')} and type a path"


def candidate_table(id: str, *, empty: str = "") -> Table[Candidate]:
    """A table of disk images and devices."""
    return Table(CANDIDATES, lambda c: c.path, empty=empty, id=id)


_ABOUT = (
    "A volume is a raw disk image or a block device of this host. Add one, and every snapshot "
    "after its first stores only what has changed."
)


def _greeting(width: int, note: str = "") -> list[Line]:
    title, text, style = "No volumes yet", _ABOUT, ""
    if note:
        title, style = "No repository yet", "warn"
        text = (
            f"{outside(note, 4096)} The first volume makes it. "
            f"If you meant another one, leave with {keys.of('app.quit')} and name that."
        )
    lines: list[Line] = [[], [(f"  {title}", "accent")], []]
    lines += [[(f"  {part}", style)] for part in wrap(text, max(20, min(72, width - 4)))]
    lines += [
        [],
        *(
            [(f"  {keys.of(which):<5}", "key"), (f"  {what}", "muted")]
            for which, what in (
                ("do.new", "add an image or device, or create one"),
                ("rows.open", "add the one chosen below"),
                ("app.help", "all keys"),
            )
        ),
        [],
    ]
    return lines


class Welcome(Vertical):
    """What to press, and what could be added."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._note = ""
        self.greeting = Document(id="greeting")
        self.greeting.can_focus = False
        self.table = candidate_table("candidates", empty=LOOKING)

    def compose(self) -> ComposeResult:
        """A greeting and the table."""
        yield self.greeting
        yield self.table

    def on_mount(self) -> None:
        """Greet."""
        self._greet()

    def _greet(self) -> None:
        self.greeting.set_builder(lambda width: _greeting(width, self._note))

    def tell(self, note: str) -> None:
        """What there is to say about where one is."""
        if note != self._note:
            self._note = note
            self.greeting.set_class(bool(note), "-noted")
            self._greet()

    def look(self) -> None:
        """It is being looked for."""
        self.table.empty = LOOKING
        self.table.repaint()

    def set_candidates(self, candidates: Sequence[Candidate]) -> None:
        """What was found on the host."""
        self.table.empty = none_found()
        self.table.set_items(candidates)

    def fail(self, reason: str) -> None:
        """It cannot be told what is there."""
        self.table.empty = outside(reason)
        self.table.set_items(())
