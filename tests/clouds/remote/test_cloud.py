"""A remote cloud as commands and jobs see it: listing, references, abilities, read-only."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from snaptui.clouds.base import Capability, Cloud, collect
from snaptui.clouds.remote.cloud import RECENT
from snaptui.clouds.remote.nothing import HasNothingOfThat
from snaptui.errors import (
    AmbiguousError,
    CloudDownError,
    CredentialsError,
    NotFoundError,
    ReadOnlyError,
    UnsupportedError,
)
from snaptui.models import Instance, Snapshot, SnapshotStatus, Visibility, Volume
from snaptui.progress import no_progress
from snaptui.requests import (
    AddVolumeRequest,
    AttachRequest,
    CheckRequest,
    CloneRequest,
    CreateVolumeRequest,
    DetachRequest,
    EditSnapshotRequest,
    ResizeRequest,
    RestoreRequest,
    ShareRequest,
    SnapshotRequest,
)
from tests.clouds.remote.fake import GIB, FakeProvider, a_snapshot, a_volume
from tests.clouds.remote.quick import QuickCloud

UUID = "3f2a1b2c-0d4e-4f6a-8b1c-2d3e4f5a6b7c"


# -- what it tells


async def test_it_lists_what_there_is_put_together(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    provider.page = 1
    provider.put(a_volume("db"))
    newer = provider.put(a_snapshot(web, "newer"))
    other = provider.put(a_snapshot("vol-gone", "other"))
    volumes = await collect(cloud.volumes())
    assert [(each.name, each.snapshot_count) for each in volumes] == [("db", 0), ("web", 2)]
    assert [each.name for each in await collect(cloud.snapshots())] == ["other", "newer", "monday"]
    own = await collect(cloud.snapshots(web.resource_uid))
    assert [each.resource_uid for each in own] == [newer.resource_uid, monday.resource_uid]
    assert {each.volume_name for each in own} == {"web"}
    assert (await cloud.snapshot(other.resource_uid)).volume_name == "vol-gone"
    assert await collect(cloud.snapshots("vol-unknown")) == []


async def test_a_listing_serves_for_a_moment_unless_something_was_done(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    for _ in range(3):
        await cloud.volume("web")
    assert provider.asked.count("volumes") == 1
    await cloud.create_snapshot(SnapshotRequest(volume_uid="web", name="x"), no_progress)
    assert (await cloud.volume("web")).snapshot_count == 2
    cloud.time.now += RECENT
    provider.put(a_snapshot(web))
    assert (await cloud.volume("web")).snapshot_count == 3


async def test_a_listing_during_which_something_was_done_serves_nobody_else(
    cloud: QuickCloud, provider: FakeProvider
) -> None:
    gate = provider.hangs("snapshots page")
    listing = asyncio.create_task(cloud.stock())
    while "snapshots page" not in provider.asked:
        await asyncio.sleep(0)
    await cloud.create_volume(CreateVolumeRequest(name="db", size_bytes=GIB))
    gate.set()
    assert [each.name for each in (await listing).volumes.values()] == ["web"]
    assert [each.name for each in await collect(cloud.volumes())] == ["db", "web"]


async def test_a_listing_that_fails_is_raised_as_it_is(
    cloud: QuickCloud, provider: FakeProvider
) -> None:
    gate = provider.hangs("volumes page")
    provider.fails("snapshots", CloudDownError("down"))
    with pytest.raises(CloudDownError, match="down"):
        await collect(cloud.volumes())
    assert len(asyncio.all_tasks()) == 1
    gate.set()
    assert len(await collect(cloud.volumes())) == 1


async def test_whether_it_is_there_never_raises(cloud: QuickCloud, provider: FakeProvider) -> None:
    info = await cloud.info()
    assert (info.name, info.kind, info.place) == ("prod", "openstack", provider.place)
    assert (info.available, info.read_only) == (True, False)
    provider.fails("connect", CredentialsError("expired", "log in"))
    info = await cloud.info()
    assert (info.available, info.reason) == (False, "expired: log in")
    assert info.sentence == "prod gives no access: expired: log in"
    provider.fails("connect", CloudDownError("no route"))
    assert (await cloud.info()).state == "down"
    await cloud.close()
    assert not provider.connected


async def test_zones_tell_how_many_volumes_they_have(
    cloud: QuickCloud, provider: FakeProvider
) -> None:
    provider.put(a_volume("db", zone="other"))
    provider.put(a_volume("log", zone="other"))
    assert [each.volume_count for each in await cloud.zones()] == [1, 2]
    assert "snapshots" not in provider.asked
    await cloud.stock()
    asked = provider.asked.count("volumes")
    assert [each.volume_count for each in await cloud.zones()] == [1, 2]
    assert provider.asked.count("volumes") == asked
    cloud.look_again()
    provider.fails("volumes", CloudDownError("no route"))
    assert [each.volume_count for each in await cloud.zones()] == [None, None]


async def test_what_can_be_chosen(cloud: QuickCloud, provider: FakeProvider, web: Volume) -> None:
    assert [each.name for each in await cloud.zones()] == ["nova", "other"]
    assert [each.name for each in await cloud.volume_types()] == ["fast"]
    provider.offered_instances += [
        Instance(resource_uid="i-2", name="elsewhere", zone="other"),
        Instance(resource_uid="i-3", name="anywhere", zone=""),
    ]
    found = await cloud.instances(web.resource_uid)
    assert [each.resource_uid for each in found] == ["i-1", "i-3"]
    assert await cloud.instances("vol-gone") == []
    provider.attaches_across_zones = True
    found = await cloud.instances(web.resource_uid)
    assert [each.resource_uid for each in found] == ["i-1", "i-3", "i-2"]


async def test_blocks_are_compared_with_the_last_whole_snapshot_before(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    provider.put(a_snapshot(web, "failed", status=SnapshotStatus.ERROR))
    tuesday = provider.put(a_snapshot(web, "tuesday"))
    await cloud.blocks(tuesday.resource_uid, 8)
    await cloud.blocks(monday.resource_uid)
    asked = [arguments for name, arguments in provider.calls if name == "blocks"]
    assert asked == [
        (tuesday.resource_uid, monday.resource_uid, 8),
        (monday.resource_uid, None, 256),
    ]
    diff = await cloud.diff(monday.resource_uid, tuesday.resource_uid)
    assert (diff.from_uid, diff.to_uid) == (monday.resource_uid, tuesday.resource_uid)
    tree = await cloud.lineage(monday.resource_uid)
    assert [child.name for child in tree.children] == ["monday", "failed", "tuesday"]


# -- references


async def test_a_whole_uid_is_asked_for_alone(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    found = await cloud.snapshot(monday.resource_uid)
    assert (found.name, found.volume_name) == ("monday", "web")
    assert set(provider.asked) == {"connect", "snapshot", "volume"}


async def test_by_prefix_and_by_name(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    uuid = provider.put(a_volume("uuid", resource_uid=UUID))
    other = provider.put(a_snapshot(web, "other", resource_uid=UUID.replace("3f", "7e")))
    for reference in (UUID, UUID[:8], UUID[:13], UUID[:4].upper(), "uuid"):
        assert (await cloud.volume(reference)).resource_uid == uuid.resource_uid
        assert (await cloud.found_volume(reference)).resource_uid == uuid.resource_uid
    assert (await cloud.snapshot("7e2a1b2c")).resource_uid == other.resource_uid
    assert (await cloud.volume(web.resource_uid[:-1])).resource_uid == web.resource_uid
    assert (await cloud.snapshot("monday")).resource_uid == monday.resource_uid
    provider.put(a_snapshot(web, "monday"))
    cloud.look_again()
    with pytest.raises(AmbiguousError, match="could be 2 snapshots"):
        await cloud.snapshot("monday")


async def test_what_a_listing_does_not_tell_is_asked_for(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    shared = provider.put(
        a_snapshot(web, "told", visibility=Visibility.SHARED, shared_with=("project-2",))
    )
    listed = replace(shared, visibility=None, shared_with=())
    provider.becomes(shared.resource_uid, listed, shared)
    found = await cloud.snapshot("told")
    assert (found.visibility, found.shared_with) == (Visibility.SHARED, ("project-2",))


async def test_a_prefix_may_look_like_a_whole_uid(
    cloud: QuickCloud, provider: FakeProvider
) -> None:
    """EC2's identifiers have 8 or 17 digits."""
    provider.put(a_volume("long", resource_uid="vol-0123456789abcdef0"))
    assert (await cloud.found_volume("vol-01234567")).name == "long"


@pytest.mark.parametrize("uid", ["vol-0123456789abcdef0", "snap-0123456789abcdef0", UUID])
async def test_what_is_gone_is_not_what_is_named_like_it(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, uid: str
) -> None:
    """A plan or a job that is older than the deletion must not take another in its place."""
    provider.put(a_volume(uid))
    provider.put(a_snapshot(web, uid))
    for look in (cloud.volume, cloud.found_volume, cloud.snapshot, cloud.plan_delete_volume):
        with pytest.raises(NotFoundError, match=uid):
            await look(uid)


@pytest.mark.parametrize("reference", ["vol-0badf00d", "snap-0badf00d", UUID, "nothing", "sna"])
async def test_what_is_not_there_is_not_found(cloud: QuickCloud, reference: str) -> None:
    for look in (cloud.volume, cloud.found_volume, cloud.snapshot):
        with pytest.raises(NotFoundError, match=f"{reference}.* list --cloud prod`"):
            await look(reference)


async def test_a_thing_without_a_name_is_called_by_its_uid(
    cloud: QuickCloud, provider: FakeProvider
) -> None:
    bare = provider.put(a_volume(""))
    of_it = provider.put(a_snapshot(bare, ""))
    assert (await cloud.volume(bare.resource_uid)).name == bare.resource_uid
    assert (await cloud.found_volume(bare.resource_uid)).name == bare.resource_uid
    seen = await cloud.snapshot(of_it.resource_uid)
    assert (seen.name, seen.volume_name) == (of_it.resource_uid, bare.resource_uid)
    made = await cloud.create_snapshot(
        SnapshotRequest(volume_uid=bare.resource_uid, name="x"), no_progress
    )
    assert made.volume_name == bare.resource_uid
    plan = await cloud.plan_delete_volume(bare.resource_uid)
    assert plan.name == bare.resource_uid


# -- what it can do


def calls(cloud: QuickCloud, web: str, monday: str) -> dict[str, Callable[[], Any]]:
    """A call of every method that changes something, or would."""
    return {
        "add_volume": lambda: cloud.add_volume(AddVolumeRequest(path="/x")),
        "create_volume": lambda: cloud.create_volume(CreateVolumeRequest(name="x", size_bytes=GIB)),
        "attach_volume": lambda: cloud.attach_volume(AttachRequest(volume_uid=web, instance="i-1")),
        "detach_volume": lambda: cloud.detach_volume(DetachRequest(volume_uid=web)),
        "resize_volume": lambda: cloud.resize_volume(
            ResizeRequest(volume_uid=web, size_bytes=2 * GIB)
        ),
        "set_visibility": lambda: cloud.set_visibility(
            ShareRequest(snapshot_uid=monday, visibility=Visibility.PUBLIC)
        ),
        "edit_snapshot": lambda: cloud.edit_snapshot(
            EditSnapshotRequest(snapshot_uid=monday, name="x")
        ),
        "delete_volume": lambda: cloud.delete_volume(web),
        "delete_snapshots": lambda: cloud.delete_snapshots([monday]),
        "set_pinned": lambda: cloud.set_pinned([monday], True),
        "undelete": lambda: cloud.undelete([monday]),
        "trashed": lambda: cloud.trashed(monday),
        "plan_purge": lambda: cloud.plan_purge([monday]),
        "purge": lambda: cloud.purge([monday]),
        "check": lambda: cloud.check(CheckRequest(), no_progress),
        "create_snapshot": lambda: cloud.create_snapshot(
            SnapshotRequest(volume_uid=web, name="x"), no_progress
        ),
        "clone_snapshot": lambda: cloud.clone_snapshot(
            CloneRequest(snapshot_uid=monday, name="x"), no_progress
        ),
        "restore_snapshot": lambda: cloud.restore_snapshot(
            RestoreRequest(snapshot_uid=monday, in_place=True), no_progress
        ),
        "precheck": lambda: cloud.precheck(SnapshotRequest(volume_uid=web, name="x")),
    }


READS = {
    "look_closely",
    *("open", "close", "info", "change_token", "changes", "zones", "volume_types", "instances"),
    *(
        "volumes",
        "snapshots",
        "public_snapshots",
        "volume",
        "snapshot",
        "events",
        "lineage",
        "diff",
        "blocks",
    ),
    *(
        "candidates",
        "usage",
        "quotas",
        "plan_delete_volume",
        "plan_delete_snapshots",
        "freed_bytes",
        "trash",
    ),
}
"""The methods of a cloud that change nothing."""


def methods(*classes: type) -> set[str]:
    """The coroutines and asynchronous generators of some classes."""
    return {
        name
        for each in classes
        for name, member in vars(each).items()
        if not name.startswith("_")
        and (inspect.iscoroutinefunction(member) or inspect.isasyncgenfunction(member))
    }


async def test_read_only_it_changes_nothing_and_asks_nothing(
    provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    cloud = QuickCloud(provider, read_only=True)
    changing = calls(cloud, web.resource_uid, monday.resource_uid)
    protocol = {*methods(Cloud), "volumes", "snapshots", "public_snapshots"}
    assert protocol == {*changing, *READS}
    for name, call in changing.items():
        with pytest.raises((ReadOnlyError, UnsupportedError), match=r"read-only|remote cloud") as e:
            await call()
        # what it never can is no matter of a mode that one could leave
        assert isinstance(e.value, ReadOnlyError) == ("read-only here" in str(e.value))
        assert provider.asked == [], name
    for request in (
        CloneRequest(snapshot_uid=monday.resource_uid, name="x"),
        RestoreRequest(snapshot_uid=monday.resource_uid, in_place=True),
    ):
        with pytest.raises(ReadOnlyError, match="prod: this cloud is read-only here: leave"):
            await cloud.precheck(request)
    assert cloud.book.pages == []
    assert (await cloud.info()).read_only


async def test_read_only_it_can_be_read(
    provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    cloud = QuickCloud(provider, read_only=True)
    before = (dict(provider.volumes_there), dict(provider.snapshots_there))
    assert await collect(cloud.volumes())
    await cloud.diff(None, monday.resource_uid)
    await cloud.blocks(monday.resource_uid)
    await cloud.plan_delete_volume("web")
    await cloud.plan_delete_snapshots([monday.resource_uid])
    assert await cloud.candidates() == []
    assert await cloud.trash() == []
    assert await cloud.usage() is None
    assert await cloud.freed_bytes([monday.resource_uid]) is None
    assert await cloud.changes(await cloud.change_token()) is None
    assert (provider.volumes_there, provider.snapshots_there) == before


def test_what_it_cannot_do_it_says(provider: FakeProvider) -> None:
    never = {
        Capability.ADD_VOLUME,
        Capability.PIN,
        Capability.TRASH,
        Capability.UNDELETE,
        Capability.PURGE,
        Capability.CHECK,
        Capability.RESTORE_TO_FILE,
        Capability.ALLOW_FUZZY,
        Capability.RESTORE_IN_USE,
        Capability.IMPORT,  # this one gives no access to blocks
        Capability.EXPORT,
        Capability.COPY,  # nor to other regions
        Capability.PUBLIC_SNAPSHOTS,  # nor has it any
        Capability.QUOTAS,  # nor tells how many one may have
    }
    reading = {Capability.DIFF, Capability.BLOCKS, Capability.ORPHAN_SNAPSHOTS}
    for read_only in (False, True):
        cloud = QuickCloud(provider, read_only=read_only)
        for capability in Capability:
            ability = cloud.ability(capability)
            possible = capability in reading if read_only else capability not in never
            assert ability.possible == possible, capability
            assert ability.possible != bool(ability.reason)


async def test_what_its_provider_cannot_do_is_not_asked_of_it(
    provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    cloud = QuickCloud(provider)
    provider.cannot = {
        capability: f"no {capability} here"
        for capability in Capability
        if capability is not Capability.SNAPSHOT
    }
    changing = calls(cloud, web.resource_uid, monday.resource_uid)
    for name in sorted({*changing, "diff", "blocks"} - {"create_snapshot", "precheck"}):
        call = changing.get(name) or (lambda: cloud.diff(None, monday.resource_uid))
        if name == "blocks":
            call = lambda: cloud.blocks(monday.resource_uid)  # noqa: E731
        with pytest.raises(UnsupportedError, match=r"no [a-z-]+ here|remote cloud"):
            await call()
    assert provider.asked == []
    provider.cannot = {Capability.RESTORE_IN_PLACE: "no way back here"}
    assert cloud.ability(Capability.RESTORE).reason == "no way back here"


async def test_what_speaks_against_a_job_is_said_before(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    await cloud.precheck(SnapshotRequest(volume_uid="web", name="x"))
    await cloud.precheck(CloneRequest(snapshot_uid="monday", name="x"))
    await cloud.precheck(RestoreRequest(snapshot_uid="monday", in_place=True))
    with pytest.raises(NotFoundError):
        await cloud.precheck(CloneRequest(snapshot_uid="nothing", name="x"))
    with pytest.raises(UnsupportedError, match="files of this host"):
        await cloud.precheck(RestoreRequest(snapshot_uid="monday", to_path="/x"))
    with pytest.raises(UnsupportedError, match="checks its own"):
        await cloud.precheck(CheckRequest())


def test_nothing_of_that_is_all_of_the_rest() -> None:
    """What `RemoteCloud` does not do itself is refused, or empty, in one place."""
    assert methods(HasNothingOfThat) <= methods(Cloud)


async def test_a_snapshot_that_changes_is_seen_as_it_is(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    await cloud.snapshot("monday")
    provider.put(replace(monday, description="new"))
    assert (await cloud.snapshot(monday.resource_uid)).description == "new"
