"""A region of AWS for the pictures: moto's server, with volumes and a history of snapshots."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from snaptui.clouds.following import follow
from snaptui.clouds.registry import KnownCloud

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snaptui.clouds.remote.followed import FollowedCloud

REGION = "us-east-1"
AWS = f"aws {REGION}"
_ACCOUNT = "123456789012"
_VOLUMES = (("orders-db", 200, "us-east-1a", 6), ("orders-web", 40, "us-east-1a", 3))
_MORE = (("wiki", 20, "us-east-1b", 2), ("build-cache", 500, "us-east-1b", 0))
_NAMES = ("nightly", "before-upgrade", "weekly", "before-migration", "monthly", "first")
_HOURS = (3, 27, 75, 200, 700, 1500)


@contextmanager
def clouds() -> Iterator[list[FollowedCloud]]:
    """That region, and a lab of OpenStack that nobody opens. Not at home on this machine."""
    import logging

    import boto3
    from moto.ec2.models import ec2_backends
    from moto.server import ThreadedMotoServer

    os.environ |= {
        "AWS_ACCESS_KEY_ID": "pictures",
        "AWS_SECRET_ACCESS_KEY": "pictures",
        "AWS_EC2_METADATA_DISABLED": "true",
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    }
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        ec2 = boto3.client("ec2", region_name=REGION, endpoint_url=address)
        backend = ec2_backends[_ACCOUNT][REGION]
        backend.reset()  # it lives as long as this process
        for each in (*_VOLUMES, *_MORE):
            _fill(ec2, backend, *each)
        region = KnownCloud(
            name=AWS, kind="aws", options={"region": REGION, "endpoint_url": address}, refresh=0
        )
        lab = KnownCloud(name="openstack lab", kind="openstack", options={"cloud": "lab"})
        yield [follow(region, lambda: None), follow(lab, lambda: None)]
    finally:
        server.stop()


def _fill(ec2: Any, backend: Any, name: str, size: int, zone: str, count: int) -> None:
    """A volume and its snapshots, the newest first, back in time."""
    tags = [{"Key": "Name", "Value": name}, {"Key": "team", "Value": name.partition("-")[0]}]
    made = ec2.create_volume(
        AvailabilityZone=zone,
        Size=size,
        VolumeType="gp3",
        TagSpecifications=[{"ResourceType": "volume", "Tags": tags}],
    )
    uid = made["VolumeId"]
    now = datetime.now(UTC)
    backend.volumes[uid].create_time = now - timedelta(days=90)
    for label, hours in list(zip(_NAMES, _HOURS, strict=True))[:count]:
        taken = ec2.create_snapshot(
            VolumeId=uid,
            Description=f"{label} of {name}",
            TagSpecifications=[
                {"ResourceType": "snapshot", "Tags": [{"Key": "Name", "Value": label}]}
            ],
        )
        backend.snapshots[taken["SnapshotId"]].start_time = now - timedelta(hours=hours)
