"""Calm mode: few colours, no clock, and bars that move once a second."""

from __future__ import annotations

import re

import pytest

from snaptui.config import Config
from snaptui.models import JobStatus, Progress
from snaptui.requests import SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.follower import Follower
from snaptui.tui.inventory import Inventory, JobEnded, JobsChanged
from tests.tui.fake import GIB, FakeJobs, small_cloud
from tests.tui.helpers import screen_text, terminal_bytes, wait_for


@pytest.mark.parametrize("calm", [True, False])
async def test_a_calm_screen_has_no_clock_and_the_terminals_colours(calm: bool) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud), config=Config(calm=calm))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "web-data" in screen_text(app), "the tree")
        first = screen_text(app).splitlines()[0]
        assert bool(re.search(r"\d\d:\d\d", first)) is not calm
        assert bool(re.search("[34]8;[25];", terminal_bytes(app))) is not calm
        assert app.animation_level == "none"


@pytest.mark.parametrize("calm", [True, False])
def test_mere_progress_is_told_once_a_second(calm: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("snaptui.tui.inventory.time.monotonic", lambda: now)
    cloud = small_cloud()
    jobs, told = FakeJobs(cloud), list[object]()
    follower = Follower(Inventory(), jobs, told.append, calm=calm)

    def listed() -> list[type]:
        told.clear()
        follower._take_jobs(jobs.list())
        return [type(each) for each in told]

    job = jobs.start(SnapshotRequest(volume_uid="vol-00000001", name="x"))

    def go_on(done: int) -> None:
        progress = Progress(phase="reading", done_bytes=done, total_bytes=20 * GIB)
        jobs.change(job.resource_uid, progress=progress)

    assert listed() == [JobsChanged]
    for seconds, done in ((0.2, 1), (0.4, 2), (0.9, 3)):
        now = 100.0 + seconds
        go_on(done)
        assert listed() == ([] if calm else [JobsChanged])
    now = 101.0
    go_on(4)
    assert listed() == [JobsChanged]
    now = 101.1  # the end is news at any time
    jobs.change(job.resource_uid, status=JobStatus.COMPLETED)
    assert listed() == [JobsChanged, JobEnded]
