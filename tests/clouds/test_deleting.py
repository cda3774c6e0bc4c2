"""Deleting, undoing, purging and pinning: what the local cloud says of it beforehand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from snaptui.clouds.base import Capability, collect
from snaptui.clouds.local import LocalCloud
from snaptui.engine import Repository
from snaptui.errors import ConflictError, NotFoundError
from snaptui.models import Volume
from snaptui.progress import no_progress
from snaptui.requests import AddVolumeRequest, CloneRequest, SnapshotRequest
from tests.support import BLOCK, MIB, change, make_image


@pytest.fixture
def cloud(repository: Repository) -> LocalCloud:
    return LocalCloud(repository, trash_days=3)


@pytest.fixture
async def web(cloud: LocalCloud, image: Path) -> Volume:
    return await cloud.add_volume(AddVolumeRequest(path=str(image)))


async def take(cloud: LocalCloud, volume: Volume, name: str) -> str:
    request = SnapshotRequest(volume_uid=volume.resource_uid, name=name)
    return (await cloud.create_snapshot(request, no_progress)).resource_uid


async def chain(cloud: LocalCloud, volume: Volume, count: int = 4) -> list[str]:
    uids = []
    for number in range(count):
        change(Path(volume.path), number * MIB, bytes([number + 1]) * 70000)
        uids.append(await take(cloud, volume, f"s{number}"))
    return uids


async def test_a_plan_says_what_goes_and_what_stays(
    cloud: LocalCloud, web: Volume, tmp_path: Path
) -> None:
    uids = await chain(cloud, web)
    plan = await cloud.plan_delete_snapshots(uids[:1])
    assert (plan.name, plan.resource_uid, plan.uids) == ("s0", uids[0], (uids[0],))
    assert plan.lost == ("web as it was just now (8.0 MiB)",)
    assert plan.kept == ("the other 3 snapshots of web, whole", "the volume web itself")
    assert plan.until is not None
    assert timedelta(days=3) - (plan.until - datetime.now(UTC)) < timedelta(minutes=1)
    other = await cloud.add_volume(
        AddVolumeRequest(path=str(make_image(tmp_path / "db.raw", seed=2)), name="db")
    )
    mine = await take(cloud, other, "x")
    await cloud.clone_snapshot(CloneRequest(snapshot_uid=uids[1], name="c"), no_progress)
    plan = await cloud.plan_delete_snapshots([*uids[:3], mine, uids[0]])
    assert len(plan.uids) == 4
    assert plan.lost == (
        "web as it was at 3 times, just now",
        "db as it was just now (8.0 MiB)",
    )
    assert plan.kept == (
        "the other 1 snapshot of these volumes, whole",
        "the 2 volumes themselves",
        "1 volume cloned from them",
    )
    assert not plan.left_out
    assert len(await collect(cloud.snapshots())) == 5
    assert await cloud.trash() == []


async def test_many_volumes_are_not_all_told(cloud: LocalCloud, tmp_path: Path) -> None:
    uids = []
    for number in range(8):
        image = make_image(tmp_path / f"{number}.raw", MIB, data=((0, BLOCK),))
        volume = await cloud.add_volume(AddVolumeRequest(path=str(image), name=f"v{number}"))
        uids.append(await take(cloud, volume, "x"))
    plan = await cloud.plan_delete_snapshots(uids)
    assert len(plan.lost) == 6
    assert plan.lost[-1] == "and states of 3 more volumes"


async def test_what_is_pinned_or_gone_is_left_out(cloud: LocalCloud, web: Volume) -> None:
    uids = await chain(cloud, web, 3)
    (pinned,) = await cloud.set_pinned(uids[:1], True)
    assert pinned.pinned
    plan = await cloud.plan_delete_snapshots([*uids[:2], "snap-00000000"])
    assert plan.uids == (uids[1],)
    assert plan.name == "s1"
    assert not plan.reason
    assert [(left.name, left.reason) for left in plan.left_out] == [
        ("s0", "it is pinned"),
        ("snap-00000000", "it is deleted already"),
    ]
    plan = await cloud.plan_delete_snapshots(uids[:1])
    assert plan.reason == "s0 is left alone: it is pinned"
    with pytest.raises(ConflictError, match="it is pinned"):
        await cloud.delete_snapshots(uids[:1])
    await cloud.set_pinned(uids[:2], True)
    with pytest.raises(ConflictError, match="all 2 are left alone: pinned"):
        await cloud.delete_snapshots(uids[:2])
    done = await cloud.delete_snapshots([*uids[:2], uids[2]])
    assert done.uids == (uids[2],)
    with pytest.raises(NotFoundError, match="deleted already"):
        await cloud.delete_snapshots(uids[2:])
    done = await cloud.delete_snapshots(uids[:2], force=True)
    assert done.uids == tuple(uids[:2])


async def test_undo_and_purge(cloud: LocalCloud, web: Volume) -> None:
    uids = await chain(cloud, web)
    before = (await collect(cloud.snapshots()))[0]
    token = await cloud.change_token()
    await cloud.delete_snapshots(uids[:2])
    assert await cloud.change_token() != token
    assert {each.resource_uid for each in await cloud.trash()} == set(uids[:2])
    assert (await cloud.trashed("s1")).resource_uid == uids[1]
    back = await cloud.undelete(uids[:2])
    assert [each.resource_uid for each in back] == uids[:2]
    assert (await collect(cloud.snapshots()))[0] == before
    with pytest.raises(NotFoundError, match="not in the trash any more"):
        await cloud.undelete(uids[:2])
    with pytest.raises(NotFoundError):
        await cloud.trashed("s1")

    await cloud.delete_snapshots(uids[1:3])
    plan = await cloud.plan_purge([*uids[:3]])
    assert plan.uids == tuple(uids[1:3])
    assert plan.until is None
    assert plan.lost == ("web as it was at 2 times, just now",)
    done = await cloud.purge(uids[1:3])
    assert done.uids == tuple(uids[1:3])
    assert await cloud.trash() == []
    assert (await cloud.plan_purge(uids[1:3])).reason
    with pytest.raises(NotFoundError):
        await cloud.purge(uids[1:3])


async def test_what_is_freed(cloud: LocalCloud, web: Volume) -> None:
    uids = await chain(cloud, web, 2)
    assert await cloud.freed_bytes(uids[:1]) is not None
    everything = await cloud.freed_bytes(uids)
    assert everything
    assert everything > BLOCK
    await cloud.delete_snapshots(uids)
    assert await cloud.freed_bytes(uids) == everything


async def test_a_deleted_clones_origin_keeps_its_name_in_the_tree(
    cloud: LocalCloud, web: Volume
) -> None:
    (uid,) = await chain(cloud, web, 1)
    clone = await cloud.clone_snapshot(CloneRequest(snapshot_uid=uid, name="c"), no_progress)
    tree = await cloud.lineage(clone.resource_uid)
    await cloud.delete_snapshots([uid])
    orphaned = await cloud.lineage(clone.resource_uid)
    assert (orphaned.uid, orphaned.deleted) == (web.resource_uid, False)
    (gone,) = orphaned.children
    assert (gone.uid, gone.name, gone.deleted) == (uid, "s0", True)
    assert gone.children == tree.children[0].children
    await cloud.undelete([uid])
    assert await cloud.lineage(clone.resource_uid) == tree


async def test_a_purged_origin_is_known_from_the_events(cloud: LocalCloud, web: Volume) -> None:
    first, second, third = await chain(cloud, web, 3)
    clone = await cloud.clone_snapshot(CloneRequest(snapshot_uid=second, name="c"), no_progress)
    await cloud.delete_snapshots([second])
    await cloud.purge([second])
    for uid in (clone.resource_uid, web.resource_uid, first):
        tree = await cloud.lineage(uid)
        assert tree.uid == web.resource_uid
        assert [(each.uid, each.name, each.deleted) for each in tree.children] == [
            (first, "s0", False),
            (second, "s1", True),
            (third, "s2", False),
        ]
        assert [each.uid for each in tree.children[1].children] == [clone.resource_uid]
    await cloud.delete_volume(web.resource_uid)
    tree = await cloud.lineage(clone.resource_uid)
    assert (tree.name, tree.deleted) == ("web", True)


def test_what_it_can_do(cloud: LocalCloud) -> None:
    for capability in (Capability.PIN, Capability.TRASH, Capability.UNDELETE, Capability.PURGE):
        assert cloud.ability(capability)
