"""The lean models say what the whole ones do."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest

from snaptui.clouds.aws.services import OPERATIONS, load
from tests.clouds.aws.script import REGION
from tests.test_house import imported_by

ENDPOINT = f"https://ec2.{REGION}.amazonaws.com"
NAMES: dict[str, dict[str, Any]] = {
    "AttachVolume": {"VolumeId": "vol-1", "InstanceId": "i-1", "Device": "/dev/sdf"},
    "CopySnapshot": {
        "SourceRegion": "eu-west-1",
        "SourceSnapshotId": "snap-1",
        "Description": "ü & =",
        "DestinationRegion": REGION,
        "PresignedUrl": "https://x/?a=b&c=d%2F",
    },
    "CreateSnapshot": {
        "VolumeId": "vol-1",
        "TagSpecifications": [
            {"ResourceType": "snapshot", "Tags": [{"Key": "Name", "Value": "a b"}]}
        ],
    },
    "CreateTags": {"Resources": ["snap-1"], "Tags": [{"Key": "Name", "Value": "ü & b"}]},
    "CreateVolume": {
        "AvailabilityZone": "a",
        "Size": 3,
        "Iops": 100,
        "VolumeType": "io1",
        "ClientToken": "t",
    },
    "DeleteSnapshot": {"SnapshotId": "snap-1"},
    "DeleteVolume": {"VolumeId": "vol-1"},
    "DescribeAvailabilityZones": {},
    "DescribeInstances": {"MaxResults": 1000, "InstanceIds": ["i-1", "i-2"]},
    "DescribeRegions": {},
    "DescribeSnapshotAttribute": {
        "SnapshotId": "snap-1",
        "Attribute": "createVolumePermission",
    },
    "DescribeSnapshots": {
        "OwnerIds": ["self"],
        "RestorableByUserIds": ["all"],
        "MaxResults": 1000,
        "Filters": [{"Name": "tag:x", "Values": ["1", "2"]}],
    },
    "DescribeVolumes": {"VolumeIds": ["vol-1", "vol-2"]},
    "DescribeVolumesModifications": {"VolumeIds": ["vol-1"]},
    "DetachVolume": {"VolumeId": "vol-1", "InstanceId": "i-1"},
    "ModifySnapshotAttribute": {
        "SnapshotId": "snap-1",
        "OperationType": "add",
        "UserIds": ["1", "2"],
        "GroupNames": ["all"],
    },
    "ModifyVolume": {"VolumeId": "vol-1", "Size": 9},
}


def test_nothing_is_left_out_of_the_comparison() -> None:
    assert set(NAMES) == set(OPERATIONS["ec2"])


@pytest.mark.parametrize("operation", sorted(NAMES))
def test_what_is_asked_is_what_botocore_asks(operation: str) -> None:
    client = boto3.client("ec2", region_name=REGION)
    theirs: list[Any] = []

    class Caught(Exception):  # noqa: N818
        pass

    def catch(request: Any, **_: Any) -> None:
        theirs.append(request)
        raise Caught

    client.meta.events.register("before-send", catch)
    method = {name: method for method, name in client.meta.method_to_api_mapping.items()}
    with pytest.raises(Caught):
        getattr(client, method[operation])(**NAMES[operation])
    (request,) = theirs
    ask, _ = load("ec2").request(
        operation, NAMES[operation], endpoint=ENDPOINT, what="compare", repeatable=True
    )
    assert (ask.method, ask.url) == (request.method, request.url)
    body = request.body.decode() if isinstance(request.body, bytes) else request.body
    expected = parse_qs(body)
    if operation == "CopySnapshot":
        expected["PresignedUrl"] = [NAMES[operation]["PresignedUrl"]]  # theirs is made anew
    assert ask.content is not None
    assert parse_qs(ask.content.decode()) == expected
    assert ask.action == f"ec2:{operation}"


@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_models_are_lean(service: str) -> None:
    model = load(service)._model
    assert set(model.operation_names) == set(OPERATIONS[service])
    assert len(model.shape_names) < 250
    assert load(service) is load(service)


def test_nothing_of_botocore_is_imported_before_a_cloud_is_opened() -> None:
    made = (
        "from snaptui.clouds.aws import make_provider\n"
        "provider = make_provider('x', {'region': 'us-east-1'}, {})\n"
        "provider.kind, provider.place, provider.cannot"
    )
    assert not imported_by(made) & {"botocore", "boto3", "httpx", "urllib3"}
