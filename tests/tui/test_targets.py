"""What an action is done to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snaptui.requests import SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.confirm import ConfirmDelete
from snaptui.tui.screens.snapshot_form import SnapshotForm
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume, small_cloud
from tests.tui.helpers import screen_text, toasts, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

VOLUME = Place("local", PlaceKind.VOLUME, "vol-00000001")


async def open_place(pilot: Pilot[None], app: SnaptuiApp, place: Place = VOLUME) -> None:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    app.main.go(place)
    await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget is not None, "the focus")


async def refused(pilot: Pilot[None], app: SnaptuiApp) -> None:
    await pilot.press("ctrl+d")
    await wait_for(pilot, lambda: toasts(app), "the reason")
    assert toasts(app) == ["select a volume or snapshot to delete first"]
    assert app.screen is app.main


async def test_a_filter_without_a_match_leaves_nothing_to_delete() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("slash", *"zzz", "enter")
        await wait_for(pilot, lambda: "nothing matches" in screen_text(app), "the empty list")
        await refused(pilot, app)


async def test_after_the_last_snapshot_the_volume_is_not_next() -> None:
    volume = make_volume(1)
    cloud = FakeCloud(volumes=[volume], snapshots=[make_snapshot(1, volume)])
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        cloud.all_snapshots.clear()
        cloud.touch()
        await wait_for(pilot, lambda: "no snapshots yet" in screen_text(app), "the empty list")
        await refused(pilot, app)
        await pilot.press("s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")


async def test_a_running_job_is_nothing_to_delete() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        table = app.main.pane.volume().snapshots
        jobs.start(SnapshotRequest(volume_uid="vol-00000001", name="running"))
        await wait_for(pilot, lambda: table.job_at(0), "the job's row")
        await pilot.press("home")
        await wait_for(pilot, lambda: table.job_at(table.cursor), "the cursor on it")
        await refused(pilot, app)


async def test_in_the_lineage_the_node_at_the_cursor_is_meant() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("4")
        lineage = app.main.pane.volume().lineage
        await wait_for(pilot, lambda: lineage.row_count() > 2, "the tree")
        await pilot.press("down", "down", "ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the dialog")
        node = lineage.node_at(2)
        assert node is not None
        assert node.uid in screen_text(app)
        assert "Delete snapshot" in screen_text(app)


@pytest.mark.parametrize("tab", ["1", "3", "5"])
async def test_a_text_is_about_what_is_shown(tab: str) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press(tab, "ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the dialog")
        assert "Delete volume" in screen_text(app)
