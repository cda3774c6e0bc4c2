"""Keys in forms: what Enter sends, and where Down and Tab lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snaptui.clouds.base import Capability
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.clone_form import CloneForm
from snaptui.tui.screens.confirm import ConfirmDelete
from snaptui.tui.screens.form import Field, Form
from snaptui.tui.screens.snapshot_form import SnapshotForm
from snaptui.tui.screens.volume_form import VolumeForm
from snaptui.tui.screens.zones import ZonePicker
from snaptui.tui.widgets.choice import Choice
from snaptui.tui.widgets.tick import Tick
from tests.tui.fake import FakeCloud, FakeJobs, make_volume, small_cloud
from tests.tui.helpers import screen_text, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

SNAPSHOT = Place("local", PlaceKind.SNAPSHOT, "snap-00000001")


async def open_clone_form(pilot: Pilot[None], app: SnaptuiApp) -> ZonePicker:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    app.main.go(SNAPSHOT)
    await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget is not None, "the focus")
    await pilot.press("c")
    await wait_for(pilot, lambda: isinstance(app.screen, CloneForm), "the form")
    await wait_for(pilot, lambda: "/mnt/nvme/pool" in screen_text(app), "the zones")
    return app.screen.query_one(ZonePicker)


def focused(app: SnaptuiApp) -> str | None:
    return app.focused.id if app.focused is not None else None


def remote_cloud() -> FakeCloud:
    unable = frozenset({Capability.SET_VISIBILITY, Capability.ADD_VOLUME})
    return FakeCloud(volumes=[make_volume(1)], unable=unable)


async def test_enter_on_a_zone_sends_the_form() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        picker = await open_clone_form(pilot, app)
        await pilot.press("tab", "down")
        assert app.focused is picker
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
        assert [job.request["zone"] for job in jobs.list()] == ["fast"]


async def test_a_click_on_the_chosen_zone_sends_nothing() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        picker = await open_clone_form(pilot, app)
        lines = screen_text(app).split("\n")
        y = next(number for number, line in enumerate(lines) if "/pools/default" in line)
        await pilot.click(offset=(lines[y].index("/pools/default"), y))
        await wait_for(pilot, lambda: app.focused is picker, "the focus")
        await pilot.pause()
        assert isinstance(app.screen, CloneForm)
        assert jobs.list() == []


async def test_enter_on_a_zone_makes_a_blank_volume() -> None:
    cloud = remote_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("n")
        await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "the form")
        await wait_for(pilot, lambda: "/mnt/nvme/pool" in screen_text(app), "the zones")
        app.screen.query_one("#name", Field).value = "new-one"
        app.screen.query_one("#size", Field).value = "1GiB"
        app.screen.query_one(ZonePicker).focus()
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
        assert "new-one" in [volume.name for volume in cloud.all_volumes]


async def test_the_zone_that_is_used_most_is_the_one_that_is_chosen() -> None:
    cloud = remote_cloud()
    cloud.all_volumes += [make_volume(number, zone="fast") for number in (2, 3)]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("n")
        await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "the form")
        picker = app.screen.query_one(ZonePicker)
        await wait_for(pilot, lambda: picker.current is not None, "the zones")
        assert picker.zone == "fast"


async def test_what_follows_the_last_field_does_not_throw_away_what_was_typed() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_clone_form(pilot, app)
        app.screen.query_one("#size", Field).focus()
        await pilot.press("down")
        assert focused(app) == "submit"
        assert "Enter Clone" in screen_text(app)
        await pilot.press("right")  # as they are drawn
        assert focused(app) == "cancel"
        await wait_for(pilot, lambda: "Enter Cancel" in screen_text(app), "what Enter does here")
        await pilot.press("left")
        assert focused(app) == "submit"
        await pilot.press("tab")
        assert focused(app) == "cancel"
        await pilot.press("tab")
        assert focused(app) == "name"
        await pilot.press("shift+tab", "up", "up")
        assert focused(app) == "size"
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
        assert len(jobs.list()) == 1


async def test_what_is_dangerous_goes_to_the_harmless_button_first() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 30)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.VOLUMES))
        await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget, "the list")
        await pilot.press("ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the question")
        await wait_for(pilot, lambda: focused(app) == "typed", "the field")
        await pilot.press("down")
        assert focused(app) == "cancel"


async def test_what_is_chosen_in_a_list_is_seen_without_the_focus_and_without_colour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 30)) as pilot:
        picker = await open_clone_form(pilot, app)
        assert not picker.has_focus
        assert "▌ default" in screen_text(app)
        await pilot.press("tab", "down", "tab")
        assert not picker.has_focus
        assert "▌ fast" in screen_text(app)
        assert "▌ default" not in screen_text(app)


async def test_the_border_says_what_enter_does_where_the_focus_is() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 30)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.VOLUME, "vol-00000001"))
        await pilot.press("s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        await wait_for(pilot, lambda: "Enter Create" in screen_text(app), "what it does in a field")
        await pilot.press("tab", "tab")
        assert focused(app) == "fuzzy"
        await wait_for(pilot, lambda: "Enter Tick" in screen_text(app), "what it does at the box")
        await pilot.press("enter")
        assert app.screen.query_one(Tick).value
        await pilot.press("escape", "n")
        await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "the other form")
        app.screen.query_one(Choice).focus()
        await wait_for(pilot, lambda: "Enter Choose" in screen_text(app), "what it does here")
        await pilot.press("down")
        app.screen.query_one(ZonePicker).focus()
        await wait_for(pilot, lambda: "Enter Add" in screen_text(app), "what it does to a zone")


@pytest.mark.parametrize("key", ["c", "ctrl+d"])
async def test_tab_leads_to_the_buttons_as_they_are_drawn(key: str) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 30)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        kind = PlaceKind.SNAPSHOTS if key == "c" else PlaceKind.VOLUMES
        app.main.go(Place("local", kind))
        await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget, "the list")
        await pilot.press(key)
        await wait_for(pilot, lambda: isinstance(app.screen, Form), "the form")
        drawn = sorted(app.screen.query("#buttons Button"), key=lambda each: each.region.x)
        chain = [each for each in app.screen.focus_chain if each in drawn]
        assert chain == drawn
        assert drawn[0].id == ("submit" if key == "c" else "cancel")
