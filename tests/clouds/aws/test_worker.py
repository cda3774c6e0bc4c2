"""A job on AWS in a process of its own, which finds the cloud as everybody does: by the config."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from snaptui.engine import Repository
from snaptui.jobs import Jobs
from snaptui.models import Job, JobStatus
from snaptui.requests import CloneRequest, SnapshotRequest, Subject
from tests.clouds.aws.script import REGION
from tests.support import wait_until


@pytest.fixture
def jobs(
    moto: str, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Jobs:
    """Jobs whose workers know a cloud `prod`."""
    config = tmp_path / "config.toml"
    config.write_text(
        "find_clouds = false\n[clouds.prod]\nkind = 'aws'\n"
        f"region = '{REGION}'\nendpoint_url = '{moto}'\n"
    )
    monkeypatch.setenv("SNAPTUI_CONFIG", str(config))
    return Jobs(repository)


def ended(jobs: Jobs, job: Job) -> Job:
    """The job, when it is over."""
    wait_until(lambda: jobs.get(job.resource_uid).status.ended)
    return jobs.get(job.resource_uid)


async def test_a_worker_takes_and_clones_a_snapshot(
    jobs: Jobs, ec2: Any, repository: Repository
) -> None:
    zone = f"{REGION}a"
    volume = ec2.create_volume(Size=1, AvailabilityZone=zone)["VolumeId"]
    web = Subject(cloud="prod", uid=volume, name="web")
    started = jobs.start(SnapshotRequest(volume_uid=volume, name="monday"), web)
    took = await asyncio.to_thread(ended, jobs, started)
    assert (took.status, took.summary) == (
        JobStatus.COMPLETED,
        "Snapshot monday was successfully created.",
    ), jobs.log(took.resource_uid)
    [told] = ec2.describe_snapshots(SnapshotIds=[took.result_uid])["Snapshots"]
    assert told["VolumeId"] == volume

    of_it = Subject(cloud="prod", uid=str(took.result_uid), name="monday")
    request = CloneRequest(snapshot_uid=str(took.result_uid), name="clone")
    cloned = await asyncio.to_thread(ended, jobs, jobs.start(request, of_it))
    assert cloned.status is JobStatus.COMPLETED, jobs.log(cloned.resource_uid)
    [told] = ec2.describe_volumes(VolumeIds=[cloned.result_uid])["Volumes"]
    assert (told["SnapshotId"], told["AvailabilityZone"]) == (took.result_uid, zone)

    repository.refresh()
    assert [event.action for event in repository.events(cloud="prod")] == ["clone", "snapshot"]
    assert repository.events() == []


async def test_a_worker_that_is_refused_says_so(jobs: Jobs, moto: str) -> None:
    gone = Subject(cloud="prod", uid="vol-0123456789abcdef0", name="web")
    request = SnapshotRequest(volume_uid=gone.uid, name="monday")
    job = await asyncio.to_thread(ended, jobs, jobs.start(request, gone))
    assert job.status is JobStatus.FAILED
    assert gone.uid in job.summary
    assert "Traceback" not in jobs.log(job.resource_uid)


async def test_a_worker_finds_the_files_that_lie_where_it_was_started(
    moto: str, ec2: Any, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that begins here would be no file, or another one, from elsewhere."""
    (tmp_path / "here.toml").write_text(
        "find_clouds = false\n[clouds.prod]\nkind = 'aws'\n"
        f"region = '{REGION}'\nendpoint_url = '{moto}'\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SNAPTUI_CONFIG", "here.toml")
    volume = ec2.create_volume(Size=1, AvailabilityZone=f"{REGION}a")["VolumeId"]
    jobs = Jobs(repository)
    started = jobs.start(
        SnapshotRequest(volume_uid=volume, name="monday"),
        Subject(cloud="prod", uid=volume, name="web"),
    )
    took = await asyncio.to_thread(ended, jobs, started)
    assert took.status is JobStatus.COMPLETED, jobs.log(took.resource_uid)


async def test_what_a_worker_that_was_killed_had_asked_for_is_taken_up(
    jobs: Jobs, ec2: Any, repository: Repository
) -> None:
    """Killed after it had asked for the snapshot: to retry it makes no second one."""
    volume = ec2.create_volume(Size=1, AvailabilityZone=f"{REGION}a")["VolumeId"]
    web = Subject(cloud="prod", uid=volume, name="web")
    request = SnapshotRequest(volume_uid=volume, name="monday")
    first = await asyncio.to_thread(ended, jobs, jobs.start(request, web))
    with repository.catalog.transaction() as transaction:
        document = transaction.get("jobs", first.resource_uid) or {}
        transaction.put("jobs", first.resource_uid, {**document, "status": "running"})
    killed = await asyncio.to_thread(ended, jobs, first)
    assert killed.status is JobStatus.FAILED
    assert killed.hint == "the cloud may have gone on with it: a retry takes that up, if so"
    again = await asyncio.to_thread(ended, jobs, jobs.retry(killed.resource_uid))
    assert again.status is JobStatus.COMPLETED, jobs.log(again.resource_uid)
    mine = [{"Name": "volume-id", "Values": [volume]}]
    [made] = ec2.describe_snapshots(Filters=mine)["Snapshots"]
    assert made["SnapshotId"] == again.result_uid == first.result_uid
