"""A real server behind one that cuts, breaks, refuses and vanishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from snaptui.clouds.aws import AwsProvider
from snaptui.clouds.aws.ebs import Checksums
from snaptui.clouds.base import collect
from snaptui.clouds.remote.provider import Placement
from snaptui.clouds.remote.transport import Patience
from snaptui.errors import CloudDownError, CloudTimeoutError
from tests.clouds.aws.script import REGION, no_sleep
from tests.clouds.aws.test_walk import an_instance
from tests.clouds.remote.faults import answers, corrupts, cuts, delays, html, resets
from tests.clouds.remote.faulty import Faulty

GIB = 1024**3


@pytest.fixture
def between(moto: str) -> Iterator[Faulty]:
    with Faulty(upstream=moto) as server:
        yield server


async def connected(between: Faulty, **options: Any) -> AwsProvider:
    options = {"sleep": no_sleep, **options}
    provider = AwsProvider("aws", region=REGION, endpoint_url=between.url, **options)
    await provider.connect()
    return provider


async def test_a_listing_gets_through(between: Faulty, ec2: Any) -> None:
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    provider = await connected(between)
    for fault in (
        cuts(body=40),
        cuts(head=10),
        resets(),
        corrupts(0, 5),
        answers(503),
        html(),
        delays(0.05),
    ):
        between.plan(fault)
        (found,) = await collect(provider.volumes())
        assert found.resource_uid == volume
    await provider.close()


async def test_a_server_that_is_killed_and_comes_back_in_mid_listing(
    between: Faulty, ec2: Any
) -> None:
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    ec2.create_snapshot(VolumeId=volume)
    pauses = 0

    async def comes_back(_seconds: float) -> None:
        nonlocal pauses
        pauses += 1
        if pauses == 2:
            between.accept()

    provider = await connected(between, sleep=comes_back)
    pages = provider.volumes()
    await anext(pages)
    between.refuse()
    assert len(await collect(provider.snapshots())) == 1
    assert pauses == 2
    await provider.close()


async def test_a_server_that_stays_away_is_told(between: Faulty) -> None:
    provider = await connected(between, patience=Patience(attempts=3))
    with between.refusing(), pytest.raises(CloudDownError, match="no connection to"):
        await collect(provider.volumes())
    assert await collect(provider.volumes()) == []
    await provider.close()


async def test_a_server_that_does_not_answer_is_told(between: Faulty) -> None:
    provider = await connected(between, patience=Patience(read=0.05, attempts=2))
    between.plan(delays(30), times=None)
    with pytest.raises(CloudTimeoutError, match="did not answer in time"):
        await collect(provider.volumes())
    between.forget()
    await provider.close()


@pytest.mark.parametrize("fault", [cuts(body=20), resets(), cuts(head=5)], ids=repr)
async def test_a_snapshot_is_taken_once_whatever_happens_to_the_answer(
    between: Faulty, ec2: Any, fault: Any
) -> None:
    provider = await connected(between)
    volume = await provider.create_volume(
        name="web", placement=Placement(zone="us-east-1a", size_bytes=GIB), snapshot=None, token="v"
    )
    # first it is looked whether it was asked for before, then it is asked for
    between.plan(fault, number=len(between.seen) + 2)
    try:
        made = await provider.create_snapshot(volume, name="a", description="", token="once")
    except CloudDownError as error:
        assert "may have been done" in error.hint
        made = await provider.create_snapshot(volume, name="a", description="", token="once")
    listed = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert [each["SnapshotId"] for each in listed] == [made.resource_uid]
    await provider.close()


async def test_an_attach_is_done_once(between: Faulty, ec2: Any, moto: str) -> None:
    instance = an_instance(ec2)
    provider = await connected(between)
    volume = await provider.create_volume(
        name="web", placement=Placement(zone="us-east-1a", size_bytes=GIB), snapshot=None, token="v"
    )
    between.plan(cuts(body=10), number=len(between.seen) + 2)
    await provider.attach(volume, instance, "")
    oracle = boto3.client("ec2", region_name=REGION, endpoint_url=moto)
    (seen,) = oracle.describe_volumes(VolumeIds=[volume.resource_uid])["Volumes"]
    assert [each["InstanceId"] for each in seen["Attachments"]] == [instance]
    await provider.close()


async def test_blocks_that_are_damaged_on_the_way_are_got_again(between: Faulty) -> None:
    provider = await connected(between)
    started = await provider.ebs.start(GIB, token="t")
    data = bytes(range(256)) * (started.block_size // 256)
    checksums = Checksums()
    between.plan(cuts(head=20), method="PUT")
    checksums.add(3, await provider.ebs.put_block(started.uid, 3, data))
    await provider.ebs.complete(started.uid, checksums)
    between.plan(corrupts(100), path="/blocks/3")
    between.plan(cuts(body=100), path="/blocks/3")
    async for page in provider.ebs.blocks(started.uid):
        for block in page.blocks:
            assert await provider.ebs.get_block(started.uid, block, page.block_size) == data
    between.plan(corrupts(100), path="/blocks/3", times=None)
    with pytest.raises(CloudDownError, match=r"block 3 of snap-\w+ was damaged on the way"):
        await provider.ebs.get_block(started.uid, block, page.block_size)
    await provider.close()
