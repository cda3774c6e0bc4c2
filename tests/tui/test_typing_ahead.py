"""Keys that come faster than the focus moves: over a slow line, or from a macro."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events

from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.themes import ThemePicker
from tests.tui.fake import FakeJobs, small_cloud
from tests.tui.helpers import toasts, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

NAMES = {"/": "slash", ":": "colon", " ": "space", "!": "exclamation_mark", "\r": "enter"}


def burst(app: SnaptuiApp, text: str) -> None:
    """All of these keys at once, as a terminal sends what it has."""
    for character in text:
        app.post_message(events.Key(NAMES.get(character, character), character))


async def opened(pilot: Pilot[None], app: SnaptuiApp) -> None:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    app.main.go(Place("local", PlaceKind.SNAPSHOTS))
    await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget is not None, "the focus")


@pytest.mark.parametrize("text", ["nosc!q", "db d", "new:>0 !JqTu", "volume:=db"])
async def test_what_follows_the_slash_is_the_filter(text: str) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        burst(app, f"/{text}")
        bar = app.main.pane.filter_bar
        await wait_for(pilot, lambda: len(bar.value) == len(text), "the text")
        assert bar.value == text
        assert app.screen is app.main
        assert app.is_running
        assert not toasts(app)


async def test_enter_ends_the_filter_and_opens_nothing() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        burst(app, "/db\r")
        table = app.main.pane.snapshots()
        await wait_for(pilot, lambda: table.matching == 30 and table.has_focus, "the filter")
        assert app.main.place == Place("local", PlaceKind.SNAPSHOTS)


async def test_what_follows_the_colon_is_the_jump_line() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        burst(app, ":vol db\r")
        there = Place("local", PlaceKind.VOLUME, "vol-00000002")
        await wait_for(pilot, lambda: app.main.place == there, "the volume")
        assert app.screen is app.main


async def test_two_enters_in_one_piece_close_one_screen() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("ctrl+t")
        await wait_for(pilot, lambda: isinstance(app.screen, ThemePicker), "the picker")
        burst(app, "\r\r")
        await wait_for(pilot, lambda: app.screen is app.main, "the main screen")
        await pilot.pause()
        assert app.is_running
