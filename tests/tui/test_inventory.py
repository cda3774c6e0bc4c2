"""Following clouds and jobs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from snaptui.clouds.base import collect
from snaptui.errors import SnaptuiError
from snaptui.models import CloudInfo, JobStatus
from snaptui.requests import SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.inventory import CloudState, Inventory
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.ports import Backend
from snaptui.tui.state import Remembered
from snaptui.tui.trail import Stop
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume, small_cloud
from tests.tui.helpers import screen_text, toasts, wait_for

if TYPE_CHECKING:
    from collections.abc import Hashable

    from textual.app import App

    from snaptui.clouds.base import Cloud


async def test_a_difference_names_what_changed() -> None:
    cloud = small_cloud()
    state = CloudState(cloud)
    volumes, snapshots = await collect(cloud.volumes()), await collect(cloud.snapshots())
    state.take(volumes, snapshots)
    assert not state.take(volumes, snapshots)
    new = make_snapshot(900, volumes[0])
    renamed = replace(volumes[1], name="other")
    difference = state.take([volumes[0], renamed], [new, *snapshots[1:]])
    assert difference.added == {new.resource_uid}
    assert difference.removed == {snapshots[0].resource_uid}
    assert difference.changed == {renamed.resource_uid}


def test_a_job_ends_once() -> None:
    cloud = small_cloud()
    jobs, inventory = FakeJobs(cloud), Inventory()
    job = jobs.start(SnapshotRequest(volume_uid="vol-00000001", name="a"))
    assert inventory.take_jobs(jobs.list()) == ([job], [])
    assert inventory.take_jobs(jobs.list()) == ([], [])
    jobs.change(job.resource_uid, status=JobStatus.COMPLETED, ended_at=datetime.now(UTC))
    assert [j.resource_uid for j in inventory.take_jobs(jobs.list())[1]] == [job.resource_uid]
    assert inventory.take_jobs(jobs.list()) == ([], [])


def test_a_job_is_of_the_cloud_that_took_the_place_of_its_own() -> None:
    prod, other = FakeCloud("prod"), FakeCloud("other")
    prod.found_as = ("openstack prod", "other")
    jobs, inventory = FakeJobs(prod), Inventory()
    inventory.add_clouds([prod, other])
    made = jobs.start(SnapshotRequest(volume_uid="vol-00000001", name="a"))
    for name, meant in (("openstack prod", "prod"), ("prod", "prod"), ("other", "other")):
        job = replace(made, cloud=name)
        inventory.take_jobs([job])
        state = inventory.clouds[meant]
        assert inventory.cloud_of(job) is state
        assert inventory.touched_by(job) == [state]
        assert inventory.running_for(meant, job.kind) == [job]
        assert inventory.making(meant, job.kind) == [job]
    assert inventory.cloud_of(replace(made, cloud="gone")) is None


async def test_nothing_is_loaded_or_sent_while_nothing_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud = small_cloud()
    polls = 0
    original = cloud.change_token

    async def counted() -> Hashable:
        nonlocal polls
        polls += 1
        return await original()

    cloud.change_token = counted  # type: ignore[method-assign]
    # the clock and the ages move on with the minute, which may be over at any time
    monkeypatch.setattr(SnaptuiApp, "_next_minute", lambda _: None)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await wait_for(pilot, lambda: "web-data" in screen_text(app), "the first paint")
        start = polls
        await wait_for(pilot, lambda: polls > start + 1, "two polls")
        sent: list[object] = []
        display = SnaptuiApp._display

        def spied(self: App[None], screen: object, renderable: object) -> None:
            if renderable is not None:
                sent.append(renderable)
            display(self, screen, renderable)  # type: ignore[arg-type]

        monkeypatch.setattr(SnaptuiApp, "_display", spied)
        start = polls
        await wait_for(pilot, lambda: polls > start + 4, "four polls")
        assert cloud.loads == 1
        assert not sent


async def test_progress_shows_in_the_volume_and_the_header() -> None:
    from snaptui.models import Progress

    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("down")
        await wait_for(pilot, lambda: "nightly-0001" in screen_text(app), "the snapshots")
        job = jobs.start(SnapshotRequest(volume_uid="vol-00000001", name="before-upgrade"))
        jobs.change(
            job.resource_uid,
            progress=Progress(
                phase="reading", done_bytes=40, total_bytes=100, rate=5e6, seconds_left=23
            ),
        )
        await wait_for(pilot, lambda: "1 job " in screen_text(app), "the header")
        row = next(line for line in screen_text(app).splitlines() if "before-upgrade" in line)
        assert "40%" in row
        assert "23 s left" in row
        jobs.change(
            job.resource_uid,
            status=JobStatus.FAILED,
            summary="the volume changed while it was read",
            exit_code=4,
            ended_at=datetime.now(UTC),
        )
        await wait_for(pilot, lambda: toasts(app), "the toast")
        assert toasts(app)[0].startswith(
            "Snapshot of web-data: the volume changed while it was read: "
        )
        assert "tick 'Allow a fuzzy snapshot'" in toasts(app)[0]
        await wait_for(pilot, lambda: "1 job " not in screen_text(app), "the header")
        assert "before-upgrade" not in screen_text(app)


async def test_jobs_that_ended_before_are_not_told() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    job = jobs.start(SnapshotRequest(volume_uid="vol-00000001", name="old"))
    jobs.change(job.resource_uid, status=JobStatus.COMPLETED, summary="old news")
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.inventory.jobs, "the jobs")
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        assert not toasts(app)


async def test_what_cannot_be_opened_closes_the_app_and_is_raised() -> None:
    error = SnaptuiError("there is no repository at /nowhere", "make one")

    def connect() -> Backend:
        raise error

    app = SnaptuiApp(connect=connect)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.failure is error, "the failure")
    assert app.return_code == 1


async def test_the_shell_is_painted_before_anything_is_opened() -> None:
    cloud = small_cloud()
    painted: list[str] = []

    def connect() -> Backend:
        painted.append(screen_text(app))
        return Backend([cloud], FakeJobs(cloud))

    app = SnaptuiApp(connect=connect)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "web-data" in screen_text(app), "the tree")
    assert "Clouds" in painted[0]
    assert "web-data" not in painted[0]


async def test_why_clouds_are_missing_is_told() -> None:
    cloud = small_cloud()
    problem = "/home/ada/clouds.yaml, line 3: [bold]no \x1b[31mYAML"
    app = SnaptuiApp(connect=lambda: Backend([cloud], FakeJobs(cloud), lambda: ([], [problem])))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: toasts(app), "the problem")
        assert "web-data" in screen_text(app)
        [told] = toasts(app)
        assert "clouds.yaml, line 3: [bold]no" in told
        assert "\x1b" not in told


@pytest.mark.parametrize("begins_in", ["", "far", "local"])
async def test_other_clouds_are_looked_for_when_the_first_one_is_there(begins_in: str) -> None:
    """Unless one begins in one of them."""
    cloud, far = small_cloud(), FakeCloud(volumes=[make_volume(9, "far-data")], name="far")
    seen: list[bool] = []

    def more() -> tuple[list[Cloud], list[str]]:
        seen.append("web-data" in screen_text(app))
        return [far], []

    stop = Stop(Place(begins_in, PlaceKind.VOLUMES))
    app = SnaptuiApp(
        connect=lambda: Backend([cloud], FakeJobs(cloud), more),
        remembered=Remembered(stop=stop if begins_in else None),
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "far-data" in screen_text(app), "both clouds")
        assert list(app.inventory.clouds) == ["local", "far"]
        assert seen == [begins_in != "far"]
        assert app.main.place == Place(begins_in or "local", PlaceKind.VOLUMES)


async def test_other_clouds_do_not_wait_for_a_first_one_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("snaptui.tui.following_app.MORE_SECONDS", 0.05)
    slow, far = SlowCloud(), FakeCloud(volumes=[make_volume(9, "far-data")], name="far")
    app = SnaptuiApp(connect=lambda: Backend([slow], FakeJobs(slow), lambda: ([far], [])))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "far-data" in screen_text(app), "the other one")


async def test_that_other_clouds_cannot_be_looked_for_is_told() -> None:
    cloud = small_cloud()

    def more() -> tuple[list[Cloud], list[str]]:
        raise OSError("no such [b]luck")

    app = SnaptuiApp(connect=lambda: Backend([cloud], FakeJobs(cloud), more))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: toasts(app), "the problem")
        assert "no such [b]luck" in toasts(app)[0]
        assert "web-data" in screen_text(app)


class DownCloud(FakeCloud):
    async def info(self) -> CloudInfo:
        raise SnaptuiError("no route to host")

    async def change_token(self) -> Hashable:
        raise SnaptuiError("no route to host")


class SlowCloud(FakeCloud):
    async def change_token(self) -> Hashable:
        await asyncio.Event().wait()
        return 0


async def test_a_cloud_that_is_down_or_slow_delays_nobody() -> None:
    good = small_cloud()
    clouds = [SlowCloud("slow"), good, DownCloud("lab")]
    app = SnaptuiApp(clouds, FakeJobs(good))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "web-data" in screen_text(app), "the good one")
        await wait_for(pilot, lambda: "down" in screen_text(app), "the one that is down")


async def test_the_selection_survives_a_refresh() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("down")
        await wait_for(pilot, lambda: app.main.pane.volume().snapshots.total == 12, "the rows")
        await pilot.press("tab", "down", "down")
        before = app.main.pane.volume().snapshots.current
        assert before is not None
        cloud.all_snapshots.append(
            make_snapshot(0, make_volume(1, "web-data"), "fresh", created_at=datetime.now(UTC))
        )
        cloud.touch()
        await wait_for(pilot, lambda: app.main.pane.volume().snapshots.total == 13, "the new row")
        after = app.main.pane.volume().snapshots.current
        assert after is not None
        assert after.resource_uid == before.resource_uid
