"""The trash: what was deleted, by whom, and how long it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Vertical
from textual.content import Content

from snaptui.tui import keys
from snaptui.tui.guard import guarded
from snaptui.tui.later import later
from snaptui.tui.screens.overlay import Overlay
from snaptui.tui.spans import outside
from snaptui.tui.tables.trash import TRASH
from snaptui.tui.typing_ahead import typing_ahead
from snaptui.tui.widgets.key_bar import KeyBar, KeyHint
from snaptui.tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from snaptui.clouds.base import Ability
    from snaptui.models import TrashedSnapshot
    from snaptui.tui.inventory import InventoryChanged
    from snaptui.tui.widgets.rows import Rows

    Reload = Callable[[], Coroutine[Any, Any, None]]

EMPTY = "the trash is empty: what you delete is kept here for a while"


class TrashScreen(Overlay[None]):
    """Deleted snapshots, last deleted first."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.TRASH]
    AUTO_FOCUS = "#trash"

    def __init__(
        self,
        cloud: str,
        load: Callable[[], Awaitable[Sequence[TrashedSnapshot]]],
        take_back: Callable[[Sequence[str]], Awaitable[None]],
        purge: Callable[[Sequence[str], Sequence[str], Reload], Awaitable[None]],
        abilities: Mapping[str, Ability],
    ) -> None:
        """Show the trash.

        Args:
            cloud: whose it is.
            load: gives what is in it.
            take_back: takes snapshots back, by their uids.
            purge: asks, and deletes snapshots for good, by uids and names; then it calls what it
                is given.
            abilities: whether these two can be done, by the names of their actions.
        """
        super().__init__()
        self._cloud = cloud
        self._load = load
        self._take_back = take_back
        self._purge = purge
        self._abilities = abilities
        self._table: Table[TrashedSnapshot] = Table(
            TRASH,
            lambda each: each.resource_uid,
            empty="looking into it",
            markable=True,
            id="trash",
        )
        self._key_bar = KeyBar()

    def compose(self) -> ComposeResult:
        """The list, and the keys."""
        with Vertical(id="sheet") as box:
            box.border_title = Content(f" Trash of {outside(self._cloud, 40)} ")
            yield self._table
        yield self._key_bar

    def on_mount(self) -> None:
        """Look into it."""
        self._tell_keys()
        self.run_worker(later(self.reload), group="load", exclusive=True)

    def inventory_changed(self, message: InventoryChanged) -> None:
        """A snapshot came or went: perhaps from here, or to here."""
        if message.state.name == self._cloud:
            self.run_worker(later(self.reload), group="load", exclusive=True)

    async def reload(self) -> None:
        """List what is there now."""
        with guarded(self._tell):
            found = await self._load()
            self._table.empty = EMPTY
            self._table.set_items(list(found))
            self._tell_keys()

    def _tell_keys(self) -> None:
        filled = bool(self._table.total)
        self._key_bar.set_hints(
            [
                KeyHint(keys.display(each), each.description, filled or each.action == "close")
                for each in keys.TRASH
            ]
        )

    def on_table_marked(self, event: Table.Marked) -> None:
        """A mark was set or taken away."""
        event.stop()

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another row."""
        event.stop()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter: take it back."""
        event.stop()
        self.action_take_back(only_here=True)

    def _chosen(self, *, only_here: bool = False) -> list[TrashedSnapshot]:
        marked = [] if only_here else self._table.marked
        current = self._table.current
        return marked or ([current] if current is not None else [])

    def _can(self, action: str) -> bool:
        ability = self._abilities[action]
        if not ability:
            self.notify(outside(ability.reason), severity="warning", markup=False)
        return bool(ability)

    def action_take_back(self, *, only_here: bool = False) -> None:
        """Take back what is marked, or else what the cursor is on."""
        chosen = self._chosen(only_here=only_here)
        if chosen and self._can("take_back"):
            self.run_worker(later(self._back, [each.resource_uid for each in chosen]), group="back")

    async def _back(self, uids: Sequence[str]) -> None:
        with guarded(self._tell):
            await self._take_back(uids)
        await self.reload()

    def action_purge(self) -> None:
        """Ask, and delete for good what is marked, or else what the cursor is on."""
        chosen = self._chosen()
        typing_ahead(self.app).drop()  # none of it is an answer to what is going to be asked
        if chosen and self._can("purge"):
            self.run_worker(later(self._ask, chosen), group="ask", exclusive=True)

    async def _ask(self, chosen: Sequence[TrashedSnapshot]) -> None:
        with guarded(self._tell):
            uids = [each.resource_uid for each in chosen]
            await self._purge(uids, [each.name for each in chosen], self.reload)

    def _tell(self, text: str) -> None:
        self.notify(outside(text), severity="error", timeout=10, markup=False)

    def action_close(self) -> None:
        """Back."""
        self.dismiss()
