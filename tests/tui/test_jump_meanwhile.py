"""The jump line while clouds change, and where one is after it."""

from __future__ import annotations

from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from tests.tui.fake import FakeJobs, make_snapshot, small_cloud
from tests.tui.helpers import screen_text, wait_for
from tests.tui.test_jump import DB, jumping


async def test_what_is_listed_while_the_line_is_open_is_found() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        bar = await jumping(pilot, app, "snap tuis")
        await wait_for(pilot, lambda: "nothing here is called" in screen_text(app), "the reason")
        made = make_snapshot(77, cloud.all_volumes[0], "tuistory")
        cloud.all_snapshots.append(made)
        cloud.touch()
        await wait_for(pilot, lambda: "tuistory" in screen_text(app), "the new one")
        cloud.all_snapshots.append(make_snapshot(78, cloud.all_volumes[0], "tuis"))
        cloud.touch()
        await wait_for(pilot, lambda: len(bar.list.shown) == 2, "another one")
        assert bar.list.chosen is not None
        assert bar.list.chosen.label == "tuistory"  # Enter does what it would have done before
        await pilot.press("enter")
        await wait_for(
            pilot,
            lambda: app.main.place == Place("local", PlaceKind.SNAPSHOT, made.resource_uid),
            "the snapshot",
        )


async def test_what_tab_goes_through_is_not_looked_for_anew() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        bar = await jumping(pilot, app, "snap nightly-000")
        await wait_for(pilot, lambda: len(bar.list.shown) > 2, "some")
        await pilot.press("tab")
        shown = [each.text for each in bar.list.shown]
        assert bar.input.value == shown[0]
        cloud.all_snapshots.append(make_snapshot(77, cloud.all_volumes[0], "late"))
        cloud.touch()
        state = app.inventory.clouds["local"]
        await wait_for(pilot, lambda: "snap-0000004D" in state.snapshots, "the new one")
        await pilot.pause(0.05)
        await pilot.press("tab")
        assert bar.input.value == shown[1]


async def test_a_cloud_is_gone_to_in_the_tree_where_a_cursor_is_seen() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(DB)
        await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget, "the focus")
        await jumping(pilot, app, "cloud local")
        await pilot.press("enter")
        place = Place("local", PlaceKind.CLOUD)
        await wait_for(pilot, lambda: app.main.place == place, "the cloud")
        await wait_for(pilot, lambda: app.main.tree_view.has_focus, "the focus")
        await pilot.press("escape")
        assert app.main.place == DB
