"""A remote cloud as the app sees it: what was known at once, then each page as it comes."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.remote.followed import PART
from snaptui.clouds.remote.remembered import (
    Remembered,
    RememberedHead,
    RememberedInventory,
)
from snaptui.errors import CloudDownError, NotFoundError, UnsupportedError
from snaptui.models import Changes
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume
from tests.clouds.remote.following import AGAIN, Follow, answered, down, names
from tests.clouds.remote.passing import until

# -- opening


async def test_nothing_is_asked_before_it_is_opened(
    follow: Follow, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    cloud = follow(provider, remembered=inventory)
    info = await cloud.info()
    assert (info.opened, info.answered, info.as_of, info.available) == (False, False, None, True)
    token = await cloud.change_token()
    assert await cloud.changes(token) == Changes()
    assert await names(cloud) == ([], [])
    [web], [monday] = provider.volumes_there, provider.snapshots_there
    assert await cloud.zones() == []
    assert await cloud.volume_types() == []
    assert await cloud.instances(web) == []
    assert (await cloud.plan_delete_snapshots([monday])).uids == ()
    with pytest.raises(NotFoundError):
        await cloud.plan_delete_volume(web)
    refused = [cloud.diff(None, monday), cloud.blocks(monday), cloud.delete_volume(web)]
    refused += [cloud.delete_snapshots([monday])]
    for work in refused:
        with pytest.raises(UnsupportedError, match="prod is not opened yet"):
            await work
    await cloud.close()
    assert provider.asked == ["close"]
    await cloud.open()
    assert [each.name for each in await cloud.zones()] == ["nova", "other"]


async def test_what_was_known_is_shown_at_once_with_its_age(
    follow: Follow, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    first = follow(provider, remembered=inventory)
    await first.open()
    await answered(first)
    await until(inventory.path.exists)
    as_of = (await first.info()).as_of
    await first.close()

    other = FakeProvider()
    other.hangs("connect")
    cloud = follow(other, remembered=inventory)
    info = await cloud.info()
    assert (info.volume_count, info.snapshot_count) == (1, 1)
    assert info.as_of is not None
    assert as_of is not None
    assert abs((info.as_of - as_of).total_seconds()) < 60
    assert not info.answered
    assert await names(cloud) == (["web"], ["monday"])
    assert other.asked == []
    await cloud.open()
    await until(lambda: "connect" in other.asked)
    assert await names(cloud) == (["web"], ["monday"])
    assert (await cloud.info()).opened


async def test_what_is_remembered_never_covers_what_the_cloud_says(
    follow: Follow, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    """Whoever asks first has the file read, however long that takes; opening waits for that."""
    read = threading.Event()
    begun: list[int] = []

    class Slow(RememberedInventory):
        def read(self) -> Remembered | None:
            begun.append(1)
            if len(begun) == 1:
                read.wait(20)
            return super().read()

    web = next(iter(provider.volumes_there.values()))
    slow = Slow(inventory.path.parent, "prod", "openstack", {})
    slow.write([replace(web, name="old")], [])
    cloud = follow(provider, remembered=slow)
    shown = [asyncio.create_task(names(cloud)) for _ in range(3)]
    asking = [asyncio.create_task(cloud.info()) for _ in range(3)]
    await asyncio.sleep(0)
    await cloud.open()
    for _ in range(20):
        await asyncio.sleep(0.0005)
    assert provider.asked == []
    read.set()
    infos = await asyncio.gather(*asking)
    assert all(info.as_of for info in infos)
    volumes, _ = (await asyncio.gather(*shown))[0]
    assert volumes == ["old"]
    assert begun == [1]
    await answered(cloud)
    assert await names(cloud) == (["web"], ["monday"])


async def test_only_the_head_is_read_of_a_cloud_that_nobody_opened(
    follow: Follow, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    read: list[str] = []

    class Watched(RememberedInventory):
        def head(self) -> RememberedHead | None:
            read.append("head")
            return super().head()

        def read(self) -> Remembered | None:
            read.append("all")
            return super().read()

    watched = Watched(inventory.path.parent, "prod", "openstack", {})
    web = next(iter(provider.volumes_there.values()))
    watched.write([web], [])
    cloud = follow(provider, remembered=watched)
    token = await cloud.change_token()
    for _ in range(3):
        info = await cloud.info()
        assert (info.opened, info.volume_count, info.snapshot_count) == (False, 1, 0)
        assert await cloud.change_token() == token
    assert read == ["head"]
    assert await names(cloud) == (["web"], [])  # who asks for them gets them
    assert read == ["head", "all"]
    # that they were read is no change: they are what was known all along
    assert await cloud.change_token() == token
    assert await cloud.changes(token) == Changes()
    info = await cloud.info()
    assert (info.volume_count, info.snapshot_count) == (None, None)
    assert provider.asked == []


async def test_a_plan_counts_what_is_remembered_of_a_cloud_that_nobody_opened(
    follow: Follow, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    web, monday = provider.volumes_there, provider.snapshots_there
    inventory.write(list(web.values()), list(monday.values()))
    cloud = follow(provider, remembered=inventory)
    plan = await cloud.plan_delete_snapshots(list(monday))
    assert plan.uids == tuple(monday)
    assert provider.asked == []


async def test_a_memory_whose_head_alone_is_whole_is_none_once_it_is_read(
    follow: Follow, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    inventory.write(list(provider.volumes_there.values()), [])
    inventory.path.write_bytes(inventory.path.read_bytes()[:-2])
    cloud = follow(provider, remembered=inventory)
    provider.hangs("connect")
    info, token = await cloud.info(), await cloud.change_token()
    assert (info.volume_count, bool(info.as_of)) == (1, True)
    await cloud.open()
    await until(lambda: "connect" in provider.asked)
    info = await cloud.info()
    assert (info.volume_count, info.as_of) == (None, None)
    assert await cloud.change_token() != token
    assert await names(cloud) == ([], [])


async def test_a_damaged_memory_is_none(
    follow: Follow, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    inventory.path.parent.mkdir()
    inventory.path.write_bytes(b"\0" * 100)
    cloud = follow(provider, remembered=inventory)
    assert (await cloud.info()).as_of is None
    await cloud.open()
    await answered(cloud)
    assert await names(cloud) == (["web"], ["monday"])
    await until(lambda: inventory.read() is not None)


async def test_it_is_written_only_when_it_is_another(
    follow: Follow, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    now = 0.0
    written: list[int] = []

    class Counting(RememberedInventory):
        def write(self, volumes: Any, snapshots: Any) -> None:
            written.append(len(snapshots))
            super().write(volumes, snapshots)

    counting = Counting(inventory.path.parent, "prod", "openstack", {})
    cloud = follow(provider, remembered=counting)
    cloud.clock = lambda: now

    async def listed() -> None:
        count = provider.asked.count("snapshots")
        cloud.look_again()
        await until(lambda: provider.asked.count("snapshots") > count)
        await until(lambda: cloud.resting)

    await cloud.open()
    await until(lambda: cloud.resting)
    assert written == [1]
    await listed()
    assert written == [1]
    provider.put(a_snapshot("vol-other"))
    await listed()
    assert written == [1, 2]
    now = 3600.0
    await listed()
    assert written == [1, 2, 2]


async def test_it_can_be_closed_and_opened_again(follow: Follow, provider: FakeProvider) -> None:
    cloud = follow(provider)
    for _ in range(2):
        await cloud.open()
        await cloud.open()
        await answered(cloud)
        assert (await cloud.info()).opened
        await cloud.close()
        await cloud.close()
        assert not (await cloud.info()).opened
        assert not provider.connected
    assert provider.asked.count("volumes") == 2


async def test_closing_does_not_wait_for_a_cloud_that_hangs(
    follow: Follow, provider: FakeProvider
) -> None:
    provider.hangs("snapshots page")
    cloud = follow(provider)
    await cloud.open()
    await until(lambda: "snapshots page" in provider.asked)
    await cloud.close()


# -- listing


@pytest.mark.parametrize("late", ["volumes page", "snapshots page"])
async def test_each_page_is_seen_as_it_comes(follow: Follow, late: str) -> None:
    """Volumes before snapshots, or the other way round."""
    provider = FakeProvider(page=2)
    web = provider.put(a_volume("web"))
    for name in "abc":
        provider.put(a_snapshot(web, name))
    gate = provider.hangs(late)
    cloud = follow(provider)
    await cloud.open()
    if late == "volumes page":
        await until(lambda: names(cloud), lambda seen: len(seen[1]) == 3)
        assert (await names(cloud))[0] == []
        [snapshot, *_] = await collect(cloud.snapshots())
        assert snapshot.volume_name == web.resource_uid
    else:
        await until(lambda: names(cloud), lambda seen: seen[0] == ["web"])
        assert (await collect(cloud.volumes()))[0].snapshot_count == 0
    assert not (await cloud.info()).answered
    token = await cloud.change_token()
    gate.set()
    await answered(cloud)
    assert await names(cloud) == (["web"], ["c", "b", "a"])
    assert (await collect(cloud.volumes()))[0].snapshot_count == 3
    assert (await collect(cloud.snapshots()))[0].volume_name == "web"
    assert await cloud.change_token() != token
    changes = await cloud.changes(token)
    assert changes is not None
    assert [each.snapshot_count for each in changes.volumes] == [3]


async def test_a_listing_that_fails_in_the_middle_removes_nothing(follow: Follow) -> None:
    provider = FakeProvider(page=2)
    web = provider.put(a_volume("web"))
    for name in "abcd":
        provider.put(a_snapshot(web, name))
    cloud = follow(provider, refreshing=AGAIN)
    await cloud.open()
    await answered(cloud)
    provider.snapshots_there.clear()
    provider.put(a_snapshot(web, "new"))
    provider.fails("volumes page", CloudDownError("cut"), times=3)
    cloud.look_again()
    assert await down(cloud) == "cut"
    shown = (await names(cloud))[1]
    assert {"a", "b", "c", "d"} <= set(shown)
    await until(lambda: names(cloud), lambda seen: seen == (["web"], ["new"]))
    assert (await cloud.info()).available


async def test_five_thousand_come_in_small_steps(follow: Follow) -> None:
    """The loop gets its turn after each part, however long a page is."""
    provider = FakeProvider(page=1000)
    web = provider.put(a_volume("web"))
    for _ in range(5000):
        provider.put(a_snapshot(web))
    cloud = follow(provider)
    sizes: list[int] = []
    seen = 0
    await cloud.open()
    while seen < 5000:
        await asyncio.sleep(0)
        now = sum([len(page) async for page in cloud.snapshots()])
        sizes.append(now - seen)
        seen = now
    assert max(sizes) <= PART
    pages = [len(page) async for page in cloud.snapshots()]
    assert max(pages) <= PART


async def test_zones_count_the_volumes_that_are_known(
    follow: Follow, provider: FakeProvider
) -> None:
    cloud = follow(provider)
    come = provider.hangs("volumes page", times=1)
    await cloud.open()
    assert [each.volume_count for each in await cloud.zones()] == [None, None]
    come.set()
    await answered(cloud)
    asked = provider.asked.count("volumes")
    assert [each.volume_count for each in await cloud.zones()] == [1, 0]
    assert provider.asked.count("volumes") == asked
    provider.put(a_volume("db", zone="other"))
    cloud.look_again()
    await until(lambda: len(cloud._stock.volumes) == 2)
    assert [each.volume_count for each in await cloud.zones()] == [1, 1]


async def test_it_is_told_that_it_is_asked_and_for_how_long_it_has_told_nothing(
    follow: Follow, provider: FakeProvider
) -> None:
    cloud = follow(provider, refreshing=replace(AGAIN, silence=0.05))
    await cloud.open()
    await answered(cloud)
    await until(cloud.info, lambda info: not info.asked)
    come = provider.hangs("volumes", times=1)
    token = await cloud.change_token()
    cloud.look_again()
    assert (await cloud.info()).asked
    assert await cloud.change_token() != token
    info = await until(cloud.info, lambda info: info.silent_seconds)
    assert info.available
    come.set()
    await until(cloud.info, lambda info: not info.asked and not info.silent_seconds)
