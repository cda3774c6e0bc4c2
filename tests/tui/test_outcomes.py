"""How jobs end is told without hiding what somebody is doing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from snaptui.models import JobStatus, SnapshotStatus
from snaptui.requests import SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.form import Field, Form
from snaptui.tui.screens.overlay import Overlay
from snaptui.tui.screens.snapshot_form import SnapshotForm
from snaptui.tui.widgets.detail import VolumeDetail
from tests.tui.fake import FakeJobs, make_snapshot, small_cloud
from tests.tui.helpers import toasts, wait_for

if TYPE_CHECKING:
    import pytest
    from textual.pilot import Pilot


class AnyForm(Form):
    """Any form."""

    def __init__(self) -> None:
        super().__init__("A Form", "Send")

    def fields(self) -> list[Field]:
        return [Field("Name", id="name")]

    async def send(self) -> None:
        raise NotImplementedError


def start(jobs: FakeJobs, name: str) -> str:
    job = jobs.start(SnapshotRequest(volume_uid="vol-00000001", name=name))
    return job.resource_uid


def end(jobs: FakeJobs, uid: str, status: JobStatus, summary: str) -> None:
    jobs.change(uid, status=status, summary=summary, ended_at=datetime.now(UTC))


async def running(pilot: Pilot[None], app: SnaptuiApp, jobs: FakeJobs, count: int) -> list[str]:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    uids = [start(jobs, f"s{number}") for number in range(count)]
    jobs._cloud.touch()
    await wait_for(pilot, lambda: len(app.inventory.running) == count, "the jobs")
    return uids


async def test_what_ends_while_a_form_is_open_is_told_when_it_closes() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        (uid,) = await running(pilot, app, jobs, 1)
        await pilot.press("down", "s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        end(jobs, uid, JobStatus.FAILED, "the disk is full")
        await wait_for(pilot, lambda: not app.inventory.running, "the end")
        await pilot.pause(0.1)
        assert toasts(app) == []
        await pilot.press("escape")
        await wait_for(pilot, lambda: toasts(app), "the toast")
        assert toasts(app) == ["Snapshot of web-data: the disk is full"]


async def test_that_is_also_so_where_the_form_lay_over_another_list() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        (uid,) = await running(pilot, app, jobs, 1)
        below: Overlay[None] = Overlay()
        await app.push_screen(below)
        await app.push_screen(AnyForm())
        end(jobs, uid, JobStatus.FAILED, "the disk is full")
        await wait_for(pilot, lambda: not app.inventory.running, "the end")
        await pilot.pause(0.1)
        assert toasts(app) == []
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is below, "the list")
        await wait_for(pilot, lambda: toasts(app), "the toast")


async def test_the_row_of_what_is_made_stays_until_that_is_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        (uid,) = await running(pilot, app, jobs, 1)
        app.main.go(Place("local", PlaceKind.VOLUME, "vol-00000001"))
        await pilot.pause()
        table = app.screen.query_one(VolumeDetail).snapshots
        await wait_for(pilot, lambda: table.job_at(0), "the row")
        jobs.change(uid, status=JobStatus.COMPLETED, result_uid="snap-0000FFFF")
        await wait_for(pilot, lambda: not app.inventory.running, "the end")
        await pilot.pause()
        row = table.job_at(0)
        assert row is not None
        assert row.status is JobStatus.RUNNING  # it looks as before
        made = make_snapshot(0xFFFF, cloud.all_volumes[0], "s0", created_at=datetime.now(UTC))
        cloud.all_snapshots.append(made)
        cloud.touch()
        await wait_for(pilot, lambda: table.job_at(0) is None, "its end")
        assert table.item_at(0) == app.inventory.clouds["local"].snapshots["snap-0000FFFF"]
        # of what is never listed the row goes, too
        monkeypatch.setattr("snaptui.tui.inventory.LISTED_SECONDS", 0.3)
        monkeypatch.setattr("snaptui.tui.outcomes.LISTED_SECONDS", 0.4)
        uid = start(jobs, "s1")
        await wait_for(pilot, lambda: table.job_at(0), "the row")
        jobs.change(uid, status=JobStatus.COMPLETED, result_uid="snap-0000FFFE", summary="made s1")
        await wait_for(pilot, lambda: "made s1" in toasts(app), "the toast")
        await wait_for(pilot, lambda: table.job_at(0) is None, "its end")


async def test_when_the_app_has_ended_there_is_nobody_to_tell() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await running(pilot, app, jobs, 1)
        app.outcomes.add(replace(jobs.all[0], status=JobStatus.FAILED))
    app.outcomes.add(replace(jobs.all[0], status=JobStatus.FAILED))
    app.outcomes.tell()


async def test_many_that_end_at_once_are_counted() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        uids = await running(pilot, app, jobs, 6)
        listed = jobs.list()
        jobs.list = lambda: listed  # type: ignore[method-assign]
        for uid in uids[:4]:
            end(jobs, uid, JobStatus.FAILED, "the disk is full")
        for uid in uids[4:]:
            end(jobs, uid, JobStatus.COMPLETED, "done")
        del jobs.list
        jobs._cloud.touch()
        await wait_for(pilot, lambda: toasts(app), "the toast")
        await wait_for(pilot, lambda: not app.inventory.running, "the end")
        assert toasts(app) == ["Jobs: 2 completed, 4 failed. Press J to see them."]


def completed(jobs: FakeJobs, uid: str, made: str) -> None:
    jobs.change(
        uid,
        status=JobStatus.COMPLETED,
        summary="Snapshot new was successfully created.",
        result_uid=made,
        ended_at=datetime.now(UTC),
    )


async def test_what_was_made_is_told_when_it_is_in_the_list_and_whole() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        (uid,) = await running(pilot, app, jobs, 1)
        app.main.go(Place("local", PlaceKind.SNAPSHOTS))
        new = make_snapshot(0, cloud.all_volumes[0], "new", status=SnapshotStatus.PENDING)
        completed(jobs, uid, new.resource_uid)
        await wait_for(pilot, lambda: not app.inventory.running, "the end")
        cloud.all_snapshots.insert(0, new)
        cloud.touch()
        await wait_for(pilot, lambda: app.main.pane.snapshots().total == 43, "a beginning of it")
        await pilot.pause(0.1)
        assert toasts(app) == []
        cloud.all_snapshots[0] = replace(new, status=SnapshotStatus.COMPLETED)
        cloud.touch()
        await wait_for(pilot, lambda: toasts(app), "the toast")
        assert toasts(app) == ["Snapshot new was successfully created."]
        assert app.inventory.clouds["local"].volumes["vol-00000001"].snapshot_count == 13
        assert app.main.pane.snapshots().shown[0] == cloud.all_snapshots[0]


async def test_what_no_listing_shows_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snaptui.tui.outcomes.LISTED_SECONDS", 0.3)
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        (uid,) = await running(pilot, app, jobs, 1)
        completed(jobs, uid, "snap-nowhere")
        await wait_for(pilot, lambda: not app.inventory.running, "the end")
        assert toasts(app) == []
        await wait_for(pilot, lambda: toasts(app), "the toast")
        assert toasts(app) == ["Snapshot new was successfully created."]


async def test_ctrl_l_takes_messages_away() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.notify("in the way", markup=False)
        await wait_for(pilot, lambda: toasts(app), "the toast")
        await pilot.press("ctrl+l")
        await wait_for(pilot, lambda: not toasts(app), "the clear screen")


async def test_what_is_said_twice_is_shown_once() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        for _ in range(3):
            app.notify("select a volume first", markup=False)
        await wait_for(pilot, lambda: toasts(app), "the toast")
        assert toasts(app) == ["select a volume first"]
        await pilot.press("down", "s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        await wait_for(pilot, lambda: toasts(app) == [], "the buttons to be free")
