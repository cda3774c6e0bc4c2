"""What a cloud offers is asked for beside its listing, and holds up nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.remote import offered, offering
from snaptui.clouds.remote.refreshing import Refreshing
from snaptui.clouds.remote.remembered import RememberedInventory
from snaptui.clouds.remote.remembering import RememberingCloud
from snaptui.errors import CloudDownError, NotAllowedError
from tests.clouds.remote.fake import FakeProvider
from tests.clouds.remote.following import NEVER, Follow, answered
from tests.clouds.remote.passing import until

OFFER = ("zones", "volume_types")
Make = Callable[[], RememberingCloud]


def asked(provider: FakeProvider) -> list[int]:
    return [provider.asked.count(each) for each in OFFER]


@pytest.fixture
def command(provider: FakeProvider, inventory: RememberedInventory) -> Make:
    """A cloud as each command has it."""
    return lambda: RememberingCloud("prod", provider, remembered=inventory)


async def listed(cloud: RememberingCloud) -> list[str]:
    async with asyncio.timeout(20):
        found = [each.name for each in await collect(cloud.volumes())]
        await cloud.close()
    return found


# -- a command


@pytest.mark.parametrize("method", OFFER)
async def test_a_command_does_not_wait_for_what_a_cloud_offers(
    command: Make,
    provider: FakeProvider,
    inventory: RememberedInventory,
    method: str,
) -> None:
    """What has come by the time that all is listed is remembered, the rest is left to the next."""
    provider.hangs(method)
    assert await listed(command()) == ["web"]
    known = inventory.offer.read()
    assert (known.zones is None, known.volume_types is None) == (
        method == "zones",
        method == "volume_types",
    )
    assert known.is_old
    provider.recovers()
    assert await listed(command()) == ["web"]
    known = inventory.offer.read()
    assert known.zones == tuple(provider.offered_zones)
    assert known.volume_types == tuple(provider.offered_types)
    assert asked(provider) == [2, 2]
    assert await listed(command()) == ["web"]
    assert asked(provider) == [2, 2]


async def test_what_is_refused_is_not_asked_at_every_listing(
    command: Make, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    for method in OFFER:
        provider.fails(method, NotAllowedError("no"), times=None)
    for _ in range(3):
        assert await listed(command()) == ["web"]
    assert asked(provider) == [1, 1]
    known = inventory.offer.read()
    assert (known.zones, known.volume_types, known.answered) == (None, None, True)


async def test_what_a_cloud_could_not_answer_is_asked_again_the_same_day(
    command: Make, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    """Not at every listing, for it would be held up by that; but a day would be too long."""
    provider.fails("zones", CloudDownError("down"), times=None)
    for _ in range(3):
        assert await listed(command()) == ["web"]
    assert asked(provider) == [1, 1]
    known = inventory.offer.read()
    assert known.volume_types == tuple(provider.offered_types)
    assert not known.answered


async def test_where_nothing_can_be_remembered_nothing_is_asked(
    provider: FakeProvider, tmp_path: Path
) -> None:
    """Else every listing would be followed by a moment for it."""
    (tmp_path / "file").touch()
    nowhere = RememberedInventory(tmp_path / "file" / "x", "prod", "fake", {})
    assert await listed(RememberingCloud("prod", provider, remembered=nowhere)) == ["web"]
    assert asked(provider) == [0, 0]


async def test_of_two_commands_at_once_one_asks(command: Make, provider: FakeProvider) -> None:
    provider.hangs("zones")
    one, other = command(), command()
    await one.stock()
    await other.stock()
    assert (one.is_asking, other.is_asking) == (True, False)
    await other.close()
    await one.close()
    assert asked(provider) == [1, 1]


async def test_what_had_its_moment_is_not_asked_at_every_listing(
    command: Make, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    provider.hangs("zones")
    for _ in range(3):
        cloud = command()
        await cloud.stock()
        if cloud.is_asking:
            await cloud.wait_a_moment(0.001)
            assert cloud.is_asking
        await cloud.close()
    assert asked(provider) == [1, 1]
    known = inventory.offer.read()
    assert known.zones is None
    assert not known.answered


async def test_what_comes_within_a_moment_is_remembered(
    command: Make, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    answers = provider.hangs("zones")
    cloud = command()
    await cloud.stock()
    asyncio.get_running_loop().call_soon(answers.set)
    await cloud.wait_a_moment(20)
    assert not cloud.is_asking
    await cloud.close()
    assert inventory.offer.read().zones == tuple(provider.offered_zones)


async def test_it_is_asked_again_after_a_day(
    command: Make,
    provider: FakeProvider,
    inventory: RememberedInventory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await listed(command())
    provider.offered_zones = provider.offered_zones[:1]
    await listed(command())
    assert asked(provider) == [1, 1]
    monkeypatch.setattr(offered, "GOOD_FOR", timedelta(0))
    await listed(command())
    assert asked(provider) == [2, 2]
    assert inventory.offer.read().zones == tuple(provider.offered_zones)


async def test_a_listing_that_fails_leaves_no_question_behind(
    command: Make, provider: FakeProvider
) -> None:
    provider.hangs("zones")
    provider.fails("volumes page", CloudDownError("down"))
    cloud = command()
    with pytest.raises(CloudDownError):
        await cloud.stock()
    await cloud.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("outlives", [False, True])
def test_what_was_asked_on_another_event_loop_ends_with_that(
    command: Make, provider: FakeProvider, inventory: RememberedInventory, *, outlives: bool
) -> None:
    """A job has an event loop of its own within the command's."""
    provider.hangs("zones")
    cloud = command()
    with asyncio.Runner() as other:
        other.run(_list(cloud))
        if outlives:
            asyncio.run(_close(cloud))
    if not outlives:
        asyncio.run(_close(cloud))
    assert asked(provider) == [1, 1]
    known = inventory.offer.read()
    assert known.volume_types == tuple(provider.offered_types)
    assert known.is_old


async def _list(cloud: RememberingCloud) -> None:
    await cloud.stock()


async def _close(cloud: RememberingCloud) -> None:
    async with asyncio.timeout(20):
        await cloud.close()


# -- the app


async def test_what_it_offers_is_remembered_once_it_is_opened(
    follow: Follow, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    """Though nobody has asked for it, and though the cloud may tell only a part of it."""
    provider.fails("volume_types", CloudDownError("not now"), times=1)
    cloud = follow(provider, remembered=inventory)
    await cloud.open()
    await until(lambda: inventory.offer.read().zones is not None)
    known = inventory.offer.read()
    assert (known.zones, known.volume_types) == (tuple(provider.offered_zones), None)
    assert (await cloud.info()).available
    count = asked(provider)
    cloud.look_again()
    pages = provider.asked.count("volumes")
    await until(lambda: provider.asked.count("volumes") > pages)
    assert asked(provider) == count
    assert await cloud.volume_types() == provider.offered_types
    told = replace(known, volume_types=tuple(provider.offered_types))
    assert inventory.offer.read() == told


async def test_a_cloud_that_does_not_tell_what_it_offers_is_looked_at_again_all_the_same(
    follow: Follow, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    provider.hangs("zones")
    silent = Refreshing(all=NEVER, pending=NEVER, pending_longest=NEVER, silence=0.001)
    cloud = follow(provider, remembered=inventory, refreshing=silent)
    await cloud.open()
    await answered(cloud)
    await until(lambda: "zones" in provider.asked)
    for _ in range(2):
        pages = provider.asked.count("volumes")
        cloud.look_again()
        assert (await cloud.info()).asked
        await until(lambda before=pages: provider.asked.count("volumes") > before)  # type: ignore[misc]
        info = await until(cloud.info, lambda info: not info.asked and not info.silent_seconds)
        assert info.available
    assert asked(provider) == [1, 1]
    await cloud.close()
    assert inventory.offer.read().volume_types == tuple(provider.offered_types)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_cloud_that_stays_open_is_asked_again_after_a_day(
    follow: Follow,
    provider: FakeProvider,
    inventory: RememberedInventory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(offering, "EVERY", 0.001)
    cloud = follow(provider, remembered=inventory)
    await cloud.open()
    await until(lambda: inventory.offer.read().answered)
    for _ in range(20):
        await asyncio.sleep(0.0005)
    assert asked(provider) == [1, 1]
    monkeypatch.setattr(offered, "GOOD_FOR", timedelta(0))
    await until(lambda: min(asked(provider)) > 1)
