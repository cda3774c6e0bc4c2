"""The cloud that the other tests are told by."""

from __future__ import annotations

import asyncio

import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.registry import known_clouds, make_provider
from snaptui.clouds.remote.provider import Provider
from snaptui.config import Config
from snaptui.errors import CloudDownError
from snaptui.models import SnapshotStatus
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume, install


async def test_it_is_a_provider_whose_things_settle_when_they_are_looked_at() -> None:
    fake = FakeProvider(looks=3)
    provider: Provider = fake
    web = fake.put(a_volume())
    made = await provider.create_snapshot(web, name="a", description="", token="t")
    again = await provider.create_snapshot(web, name="a", description="", token="t")
    assert made == again
    assert made.status is SnapshotStatus.PENDING
    seen = [await provider.snapshot(made.resource_uid) for _ in range(4)]
    assert [each and each.percent for each in seen] == [33, 66, 100, 100]
    assert fake.asked == ["create_snapshot"] * 2 + ["snapshot"] * 4


async def test_it_lists_in_pages_and_fails_where_it_is_told_to() -> None:
    fake = FakeProvider(page=2)
    web = fake.put(a_volume())
    for _ in range(5):
        fake.put(a_snapshot(web))
    pages = [list(page) async for page in fake.snapshots()]
    assert [len(page) for page in pages] == [2, 2, 1]
    fake.fails("snapshots page", CloudDownError("down"), at=3)
    with pytest.raises(CloudDownError):
        await collect(fake.snapshots())
    assert len(await collect(fake.snapshots())) == 5


async def test_it_hangs_until_it_is_let_go() -> None:
    fake = FakeProvider()
    gate = fake.hangs("connect")
    task = asyncio.create_task(fake.connect())
    await asyncio.sleep(0)
    assert not task.done()
    gate.set()
    await task
    assert fake.connected


def test_the_registry_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeProvider()
    install(monkeypatch, {"prod": fake})
    known = known_clouds(Config())
    assert [cloud.name for cloud in known.clouds] == ["prod"]
    assert make_provider(known.get("prod")) is fake
