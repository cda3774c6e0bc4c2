"""The availability zones of a cloud: how much room each has, adding one, forgetting one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content

from snaptui.text import count_of
from snaptui.tui import keys
from snaptui.tui.columns import Column
from snaptui.tui.guard import guarded
from snaptui.tui.later import later
from snaptui.tui.screens.form import Field, Form
from snaptui.tui.screens.overlay import Overlay
from snaptui.tui.screens.question import Question
from snaptui.tui.screens.zones import ZONES
from snaptui.tui.spans import outside
from snaptui.tui.widgets.key_bar import KeyBar, KeyHint
from snaptui.tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from snaptui.clouds.base import Ability, KeepsZones
    from snaptui.models import Zone
    from snaptui.tui.inventory import InventoryChanged
    from snaptui.tui.widgets.rows import Rows

_VOLUMES: Column[Zone] = Column(
    id="volumes",
    title="Volumes",
    cell=lambda z: (
        "-" if z.volume_count is None else str(z.volume_count),
        "" if z.volume_count else "muted",
    ),
    width=7,
    right=True,
    told=lambda z: z.volume_count is not None,
)


class ZoneForm(Form):
    """A directory that becomes a zone."""

    AUTO_FOCUS = "#name"

    def __init__(self, add: Callable[[str, str], Awaitable[None]]) -> None:
        super().__init__("New Zone", "Add")
        self._add = add

    def fields(self) -> Iterable[Widget]:
        """Its name and its directory."""
        yield Field("Name", id="name", placeholder="e.g. fast")
        yield Field("Directory", id="path", placeholder="one that is there: /mnt/nvme/pool")

    async def send(self) -> None:
        """Add it."""
        path = self.path_of("path", "type the path of a directory")
        await self._add(self.text_of("name").strip(), path)


class ZonesScreen(Overlay[None]):
    """The zones, `default` first."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.ZONES]
    AUTO_FOCUS = "#zones"

    def __init__(
        self,
        cloud: str,
        load: Callable[[], Awaitable[Sequence[Zone]]],
        keeper: KeepsZones | None,
        ability: Ability,
    ) -> None:
        """Show the zones.

        Args:
            cloud: whose they are.
            load: lists them.
            keeper: adds and forgets them; None where the cloud itself does.
            ability: whether that can be done, and why not.
        """
        super().__init__()
        self._cloud = cloud
        self._load = load
        self._keeper = keeper
        self._ability = ability
        self._table: Table[Zone] = Table(
            (*ZONES[:2], _VOLUMES, ZONES[2]), lambda zone: zone.name, empty="looking", id="zones"
        )
        self._key_bar = KeyBar()

    def compose(self) -> ComposeResult:
        """The list, and the keys."""
        with Vertical(id="sheet") as box:
            box.border_title = Content(f" Zones of {outside(self._cloud, 40)} ")
            yield self._table
        yield self._key_bar

    def on_mount(self) -> None:
        """List them."""
        can, keeps = bool(self._ability), self._keeper is not None
        self._key_bar.set_hints(
            [
                KeyHint(keys.display(each), each.description, can or each.action == "close")
                for each in keys.ZONES
                if keeps or each.action == "close"
            ]
        )
        self.run_worker(later(self._reload), group="load", exclusive=True)

    def inventory_changed(self, message: InventoryChanged) -> None:
        """A volume came or went."""
        if message.state.name == self._cloud:
            self.run_worker(later(self._reload), group="load", exclusive=True)

    async def _reload(self) -> None:
        with guarded(self._tell):
            found = await self._load()
            self._table.empty = "there is no zone"
            self._table.set_items(list(found))

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another row."""
        event.stop()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter does nothing to a zone."""
        event.stop()

    def _can(self) -> KeepsZones | None:
        if not self._ability:
            self.notify(outside(self._ability.reason), severity="warning", markup=False)
            return None
        return self._keeper

    def action_add(self) -> None:
        """Let a directory be typed."""
        keeper = self._can()
        if keeper is None:
            return

        async def add(name: str, path: str) -> None:
            made = await keeper.add_zone(name, path)
            self._done(f"Zone {made.name} was successfully added.")

        self.app.push_screen(ZoneForm(add))

    def action_delete(self) -> None:
        """Ask, and forget the zone at the cursor."""
        zone, keeper = self._table.current, self._can()
        if zone is None or keeper is None:
            return
        if zone.volume_count:
            many = count_of(zone.volume_count, "volume")
            self.notify(
                outside(f"The zone {zone.name} has {many}: empty it first."),
                severity="warning",
                markup=False,
            )
            return

        async def delete() -> None:
            gone = await keeper.delete_zone(zone.name)
            self._done(f"Zone {gone.name} was successfully deleted.")

        facts = [
            f"No new volume can be made in zone {zone.name} any more.",
            f"{zone.path} and what is in it stay as they are; it can be added again.",
        ]
        self.app.push_screen(Question("Delete zone", "Delete", facts, delete))

    def _done(self, text: str) -> None:
        self.app.notify(outside(text), markup=False)
        self.run_worker(later(self._reload), group="load", exclusive=True)

    def _tell(self, text: str) -> None:
        self.notify(outside(text), severity="error", timeout=10, markup=False)

    def action_close(self) -> None:
        """Back."""
        self.dismiss()
