"""The walk of jobs and commands, by the cloud that is made of the provider; and two accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from snaptui.clouds.aws import AwsProvider, make_provider
from snaptui.clouds.base import Capability, collect
from snaptui.clouds.remote.cloud import RemoteCloud
from snaptui.clouds.remote.provider import Placement, Provider
from snaptui.clouds.remote.waiting import Pace
from snaptui.errors import NotFoundError
from snaptui.models import SnapshotStatus, Visibility, VolumeStatus
from snaptui.progress import no_progress
from snaptui.requests import (
    AttachRequest,
    CloneRequest,
    CreateVolumeRequest,
    DetachRequest,
    ResizeRequest,
    ShareRequest,
    SnapshotRequest,
)
from tests.clouds.aws.script import ACCOUNT, REGION, no_sleep
from tests.clouds.aws.test_walk import GIB, an_instance

QUICK = Pace(first=0.01, longest=0.05, step=0.01)


@pytest.fixture
async def cloud(provider: AwsProvider) -> AsyncIterator[RemoteCloud]:
    cloud = RemoteCloud("aws us-east-1", provider, pace=QUICK)
    yield cloud
    await cloud.close()


async def test_the_whole_walk(cloud: RemoteCloud, ec2: Any) -> None:
    instance = an_instance(ec2, "us-east-1b")
    assert (await cloud.info()).place == f"account {ACCOUNT}, {REGION}"
    volume = await cloud.create_volume(
        CreateVolumeRequest(name="web", size_bytes=8 * GIB, zone="us-east-1a")
    )
    snapshot = await cloud.create_snapshot(
        SnapshotRequest(volume_uid=volume.resource_uid, name="before", description="d"),
        no_progress,
        "job-1",
    )
    assert (snapshot.status, snapshot.visibility) == (
        SnapshotStatus.COMPLETED,
        Visibility.PRIVATE,
    )
    (listed,) = await collect(cloud.snapshots(volume.resource_uid))
    assert (listed.name, listed.volume_name) == ("before", "web")
    shared = await cloud.set_visibility(
        ShareRequest(
            snapshot_uid=snapshot.resource_uid,
            visibility=Visibility.SHARED,
            shared_with=("222222222222",),
        )
    )
    assert shared.shared_with == ("222222222222",)
    clone = await cloud.clone_snapshot(
        CloneRequest(snapshot_uid=snapshot.resource_uid, name="copy", zone="us-east-1b"),
        no_progress,
    )
    assert (clone.zone, clone.source_snapshot_uid) == ("us-east-1b", snapshot.resource_uid)
    (target,) = [
        each for each in await cloud.instances(clone.resource_uid) if each.resource_uid == instance
    ]
    assert target.zone == clone.zone
    attached = await cloud.attach_volume(
        AttachRequest(volume_uid=clone.resource_uid, instance=instance, device="")
    )
    assert attached.status is VolumeStatus.IN_USE
    detached = await cloud.detach_volume(DetachRequest(volume_uid=clone.resource_uid))
    assert detached.status is VolumeStatus.AVAILABLE
    larger = await cloud.resize_volume(
        ResizeRequest(volume_uid=clone.resource_uid, size_bytes=10 * GIB)
    )
    assert larger.size_bytes == 10 * GIB
    await cloud.delete_volume(clone.resource_uid)
    await cloud.delete_snapshots([snapshot.resource_uid])
    with pytest.raises(NotFoundError):
        await cloud.snapshot(snapshot.resource_uid)
    everything = await collect(cloud.volumes())
    assert volume.resource_uid in {each.resource_uid for each in everything}
    assert clone.resource_uid not in {each.resource_uid for each in everything}


def test_what_it_can(provider: AwsProvider) -> None:
    cloud = RemoteCloud("aws", provider)
    for capability in (
        Capability.SNAPSHOT,
        Capability.CLONE,
        Capability.ATTACH,
        Capability.RESIZE,
        Capability.SET_VISIBILITY,
        Capability.BLOCKS,
        Capability.DIFF,
        Capability.ORPHAN_SNAPSHOTS,
    ):
        assert cloud.ability(capability)
    assert "clone the snapshot" in cloud.ability(Capability.RESTORE).reason


def test_a_provider_is_made_of_a_config() -> None:
    options = {"region": "us-east-1", "profile": "work"}
    made: Provider = make_provider("aws work", options, {})
    assert isinstance(made, AwsProvider)
    assert (made.kind, made.place) == ("aws", "")


async def test_accounts_and_regions_see_nothing_of_each_other(
    provider: AwsProvider, moto: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "aws-config"
    config.write_text(
        "[profile other]\nrole_arn=arn:aws:iam::222222222222:role/ops\nsource_profile=base\n"
        "[profile base]\naws_access_key_id=AKIABASE\naws_secret_access_key=s\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    elsewhere = [
        AwsProvider("other", region=REGION, profile="other", sleep=no_sleep),
        AwsProvider("far", region="eu-west-1", sleep=no_sleep),
    ]
    volume = await provider.create_volume(
        name="mine", placement=Placement(size_bytes=GIB), snapshot=None, token="t"
    )
    snapshot = await provider.create_snapshot(volume, name="s", description="", token="t")
    for stranger in elsewhere:
        await stranger.connect()
        assert await collect(stranger.volumes()) == []
        assert await collect(stranger.snapshots()) == []
        assert await stranger.volume(volume.resource_uid) is None
        assert await stranger.snapshot(snapshot.resource_uid) is None
        await stranger.close()
    assert [each.place for each in elsewhere] == [
        f"account 222222222222, {REGION}",
        f"account {ACCOUNT}, eu-west-1",
    ]
