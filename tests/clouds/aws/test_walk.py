"""The mission's walk on a real server; each listing beside what boto3 says of the same server."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from snaptui.clouds.aws import AwsProvider
from snaptui.clouds.base import Capability, collect
from snaptui.clouds.remote.provider import Placement, Sharing
from snaptui.errors import CloudConflictError, CloudInUseError, UnsupportedError
from snaptui.models import RangeKind, SnapshotStatus, Visibility, VolumeStatus
from tests.clouds.aws.script import ACCOUNT, REGION

GIB = 1024**3


def an_instance(ec2: Any, zone: str = "us-east-1a", name: str = "web1") -> str:
    """A running instance, from an image that is made for it."""
    image = ec2.register_image(Name="tiny", RootDeviceName="/dev/sda1")["ImageId"]
    made = ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        Placement={"AvailabilityZone": zone},
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
    )
    uid: str = made["Instances"][0]["InstanceId"]
    return uid


async def test_a_volume_is_snapshotted_cloned_attached_and_deleted(
    provider: AwsProvider, ec2: Any
) -> None:
    assert provider.place == ""
    await provider.connect()
    assert provider.place == f"account {ACCOUNT}, {REGION}"

    volume = await provider.create_volume(
        name="web-data",
        placement=Placement(zone="us-east-1a", size_bytes=8 * GIB),
        snapshot=None,
        token="token-1",
    )
    assert (volume.name, volume.size_bytes, volume.zone) == ("web-data", 8 * GIB, "us-east-1a")
    assert (volume.volume_type, volume.owner) == ("gp3", ACCOUNT)

    snapshot = await provider.create_snapshot(
        volume, name="before", description="before the upgrade", token="token-2"
    )
    seen = await provider.snapshot(snapshot.resource_uid)
    assert seen is not None
    assert (seen.name, seen.description) == ("before", "before the upgrade")
    assert (seen.status, seen.visibility) == (SnapshotStatus.COMPLETED, Visibility.PRIVATE)
    assert (seen.volume_uid, seen.size_bytes) == (volume.resource_uid, 8 * GIB)

    clone = await provider.create_volume(
        name="web-clone",
        placement=Placement(zone="us-east-1b", size_bytes=10 * GIB, volume_type="gp2"),
        snapshot=snapshot,
        token="token-3",
    )
    assert (clone.zone, clone.size_bytes, clone.volume_type) == ("us-east-1b", 10 * GIB, "gp2")
    assert clone.source_snapshot_uid == snapshot.resource_uid

    instance = an_instance(ec2, "us-east-1b")
    (target,) = await provider.instances()
    assert (target.resource_uid, target.name, target.zone) == (instance, "web1", "us-east-1b")
    with pytest.raises(CloudConflictError) as caught:
        await provider.attach(volume, instance, "")
    assert caught.value.message == (
        "the instance web1 is in us-east-1b, the volume web-data in us-east-1a"
    )
    assert "clone the snapshot into us-east-1b" in caught.value.hint
    await provider.attach(clone, instance, "")
    attached = await provider.volume(clone.resource_uid)
    assert attached is not None
    assert attached.attachment is not None
    assert (attached.status, attached.attachment.instance) == (VolumeStatus.IN_USE, instance)
    assert attached.attachment.device == "/dev/sdf"
    with pytest.raises(CloudInUseError, match="refused to delete a volume"):
        await provider.delete_volume(clone.resource_uid)
    await provider.detach(clone, attached.attachment)

    await provider.delete_volume(clone.resource_uid)
    assert await provider.volume(clone.resource_uid) is None
    await provider.delete_volume(clone.resource_uid)  # gone already: no error
    await provider.delete_snapshot(snapshot.resource_uid)
    assert await provider.snapshot(snapshot.resource_uid) is None
    await provider.delete_snapshot(snapshot.resource_uid)


async def test_the_same_token_takes_the_same_snapshot(provider: AwsProvider, ec2: Any) -> None:
    volume = await provider.create_volume(
        name="web", placement=Placement(size_bytes=GIB), snapshot=None, token="v"
    )
    first = await provider.create_snapshot(volume, name="a", description="", token="once")
    again = await provider.create_snapshot(volume, name="a", description="", token="once")
    other = await provider.create_snapshot(volume, name="a", description="", token="twice")
    assert again.resource_uid == first.resource_uid != other.resource_uid
    assert len(ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]) == 2


async def test_listings_say_what_boto3_says(provider: AwsProvider, ec2: Any) -> None:
    for number in range(3):
        made = ec2.create_volume(
            AvailabilityZone=f"us-east-1{'abc'[number]}",
            Size=number + 1,
            VolumeType=("gp3", "gp2", "io1")[number],
            Encrypted=number == 2,
            **({"Iops": 100} if number == 2 else {}),
            TagSpecifications=[
                {
                    "ResourceType": "volume",
                    "Tags": [
                        {"Key": "Name", "Value": f"disk [{number}] ü[/b]\u202e"},
                        {"Key": "team", "Value": "ops & <co>"},
                    ],
                }
            ],
        )
        ec2.create_snapshot(VolumeId=made["VolumeId"], Description=f"d{number}")
    unnamed = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]

    theirs = {each["VolumeId"]: each for each in ec2.describe_volumes()["Volumes"]}
    ours = {each.resource_uid: each for each in await collect(provider.volumes())}
    assert ours.keys() == theirs.keys()
    for uid, volume in ours.items():
        their = theirs[uid]
        tags = {tag["Key"]: tag["Value"] for tag in their.get("Tags", [])}
        assert volume.name == tags.pop("Name", "")
        assert dict(volume.tags) == tags
        assert volume.size_bytes == their["Size"] * GIB
        assert volume.zone == their["AvailabilityZone"]
        assert volume.created_at == their["CreateTime"]
        assert volume.encrypted == their["Encrypted"]
        assert volume.volume_type == their["VolumeType"]
        assert volume.status.value == their["State"]
    assert ours[unnamed].name == ""

    listed = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    their_snapshots = {each["SnapshotId"]: each for each in listed}
    our_snapshots = {each.resource_uid: each for each in await collect(provider.snapshots())}
    assert our_snapshots.keys() == their_snapshots.keys()
    for uid, snapshot in our_snapshots.items():
        their = their_snapshots[uid]
        assert snapshot.description == their["Description"]
        assert snapshot.volume_uid == their["VolumeId"]
        assert snapshot.size_bytes == their["VolumeSize"] * GIB
        assert snapshot.created_at == their["StartTime"]
        assert snapshot.owner == their["OwnerId"]
        assert snapshot.encrypted == their["Encrypted"]
        assert snapshot.storage_tier == their["StorageTier"]
        assert snapshot.status.value == their["State"]

    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert [zone.name for zone in await provider.zones()] == [zone["ZoneName"] for zone in zones]
    types = ec2.meta.service_model.shape_for("VolumeType").enum
    ours_by_type = await provider.volume_types()
    assert sorted(each.name for each in ours_by_type) == sorted(types)
    assert [each.name for each in ours_by_type if each.is_default] == ["gp3"]


async def test_who_may_see_a_snapshot_is_read_and_changed(provider: AwsProvider, ec2: Any) -> None:
    volume = await provider.create_volume(
        name="web", placement=Placement(size_bytes=GIB), snapshot=None, token="v"
    )
    snapshot = await provider.create_snapshot(volume, name="a", description="", token="s")
    uid = snapshot.resource_uid

    def theirs() -> tuple[set[str], set[str]]:
        found = ec2.describe_snapshot_attribute(SnapshotId=uid, Attribute="createVolumePermission")[
            "CreateVolumePermissions"
        ]
        return (
            {each["UserId"] for each in found if "UserId" in each},
            {each["Group"] for each in found if "Group" in each},
        )

    two = ("111111111111", "222222222222")
    for sharing, expected in (
        (Sharing(visibility=Visibility.SHARED, shared_with=two), (set(two), set())),
        (Sharing(visibility=Visibility.SHARED, shared_with=two[1:]), (set(two[1:]), set())),
        (Sharing(visibility=Visibility.PUBLIC), (set(), {"all"})),
        (Sharing(visibility=Visibility.PRIVATE), (set(), set())),
    ):
        await provider.share(snapshot, sharing)
        assert theirs() == expected
        seen = await provider.snapshot(uid)
        assert seen is not None
        assert (seen.visibility, seen.shared_with) == (sharing.visibility, sharing.shared_with)


async def test_a_snapshot_is_copied_to_another_region(provider: AwsProvider, moto: str) -> None:
    volume = await provider.create_volume(
        name="web", placement=Placement(size_bytes=GIB), snapshot=None, token="v"
    )
    snapshot = await provider.create_snapshot(volume, name="a", description="d", token="s")
    options: dict[str, Any] = {
        "region": "eu-west-1",
        "name": "far",
        "description": "a copy",
        "token": "c",
    }
    copy = await provider.copy_snapshot(snapshot, **options)
    again = await provider.copy_snapshot(snapshot, **options)
    assert (copy.name, copy.description) == ("far", "a copy")
    assert again.resource_uid == copy.resource_uid
    there = AwsProvider("aws eu-west-1", region="eu-west-1", endpoint_url=moto)
    try:
        assert [each.resource_uid for each in await collect(there.snapshots())] == [
            copy.resource_uid
        ]
    finally:
        await there.close()
    assert [each.resource_uid for each in await collect(provider.snapshots())] == [
        snapshot.resource_uid
    ]


async def test_a_volume_is_made_larger(provider: AwsProvider) -> None:
    volume = await provider.create_volume(
        name="web", placement=Placement(size_bytes=GIB), snapshot=None, token="v"
    )
    await provider.resize_volume(volume.resource_uid, 3 * GIB + 1)
    larger = await provider.volume(volume.resource_uid)
    assert larger is not None
    assert larger.size_bytes == 4 * GIB


async def test_blocks_that_were_put_are_got(provider: AwsProvider) -> None:
    from snaptui.clouds.aws.ebs import Checksums

    started = await provider.ebs.start(GIB, token="t", description="up", name="home")
    data = {index: bytes([index]) * started.block_size for index in (0, 1, 5)}
    checksums = Checksums()
    for index, each in data.items():
        checksums.add(index, await provider.ebs.put_block(started.uid, index, each))
    assert await provider.ebs.complete(started.uid, checksums) == "completed"
    got = {}
    async for page in provider.ebs.blocks(started.uid):
        for block in page.blocks:
            got[block.index] = await provider.ebs.get_block(started.uid, block, page.block_size)
    assert got == data
    listed = await provider.snapshot(started.uid)
    assert listed is not None
    summary = await provider.blocks(listed, cells=16)
    assert summary.new_bytes == summary.size_bytes - summary.hole_bytes == 3 * started.block_size
    diff = await provider.diff(None, started.uid)
    size = started.block_size
    assert [(each.offset, each.length, each.kind) for each in diff.ranges] == [
        (0, 2 * size, RangeKind.ADDED),
        (5 * size, size, RangeKind.ADDED),
    ]


async def test_what_ebs_cannot_is_said(provider: AwsProvider) -> None:
    assert provider.cannot[Capability.RESTORE_IN_PLACE].startswith("EBS cannot put a snapshot back")
    assert Capability.SNAPSHOT not in provider.cannot
    volume = await provider.create_volume(
        name="web", placement=Placement(size_bytes=GIB), snapshot=None, token="v"
    )
    snapshot = await provider.create_snapshot(volume, name="a", description="", token="s")
    with pytest.raises(UnsupportedError, match="clone the snapshot"):
        await provider.revert(snapshot)


async def test_a_provider_is_used_again_after_it_was_closed(provider: AwsProvider) -> None:
    assert await provider.zones()
    await provider.close()
    assert await provider.zones()


def test_the_server_is_on_loopback(moto: str) -> None:
    assert httpx.URL(moto).host == "127.0.0.1"
