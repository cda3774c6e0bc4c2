"""Two snapshots of a volume side by side: what differs, how much, and where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from snaptui.fields import SNAPSHOT_FIELDS
from snaptui.models import Diff, DiffRange, RangeKind, Snapshot
from snaptui.tui import keys
from snaptui.tui.ages import moment_or_age
from snaptui.tui.cells import kind_style
from snaptui.tui.exporting import diff_export
from snaptui.tui.glyphs import glyphs
from snaptui.tui.guard import guarded
from snaptui.tui.later import later
from snaptui.tui.screens.overlay import Overlay
from snaptui.tui.signs import share
from snaptui.tui.spans import Line, Span, fit, length, outside, spread
from snaptui.tui.tables.ranges import RANGES
from snaptui.tui.tables.snapshots import VOLUME_SNAPSHOTS
from snaptui.tui.widgets.document import Document
from snaptui.tui.widgets.key_bar import KeyBar, KeyHint
from snaptui.tui.widgets.range_map import RangeMap
from snaptui.tui.widgets.table import Table
from snaptui.units import format_size

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from snaptui.tui.widgets.rows import Rows

LoadDiff = Callable[[str | None, str], Awaitable[Diff]]


class BasePicker(Overlay[Snapshot]):
    """Which snapshot to compare."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.FORM]

    def __init__(
        self, others: Sequence[Snapshot], why: str = "", title: str = "Compare with"
    ) -> None:
        super().__init__()
        self._why = why
        self._title_text = title
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
            box.border_title = Content(f" {self._title_text} ")
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


class DiffScreen(Overlay[None]):
    """Sums on top, a map of where, and the ranges that differ."""

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
        self._all = list(others)
        if snapshot not in self._all:
            self._all.insert(0, snapshot)
        self._load = load
        self._diff: Diff | None = None
        self._totals = Document(id="totals")
        self._totals.can_focus = False
        self._map = RangeMap(id="where")
        self._ranges: Table[DiffRange] = Table(
            RANGES, lambda r: str(r.offset), empty="comparing", kind="ranges", id="ranges"
        )
        self._key_bar = KeyBar()

    def compose(self) -> ComposeResult:
        """Sums on top, the map, ranges below."""
        with Vertical(id="sheet") as box:
            box.border_title = Content(" Compare ")
            yield self._totals
            yield self._map
            yield self._ranges
        yield self._key_bar

    def on_mount(self) -> None:
        """Compare with the parent first."""
        self._hint()
        if self._base is None and self._others(self._snapshot):
            # Its parent was deleted, or it is the first one: all of it against nothing is rarely
            # what is wanted to know.
            self._ranges.empty = ""
            self._totals.set_builder(self._head)
            self.action_base("There is no snapshot before this one. Compare it with which?")
            return
        self.compare()

    def _hint(self) -> None:
        can = {
            "diff.swap": self._base is not None,
            "diff.base": bool(self._others(self._snapshot)),
            "diff.other": bool(self._others(self._base)),
            "diff.export": self._diff is not None,
        }
        self._key_bar.set_hints(
            [
                KeyHint(keys.display(each), each.description, can.get(each.id or "", True), number)
                for number, each in enumerate(keys.DIFF)
            ]
        )

    def _others(self, side: Snapshot | None) -> list[Snapshot]:
        uid = side.resource_uid if side is not None else ""
        return [each for each in self._all if each.resource_uid != uid]

    def compare(self) -> None:
        """Load the difference."""
        self._diff = None
        self._totals.set_builder(self._head)
        self._map.set_ranges((), 0, 1)
        self._ranges.empty = "comparing"
        self._ranges.set_items(())
        self._hint()
        self.run_worker(later(self._compare), exclusive=True)

    async def _compare(self) -> None:
        base = self._base.resource_uid if self._base else None
        with guarded(self._failed):
            diff = await self._load(base, self._snapshot.resource_uid)
            self._diff = diff
            self._ranges.empty = "nothing differs"
            self._totals.set_builder(lambda width: self._summary(diff, width))
            size = max(self._snapshot.size_bytes, self._base.size_bytes if self._base else 0)
            self._map.set_ranges(diff.ranges, size, diff.block_size)
            self._ranges.set_items(diff.ranges)
            self._hint()

    def _failed(self, text: str) -> None:
        self._ranges.empty = outside(text)
        self._ranges.set_items(())

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """The range at the cursor stands out on the map."""
        event.stop()
        self._map.choose(self._ranges.current)

    # What it says

    def _head(self, width: int) -> list[Line]:
        signs = glyphs()
        base = self._base
        times: list[Span] = []
        if base is not None:
            times.append((f"{moment_or_age(base.created_at)} {signs.arrow} ", "muted"))
        times.append((f"{moment_or_age(self._snapshot.created_at)} ", "muted"))
        room = max(8, (width - length(times) - 8) // 2)
        before = fit(outside(base.name), min(room, 40)).rstrip() if base else "nothing"
        after = fit(outside(self._snapshot.name), min(room, 40)).rstrip()
        names: Line = [(f" {before}", "bright"), (f" {signs.arrow} ", "accent"), (after, "bright")]
        return [spread(names, times, width)]

    def _summary(self, diff: Diff, width: int) -> list[Line]:
        lines = self._head(width)
        whole = max(1, self._snapshot.size_bytes)
        for kind, size in (
            (RangeKind.CHANGED, diff.changed_bytes),
            (RangeKind.ADDED, diff.added_bytes),
            (RangeKind.REMOVED, diff.removed_bytes),
        ):
            lines.append(
                [
                    (f" {kind.value.capitalize():<9}", "muted"),
                    (f"{format_size(size):>9}  ", ""),
                    *share(size / whole, max(8, min(80, width - 32)), kind_style(kind)),
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

    # What can be done

    def _warn(self, text: str) -> None:
        self.notify(text, severity="warning", markup=False)

    def action_base(self, why: str = "") -> None:
        """Choose what to compare with."""
        self.app.push_screen(BasePicker(self._others(self._snapshot), why), self._rebase)

    def _rebase(self, base: Snapshot | None) -> None:
        if base is not None:
            self._base = base
            self.compare()
        elif self._base is None and self._others(self._snapshot):
            self.dismiss()

    def action_other(self) -> None:
        """Choose the other side."""
        picker = BasePicker(self._others(self._base), title="Compare which")
        self.app.push_screen(picker, self._replace)

    def _replace(self, snapshot: Snapshot | None) -> None:
        if snapshot is not None:
            self._snapshot = snapshot
            self.compare()

    def action_swap(self) -> None:
        """From the other side."""
        if self._base is None:
            self._warn(f"There is only one side: choose another with {keys.of('diff.base')}.")
            return
        self._base, self._snapshot = self._snapshot, self._base
        self.compare()

    def action_export(self) -> None:
        """Write it to a file."""
        if self._diff is None:
            self._warn("There is nothing to save yet.")
            return
        from snaptui.tui.screens.export_form import ExportForm

        before = self._base.name if self._base is not None else "nothing"
        export = diff_export(self._diff, before, self._snapshot.name)
        self.app.push_screen(ExportForm(export))

    def action_close(self) -> None:
        """Back."""
        self.dismiss()
