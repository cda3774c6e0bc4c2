"""What other accounts have made public: many pages, asked for apart; cloned, but not read."""

from __future__ import annotations

import os
from contextlib import aclosing
from typing import Any

import httpx
import pytest

from snaptui.clouds.aws import AwsProvider
from snaptui.clouds.base import Capability, collect
from snaptui.clouds.remote.cloud import RemoteCloud
from snaptui.clouds.remote.importing import bring_home
from snaptui.engine import Repository
from snaptui.errors import CloudInvalidError, UnsupportedError
from snaptui.models import Snapshot, Visibility
from snaptui.progress import no_progress
from snaptui.requests import CloneRequest, ImportRequest
from tests.clouds.aws.conftest import Make
from tests.clouds.aws.script import (
    ACCOUNT,
    REGION,
    Script,
    a_snapshot,
    ec2,
    no_sleep,
    refused,
    snapshot_item,
    snapshots,
)

OTHER = "999999999999"


def many(count: int, **more: Any) -> Script:
    """A region with so many public snapshots of another account."""
    items = [
        snapshot_item(number, ownerId=OTHER, volumeId="vol-ffffffff", **more)
        for number in range(count)
    ]

    def answer(asked: dict[str, str]) -> httpx.Response:
        assert asked["RestorableBy.1"] == "all"
        start = int(asked.get("NextToken", "0"))
        end = start + int(asked["MaxResults"])
        return snapshots(items[start:end], str(end) if end < len(items) else None)

    return Script().on("DescribeSnapshots", answer)


async def test_twenty_thousand_come_page_by_page(scripted: Make) -> None:
    script = many(20_000, description="Created by an image")
    cloud = RemoteCloud("aws test", scripted(script))
    pages = [page async for page in cloud.public_snapshots(OTHER)]
    assert [len(page) for page in pages] == [1000] * 20
    first = pages[0][0]
    assert (first.visibility, first.owner) == (Visibility.PUBLIC, OTHER)
    assert (first.name, first.volume_name) == (first.resource_uid, "vol-ffffffff")
    assert {asked["Owner.1"] for asked in script.of("DescribeSnapshots")} == {OTHER}


async def test_who_has_seen_enough_asks_no_more(scripted: Make) -> None:
    script = many(20_000)
    cloud = RemoteCloud("aws test", scripted(script))
    async with aclosing(cloud.public_snapshots()) as pages:
        async for _ in pages:
            break
    assert len(script.of("DescribeSnapshots")) == 1
    assert "Owner.1" not in script.of("DescribeSnapshots")[0]


@pytest.mark.parametrize(
    ("typed", "asked"),
    [("amazon", "amazon"), (f" {OTHER} ", OTHER), ("9999-9999-9999", OTHER)],
)
async def test_an_owner_is_understood_as_it_is_written(
    scripted: Make, typed: str, asked: str
) -> None:
    script = many(1)
    assert len(await collect(scripted(script).public_snapshots(typed))) == 1
    assert script.of("DescribeSnapshots")[0]["Owner.1"] == asked


@pytest.mark.parametrize("typed", ["me", "12345", "99999999999a", "9999-99999999", "a\x1b[1m"])
async def test_what_is_no_account_is_told_and_not_asked(scripted: Make, typed: str) -> None:
    script = many(1)
    with pytest.raises(CloudInvalidError, match="no account of AWS: give its number") as caught:
        await collect(scripted(script).public_snapshots(typed))
    assert "\x1b" not in str(caught.value)
    assert script.of("DescribeSnapshots") == []


@pytest.mark.parametrize("typed", ["self", ACCOUNT])
async def test_ones_own_are_elsewhere(scripted: Make, typed: str) -> None:
    with pytest.raises(CloudInvalidError, match="among your own: .*visibility:public --cloud"):
        await collect(scripted(many(1)).public_snapshots(typed))


@pytest.fixture
def strangers(moto: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A moto server with the snapshots of its AMIs, as AWS has those of others."""
    monkeypatch.setitem(os.environ, "MOTO_EC2_LOAD_DEFAULT_AMIS", "true")
    httpx.post(f"{moto}/moto-api/reset").raise_for_status()
    return moto


@pytest.fixture
async def cloud(strangers: str) -> Any:
    provider = AwsProvider("aws us-east-1", region=REGION, endpoint_url=strangers, sleep=no_sleep)
    yield RemoteCloud("aws us-east-1", provider)
    await provider.close()


async def a_public_one(cloud: RemoteCloud) -> Snapshot:
    async with aclosing(cloud.public_snapshots("amazon")) as pages:
        async for page in pages:
            return page[0]
    raise AssertionError("there is none")


async def test_one_of_others_is_shown_and_cloned_by_its_uid(cloud: RemoteCloud) -> None:
    listed = await a_public_one(cloud)
    shown = await cloud.snapshot(listed.resource_uid)
    assert (shown.owner, shown.size_bytes) == (listed.owner, listed.size_bytes)
    assert listed.owner != ACCOUNT
    request = CloneRequest(snapshot_uid=listed.resource_uid, name="from others")
    await cloud.precheck(request)
    clone = await cloud.clone_snapshot(request, no_progress)
    assert (clone.source_snapshot_uid, clone.size_bytes) == (
        listed.resource_uid,
        listed.size_bytes,
    )
    assert listed.resource_uid not in (await cloud.stock()).volumes


async def test_blocks_of_others_are_refused_with_what_helps(
    scripted: Make, repository: Repository
) -> None:
    """EBS direct does not support public snapshots, which its refusal would not say."""
    script = Script()
    item = snapshot_item(1, ownerId=OTHER, volumeId="vol-ffffffff")

    def answer(asked: dict[str, str]) -> httpx.Response:
        return snapshots([] if asked.get("RestorableBy.1") == "self" else [item])

    script.on("DescribeSnapshots", answer)
    gone = "The volume 'vol-ffffffff' does not exist."
    script.on("DescribeVolumes", refused("InvalidVolume.NotFound", gone))
    cloud = RemoteCloud("aws test", scripted(script))
    uid = item["snapshotId"]
    assert cloud.ability(Capability.IMPORT)
    for asking in (
        cloud.blocks(uid, 8),
        cloud.precheck(ImportRequest(snapshot_uid=uid, name="x")),
        bring_home(cloud, repository, ImportRequest(snapshot_uid=uid, name="x"), no_progress),
    ):
        with pytest.raises(UnsupportedError, match=f"snapshot copy {uid} --to-region {REGION}"):
            await asking
    assert script.of("ListSnapshotBlocks") == []


async def test_blocks_of_ones_own_are_not_refused_because_it_is_public(scripted: Make) -> None:
    provider = scripted(Script())
    await provider.connect()
    mine = a_snapshot(owner=ACCOUNT, visibility=Visibility.PUBLIC)
    theirs = a_snapshot(owner=OTHER, visibility=Visibility.PUBLIC)
    shared = a_snapshot(owner=OTHER, visibility=Visibility.SHARED)
    assert [bool(provider.closed(each)) for each in (mine, theirs, shared)] == [False, True, False]


async def test_blocks_of_a_copy_are_compared_with_no_other_copy(scripted: Make) -> None:
    """All copies are of the same volume, which there is not: EC2 refuses to compare them."""
    older, newer = (
        snapshot_item(number, volumeId="vol-ffffffff", startTime=f"2026-01-0{number}T00:00:00.000Z")
        for number in (1, 2)
    )

    def answer(asked: dict[str, str]) -> httpx.Response:
        items = [newer] if "SnapshotId.1" in asked else [newer, older]
        return snapshots([] if "RestorableBy.1" in asked else items)

    script = Script().on("DescribeSnapshots", answer)
    script.on("DescribeVolumes", ec2("DescribeVolumes", volumeSet=[]))
    script.on("DescribeSnapshotAttribute", ec2("DescribeSnapshotAttribute", snapshotId="x"))
    blocks = {"Blocks": [], "BlockSize": 524288, "VolumeSize": 1}
    script.on("ListSnapshotBlocks", httpx.Response(200, json=blocks))
    cloud = RemoteCloud("aws test", scripted(script))
    summary = await cloud.blocks(newer["snapshotId"], 8)
    assert summary.size_bytes == 1024**3
    assert script.of("ListChangedBlocks") == []
