"""What is asked for again, since nobody knows whether it was asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.openstack import OpenStackProvider
from snaptui.clouds.remote.provider import Placement
from snaptui.engine import Repository
from snaptui.jobs import Jobs
from snaptui.models import Job, JobStatus, SnapshotStatus, VolumeStatus
from snaptui.requests import CloneRequest, CreateVolumeRequest, Subject
from tests.clouds.openstack.conftest import Project
from tests.clouds.openstack.fake import FakeOpenStack, reply, snapshot, volume
from tests.clouds.openstack.support import make_volume, take_whole
from tests.clouds.remote.dying import WHENS, dying, living
from tests.clouds.remote.fake import GIB
from tests.support import wait_until

UID = volume()["id"]
ASKED = "^POST [^ ]*/volumes "
MARK = {"snaptui-request": "job-1"}


@pytest.mark.parametrize(
    ("status", "taken_up"), [("creating", True), ("available", True), ("error", False)]
)
async def test_what_was_made_is_taken_up_unless_it_failed(status: str, taken_up: bool) -> None:
    before = snapshot(1, status=status, metadata=MARK)
    other = snapshot(2, metadata={"snaptui-request": "job-2"})
    fresh = snapshot(3, status="creating", metadata=MARK)
    cloud = FakeOpenStack(
        {
            f"GET /volumes/{UID}": reply(200, {"volume": volume()}),
            "GET /snapshots/detail": reply(200, {"snapshots": [other, before]}),
            f"GET /snapshots/{before['id']}": reply(200, {"snapshot": before}),
            "POST /snapshots": reply(202, {"snapshot": fresh}),
        }
    )
    provider = cloud.provider()
    origin = await provider.volume(UID)
    assert origin is not None
    made = await provider.create_snapshot(
        origin, name="monday", description="", token="job-1", again=True
    )
    await provider.close()
    assert made.resource_uid == (before if taken_up else fresh)["id"]
    assert made.status in {SnapshotStatus.PENDING, SnapshotStatus.COMPLETED}
    asked = [path for path in cloud.paths() if path.startswith("POST") and "snapshots" in path]
    assert len(asked) == (0 if taken_up else 1)


@pytest.mark.parametrize(
    ("found", "taken_up"),
    [
        ({"status": "creating"}, True),
        ({"status": "available"}, True),
        ({"status": "in-use"}, True),
        ({"status": "error"}, False),
        ({"status": "error_deleting"}, False),
        ({"status": "deleting"}, False),
        ({"snapshot_id": snapshot(5)["id"]}, False),
        ({"snapshot_id": None}, False),
    ],
)
async def test_a_clone_that_was_made_is_taken_up(found: dict[str, Any], taken_up: bool) -> None:
    """Not one that failed, and not what another repository made with the same mark."""
    origin = snapshot()
    before = volume(2, **{"metadata": MARK, "snapshot_id": origin["id"]} | found)
    fresh = volume(3, status="creating", metadata=MARK, snapshot_id=origin["id"])
    cloud = FakeOpenStack(
        {
            f"GET /snapshots/{origin['id']}": reply(200, {"snapshot": origin}),
            "GET /volumes/detail": reply(200, {"volumes": [volume(4), before]}),
            f"GET /volumes/{before['id']}": reply(200, {"volume": before}),
            "POST /volumes": reply(202, {"volume": fresh}),
        }
    )
    provider = cloud.provider()
    made = await provider.create_volume(
        name="clone",
        placement=Placement(),
        snapshot=await provider.snapshot(origin["id"]),
        token="job-1",
        again=True,
    )
    await provider.close()
    assert made.resource_uid == (before if taken_up else fresh)["id"]
    asked = [path for path in cloud.paths() if path.startswith("POST") and "volumes" in path]
    assert len(asked) == (0 if taken_up else 1)
    # what is not there yet may be a moment later
    assert cloud.slept == ([] if taken_up else [1.0, 2.0, 3.0])


async def test_who_asks_for_the_first_time_looks_for_nothing() -> None:
    cloud = FakeOpenStack({"POST /volumes": reply(202, {"volume": volume(3, status="creating")})})
    provider = cloud.provider()
    await provider.create_volume(
        name="x", placement=Placement(size_bytes=1), snapshot=None, token="job-1"
    )
    await provider.close()
    assert not [path for path in cloud.paths() if path.endswith("/volumes/detail")]


@pytest.fixture
def jobs(
    project: Project, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Jobs:
    """Jobs whose workers know a cloud `prod`."""
    config = tmp_path / "config.toml"
    config.write_text(
        f"find_clouds = false\n[clouds.prod]\nkind = 'openstack'\ncloud = '{project.name}'\n"
    )
    monkeypatch.setenv("SNAPTUI_CONFIG", str(config))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(project.clouds_yaml))
    return Jobs(repository)


async def ended(jobs: Jobs, job: Job) -> Job:
    """The job, when it is over."""
    await asyncio.to_thread(wait_until, lambda: jobs.get(job.resource_uid).status.ended)
    return jobs.get(job.resource_uid)


@pytest.mark.parametrize("when", WHENS)
async def test_a_worker_killed_at_any_step_of_a_clone_and_retried_makes_one(
    provider: OpenStackProvider,
    jobs: Jobs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    origin = await take_whole(provider, await make_volume(provider))
    dying(monkeypatch, tmp_path, ASKED, when)
    request = CloneRequest(snapshot_uid=origin.resource_uid, name="clone")
    subject = Subject(cloud="prod", uid=origin.resource_uid, name=origin.name)
    killed = await ended(jobs, jobs.start(request, subject))
    assert "the worker was killed" in killed.summary, killed.summary
    living(monkeypatch)
    again = await ended(jobs, jobs.retry(killed.resource_uid))
    assert again.status is JobStatus.COMPLETED, (again.summary, jobs.log(again.resource_uid))
    every = await collect(provider.volumes())
    [there] = [each for each in every if each.source_snapshot_uid == origin.resource_uid]
    assert (there.resource_uid, there.status) == (again.result_uid, VolumeStatus.AVAILABLE)


BLANK = CreateVolumeRequest(name="scratch", size_bytes=GIB)
NEW = Subject(cloud="prod", uid="", name="scratch")


@pytest.mark.parametrize("when", WHENS)
async def test_a_worker_killed_at_any_step_of_a_blank_volume_and_retried_makes_one(
    provider: OpenStackProvider,
    jobs: Jobs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    dying(monkeypatch, tmp_path, ASKED, when)
    killed = await ended(jobs, jobs.start(BLANK, NEW))
    assert "the worker was killed" in killed.summary, killed.summary
    living(monkeypatch)
    again = await ended(jobs, jobs.retry(killed.resource_uid))
    assert again.status is JobStatus.COMPLETED, (again.summary, jobs.log(again.resource_uid))
    there = await collect(provider.volumes())
    assert [(each.resource_uid, each.name, each.status) for each in there] == [
        (again.result_uid, "scratch", VolumeStatus.AVAILABLE)
    ]
