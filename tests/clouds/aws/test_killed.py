"""A moto server that is killed in mid-listing, and started again with nothing in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from snaptui.clouds.aws import AwsProvider
from snaptui.clouds.base import collect
from snaptui.clouds.remote.followed import FollowedCloud
from snaptui.clouds.remote.provider import Placement
from snaptui.clouds.remote.refreshing import Refreshing
from snaptui.clouds.remote.transport import Patience
from snaptui.errors import CloudDownError
from tests.clouds.aws.script import REGION
from tests.clouds.remote.following import NEVER, answered, down, names
from tests.clouds.remote.killing import Killing
from tests.clouds.remote.passing import until
from tests.servers.service import Service, free_port

QUICK = Patience(connects=2, first_pause=0.01, longest_pause=0.02)
LONG = Patience(attempts=1000, connects=1000, first_pause=0.1, longest_pause=0.1)
"""For a server that is started again meanwhile."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Service]:
    """A moto server in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environ = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
    with Service(command, tmp_path / "moto.out", port=port, environ=environ) as service:
        yield service


def listing_snapshots(request: httpx.Request) -> bool:
    return b"Action=DescribeSnapshots" in request.content


async def test_a_server_killed_in_mid_listing_takes_nothing_from_what_is_known(
    server: Service,
) -> None:
    ec2: Any = boto3.client("ec2", region_name=REGION, endpoint_url=server.url)
    made = [ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"] for _ in range(3)]
    taken = ec2.create_snapshot(VolumeId=made[0])["SnapshotId"]
    killing = Killing(listing_snapshots)
    provider = AwsProvider(
        "aws", region=REGION, endpoint_url=server.url, patience=QUICK, transport=killing
    )
    again = Refreshing(all=NEVER, pending=NEVER, pending_longest=NEVER, down=0.2, down_longest=0.2)
    cloud = FollowedCloud("aws", provider, refreshing=again)
    await cloud.open()
    await answered(cloud)
    shown = await names(cloud)
    assert (sorted(shown[0]), shown[1]) == (sorted(made), [taken])
    before = await cloud.info()

    killing.arm(server)
    cloud.look_again()
    reason = await down(cloud)
    assert not killing.armed
    assert f"no connection to 127.0.0.1:{server.port}" in reason
    assert await names(cloud) == shown
    assert (await cloud.info()).as_of == before.as_of

    server.start()  # it keeps nothing: what was there is gone, which only an answer says
    await until(cloud.info, lambda info: info.available, seconds=60)
    assert await names(cloud) == ([], [])
    await cloud.close()


async def test_what_is_asked_meanwhile_is_asked_again_or_told(server: Service) -> None:
    killing = Killing(listing_snapshots)
    options: dict[str, Any] = {"region": REGION, "endpoint_url": server.url, "transport": killing}

    patient = AwsProvider("aws", patience=LONG, **options)
    await patient.connect()
    killing.arm(server, then=server.begin)
    assert await collect(patient.snapshots()) == []
    assert not killing.armed

    hasty = AwsProvider("aws", patience=QUICK, **options)
    await hasty.connect()
    volume = await hasty.create_volume(
        name="web",
        placement=Placement(zone=f"{REGION}a", size_bytes=1024**3),
        snapshot=None,
        token="v",
    )
    killing.arm(server)
    with pytest.raises(CloudDownError, match="list the snapshots"):
        await collect(hasty.snapshots())
    assert not killing.armed
    with pytest.raises(CloudDownError, match="no connection to"):
        await hasty.create_snapshot(volume, name="a", description="", token="once")
    await hasty.close()
    await patient.close()
