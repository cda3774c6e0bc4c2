"""What a key has begun is under way until its job has ended."""

from __future__ import annotations

import pytest

from snaptui.errors import ConflictError
from snaptui.models import Job, JobStatus
from snaptui.requests import CheckRequest
from snaptui.tui.begun import LISTED_SECONDS, Begun
from snaptui.tui.inventory import Inventory
from tests.tui.fake import FakeJobs, small_cloud


async def test_it_is_under_way_from_the_key_to_the_end_of_the_job() -> None:
    inventory, jobs = Inventory(), FakeJobs(small_cloud())
    begun = Begun(inventory)

    async def start() -> Job:
        return jobs.start(CheckRequest())

    assert not begun.is_under_way("a")
    starting = begun.begin("a", start)
    assert begun.is_under_way("a")
    job = await starting
    assert begun.is_under_way("a")
    assert not begun.is_under_way("b")
    inventory.take_jobs(jobs.list())
    assert begun.is_under_way("a")
    jobs.change(job.resource_uid, status=JobStatus.FAILED)
    inventory.take_jobs(jobs.list())
    assert not begun.is_under_way("a")


async def test_what_cannot_be_started_is_not() -> None:
    begun = Begun(Inventory())

    async def start() -> Job:
        raise ConflictError("no")

    with pytest.raises(ConflictError):
        await begun.begin("a", start)
    assert not begun.is_under_way("a")


async def test_a_job_that_is_not_listed_any_more_has_ended() -> None:
    now = 0.0
    jobs = FakeJobs(small_cloud())
    begun = Begun(Inventory(), lambda: now)

    async def start() -> Job:
        return jobs.start(CheckRequest())

    await begun.begin("a", start)
    now = LISTED_SECONDS - 1
    assert begun.is_under_way("a")
    now = LISTED_SECONDS
    assert not begun.is_under_way("a")
