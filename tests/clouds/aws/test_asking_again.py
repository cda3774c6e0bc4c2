"""A volume or snapshot that is asked for again: nobody knows whether it was asked for before."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from snaptui.clouds.aws.faults import TokenUsedError
from snaptui.clouds.remote.provider import Placement
from snaptui.jobs import Jobs
from snaptui.models import JobStatus, Volume
from snaptui.requests import (
    CloneRequest,
    CopyRequest,
    CreateVolumeRequest,
    SnapshotRequest,
    Subject,
)
from tests.clouds.aws.conftest import Make
from tests.clouds.aws.script import (
    REGION,
    Script,
    a_snapshot,
    a_volume,
    ec2,
    refused,
    snapshot_item,
    volume_item,
    volumes,
)
from tests.clouds.aws.test_worker import ended, jobs
from tests.clouds.remote.dying import WHENS, dying, living
from tests.clouds.remote.fake import GIB

__all__ = ["jobs"]

FIRST, SECOND = "vol-0000000000000000b", "vol-0000000000000000c"
USED = refused("IdempotentParameterMismatch", "the token was used with other parameters")


async def asked_again(scripted: Make, script: Script) -> Volume:
    return await scripted(script).create_volume(
        name="c",
        placement=Placement(zone="us-east-1b"),
        snapshot=a_snapshot(),
        token="job-1",
        again=True,
    )


def tokens(script: Script) -> list[str]:
    return [each["ClientToken"] for each in script.of("CreateVolume")]


def made(uid: str, **more: Any) -> Any:
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return ec2("CreateVolume", **volume_item(uid, status="creating", createTime=at, **more))


async def test_a_volume_that_was_made_is_taken_up(scripted: Make) -> None:
    script = Script().on("DescribeVolumes", volumes([]), volumes([volume_item(FIRST)]))
    assert (await asked_again(scripted, script)).resource_uid == FIRST
    assert script.of("CreateVolume") == []
    wanted = script.of("DescribeVolumes")[-1]
    # neither what failed or is going, nor what another repository made with the same token
    assert wanted["Filter.1.Name"] == "tag:snaptui:token"
    assert wanted["Filter.1.Value.1"] == "job-1"
    states = {wanted[f"Filter.2.Value.{number}"] for number in (1, 2, 3)}
    assert states == {"creating", "available", "in-use"}
    assert "Filter.2.Value.4" not in wanted
    assert wanted["Filter.3.Value.1"] == a_snapshot().resource_uid


async def test_a_volume_that_was_not_made_is_asked_for_with_the_token(scripted: Make) -> None:
    script = Script().on("DescribeVolumes", volumes([]))
    script.on("CreateVolume", made(FIRST))
    assert (await asked_again(scripted, script)).resource_uid == FIRST
    [asked] = script.of("CreateVolume")
    assert asked["ClientToken"] == "job-1"
    tags = [asked[f"TagSpecification.1.Tag.{number}.Value"] for number in (1, 2)]
    assert tags == ["c", "job-1"]


async def test_another_zone_than_the_first_time_makes_no_second_volume(scripted: Make) -> None:
    """EC2 refuses the token; what it was first used for shows itself a moment later."""
    script = Script().on("CreateVolume", USED)
    there = volumes([volume_item(FIRST)])
    script.on("DescribeVolumes", *[volumes([])] * 5, there)
    assert (await asked_again(scripted, script)).resource_uid == FIRST
    assert tokens(script) == ["job-1"]


async def test_a_token_that_is_spent_is_followed_by_the_next(scripted: Make) -> None:
    script = Script().on("CreateVolume", USED, made(SECOND))
    script.on("DescribeVolumes", *[volumes([])] * 8, volumes([volume_item(SECOND)]))
    assert (await asked_again(scripted, script)).resource_uid == SECOND
    assert tokens(script) == ["job-1", "job-1-1"]


async def test_a_blank_volume_that_was_made_is_taken_up_and_no_clone(scripted: Make) -> None:
    """Of another repository, which has a job of the same name."""
    clone = volume_item(FIRST, snapshotId=snapshot_item(7)["snapshotId"])
    script = Script().on("DescribeVolumes", volumes([clone, volume_item(SECOND)]))
    found = await scripted(script).create_volume(
        name="c",
        placement=Placement(zone="us-east-1b", size_bytes=GIB),
        snapshot=None,
        token="job-1",
        again=True,
    )
    assert found.resource_uid == SECOND
    assert script.of("CreateVolume") == []


@pytest.mark.parametrize("now", [volumes([volume_item(FIRST, status="error")]), volumes([])])
async def test_an_answer_of_old_about_what_failed_is_not_believed(scripted: Make, now: Any) -> None:
    """To the same token EC2 gives the same volume, also when that is in error, or deleted."""
    old = ec2("CreateVolume", **volume_item(FIRST, status="creating"))
    script = Script().on("CreateVolume", old, made(SECOND))
    script.on(
        "DescribeVolumes",
        lambda asked: now if FIRST in asked.values() else volumes([]),
    )
    assert (await asked_again(scripted, script)).resource_uid == SECOND
    assert tokens(script) == ["job-1", "job-1-1"]


async def test_what_always_fails_is_told_in_the_end(scripted: Make) -> None:
    script = Script().on("CreateVolume", USED).on("DescribeVolumes", volumes([]))
    with pytest.raises(TokenUsedError, match="with other options"):
        await asked_again(scripted, script)
    assert tokens(script) == ["job-1", *(f"job-1-{number}" for number in range(1, 5))]


async def test_a_token_that_another_repository_has_used_is_none(scripted: Make) -> None:
    """The first time nothing can have been made: nothing is looked for."""
    script = Script().on("CreateVolume", USED, made(SECOND))
    volume = await scripted(script).create_volume(
        name="c", placement=Placement(zone="a"), snapshot=a_snapshot(), token="job-1"
    )
    assert (volume.resource_uid, tokens(script)) == (SECOND, ["job-1", "job-1-1"])
    assert script.of("DescribeVolumes") == []


async def test_a_snapshot_that_shows_itself_late_is_taken_up(scripted: Make) -> None:
    shown = ec2("DescribeSnapshots", snapshotSet=[snapshot_item(7)])
    nothing = ec2("DescribeSnapshots", snapshotSet=[])
    script = Script().on("DescribeSnapshots", nothing, nothing, shown)
    found = await scripted(script).create_snapshot(
        a_volume(), name="monday", description="", token="job-1", again=True
    )
    assert found.resource_uid == snapshot_item(7)["snapshotId"]
    assert script.of("CreateSnapshot") == []


@pytest.mark.parametrize("when", WHENS)
async def test_a_worker_killed_at_any_step_of_a_clone_and_retried_makes_one(
    jobs: Jobs, ec2: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    zone = f"{REGION}a"
    volume = ec2.create_volume(Size=1, AvailabilityZone=zone)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    of_it = Subject(cloud="prod", uid=snapshot, name="monday")
    dying(monkeypatch, tmp_path, "Action=CreateVolume", when)
    request = CloneRequest(snapshot_uid=snapshot, name="clone")
    killed = await asyncio.to_thread(ended, jobs, jobs.start(request, of_it))
    assert killed.hint == "the cloud may have gone on with it: a retry takes that up, if so"
    mine = [{"Name": "snapshot-id", "Values": [snapshot]}]
    before = [each["VolumeId"] for each in ec2.describe_volumes(Filters=mine)["Volumes"]]
    assert len(before) == (0 if when == "before" else 1)

    ec2.delete_volume(VolumeId=volume)  # what the zone was chosen by is gone
    living(monkeypatch)
    again = await asyncio.to_thread(ended, jobs, jobs.retry(killed.resource_uid))
    assert again.status is JobStatus.COMPLETED, jobs.log(again.resource_uid)
    [there] = ec2.describe_volumes(Filters=mine)["Volumes"]
    assert there["VolumeId"] == again.result_uid
    assert before in ([], [again.result_uid])


@pytest.mark.parametrize("when", WHENS)
async def test_a_worker_killed_at_any_step_of_a_blank_volume_and_retried_makes_one(
    jobs: Jobs, ec2: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    mine = [{"Name": "tag:Name", "Values": ["scratch"]}]

    def there() -> list[str]:
        return [each["VolumeId"] for each in ec2.describe_volumes(Filters=mine)["Volumes"]]

    dying(monkeypatch, tmp_path, "Action=CreateVolume", when)
    request = CreateVolumeRequest(name="scratch", size_bytes=GIB)
    started = jobs.start(request, Subject(cloud="prod", uid="", name="scratch"))
    killed = await asyncio.to_thread(ended, jobs, started)
    assert killed.hint == "the cloud may have gone on with it: a retry takes that up, if so"
    before = there()
    assert len(before) == (0 if when == "before" else 1)

    living(monkeypatch)
    again = await asyncio.to_thread(ended, jobs, jobs.retry(killed.resource_uid))
    assert again.status is JobStatus.COMPLETED, jobs.log(again.resource_uid)
    assert there() == [again.result_uid]
    assert before in ([], [again.result_uid])


@pytest.mark.parametrize("when", WHENS)
async def test_a_worker_killed_at_any_step_of_a_snapshot_and_retried_takes_one(
    jobs: Jobs, ec2: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    volume = ec2.create_volume(Size=1, AvailabilityZone=f"{REGION}a")["VolumeId"]
    web = Subject(cloud="prod", uid=volume, name="web")
    dying(monkeypatch, tmp_path, "Action=CreateSnapshot", when)
    request = SnapshotRequest(volume_uid=volume, name="monday")
    killed = await asyncio.to_thread(ended, jobs, jobs.start(request, web))
    assert killed.status is JobStatus.FAILED
    living(monkeypatch)
    again = await asyncio.to_thread(ended, jobs, jobs.retry(killed.resource_uid))
    assert again.status is JobStatus.COMPLETED, jobs.log(again.resource_uid)
    mine = [{"Name": "volume-id", "Values": [volume]}]
    [there] = ec2.describe_snapshots(Filters=mine)["Snapshots"]
    assert there["SnapshotId"] == again.result_uid


FAR = "eu-west-1"


@pytest.mark.parametrize("when", WHENS)
async def test_a_worker_killed_at_any_step_of_a_copy_and_retried_makes_one(
    jobs: Jobs, ec2: Any, moto: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """What it made is written down in both regions' clouds, as far as these are known."""
    config = Path(os.environ["SNAPTUI_CONFIG"])
    far = f"\n[clouds.far]\nkind = 'aws'\nregion = '{FAR}'\nendpoint_url = '{moto}'\n"
    config.write_text(config.read_text() + far)
    volume = ec2.create_volume(Size=1, AvailabilityZone=f"{REGION}a")["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    dying(monkeypatch, tmp_path, "Action=CopySnapshot&", when)
    request = CopyRequest(snapshot_uid=snapshot, region=FAR, name="copy")
    started = jobs.start(request, Subject(cloud="prod", uid=snapshot, name="monday"))
    killed = await asyncio.to_thread(ended, jobs, started)
    assert killed.hint == "the cloud may have gone on with it: a retry takes that up, if so"

    living(monkeypatch)
    again = await asyncio.to_thread(ended, jobs, jobs.retry(killed.resource_uid))
    assert again.summary == f"Snapshot copy was successfully copied to {FAR}.", jobs.log(
        again.resource_uid
    )
    there = boto3.client("ec2", region_name=FAR, endpoint_url=moto)
    [copy] = there.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert copy["SnapshotId"] == again.result_uid
    repository = jobs._repository
    repository.refresh()
    assert [each.action for each in repository.events(snapshot, cloud="prod")] == ["copy"]
    [told] = repository.events(copy["SnapshotId"], cloud="far")
    assert told.text == f"copied snapshot {snapshot} ({snapshot}) here from prod"


async def test_a_copy_to_a_cloud_that_is_read_only_here_is_refused(
    jobs: Jobs, ec2: Any, moto: str
) -> None:
    config = Path(os.environ["SNAPTUI_CONFIG"])
    far = f"[clouds.far]\nkind = 'aws'\nregion = '{FAR}'\nendpoint_url = '{moto}'\n"
    config.write_text(f"{config.read_text()}\n{far}read_only = true\n")
    volume = ec2.create_volume(Size=1, AvailabilityZone=f"{REGION}a")["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    request = CopyRequest(snapshot_uid=snapshot, region=FAR, name="copy")
    started = jobs.start(request, Subject(cloud="prod", uid=snapshot, name="monday"))
    refusal = await asyncio.to_thread(ended, jobs, started)
    assert refusal.summary == "far: this cloud is read-only here"
    there = boto3.client("ec2", region_name=FAR, endpoint_url=moto)
    assert there.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
