"""A key that is held, or pressed twice, does once what is dear to do."""

from __future__ import annotations

from snaptui.models import JobStatus
from snaptui.requests import CheckRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from tests.tui.fake import FakeJobs, small_cloud
from tests.tui.helpers import toasts, wait_for


async def test_verifying_is_begun_once() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.SNAPSHOT, "snap-00000001"))
        await pilot.press("v", "v", "v")
        await wait_for(pilot, lambda: any("already" in each for each in toasts(app)), "the word")
        assert jobs.requests == [CheckRequest(snapshot_uid="snap-00000001")]
        await wait_for(pilot, lambda: app.inventory.running, "the job")
        await pilot.press("v")
        assert len(jobs.requests) == 1
        jobs.change(jobs.all[0].resource_uid, status=JobStatus.COMPLETED)
        await wait_for(pilot, lambda: not app.inventory.running, "its end")
        await pilot.press("v")
        await wait_for(pilot, lambda: len(jobs.requests) == 2, "another one")
