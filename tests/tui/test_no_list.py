"""A filter that is typed where nothing can be filtered: none of its letters is an action."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events

from snaptui.tui import typing_ahead
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.overlay import NO_FILTER
from snaptui.tui.screens.zone_list import ZonesScreen
from snaptui.tui.widgets.cloud_page import CloudPage
from snaptui.tui.widgets.detail import Detail
from snaptui.tui.widgets.table import Table
from tests.tui.fake import FakeCloud, FakeJobs, small_cloud
from tests.tui.helpers import screen_text, toasts, type_text, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

WEB = Place("local", PlaceKind.VOLUME, "vol-00000001")
CLOUD = Place("local", PlaceKind.CLOUD)
FILTER = "size:>5GiB !web"


async def opened(pilot: Pilot[None], app: SnaptuiApp, tab: str) -> Detail:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    app.main.go(WEB)
    view = app.main.pane.current
    assert isinstance(view, Detail)
    view.show_tab(tab)
    app.main.focus_main()
    await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget is not None, "the focus")
    return view


@pytest.mark.parametrize("tab", ["Info", "Lineage"])
async def test_a_filter_typed_in_a_tab_without_a_list_does_nothing(tab: str) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], jobs := FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        view = await opened(pilot, app, tab)
        await pilot.press("slash")
        await type_text(pilot, FILTER)
        assert app.screen is app.main
        assert app.main.pane.filter_bar.value == FILTER
        assert "there is no list here to filter" in screen_text(app)
        await pilot.press("enter")
        assert not app.main.pane.filter_bar.display
        assert app.focused is view.widget_of(tab)
        assert app.screen is app.main
        assert not jobs.requests


async def test_escape_goes_back_to_the_tree_that_a_cloud_page_is_seen_from() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(CLOUD)
        await wait_for(pilot, lambda: app.focused is app.main.tree_view, "the tree")
        assert isinstance(app.main.pane.current, CloudPage)
        await pilot.press("slash", "n", "escape")
        assert app.screen is app.main
        assert app.main.place == CLOUD
        assert app.focused is app.main.tree_view
        assert not app.main.pane.filter_bar.display


async def zones(pilot: Pilot[None], app: SnaptuiApp) -> ZonesScreen:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    await pilot.press("Z")
    await wait_for(pilot, lambda: isinstance(app.screen, ZonesScreen), "the zones")
    assert isinstance(app.screen, ZonesScreen)
    screen = app.screen
    await wait_for(pilot, lambda: isinstance(app.focused, Table), "their list")
    return screen


async def test_a_filter_typed_in_a_list_without_one_is_dropped_up_to_enter() -> None:
    app = SnaptuiApp([cloud := FakeCloud()], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await zones(pilot, app)
        await pilot.press("slash", "q", "u", "backspace", "e", "Z")
        assert app.screen is screen
        assert toasts(app) == [NO_FILTER]
        await pilot.press("enter", "q")
        await wait_for(pilot, lambda: app.screen is not screen, "the main screen")


@pytest.mark.parametrize("key", ["down", "tab", "pageup", "ctrl+t"])
async def test_a_key_that_is_no_text_ends_what_is_dropped(key: str) -> None:
    app = SnaptuiApp([cloud := FakeCloud()], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await zones(pilot, app)
        await pilot.press("slash", "q", key)
        assert app.screen is screen
        await pilot.press("q")
        await wait_for(pilot, lambda: app.screen is not screen, "the main screen")


async def test_that_key_is_not_dropped_itself() -> None:
    app = SnaptuiApp([cloud := small_cloud()], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await zones(pilot, app)
        table = app.focused
        assert isinstance(table, Table)
        await pilot.press("slash", "x", "end")
        assert table.cursor == table.total - 1 > 0


async def test_a_filter_in_one_piece_is_dropped_as_well() -> None:
    app = SnaptuiApp([cloud := FakeCloud()], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await zones(pilot, app)
        for key in ("slash", "q", "u", "e", "Z", "enter"):
            app.post_message(events.Key(key, "/" if key == "slash" else key))
        await pilot.pause()
        await wait_for(pilot, lambda: not app.typing_ahead._held, "all of it")
        await pilot.pause()
        assert app.screen is screen


async def test_after_a_pause_a_key_is_a_key_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typing_ahead, "LINE_SECONDS", 0.0)
    app = SnaptuiApp([cloud := FakeCloud()], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await zones(pilot, app)
        await pilot.press("slash", "q")
        await wait_for(pilot, lambda: app.screen is not screen, "the main screen")
