"""What one is asked before a deletion, and how one answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.confirm import ConfirmDelete
from snaptui.tui.widgets.table import Table
from tests.tui.helpers import screen_text, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot


async def open_index(pilot: Pilot[Any], app: SnaptuiApp) -> Table[Any]:
    """All snapshots, with the cursor on the first."""
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    app.main.go(Place("local", PlaceKind.SNAPSHOTS))
    await wait_for(pilot, lambda: isinstance(app.focused, Table), "the list")
    table = app.focused
    assert isinstance(table, Table)
    await wait_for(pilot, lambda: table.total, "its rows")
    return table


async def dialog(pilot: Pilot[Any], app: SnaptuiApp) -> str:
    """What the question says, once it is whole."""
    await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the question")
    await wait_for(pilot, lambda: "adding up" not in screen_text(app), "the figure")
    await pilot.pause()
    return screen_text(app)


async def say_yes(pilot: Pilot[Any], app: SnaptuiApp) -> None:
    await pilot.press("tab", "enter")
    await wait_for(pilot, lambda: not isinstance(app.screen, ConfirmDelete), "its end")


async def left(pilot: Pilot[Any], app: SnaptuiApp, count: int) -> None:
    """So many snapshots are left."""
    snapshots = app.inventory.clouds["local"]
    await wait_for(pilot, lambda: len(snapshots.snapshots) == count, f"{count} snapshots")
