"""Whoever takes over the changes of a followed cloud has what the cloud has, whatever happens."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Hashable
from dataclasses import replace

import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.remote.followed import FollowedCloud
from snaptui.clouds.remote.refreshing import Refreshing
from snaptui.clouds.remote.stock import Stock
from snaptui.errors import CloudDownError
from snaptui.models import Snapshot, SnapshotStatus, Volume, VolumeStatus
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume
from tests.clouds.remote.following import Follow
from tests.clouds.remote.passing import until

QUICK = Refreshing(
    all=0.003,
    pending=0.0005,
    pending_longest=0.001,
    pending_most=3,
    down=0.0005,
    down_longest=0.001,
)


class Onlooker:
    """What the app does: takes over changes, and lists anew when they are not known."""

    def __init__(self, cloud: FollowedCloud) -> None:
        self.volumes: dict[str, Volume] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.listed = 0
        self._cloud = cloud
        self._seen: Hashable = None

    async def look(self) -> None:
        """Catch up."""
        token = await self._cloud.change_token()
        changes = await self._cloud.changes(self._seen) if self._seen is not None else None
        self._seen = token
        if changes is None:
            self.listed += 1
            self.volumes = {v.resource_uid: v for v in await collect(self._cloud.volumes())}
            self.snapshots = {s.resource_uid: s for s in await collect(self._cloud.snapshots())}
            return
        for uid in changes.removed:
            self.volumes.pop(uid, None)
            self.snapshots.pop(uid, None)
        self.volumes |= {each.resource_uid: each for each in changes.volumes}
        self.snapshots |= {each.resource_uid: each for each in changes.snapshots}


def something_happens(provider: FakeProvider, chance: random.Random) -> None:
    """One of what happens to a cloud."""
    volumes, snapshots = list(provider.volumes_there), list(provider.snapshots_there)
    match chance.choice(["volume", "snapshot", "rename", "vanish", "settle", "fail", "stuck"]):
        case "volume":
            provider.put(a_volume(chance.choice(["", "web", "db"])))
        case "snapshot":
            of = chance.choice([*volumes, "vol-gone"])
            going = provider.put(a_snapshot(of, status=SnapshotStatus.PENDING))
            done = replace(going, status=SnapshotStatus.COMPLETED)
            provider.becomes(going.resource_uid, *[going] * chance.randrange(4), done)
        case "rename" if volumes:
            volume = provider.volumes_there[chance.choice(volumes)]
            provider.put(replace(volume, name=chance.choice(["new", "newer"])))
        case "vanish" if volumes or snapshots:
            provider.vanishes(chance.choice(volumes + snapshots))
        case "settle" if volumes:
            volume = provider.volumes_there[chance.choice(volumes)]
            provider.put(replace(volume, status=VolumeStatus.AVAILABLE))
        case "stuck" if volumes:
            volume = provider.volumes_there[chance.choice(volumes)]
            provider.put(replace(volume, status=VolumeStatus.BUSY))
        case "fail":
            method = chance.choice(["volumes page", "snapshots page", "connect", "volume", "*"])
            provider.fails(method, CloudDownError("down"), at=chance.randrange(1, 4))


@pytest.mark.parametrize("seed", range(12))
async def test_an_onlooker_has_what_the_cloud_has(follow: Follow, seed: int) -> None:
    chance = random.Random(seed)
    provider = FakeProvider(page=chance.randrange(1, 5))
    cloud = follow(provider, refreshing=QUICK)
    onlooker = Onlooker(cloud)
    await cloud.open()
    for _ in range(80):
        something_happens(provider, chance)
        if not chance.randrange(8):
            cloud.look_again()
        for _ in range(chance.randrange(6)):
            await asyncio.sleep(0)
        await onlooker.look()
    provider.recovers()

    async def caught_up() -> bool:
        await onlooker.look()
        expected = Stock()
        expected.put(list(provider.volumes_there.values()), list(provider.snapshots_there.values()))
        own = {uid: replace(each, volume_name="") for uid, each in onlooker.snapshots.items()}
        theirs = {uid: replace(each, volume_name="") for uid, each in expected.snapshots.items()}
        return (onlooker.volumes, own) == (expected.volumes, theirs)

    await until(caught_up)
    for snapshot in onlooker.snapshots.values():
        volume = onlooker.volumes.get(snapshot.volume_uid)
        assert volume is None or snapshot.volume_name == volume.name
    assert onlooker.listed == 1
