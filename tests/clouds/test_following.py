"""What the local cloud says that changed, against what it lists."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.local import LocalCloud
from snaptui.clouds.local.survey import Survey
from snaptui.engine import Repository
from snaptui.errors import ConflictError
from snaptui.models import Attachment, Changes, Snapshot, Volume, VolumeStatus
from snaptui.progress import no_progress
from snaptui.requests import AddVolumeRequest, SnapshotRequest

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from pathlib import Path

MIB = 1024**2


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Repository.create(tmp_path / "repository") as repository:
        yield repository


@dataclass
class Known:
    """What somebody knows who listed once and then only asked for changes."""

    cloud: LocalCloud
    token: Hashable
    things: dict[str, Volume | Snapshot]

    @classmethod
    async def listed(cls, cloud: LocalCloud) -> Known:
        token = await cloud.change_token()
        volumes, snapshots = await collect(cloud.volumes()), await collect(cloud.snapshots())
        listed = Changes(volumes=tuple(volumes), snapshots=tuple(snapshots))
        return cls(cloud, token, {each.resource_uid: each for each in listed.things})

    async def follow(self) -> Changes:
        token = await self.cloud.change_token()
        changes = await self.cloud.changes(self.token)
        assert changes is not None
        self.token = token
        for uid in changes.removed:
            self.things.pop(uid, None)
        for thing in changes.things:
            self.things[thing.resource_uid] = thing
        return changes


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(os.urandom(65536))


async def one_step(chance: random.Random, cloud: LocalCloud, directory: Path) -> str:
    """Do anything that a person could do."""
    volumes, snapshots = await collect(cloud.volumes()), await collect(cloud.snapshots())
    trash = await cloud.trash()
    what = chance.choice(
        ["add", "take", "take", "take", "delete", "delete", "undelete", "purge", "pin", "forget"]
    )
    if what == "add" or not volumes:
        path = directory / f"{chance.randrange(10**9)}.img"
        path.write_bytes(os.urandom(65536))
        await cloud.add_volume(AddVolumeRequest(path=str(path)))
    elif what == "take":
        volume = chance.choice(volumes)
        with open(volume.path, "r+b") as file:
            file.write(os.urandom(4096))
        request = SnapshotRequest(volume_uid=volume.resource_uid, name="any", description="")
        await cloud.create_snapshot(request, no_progress)
    elif what == "delete" and snapshots:
        chosen = chance.sample(snapshots, min(len(snapshots), chance.randint(1, 3)))
        with suppress(ConflictError):  # all of them are pinned
            await cloud.delete_snapshots([each.resource_uid for each in chosen])
    elif what in {"undelete", "purge"} and trash:
        chosen_trash = chance.sample(trash, min(len(trash), chance.randint(1, 2)))
        uids = [each.snapshot.resource_uid for each in chosen_trash]
        actor = cloud._actor()
        act = (
            cloud.repository.trash.take_back
            if what == "undelete"
            else (cloud.repository.trash.purge)
        )
        act(uids, actor)
    elif what == "pin" and snapshots:
        await cloud.set_pinned([chance.choice(snapshots).resource_uid], chance.random() < 0.5)
    elif what == "forget" and len(volumes) > 2:
        await cloud.delete_volume(chance.choice(volumes).resource_uid)
    return what


@pytest.mark.parametrize("seed", range(4))
async def test_who_asks_for_changes_knows_what_who_lists_knows(
    repository: Repository, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    theirs = LocalCloud(repository)
    with Repository.open(repository.path) as another:
        ours = LocalCloud(another)
        known = await Known.listed(ours)
        for _ in range(40):
            for _ in range(chance.randint(1, 3)):
                what = await one_step(chance, chance.choice([theirs, ours]), tmp_path)
            await known.follow()
            assert known.things == (await Known.listed(ours)).things, f"after {what}"


async def test_only_what_changed_is_told(repository: Repository, tmp_path: Path) -> None:
    cloud = LocalCloud(repository)
    volumes = []
    for number in range(3):
        path = tmp_path / f"{number}.img"
        path.write_bytes(os.urandom(65536))
        volumes.append(await cloud.add_volume(AddVolumeRequest(path=str(path))))
    known = await Known.listed(cloud)
    assert await known.follow() == Changes()
    request = SnapshotRequest(volume_uid=volumes[1].resource_uid, name="any", description="")
    taken = await cloud.create_snapshot(request, no_progress)
    changes = await known.follow()
    assert [snapshot.resource_uid for snapshot in changes.snapshots] == [taken.resource_uid]
    assert [volume.resource_uid for volume in changes.volumes] == [volumes[1].resource_uid]
    assert changes.volumes[0].snapshot_count == 1
    assert changes.volumes[0].last_snapshot_at == taken.created_at


async def test_what_happens_on_the_host_is_told(repository: Repository, tmp_path: Path) -> None:
    cloud = LocalCloud(repository)
    for number in range(2):
        path = tmp_path / f"{number}.img"
        path.write_bytes(os.urandom(65536))
        await cloud.add_volume(AddVolumeRequest(path=str(path)))
    known = await Known.listed(cloud)
    grow(tmp_path / "0.img")
    (tmp_path / "1.img").unlink()
    cloud._survey.users(fresh=True)
    changes = await known.follow()
    grown, gone = sorted(changes.volumes, key=lambda volume: volume.path)
    assert grown.size_bytes == 2 * 65536
    assert gone.status is VolumeStatus.ERROR


async def test_who_is_too_far_behind_is_told_to_list(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = LocalCloud(repository)
    token = await cloud.change_token()
    monkeypatch.setattr("snaptui.engine.catalog.history.KEPT", 5)
    for number in range(6):
        with repository.catalog.transaction() as transaction:
            transaction.put("events", f"event-{number}", {})
    assert await cloud.changes(token) is None
    assert await cloud.changes(await cloud.change_token()) == Changes()
    assert await cloud.changes("a token of another cloud") is None
    assert await cloud.changes((10**9, 0)) is None


async def test_a_table_that_nobody_knows_is_no_reason_to_guess(repository: Repository) -> None:
    cloud = LocalCloud(repository)
    token = await cloud.change_token()
    with repository.catalog.transaction() as transaction:
        transaction.put("shares", "share-1", {})
    assert await cloud.changes(token) is None


async def test_a_catalog_that_was_loaded_anew_cannot_tell(repository: Repository) -> None:
    with Repository.open(repository.path) as another:
        cloud = LocalCloud(another)
        token = await cloud.change_token()
        with repository.catalog.transaction() as transaction:
            transaction.put("zones", "zone-1", {})
        for _ in range(3):  # farther than the generation before
            repository.catalog.compact()
            with repository.catalog.transaction() as transaction:
                transaction.put("zones", "zone-1", {"again": True})
        assert await cloud.changes(token) is None
        assert await cloud.changes(await cloud.change_token()) == Changes()


def test_looking_at_the_host_takes_a_small_part_of_the_time(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def look(paths: Sequence[str]) -> dict[str, list[Attachment]]:
        looks.append(len(paths))
        return {}

    monkeypatch.setattr("snaptui.clouds.local.survey.find_users", look)
    survey = Survey(repository)
    survey.users()
    survey.users()
    assert len(looks) == 1
    survey._at -= 5
    survey.users()
    assert len(looks) == 2
    survey._cost = 1.0  # it takes a second: then every 200 seconds is often enough
    survey._at -= 100
    survey.users()
    assert len(looks) == 2
    survey._at -= 101
    survey.users()
    assert len(looks) == 3
    survey.users(fresh=True)
    assert len(looks) == 4
