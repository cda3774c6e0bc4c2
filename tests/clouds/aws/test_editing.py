"""Editing a snapshot at AWS: its name is a tag, its description is for ever."""

from __future__ import annotations

from typing import Any

import pytest

from snaptui.clouds.aws import AwsProvider
from snaptui.clouds.aws.recent import MOMENT, Recent
from snaptui.clouds.base import Capability, collect
from snaptui.clouds.remote.cloud import RemoteCloud
from snaptui.clouds.remote.provider import Placement
from snaptui.errors import CloudNotFoundError, NotAllowedError, UnsupportedError
from snaptui.models import Snapshot
from snaptui.requests import EditSnapshotRequest
from tests.clouds.aws.conftest import Make
from tests.clouds.aws.script import Script, a_snapshot, ec2, refused, snapshot_item, snapshots

GIB = 1024**3


@pytest.fixture
async def nightly(provider: AwsProvider) -> Snapshot:
    volume = await provider.create_volume(
        name="web", placement=Placement(size_bytes=GIB), snapshot=None, token="v"
    )
    return await provider.create_snapshot(volume, name="nightly", description="why", token="s")


async def test_the_name_changes_and_other_tags_and_the_description_stay(
    provider: AwsProvider, nightly: Snapshot, ec2: Any
) -> None:
    uid = nightly.resource_uid
    ec2.create_tags(Resources=[uid], Tags=[{"Key": "env", "Value": "prod"}])
    cloud = RemoteCloud("aws us-east-1", provider)
    edited = await cloud.edit_snapshot(EditSnapshotRequest(snapshot_uid=uid, name="weekly"))
    assert (edited.name, edited.description, edited.volume_name) == ("weekly", "why", "web")
    (theirs,) = ec2.describe_snapshots(SnapshotIds=[uid])["Snapshots"]
    tags = {tag["Key"]: tag["Value"] for tag in theirs["Tags"]}
    assert (tags["Name"], tags["env"], theirs["Description"]) == ("weekly", "prod", "why")
    assert [each.name for each in await collect(cloud.snapshots())] == ["weekly"]


async def test_a_description_is_refused_in_words_and_nothing_is_asked(
    scripted: Make,
) -> None:
    script = Script()
    cloud = RemoteCloud("aws test", scripted(script))
    ability = cloud.ability(Capability.EDIT_DESCRIPTION)
    assert not ability
    assert "its name can be changed" in ability.reason
    assert cloud.ability(Capability.EDIT_SNAPSHOT)
    request = EditSnapshotRequest(snapshot_uid="snap-00000001", name="x", description="y")
    with pytest.raises(UnsupportedError, match="EC2 never changes a snapshot's description"):
        await cloud.edit_snapshot(request)
    with pytest.raises(UnsupportedError, match="EC2 never changes"):
        await cloud.provider.update_snapshot("snap-00000001", description="y")
    assert script.asked == []


async def test_what_ec2_refuses_is_told(scripted: Make) -> None:
    script = Script().on("CreateTags", refused("UnauthorizedOperation", "no", 403))
    with pytest.raises(NotAllowedError, match="rename a snapshot"):
        await scripted(script).update_snapshot("snap-1", name="x")
    gone = refused("InvalidSnapshot.NotFound", "The snapshot 'snap-1' does not exist.")
    script = Script().on("CreateTags", gone)
    with pytest.raises(CloudNotFoundError):
        await scripted(script).update_snapshot("snap-1", name="x")


async def test_ec2_may_show_the_name_before_for_a_moment(scripted: Make) -> None:
    """A listing that is a second old must not look as if somebody had named it back."""
    old = snapshot_item(1, tagSet=[{"key": "Name", "value": "nightly"}])
    uid = old["snapshotId"]
    script = Script().on("CreateTags", ec2("CreateTags", **{"return": True}))
    script.on("DescribeSnapshots", snapshots([old]))
    script.on("DescribeSnapshotAttribute", ec2("DescribeSnapshotAttribute", snapshotId=uid))
    provider = scripted(script)
    made = await provider.update_snapshot(uid, name="weekly")
    assert made.name == "weekly"
    (asked,) = script.of("CreateTags")
    assert {key: asked[key] for key in ("ResourceId.1", "Tag.1.Key", "Tag.1.Value")} == {
        "ResourceId.1": uid,
        "Tag.1.Key": "Name",
        "Tag.1.Value": "weekly",
    }
    assert "Tag.2.Key" not in asked
    assert {each.name for each in await collect(provider.snapshots())} == {"weekly"}
    other = scripted(script)  # another process has not renamed it, and believes EC2
    assert {each.name for each in await collect(other.snapshots())} == {"nightly"}


def test_after_a_moment_ec2_is_believed() -> None:
    now = 100.0
    recent = Recent(lambda: now)
    found = a_snapshot(name="nightly")
    recent.renamed(found.resource_uid, "weekly")
    assert recent.shown(found).name == "weekly"
    now += MOMENT + 1
    assert recent.shown(found).name == "nightly"
