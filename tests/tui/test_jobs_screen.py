"""The jobs screen: what it says of jobs, and what it does to them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from snaptui.models import Attachment, Job, JobKind, JobStatus, Progress
from snaptui.requests import CloneRequest, JobRequest, RestoreRequest, SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.inventory import JobsChanged
from snaptui.tui.screens.job_log import JobLogScreen
from snaptui.tui.screens.jobs import JobsScreen
from snaptui.tui.screens.question import Question
from tests.tui.fake import GIB, FakeJobs, small_cloud
from tests.tui.helpers import screen_text, toasts, type_text, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

REASON = "the disk is full"
HINT = "make room and try again"


class Opened:
    """An app whose jobs screen is open."""

    def __init__(self, pilot: Pilot[None], app: SnaptuiApp, jobs: FakeJobs) -> None:
        self.pilot, self.app, self.jobs = pilot, app, jobs

    def add(self, request: JobRequest, **changes: object) -> Job:
        job = self.jobs.start(request)
        if changes.get("status") in {JobStatus.FAILED, JobStatus.COMPLETED, JobStatus.CANCELLED}:
            changes.setdefault("ended_at", datetime.now(UTC))
        self.jobs.change(job.resource_uid, **changes)
        return self.jobs.get(job.resource_uid)

    async def open(self) -> JobsScreen:
        await wait_for(self.pilot, lambda: self.app.main.place is not None, "the inventory")
        await wait_for(
            self.pilot, lambda: len(self.app.inventory.jobs) == len(self.jobs.all), "the jobs"
        )
        await self.pilot.press("J")
        await wait_for(self.pilot, lambda: isinstance(self.app.screen, JobsScreen), "the screen")
        await self.pilot.pause()
        assert isinstance(self.app.screen, JobsScreen)
        return self.app.screen

    async def shows(self, text: str) -> None:
        await wait_for(self.pilot, lambda: text in screen_text(self.app), text)


def new_app() -> tuple[SnaptuiApp, FakeJobs]:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    return SnaptuiApp([cloud], jobs), jobs


SNAPSHOT = SnapshotRequest(volume_uid="vol-00000001", name="before")
CLONE = CloneRequest(snapshot_uid="snap-00000001", name="copy")
IN_PLACE = RestoreRequest(snapshot_uid="snap-00000001", in_place=True)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_it_counts_running_queued_done_and_failed(size: tuple[int, int]) -> None:
    app, jobs = new_app()
    async with app.run_test(size=size) as pilot:
        opened = Opened(pilot, app, jobs)
        opened.add(SNAPSHOT, status=JobStatus.COMPLETED, summary="done so")
        opened.add(CLONE, status=JobStatus.FAILED, summary=REASON, hint=HINT)
        opened.add(SNAPSHOT, status=JobStatus.QUEUED, progress=None)
        opened.add(
            SNAPSHOT,
            progress=Progress(
                phase="reading", done_bytes=GIB, total_bytes=4 * GIB, rate=GIB / 2, seconds_left=6
            ),
        )
        screen = await opened.open()
        await opened.shows("1 running · 1 queued · 1 done · 1 failed")
        for text in ("25%", "6 s left", "queued"):
            await opened.shows(text)
        await pilot.press("down")
        await opened.shows("512 MiB/s")
        await opened.shows("1.0 GiB of 4.0 GiB")  # running ones are listed oldest first
        await pilot.press("down")
        await opened.shows(REASON)
        await opened.shows(HINT)
        said = screen._said
        await wait_for(pilot, lambda: f"log of {jobs.all[2].resource_uid}" in said.text, "its log")


async def test_cancelling_asks_first() -> None:
    app, jobs = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        job = opened.add(SNAPSHOT)
        await opened.open()
        await pilot.press("ctrl+x")
        await wait_for(pilot, lambda: isinstance(app.screen, Question), "the question")
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(app.screen, JobsScreen), "its end")
        assert jobs.get(job.resource_uid).status is JobStatus.RUNNING
        await pilot.press("ctrl+x")
        await wait_for(pilot, lambda: isinstance(app.screen, Question), "the question")
        await pilot.press("tab", "enter")
        await wait_for(
            pilot, lambda: jobs.get(job.resource_uid).status is JobStatus.CANCELLED, "the end"
        )
        await opened.shows("1 cancelled")
        await pilot.press("ctrl+x")
        await wait_for(pilot, lambda: "This job is over already." in toasts(app), "the refusal")


async def test_what_failed_is_retried_with_the_same_request() -> None:
    app, jobs = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        opened.add(CLONE, status=JobStatus.FAILED, summary=REASON)
        screen = await opened.open()
        await pilot.press("R")
        await wait_for(pilot, lambda: len(jobs.all) == 2, "the new job")
        assert jobs.requests == [CLONE, CLONE]
        await wait_for(
            pilot,
            lambda: screen.job is not None and not screen.job.status.ended,
            "the cursor on the new job",
        )
        await pilot.press("R")
        await wait_for(pilot, lambda: any("not over yet" in each for each in toasts(app)), "why")
        assert len(jobs.all) == 2


async def test_a_key_that_is_held_retries_once() -> None:
    app, jobs = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        opened.add(CLONE, status=JobStatus.FAILED, summary=REASON)
        screen = await opened.open()
        for _ in range(5):
            screen.action_retry_job()
        await wait_for(
            pilot,
            lambda: screen.job is not None and not screen.job.status.ended,
            "the cursor on the new job",
        )
        assert jobs.requests == [CLONE, CLONE]


async def test_what_did_its_work_is_not_retried() -> None:
    app, jobs = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        opened.add(SNAPSHOT, status=JobStatus.COMPLETED, summary="done so")
        await opened.open()
        await pilot.press("R")
        await wait_for(pilot, lambda: any("did what it was" in each for each in toasts(app)), "why")
        assert len(jobs.all) == 1


async def test_a_restore_over_a_volume_wants_its_name_typed_before_it_is_retried() -> None:
    app, jobs = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        opened.add(IN_PLACE, status=JobStatus.CANCELLED, summary="it was cancelled")
        await opened.open()
        await pilot.press("R")
        await wait_for(pilot, lambda: isinstance(app.screen, Question), "the question")
        await opened.shows("All data of volume web-data will be overwritten")
        await pilot.press("enter")
        await opened.shows("nothing is typed yet")
        assert len(jobs.all) == 1
        await type_text(pilot, "web-data")
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(jobs.all) == 2, "the new job")
        assert jobs.requests[0] == IN_PLACE


async def test_who_retries_a_restore_by_force_is_told_what_is_used() -> None:
    app, jobs = new_app()
    volume = jobs._cloud.all_volumes[0]
    used = Attachment(volume_uid=volume.resource_uid, instance="web1", device="/dev/vda")
    jobs._cloud.all_volumes[0] = replace(volume, attachment=used)
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        opened.add(replace(IN_PLACE, force=True), status=JobStatus.FAILED, summary=REASON)
        await opened.open()
        await pilot.press("R")
        await opened.shows("It is in use by web1 /dev/vda")


async def test_the_log_has_a_page_of_its_own() -> None:
    app, jobs = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        job = opened.add(CLONE, status=JobStatus.FAILED, summary=REASON, hint=HINT)
        await opened.open()
        for key in ("l", "enter"):
            await pilot.press(key)
            await wait_for(pilot, lambda: isinstance(app.screen, JobLogScreen), "the page")
            await wait_for(pilot, lambda: "y Copy   Esc Close" in screen_text(app), "its keys")
            await opened.shows(f"log of {job.resource_uid}")
            await opened.shows(REASON)
            await opened.shows("Created At")
            await pilot.press("escape")
            await wait_for(pilot, lambda: isinstance(app.screen, JobsScreen), "the list")


async def test_a_job_of_a_newer_snaptui_is_told_as_one() -> None:
    app, jobs = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        opened.add(CLONE, status=JobStatus.RUNNING, kind=JobKind.UNKNOWN)
        await opened.open()
        await opened.shows(" unknown ")
        await pilot.press("l")
        await opened.shows("unknown (of another version of snaptui)")
        await pilot.press("escape")
        await wait_for(pilot, lambda: isinstance(app.screen, JobsScreen), "the list")
        await pilot.press("ctrl+x")
        await opened.shows("The job of ")


async def test_the_page_of_a_running_job_goes_on() -> None:
    app, jobs = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        job = opened.add(SNAPSHOT)
        await opened.open()
        await pilot.press("l")
        await opened.shows("0 B of 20 GiB")
        jobs.change(
            job.resource_uid,
            status=JobStatus.FAILED,
            summary=REASON,
            ended_at=datetime.now(UTC),
        )
        await opened.shows("✗ failed")


async def test_a_reason_can_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    app, jobs = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        job = opened.add(CLONE, status=JobStatus.FAILED, summary=REASON, hint=HINT)
        await opened.open()
        await pilot.press("y")
        await wait_for(pilot, lambda: app.clipboard == f"{REASON}: {HINT}", "the clipboard")
        await pilot.press("l")
        await opened.shows(f"log of {job.resource_uid}")
        await pilot.press("y")
        await wait_for(
            pilot,
            lambda: app.clipboard == f"{REASON}: {HINT}\nlog of {job.resource_uid}",
            "the clipboard",
        )


def title_of(app: SnaptuiApp) -> str:
    return str(app.screen.query_one("#sheet").border_title)


async def test_a_filter_knows_kinds_and_states_and_running_jobs_too() -> None:
    app, jobs = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        opened.add(CLONE, status=JobStatus.FAILED, summary=REASON, hint=HINT)
        opened.add(SNAPSHOT, status=JobStatus.COMPLETED, summary="done so")
        opened.add(CLONE)
        opened.add(SNAPSHOT)
        screen = await opened.open()

        def shown() -> list[tuple[str, str]]:
            return [(job.kind.value, job.status.value) for job in screen._table.every_shown]

        await pilot.press("slash", *"kind:snap")
        await wait_for(pilot, lambda: len(shown()) == 2, "the snapshots")
        assert shown() == [("snapshot", "running"), ("snapshot", "completed")]
        await opened.shows("2 of 4")
        assert "1 running · 1 done " in title_of(app)
        await opened.shows("done so" if screen.job and screen.job.status.ended else "reading")
        await pilot.press("space", *"status:failed")
        await opened.shows("nothing matches the filter")
        assert "running" not in title_of(app)
        assert "reading" not in screen_text(app)
        assert "done so" not in screen_text(app)
        await pilot.press("escape")
        await wait_for(pilot, lambda: len(shown()) == 4, "all again")
        assert "2 running · 1 done · 1 failed" in title_of(app)
        assert isinstance(app.screen, JobsScreen)
        await pilot.press("slash", *"status:failed age:<1h", "enter")
        await wait_for(pilot, lambda: shown() == [("clone", "failed")], "the failed one")
        await opened.shows(REASON)
        await pilot.press("q")
        await wait_for(pilot, lambda: app.screen is app.main, "the end")


async def test_a_filter_that_is_not_understood_says_so_and_escape_takes_it_away_first() -> None:
    app, jobs = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        opened.add(SNAPSHOT, status=JobStatus.COMPLETED, summary="done so")
        screen = await opened.open()
        await pilot.press("slash", *"stat:failed foo:x")
        await opened.shows("no field 'foo'")
        await pilot.press("down")
        await wait_for(pilot, lambda: screen._table.has_focus, "the rows")
        await pilot.press("escape")
        await opened.shows("done so")
        assert app.screen is screen
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the end")


async def test_what_a_job_said_goes_with_the_job() -> None:
    app, jobs = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        opened.add(SNAPSHOT, status=JobStatus.COMPLETED, summary="done so")
        screen = await opened.open()
        await opened.shows("done so")
        app.inventory.take_jobs([])
        screen.jobs_changed(JobsChanged([]))
        await opened.shows("no job has run yet")
        assert "done so" not in screen_text(app)


async def test_a_slow_log_is_read_to_its_end_while_the_job_goes_on() -> None:
    app, jobs = new_app()
    begun, ended, go_on = [0], [0], threading.Event()

    def slow(reference: str) -> str:
        begun[0] += 1
        go_on.wait(30)
        ended[0] += 1
        return f"log number {ended[0]}"

    jobs.log = slow  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(pilot, app, jobs)
        job = opened.add(SNAPSHOT)
        await opened.open()
        await pilot.press("l")
        await wait_for(pilot, lambda: begun[0] == 1, "the first look")
        for gib in range(1, 6):
            jobs.change(
                job.resource_uid,
                progress=Progress(phase="reading", done_bytes=gib * GIB, total_bytes=20 * GIB),
            )
            await opened.shows(f"{gib}.0 GiB of 20 GiB")
        assert begun[0] == 1
        go_on.set()
        await opened.shows("log number 2")
        assert begun[0] == 2
