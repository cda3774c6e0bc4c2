"""Volumes where moto is too lenient: in use, in another zone, too small, on the move."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.remote.provider import Placement
from snaptui.errors import (
    CloudConflictError,
    CloudDownError,
    CloudInUseError,
    CloudInvalidError,
    CloudNotFoundError,
)
from snaptui.models import Attachment, VolumeStatus
from tests.clouds.aws.conftest import Make
from tests.clouds.aws.script import (
    ACCOUNT,
    QUICK,
    Script,
    a_snapshot,
    a_volume,
    ec2,
    refused,
    volume_item,
    volumes,
)

GIB = 1024**3
UID = "vol-0000000000000000a"
I1 = "i-00000000000000001"
I2 = "i-00000000000000002"


def use(instance: str = I1, state: str = "attached", device: str = "/dev/sdf") -> dict[str, Any]:
    return {
        "volumeId": UID,
        "instanceId": instance,
        "device": device,
        "status": state,
        "attachTime": "2026-11-20T09:30:00.000Z",
        "deleteOnTermination": False,
    }


def instances(*devices: str, uid: str = I1, state: str = "running") -> httpx.Response:
    return ec2(
        "DescribeInstances",
        reservationSet=[
            {
                "instancesSet": [
                    {
                        "instanceId": uid,
                        "instanceState": {"code": 16, "name": state},
                        "placement": {"availabilityZone": "us-east-1a"},
                        "blockDeviceMapping": [{"deviceName": name} for name in devices],
                    }
                ]
            }
        ],
    )


async def test_pages_of_volumes(scripted: Make) -> None:
    items = [volume_item(f"vol-{number:017x}") for number in range(1200)]

    def answer(asked: dict[str, str]) -> httpx.Response:
        start = int(asked.get("NextToken", "0"))
        end = start + int(asked["MaxResults"])
        return volumes(items[start:end], str(end) if end < len(items) else None)

    pages = [page async for page in scripted(Script().on("DescribeVolumes", answer)).volumes()]
    assert [len(page) for page in pages] == [500, 500, 200]


@pytest.mark.parametrize(
    ("more", "status", "reason"),
    [
        ({"status": "creating"}, VolumeStatus.CREATING, ""),
        ({"status": "error"}, VolumeStatus.ERROR, ""),
        ({"status": "deleting"}, VolumeStatus.DELETING, ""),
        ({"status": "novel"}, VolumeStatus.BUSY, "novel"),
        ({"status": "in-use", "attachmentSet": [use()]}, VolumeStatus.IN_USE, ""),
        (
            {"status": "in-use", "attachmentSet": [use(state="attaching")]},
            VolumeStatus.BUSY,
            "attaching",
        ),
        (
            {"status": "in-use", "attachmentSet": [use(state="detaching")]},
            VolumeStatus.BUSY,
            "detaching",
        ),
        (
            {"status": "in-use", "attachmentSet": [use(state="busy")]},
            VolumeStatus.BUSY,
            "detaching: the instance still has it open",
        ),
    ],
)
async def test_states(
    scripted: Make, more: dict[str, Any], status: VolumeStatus, reason: str
) -> None:
    script = Script().on("DescribeVolumes", volumes([volume_item(**more)]))
    (volume,) = await collect(scripted(script).volumes())
    assert (volume.status, volume.reason) == (status, reason)
    assert volume.owner == ACCOUNT


async def test_a_volume_that_several_instances_share(scripted: Make) -> None:
    uses = [use(I1), use(I2, device="/dev/sdg"), use("i-3", state="detached")]
    item = volume_item(status="in-use", attachmentSet=uses, ownerId="222222222222")
    (volume,) = await collect(scripted(Script().on("DescribeVolumes", volumes([item]))).volumes())
    assert volume.attachment is not None
    assert (volume.attachment.instance, volume.attachment.device) == (I1, "/dev/sdf")
    assert volume.attachment.since is not None
    assert [each.instance for each in volume.other_attachments] == [I2]
    assert volume.owner == "222222222222"


async def test_what_is_deleted_is_not_there(scripted: Make) -> None:
    script = Script().on("DescribeVolumes", volumes([volume_item(status="deleted")]))
    provider = scripted(script)
    assert await collect(provider.volumes()) == []
    assert await provider.volume(UID) is None
    script.on("DescribeVolumes", refused("InvalidVolume.NotFound"))
    assert await provider.volume(UID) is None
    script.on("DescribeVolumes", refused("InvalidParameterValue.Malformed"))
    assert await provider.volume("nonsense") is None


async def test_a_second_attach_is_refused(scripted: Make) -> None:
    message = f"{UID} is already attached to an instance"
    script = Script().on("AttachVolume", refused("VolumeInUse", message))
    with pytest.raises(CloudInUseError, match=r"already attached.*detach the volume first"):
        await scripted(script).attach(a_volume(), I1, "/dev/sdf")


async def test_an_instance_of_another_zone_is_refused(scripted: Make) -> None:
    message = f"The volume '{UID}' is not in the same availability zone as instance '{I1}'"
    script = Script().on("AttachVolume", refused("InvalidVolume.ZoneMismatch", message))
    with pytest.raises(CloudConflictError, match="clone a snapshot into that zone"):
        await scripted(script).attach(a_volume(), I1, "/dev/sdf")


async def test_a_clone_that_is_too_small_is_refused(scripted: Make) -> None:
    message = "The volume size is invalid for this operation: smaller than the snapshot"
    script = Script().on("CreateVolume", refused("InvalidParameterValue", message))
    placement = Placement(zone="us-east-1a", size_bytes=GIB)
    with pytest.raises(CloudInvalidError, match="smaller than the snapshot"):
        await scripted(script).create_volume(
            name="c", placement=placement, snapshot=a_snapshot(), token="t"
        )


async def test_a_volume_is_asked_for(scripted: Make) -> None:
    script = Script().on("CreateVolume", ec2("CreateVolume", **volume_item(status="creating")))
    placement = Placement(zone="us-east-1b", volume_type="st1", size_bytes=125 * GIB - 5)
    made = await scripted(script).create_volume(
        name="c", placement=placement, snapshot=a_snapshot(), token="tok"
    )
    assert made.status is VolumeStatus.CREATING
    (asked,) = script.of("CreateVolume")
    assert asked["ClientToken"] == "tok"
    assert asked["Size"] == "125"
    assert asked["AvailabilityZone"] == "us-east-1b"
    assert asked["VolumeType"] == "st1"
    assert asked["SnapshotId"] == a_snapshot().resource_uid
    assert "Iops" not in asked
    assert asked["TagSpecification.1.ResourceType"] == "volume"
    assert asked["TagSpecification.1.Tag.1.Value"] == "c"


async def test_a_volume_is_asked_for_again_with_the_same_token(scripted: Make) -> None:
    made = ec2("CreateVolume", **volume_item(status="creating"))
    script = Script().on("CreateVolume", httpx.ReadError("cut"), made)
    await scripted(script).create_volume(
        name="c", placement=Placement(zone="a", size_bytes=GIB), snapshot=None, token="tok"
    )
    assert [each["ClientToken"] for each in script.of("CreateVolume")] == ["tok", "tok"]
    asked = script.of("CreateVolume")[0]
    tags = [asked[f"TagSpecification.1.Tag.{number}.Key"] for number in (1, 2)]
    assert tags == ["Name", "snaptui:token"]  # by which whoever asks again finds it


@pytest.mark.parametrize(
    ("size", "iops"), [(GIB, "100"), (200 * GIB, "600"), (9000 * GIB, "16000")]
)
async def test_provisioned_types_are_given_a_number(scripted: Make, size: int, iops: str) -> None:
    script = Script().on("CreateVolume", ec2("CreateVolume", **volume_item()))
    await scripted(script).create_volume(
        name="c",
        placement=Placement(zone="a", volume_type="io2"),
        snapshot=a_snapshot(size_bytes=size),
        token="t",
    )
    assert script.of("CreateVolume")[0]["Iops"] == iops


async def test_a_blank_volume_wants_a_size(scripted: Make) -> None:
    with pytest.raises(CloudInvalidError, match="no size is said"):
        await scripted(Script()).create_volume(
            name="c", placement=Placement(zone="a"), snapshot=None, token="t"
        )


async def test_without_a_zone_the_first_that_is_there_is_taken(scripted: Make) -> None:
    zones = [
        {"zoneName": "us-east-1a", "zoneState": "unavailable", "messageSet": [{"message": "fire"}]},
        {"zoneName": "us-east-1b", "zoneState": "available", "messageSet": []},
    ]
    script = Script().on(
        "DescribeAvailabilityZones",
        ec2("DescribeAvailabilityZones", availabilityZoneInfo=zones),
    )
    script.on("CreateVolume", ec2("CreateVolume", **volume_item()))
    provider = scripted(script)
    await provider.create_volume(
        name="c", placement=Placement(size_bytes=GIB), snapshot=None, token="t"
    )
    assert script.of("CreateVolume")[0]["AvailabilityZone"] == "us-east-1b"
    seen = await provider.zones()
    assert [(zone.available, zone.reason) for zone in seen] == [(False, "fire"), (True, "")]


async def test_a_device_that_is_free_is_chosen(scripted: Make) -> None:
    script = Script().on("AttachVolume", ec2("AttachVolume", status="attaching"))
    script.on("DescribeInstances", instances("/dev/xvda", "/dev/sdf", "/dev/xvdg", "sdh"))
    await scripted(script).attach(a_volume(), I1, "")
    assert script.of("AttachVolume")[0]["Device"] == "/dev/sdi"
    await scripted(script).attach(a_volume(), I1, "/dev/sdz")
    assert script.of("AttachVolume")[1]["Device"] == "/dev/sdz"


async def test_an_instance_without_a_free_device_is_told(scripted: Make) -> None:
    script = Script().on(
        "DescribeInstances", instances(*(f"/dev/sd{letter}" for letter in "fghijklmnop"))
    )
    with pytest.raises(CloudConflictError, match="all device names"):
        await scripted(script).attach(a_volume(), I1, "")
    script.on("DescribeInstances", ec2("DescribeInstances", reservationSet=[]))
    with pytest.raises(CloudNotFoundError, match="no instance i-9"):
        await scripted(script).attach(a_volume(), "i-9", "")


async def test_an_attach_whose_answer_was_lost_is_looked_for(scripted: Make) -> None:
    script = Script().on("AttachVolume", httpx.ReadError("cut"))
    script.on(
        "DescribeVolumes",
        volumes([volume_item(status="in-use", attachmentSet=[use(state="attaching")])]),
    )
    await scripted(script).attach(a_volume(), I1, "/dev/sdf")
    assert len(script.of("AttachVolume")) == 1
    script.on("DescribeVolumes", volumes([volume_item()]))
    with pytest.raises(CloudDownError, match="may have been done"):
        await scripted(script).attach(a_volume(), I1, "/dev/sdf")


async def test_a_detach_whose_answer_was_lost_is_looked_for(scripted: Make) -> None:
    attachment = Attachment(volume_uid=UID, instance=I1, device="/dev/sdf")
    script = Script().on("DetachVolume", httpx.ReadError("cut"))
    for item in (
        volume_item(),
        volume_item(status="in-use", attachmentSet=[use(state="detaching")]),
        volume_item(status="in-use", attachmentSet=[use(I2)]),
    ):
        script.on("DescribeVolumes", volumes([item]))
        await scripted(script).detach(a_volume(), attachment)
    script.on("DescribeVolumes", volumes([volume_item(status="in-use", attachmentSet=[use()])]))
    with pytest.raises(CloudDownError, match="may have been done"):
        await scripted(script).detach(a_volume(), attachment)
    assert script.of("DetachVolume")[0]["Device"] == "/dev/sdf"


async def test_what_cannot_be_reached_is_not_looked_for(scripted: Make) -> None:
    attachment = Attachment(volume_uid=UID, instance=I1, device="")
    script = Script().on("DetachVolume", httpx.ConnectError("no"))
    with pytest.raises(CloudDownError):
        await scripted(script, patience=QUICK).detach(a_volume(), attachment)
    assert "DescribeVolumes" not in [name for name, _ in script.asked]


async def test_a_resize_is_asked_for_once(scripted: Make) -> None:
    script = Script().on("ModifyVolume", httpx.ReadError("cut"))
    with pytest.raises(CloudDownError, match="may have been done"):
        await scripted(script).resize_volume(UID, 9 * GIB)
    (asked,) = script.of("ModifyVolume")
    assert asked["Size"] == "9"


async def test_why_a_change_failed(scripted: Make) -> None:
    changes = [
        {"volumeId": UID, "modificationState": "failed", "statusMessage": "no capacity"},
    ]
    script = Script().on(
        "DescribeVolumesModifications",
        ec2("DescribeVolumesModifications", volumeModificationSet=changes),
    )
    script.on("DescribeVolumes", volumes([volume_item()]))
    provider = scripted(script)
    assert await provider.why(UID) == "no capacity"
    script.on("DescribeVolumesModifications", refused("InvalidVolumeModification.NotFound"))
    assert await provider.why(UID) == ""
    for answer in (volumes([volume_item(status="error")]), refused("InvalidVolume.NotFound")):
        script.on("DescribeVolumes", answer)
        assert "KMS key" in await provider.why(UID)


async def test_instances_that_are_gone_are_left_out(scripted: Make) -> None:
    script = Script().on("DescribeInstances", instances())
    (found,) = await scripted(script).instances()
    assert (found.resource_uid, found.name, found.zone, found.status) == (
        I1,
        "",
        "us-east-1a",
        "running",
    )
    script.on("DescribeInstances", instances(state="terminated"))
    assert await scripted(script).instances() == []


async def test_what_was_just_made_and_deleted_is_believed(scripted: Make) -> None:
    gone = refused("InvalidVolume.NotFound")
    script = Script().on("CreateVolume", ec2("CreateVolume", **volume_item(status="creating")))
    script.on("DescribeVolumes", gone, volumes([volume_item()]))
    script.on("DeleteVolume", ec2("DeleteVolume", **{"return": True}))
    provider = scripted(script)
    made = await provider.create_volume(
        name="c", placement=Placement(zone="a", size_bytes=GIB), snapshot=None, token="t"
    )
    seen = await provider.volume(made.resource_uid)
    assert seen is not None
    assert seen.status is VolumeStatus.CREATING
    await provider.delete_volume(made.resource_uid)
    (listed,) = await collect(provider.volumes())
    assert listed.status is VolumeStatus.DELETING
