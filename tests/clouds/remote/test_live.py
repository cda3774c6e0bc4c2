"""A remote cloud that is kept current: down and back, what is pending, what is asked of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.remote.followed import FollowedCloud
from snaptui.clouds.remote.refreshing import Refreshing
from snaptui.errors import CloudDownError, CredentialsError
from snaptui.models import Changes, SnapshotStatus, VolumeStatus
from snaptui.requests import CreateVolumeRequest
from tests.clouds.remote.fake import GIB, FakeProvider, a_snapshot, a_volume
from tests.clouds.remote.following import AGAIN, SELDOM, Follow, answered, down, names
from tests.clouds.remote.passing import FakeTime, until

# -- going down and coming back


async def test_a_cloud_that_is_down_keeps_what_is_known_and_comes_back(
    follow: Follow, provider: FakeProvider
) -> None:
    cloud = follow(provider, refreshing=AGAIN)
    await cloud.open()
    await answered(cloud)
    token = await cloud.change_token()
    as_of = (await cloud.info()).as_of
    provider.fails("*", CloudDownError("nobody answers", "is it on?"), times=None)
    cloud.look_again()
    assert await down(cloud) == "nobody answers: is it on?"
    assert await cloud.change_token() != token
    assert await cloud.changes(token) == Changes()
    info = await cloud.info()
    assert (info.answered, info.as_of) == (True, as_of)
    assert await names(cloud) == (["web"], ["monday"])
    provider.recovers()
    await answered(cloud)
    assert (await cloud.info()).as_of != as_of


async def test_the_same_reason_again_is_no_news(follow: Follow, provider: FakeProvider) -> None:
    provider.fails("connect", CloudDownError("down"), times=None)
    cloud = follow(provider, refreshing=AGAIN)
    await cloud.open()
    await down(cloud)
    token = await cloud.change_token()
    await until(lambda: provider.asked.count("connect") > 5)
    assert await cloud.change_token() == token


async def test_it_is_asked_less_and_less_often(
    follow: Follow, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def pause(self: FollowedCloud, seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr(FollowedCloud, "_pause", pause)
    provider.fails("connect", CloudDownError("down"), times=7)
    cloud = follow(provider, refreshing=replace(SELDOM, down=5, down_longest=60))
    await cloud.open()
    await until(lambda: len(pauses) > 8)
    assert pauses[:7] == [5, 10, 20, 40, 60, 60, 60]
    await cloud.close()
    pauses.clear()
    provider.fails("connect", CredentialsError("wrong"), times=2)
    await cloud.open()
    await until(lambda: len(pauses) > 2)
    assert pauses[:2] == [60, 60]


async def test_what_is_much_work_to_list_and_never_changes_is_listed_less_often(
    follow: Follow, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is only open costs four thousandths of a core; what changes is told in time."""
    pauses: list[int] = []
    used = 0.0

    async def pause(_: FollowedCloud, seconds: float) -> None:
        pauses.append(round(seconds))
        cloud.look_again()  # so that the pause is over
        await asyncio.sleep(0)

    def cpu() -> float:
        nonlocal used
        used += cost
        return used

    monkeypatch.setattr(FollowedCloud, "_pause", pause)
    cloud, cost = follow(provider, refreshing=replace(SELDOM, all=60)), 0.5
    cloud.cpu = cpu
    await cloud.open()
    await until(lambda: len(pauses) > 3)
    assert pauses[:3] == [60, 125, 125]  # what has just been found may go on changing
    cost = 100
    await until(lambda: pauses[-1] == 300)
    pauses.clear()
    provider.put(a_volume("new"))
    await until(lambda: pauses[-1:] == [300] and 60 in pauses)
    cost = 0.001
    await until(lambda: pauses[-1] == 60)


async def test_somebody_who_looks_again_need_not_wait(
    follow: Follow, provider: FakeProvider
) -> None:
    provider.fails("connect", CredentialsError("expired"))
    cloud = follow(provider)
    await cloud.open()
    await down(cloud)
    assert (await cloud.info()).state == "no access"
    cloud.look_again()
    await answered(cloud)


async def test_a_defect_is_told_and_does_not_end_the_following(
    follow: Follow, provider: FakeProvider
) -> None:
    provider.fails("volumes", KeyError("secret"))
    cloud = follow(provider, refreshing=AGAIN)
    await cloud.open()
    assert "KeyError" in await down(cloud)
    assert (await cloud.info()).state == "down"
    await answered(cloud)


async def test_a_cloud_that_hangs_delays_no_other(follow: Follow, provider: FakeProvider) -> None:
    other = FakeProvider()
    other.hangs("*")
    hanging, good = follow(other, "hanging"), follow(provider, "good")
    await hanging.open()
    await good.open()
    await answered(good)
    assert await names(good) == (["web"], ["monday"])
    info = await hanging.info()
    assert (info.available, info.answered) == (True, False)


# -- live


async def test_what_is_pending_is_asked_for_quickly_and_alone(follow: Follow) -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    going = provider.put(a_snapshot(web, status=SnapshotStatus.PENDING, percent=0))
    provider.put(a_snapshot(web, "whole"))
    made = provider.put(a_volume("made", status=VolumeStatus.CREATING))
    steps = [replace(going, percent=percent) for percent in (10, 20)]
    provider.becomes(going.resource_uid, *steps, replace(going, status=SnapshotStatus.COMPLETED))
    provider.becomes(made.resource_uid, made, replace(made, status=VolumeStatus.AVAILABLE))
    cloud = follow(provider, refreshing=replace(SELDOM, pending=0.001, pending_longest=0.001))
    await cloud.open()
    percents: list[int | None] = []

    async def settled() -> bool:
        snapshots = await collect(cloud.snapshots())
        percents.extend(each.percent for each in snapshots if each.percent is not None)
        volumes = await collect(cloud.volumes())
        settled = [each.status.settled for each in snapshots]
        settled += [each.status.settled for each in volumes]
        return all(settled) and len(settled) == 4

    await until(settled)
    assert provider.asked.count("volumes") == provider.asked.count("snapshots") == 1
    asked = {arguments for name, arguments in provider.calls if name in {"volume", "snapshot"}}
    assert asked == {(going.resource_uid,), (made.resource_uid,)}
    assert {10, 20} & set(percents)
    count = len(provider.calls)
    for _ in range(50):
        await asyncio.sleep(0.0002)
    assert len(provider.calls) == count


async def test_what_is_being_deleted_goes(follow: Follow) -> None:
    provider = FakeProvider()
    going = provider.put(a_volume("going", status=VolumeStatus.DELETING))
    provider.becomes(going.resource_uid, going, going, None)
    cloud = follow(provider, refreshing=replace(SELDOM, pending=0.001))
    await cloud.open()
    await until(lambda: names(cloud), lambda seen: seen[0] == ["going"])
    await until(lambda: names(cloud), lambda seen: seen[0] == [])


async def test_what_never_settles_is_asked_for_less_and_less_often(
    follow: Follow, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def pause(self: FollowedCloud, seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr(FollowedCloud, "_pause", pause)
    stuck = provider.put(a_volume("stuck", status=VolumeStatus.BUSY))
    rate = replace(SELDOM, pending=4, pending_longest=20)
    cloud = follow(provider, refreshing=rate)
    await cloud.open()
    await until(lambda: len(pauses) > 6)
    assert pauses[:6] == [4, 6, 9, 13.5, 20, 20]
    provider.put(replace(stuck, reason="something else"))
    pauses.clear()
    await until(lambda: 4 in pauses)


async def test_of_many_that_are_pending_all_are_listed(follow: Follow) -> None:
    provider = FakeProvider()
    for _ in range(4):
        provider.put(a_volume(status=VolumeStatus.CREATING))
    cloud = follow(
        provider, refreshing=replace(SELDOM, pending=0.0001, pending_longest=0.0001, pending_most=3)
    )
    await cloud.open()
    await until(lambda: provider.asked.count("volumes") > 3)
    assert "volume" not in provider.asked


async def test_a_cloud_that_fails_while_it_is_asked_for_what_is_pending_is_followed_on(
    follow: Follow,
) -> None:
    provider = FakeProvider()
    made = provider.put(a_volume(status=VolumeStatus.CREATING))
    provider.fails("volume", CloudDownError("down"))
    provider.fails("connect", CloudDownError("down"), at=2)
    cloud = follow(provider, refreshing=replace(AGAIN, pending=0.001))
    await cloud.open()
    await down(cloud)
    provider.put(replace(made, status=VolumeStatus.AVAILABLE))
    await answered(cloud)
    assert (await collect(cloud.volumes()))[0].status is VolumeStatus.AVAILABLE


async def test_everything_is_listed_again_after_a_while(
    follow: Follow, provider: FakeProvider
) -> None:
    cloud = follow(provider, refreshing=replace(SELDOM, all=0.002))
    await cloud.open()
    await answered(cloud)
    provider.put(a_volume("new"))
    await until(lambda: names(cloud), lambda seen: seen[0] == ["new", "web"])


async def test_switched_off_it_is_listed_only_when_somebody_wants_it(
    follow: Follow, provider: FakeProvider
) -> None:
    provider.put(a_volume("made", status=VolumeStatus.CREATING))
    cloud = follow(provider, refreshing=Refreshing(all=0, pending=0.0001, down=0.0001))
    await cloud.open()
    await answered(cloud)
    await until(lambda: cloud.resting)
    count = len(provider.calls)
    for _ in range(20):
        await asyncio.sleep(0.0005)
    assert len(provider.calls) == count
    provider.put(a_volume("new"))
    cloud.look_again()
    await until(lambda: names(cloud), lambda seen: "new" in seen[0])


async def test_who_looks_again_in_the_middle_of_a_listing_gets_another(
    follow: Follow, provider: FakeProvider
) -> None:
    gate = provider.hangs("volumes page", times=1)
    cloud = follow(provider)
    await cloud.open()
    await until(lambda: "volumes page" in provider.asked)
    cloud.look_again()
    gate.set()
    await until(lambda: provider.asked.count("volumes") == 2)


# -- what the app asks for


async def test_the_family_and_one_volumes_snapshots_are_what_is_known(
    follow: Follow, provider: FakeProvider
) -> None:
    cloud = follow(provider)
    await cloud.open()
    await answered(cloud)
    provider.put(a_snapshot("vol-other"))
    count = len(provider.calls)
    [web] = await collect(cloud.volumes())
    assert (await cloud.lineage(web.resource_uid)).children[0].name == "monday"
    assert [s.name for s in await collect(cloud.snapshots(web.resource_uid))] == ["monday"]
    assert await collect(cloud.snapshots("vol-other")) == []
    assert len(provider.calls) == count


async def test_a_deletion_is_planned_by_what_is_known_if_that_is_new(
    follow: Follow, provider: FakeProvider
) -> None:
    now = 0.0
    cloud = follow(provider)
    cloud.clock = lambda: now
    await cloud.open()
    await answered(cloud)
    await until(lambda: cloud.resting)
    [web] = provider.volumes_there
    plan = await cloud.plan_delete_volume(web)
    assert plan.kept == ("its 1 snapshot, which can still be cloned",)
    assert provider.asked.count("volumes") == 1
    now = 3600.0
    provider.snapshots_there.clear()
    assert (await cloud.plan_delete_volume(web)).kept == ()
    assert provider.asked.count("volumes") == 2
    provider.put(a_snapshot(web))
    cloud.look_again()
    assert (await cloud.plan_delete_volume(web)).kept != ()


async def test_what_was_deleted_here_is_gone_at_once(
    follow: Follow, provider: FakeProvider
) -> None:
    provider.looks = 1
    cloud = follow(provider)
    await cloud.open()
    await answered(cloud)
    [uid] = provider.snapshots_there
    gate = provider.hangs("volumes")
    await cloud.delete_snapshots([uid])
    assert (await names(cloud))[1] == []
    assert (await collect(cloud.volumes()))[0].snapshot_count == 0
    gate.set()


async def test_what_was_done_here_is_listed_in_the_middle_and_at_the_end(
    follow: Follow, provider: FakeProvider
) -> None:
    cloud = follow(provider)
    time = FakeTime()
    cloud.sleep, cloud.clock = time.sleep, time.clock
    await cloud.open()
    await answered(cloud)
    await until(lambda: cloud.resting)
    gate = provider.hangs("volume", times=1)
    request = CreateVolumeRequest(name="a", size_bytes=GIB)
    making = asyncio.create_task(cloud.create_volume(request))
    await until(lambda: names(cloud), lambda seen: seen[0] == ["a", "web"])
    await until(lambda: cloud.resting)
    gate.set()
    made = await making

    async def status() -> VolumeStatus:
        volumes = {each.resource_uid: each for each in await collect(cloud.volumes())}
        return volumes[made.resource_uid].status

    await until(status, lambda seen: seen is VolumeStatus.AVAILABLE)
