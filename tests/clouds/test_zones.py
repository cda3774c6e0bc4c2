"""Zones of the local cloud: none is taken away from a volume that is being made in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.local import LocalCloud
from snaptui.clouds.local import zones as local_zones
from snaptui.engine import Repository
from snaptui.engine.leases import hold_lease
from snaptui.errors import ConflictError, NotFoundError
from snaptui.models import Volume
from snaptui.progress import no_progress
from snaptui.requests import AddVolumeRequest, CloneRequest, CreateVolumeRequest
from tests.support import ACTOR, take


@pytest.fixture
def cloud(repository: Repository) -> LocalCloud:
    return LocalCloud(repository)


@pytest.fixture
def other(repository: Repository) -> Iterator[LocalCloud]:
    """The same repository, as another process sees it."""
    with Repository.open(repository.path) as again:
        yield LocalCloud(again)


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    path = tmp_path / "pool"
    path.mkdir()
    return path


async def test_one_that_a_clone_is_written_into_stays(
    cloud: LocalCloud, other: LocalCloud, volume: Volume, pool: Path
) -> None:
    snapshot = take(cloud.repository, volume)
    await cloud.add_zone("fast", str(pool))
    refused: list[ConflictError] = []

    def meanwhile(_phase: str, _done: int, _total: int) -> None:
        try:
            asyncio.run(other.delete_zone("fast"))
        except ConflictError as error:
            refused.append(error)

    request = CloneRequest(snapshot_uid=snapshot.resource_uid, name="copy", zone="fast")
    clone = await cloud.clone_snapshot(request, meanwhile)
    assert clone.zone == "fast"
    assert [each.name for each in await other.zones()] == ["default", "fast"]
    assert {str(each) for each in refused} == {
        "a volume is being made in the zone fast: wait for it: snaptui job list"
    }
    with pytest.raises(ConflictError, match="the zone fast has 1 volume: empty it first"):
        await other.delete_zone("fast")
    await cloud.delete_volume(clone.resource_uid)
    await other.delete_zone("fast")
    assert pool.is_dir()


async def test_what_died_holds_no_zone(cloud: LocalCloud, pool: Path) -> None:
    await cloud.add_zone("fast", str(pool))
    repository = cloud.repository
    with hold_lease(
        repository.catalog, repository.layout, "clone", lambda _: {"zone": "fast"}
    ) as lease:
        lease._lock.release()
        assert (await cloud.delete_zone("fast")).name == "fast"


@pytest.mark.parametrize("way", ["create", "add", "clone"])
async def test_none_gets_a_volume_that_is_deleted_when_it_was_chosen_already(
    way: str,
    cloud: LocalCloud,
    other: LocalCloud,
    volume: Volume,
    pool: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot = take(cloud.repository, volume)
    await cloud.add_zone("fast", str(pool))
    found = local_zones.zone_path

    def found_and_deleted(repository: Repository, name: str) -> Path:
        path = found(repository, name)
        monkeypatch.setattr(local_zones, "zone_path", found)
        local_zones.delete_zone(other.repository, name, ACTOR)
        return path

    monkeypatch.setattr(local_zones, "zone_path", found_and_deleted)
    image = pool.parent / "another.img"
    image.write_bytes(b"x" * 4096)
    with pytest.raises(NotFoundError, match="there is no zone 'fast' any more"):
        if way == "create":
            await cloud.create_volume(CreateVolumeRequest(name="x", size_bytes=4096, zone="fast"))
        elif way == "add":
            await cloud.add_volume(AddVolumeRequest(path=str(image), zone="fast"))
        else:
            request = CloneRequest(snapshot_uid=snapshot.resource_uid, name="x", zone="fast")
            await cloud.clone_snapshot(request, no_progress)
    assert [each.name for each in await collect(cloud.volumes())] == [volume.name]
    assert not any(pool.iterdir())


async def test_one_that_another_process_has_just_added_is_there(
    cloud: LocalCloud, other: LocalCloud, pool: Path
) -> None:
    await other.add_zone("fast", str(pool))
    assert [each.name for each in await cloud.zones()] == ["default", "fast"]
    third = pool / "third"
    third.mkdir()
    await other.add_zone("third", str(third))
    request = CreateVolumeRequest(name="x", size_bytes=4096, zone="third")
    assert (await cloud.create_volume(request)).zone == "third"
