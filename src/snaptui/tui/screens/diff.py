"""What changed from one snapshot to another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from snaptui.fields import SNAPSHOT_FIELDS
from snaptui.models import Diff, DiffRange, Snapshot
from snaptui.tui import keys
from snaptui.tui.ages import moment_or_age
from snaptui.tui.glyphs import glyphs
from snaptui.tui.guard import guarded
from snaptui.tui.signs import share
from snaptui.tui.spans import Line, fit, outside
from snaptui.tui.tables import RANGES, VOLUME_SNAPSHOTS
from snaptui.tui.widgets.document import Document
from snaptui.tui.widgets.key_bar import KeyBar, KeyHint
from snaptui.tui.widgets.table import Table
from snaptui.units import format_size

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from snaptui.tui.widgets.rows import Rows

LoadDiff = Callable[[str | None, str], Awaitable[Diff]]


class BasePicker(ModalScreen[Snapshot]):
    """Which snapshot to compare with."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.FORM]

    def __init__(self, others: Sequence[Snapshot], why: str = "") -> None:
        super().__init__()
        self._why = why
        self._table: Table[Snapshot] = Table(
            VOLUME_SNAPSHOTS,
            lambda s: s.resource_uid,
            fields=SNAPSHOT_FIELDS,
            empty="there is no other snapshot",
            id="bases",
        )
        self._table.set_items(others)

    def compose(self) -> ComposeResult:
        """A box with the snapshots."""
        with Vertical(id="form") as box:
            box.border_title = Content(" Compare with ")
            box.border_subtitle = Content(f" Enter Compare {glyphs().dot} Esc Cancel ")
            if self._why:
                yield Static(Content(self._why), id="why")
            yield self._table

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """This one."""
        event.stop()
        self.dismiss(self._table.item_at(event.index))

    def action_cancel(self) -> None:
        """None."""
        self.dismiss()


class DiffScreen(ModalScreen[None]):
    """Totals, and the ranges that differ."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.DIFF]
    AUTO_FOCUS = "#ranges"

    def __init__(
        self,
        snapshot: Snapshot,
        base: Snapshot | None,
        others: Sequence[Snapshot],
        load: LoadDiff,
    ) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._base = base
        self._others = [s for s in others if s.resource_uid != snapshot.resource_uid]
        self._load = load
        self._totals = Document(id="totals")
        self._totals.can_focus = False
        self._ranges: Table[DiffRange] = Table(
            RANGES, lambda r: str(r.offset), empty="comparing", id="ranges"
        )
        self._key_bar = KeyBar()

    def compose(self) -> ComposeResult:
        """Totals on top, ranges below."""
        with Vertical(id="sheet") as box:
            box.border_title = Content(" Diff ")
            yield self._totals
            yield self._ranges
        yield self._key_bar

    def on_mount(self) -> None:
        """Compare with the parent first."""
        self._key_bar.set_hints(
            [KeyHint(keys.display(binding), binding.description) for binding in keys.DIFF]
        )
        if self._base is None and self._others:
            # Its parent was deleted, or it is the first one: all of it against nothing is rarely
            # what is wanted to know.
            self._ranges.empty = ""
            self._totals.set_builder(self._head)
            self.action_base("There is no snapshot before this one. Compare it with which?")
            return
        self.compare()

    def compare(self) -> None:
        """Load the difference."""
        self._totals.set_builder(self._head)
        self._ranges.empty = "comparing"
        self._ranges.set_items(())
        self.run_worker(self._compare(), exclusive=True)

    async def _compare(self) -> None:
        base = self._base.resource_uid if self._base else None
        with guarded(self._failed):
            diff = await self._load(base, self._snapshot.resource_uid)
            self._ranges.empty = "nothing differs"
            self._totals.set_builder(lambda width: self._summary(diff, width))
            self._ranges.set_items(diff.ranges)

    def _failed(self, text: str) -> None:
        self._ranges.empty = outside(text)
        self._ranges.set_items(())

    def _head(self, width: int) -> list[Line]:
        signs = glyphs()
        room = max(8, (width - 8) // 2)
        base = self._base
        before = fit(outside(base.name), min(room, 40)).rstrip() if base else "nothing"
        after = fit(outside(self._snapshot.name), min(room, 40)).rstrip()
        when = f"{moment_or_age(base.created_at)} {signs.arrow} " if base else ""
        return [
            [(f" {before}", "bright"), (f" {signs.arrow} ", "accent"), (after, "bright")],
            [(f" {when}{moment_or_age(self._snapshot.created_at)}", "muted")],
            [],
        ]

    def _summary(self, diff: Diff, width: int) -> list[Line]:
        lines = self._head(width)
        whole = max(1, self._snapshot.size_bytes)
        for label, size, style in (
            ("Changed", diff.changed_bytes, "warn"),
            ("Added", diff.added_bytes, "good"),
            ("Removed", diff.removed_bytes, "bad"),
        ):
            lines.append(
                [
                    (f" {label:<9}", "muted"),
                    (f"{format_size(size):>9}  ", ""),
                    *share(size / whole, max(8, min(40, width - 32)), style),
                    (f" {size / whole:7.2%}", "muted"),
                ]
            )
        count = len(diff.ranges)
        blocks = format_size(diff.block_size)
        lines.append(
            [
                (" In all   ", "muted"),
                (f"{format_size(diff.total_bytes):>9}", "accent"),
                (f"  in {count:,} range{'' if count == 1 else 's'}, blocks of {blocks}", "muted"),
            ]
        )
        return lines

    def action_base(self, why: str = "") -> None:
        """Choose what to compare with."""
        self.app.push_screen(BasePicker(self._others, why), self._rebase)

    def _rebase(self, base: Snapshot | None) -> None:
        if base is not None:
            self._base = base
            self.compare()
        elif self._base is None and self._others:
            self.dismiss()

    def action_close(self) -> None:
        """Back."""
        self.dismiss()
