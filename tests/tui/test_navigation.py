"""From place to place and back: the trail, the crumbs, the tree's node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.titles import title_of
from snaptui.tui.trail import STEPS_MAX, Stop, Trail
from tests.tui.conftest import SIZES
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume, small_cloud
from tests.tui.helpers import screen_text, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

VOLUMES = Place("local", PlaceKind.VOLUMES)
SNAPSHOTS = Place("local", PlaceKind.SNAPSHOTS)
WEB = Place("local", PlaceKind.VOLUME, "vol-00000001")
DB = Place("local", PlaceKind.VOLUME, "vol-00000002")
WEB_SNAPSHOT = Place("local", PlaceKind.SNAPSHOT, "snap-00000003")
DB_SNAPSHOT = Place("local", PlaceKind.SNAPSHOT, "snap-00000065")


async def begun(pilot: Pilot[None], app: SnaptuiApp) -> None:
    await wait_for(pilot, lambda: app.main.place == VOLUMES, "the inventory")


# The trail


def test_back_goes_the_way_one_came() -> None:
    trail = Trail()
    for place in (VOLUMES, WEB, WEB_SNAPSHOT):
        trail.leave(Stop(place))
    assert trail.last == WEB_SNAPSHOT
    assert [trail.back(None, lambda _: True) for _ in range(4)] == [
        Stop(WEB_SNAPSHOT),
        Stop(WEB),
        Stop(VOLUMES),
        None,
    ]


def test_back_skips_what_is_gone_and_where_one_is() -> None:
    trail = Trail()
    for place in (VOLUMES, WEB, DB, WEB_SNAPSHOT):
        trail.leave(Stop(place))
    assert trail.back(DB, lambda place: place != WEB_SNAPSHOT) == Stop(WEB)


def test_a_place_left_twice_in_a_row_is_one_stop_the_later_one() -> None:
    trail = Trail()
    trail.leave(Stop(WEB, "Info"))
    trail.leave(Stop(WEB, "Blocks"))
    assert trail.back(DB, lambda _: True) == Stop(WEB, "Blocks")
    assert trail.last is None


def test_the_trail_does_not_grow_for_ever() -> None:
    trail = Trail()
    for number in range(3 * STEPS_MAX):
        trail.leave(Stop(Place("local", PlaceKind.VOLUME, str(number))))
    steps = 0
    while trail.back(None, lambda _: True) is not None:
        steps += 1
    assert steps == STEPS_MAX


# On the screen


async def test_back_after_jumps_across_volumes_shows_tab_row_and_node_again() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        main = app.main
        main.go(WEB)
        rows = main.pane.volume().snapshots
        await wait_for(pilot, lambda: rows.has_focus and rows.total, "its snapshots")
        await pilot.press("2", "down", "down")
        main.go(WEB_SNAPSHOT)
        assert main.tree_view.place == WEB
        await pilot.press("4")
        main.go(DB)
        main.go(DB_SNAPSHOT)
        assert main.tree_view.place == DB
        await pilot.press("escape")
        assert (main.place, main.tree_view.place) == (DB, DB)
        await pilot.press("escape")
        assert (main.place, main.tree_view.place) == (WEB_SNAPSHOT, WEB)
        assert main.pane.snapshot().tab == "Volumes"
        await pilot.press("backspace")
        assert main.place == WEB
        assert main.pane.volume().tab == "Snapshots"
        chosen = main.pane.volume().snapshots.current
        assert chosen is not None
        assert chosen.resource_uid == "snap-00000003"
        await pilot.press("backspace", "backspace")
        assert main.place == VOLUMES
        assert app.focused is main.tree_view


async def test_a_snapshot_opened_from_the_index_stays_under_the_index() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        app.main.go(SNAPSHOTS)
        table = app.main.pane.snapshots()
        await wait_for(pilot, lambda: table.has_focus and table.total, "the index")
        await pilot.press("enter")
        assert app.main.place is not None
        assert app.main.place.kind is PlaceKind.SNAPSHOT
        assert app.main.tree_view.place == SNAPSHOTS


async def test_back_skips_a_volume_that_was_deleted_meanwhile() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        app.main.go(WEB)
        app.main.go(DB)
        await cloud.delete_volume("vol-00000001")
        state = app.inventory.clouds["local"]
        await wait_for(pilot, lambda: "vol-00000001" not in state.volumes, "the deletion")
        await pilot.press("escape")
        assert app.main.place == VOLUMES


async def test_a_preview_that_is_due_does_not_undo_a_jump() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        await pilot.press("down")
        app.main.go(DB_SNAPSHOT)
        assert app.main._preview is None
        await pilot.press("escape")
        assert app.main.place == VOLUMES


@pytest.mark.parametrize("size", SIZES)
async def test_each_crumb_goes_where_it_says(size: tuple[int, int]) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        await begun(pilot, app)
        crumbs = {
            "local": Place("local", PlaceKind.CLOUD),
            "Volumes": VOLUMES,
            "web-data": WEB,
        }
        for label, place in crumbs.items():
            app.main.go(WEB_SNAPSHOT)
            await pilot.pause()
            line = screen_text(app).split("\n")[0]
            assert "local › Volumes › web-data › nightly-0003" in line
            await pilot.click("#header", offset=(line.index(label), 0))
            assert app.main.place == place
            await pilot.press("tab", "tab", "escape")
            assert app.main.place == WEB_SNAPSHOT


async def test_a_click_on_the_number_of_jobs_lists_them() -> None:
    from snaptui.requests import SnapshotRequest
    from snaptui.tui.screens.jobs import JobsScreen

    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        jobs.start(SnapshotRequest(volume_uid="vol-00000001", name="running"))
        await wait_for(pilot, lambda: "1 job " in screen_text(app), "the job")
        line = screen_text(app).split("\n")[0]
        await pilot.click("#header", offset=(line.index("1 job"), 0))
        await wait_for(pilot, lambda: isinstance(app.screen, JobsScreen), "the jobs")


async def test_long_crumbs_keep_the_clock_and_where_one_is() -> None:
    volume = make_volume(1, "v" * 200)
    cloud = FakeCloud(volumes=[volume], snapshots=[make_snapshot(1, volume, "nightly" * 30)])
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        app.main.go(Place("local", PlaceKind.SNAPSHOT, "snap-00000001"))
        await pilot.pause()
        line = screen_text(app).split("\n")[0]
        assert "› nightlynightly" in line
        assert line[-6:-4].strip().isdigit()


def test_the_snapshot_of_a_deleted_volume_is_below_the_index() -> None:
    from snaptui.tui.inventory import CloudState

    cloud = small_cloud()
    state = CloudState(cloud)
    state.take([], cloud.all_snapshots)
    labels = [crumb.label for crumb in title_of(WEB_SNAPSHOT, state).crumbs]
    assert labels == ["local", "Volume Snapshots", "nightly-0003"]
