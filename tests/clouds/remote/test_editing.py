"""Editing a snapshot of a remote cloud."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snaptui.clouds.base import Capability
from snaptui.errors import CloudDownError, NotFoundError, UnsupportedError
from snaptui.models import Snapshot
from snaptui.requests import EditSnapshotRequest
from tests.clouds.remote.fake import FakeProvider, a_snapshot
from tests.clouds.remote.quick import QuickCloud


def asked(provider: FakeProvider) -> list[tuple[object, ...]]:
    return [arguments for name, arguments in provider.calls if name == "update_snapshot"]


async def test_what_is_given_is_asked_for_and_written_down(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    uid = monday.resource_uid
    assert [each.name for each in (await cloud.stock()).snapshots.values()] == ["monday"]
    edited = await cloud.edit_snapshot(EditSnapshotRequest(snapshot_uid="monday", name="weekly"))
    assert (edited.name, edited.volume_name) == ("weekly", "web")
    edited = await cloud.edit_snapshot(EditSnapshotRequest(snapshot_uid=uid, description="kept"))
    assert (edited.name, edited.description) == ("weekly", "kept")
    assert asked(provider) == [(uid, "weekly", None), (uid, None, "kept")]
    assert cloud.book.texts == [
        "renamed snapshot monday to weekly",
        'changed the description of snapshot weekly from nothing to "kept"',
    ]
    (done,), _ = cloud.book.pages
    assert (done.action, done.subject_uid) == ("edit-snapshot", uid)
    assert await cloud.snapshot("weekly") == edited  # what was listed before is not believed


async def test_what_is_so_already_is_not_asked_for(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    request = EditSnapshotRequest(snapshot_uid=monday.resource_uid, name="monday", description="")
    assert (await cloud.edit_snapshot(request)).name == "monday"
    assert asked(provider) == []
    assert cloud.book.pages == []


async def test_one_without_a_name_gets_one(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    bare = provider.put(a_snapshot(monday.volume_uid, ""))
    request = EditSnapshotRequest(snapshot_uid=bare.resource_uid, name="found")
    assert (await cloud.edit_snapshot(request)).name == "found"
    assert cloud.book.texts == [f"renamed snapshot {bare.resource_uid} to found"]
    described = provider.put(replace(bare, name=""))
    request = EditSnapshotRequest(snapshot_uid=described.resource_uid, description="no name yet")
    assert (await cloud.edit_snapshot(request)).name == bare.resource_uid


async def test_a_description_that_cannot_change_is_told_and_the_name_stays_too(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    provider.cannot = {Capability.EDIT_DESCRIPTION: "words here are for ever"}
    both = EditSnapshotRequest(snapshot_uid=monday.resource_uid, name="x", description="y")
    with pytest.raises(UnsupportedError, match="prod: words here are for ever"):
        await cloud.edit_snapshot(both)
    assert provider.snapshots_there[monday.resource_uid] == monday
    await cloud.edit_snapshot(EditSnapshotRequest(snapshot_uid=monday.resource_uid, name="x"))
    assert provider.snapshots_there[monday.resource_uid].name == "x"


async def test_what_fails_is_written_down_nowhere(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    provider.fails("update_snapshot", CloudDownError("down"))
    request = EditSnapshotRequest(snapshot_uid=monday.resource_uid, name="x")
    with pytest.raises(CloudDownError):
        await cloud.edit_snapshot(request)
    assert cloud.book.pages == []
    with pytest.raises(NotFoundError):
        await cloud.edit_snapshot(EditSnapshotRequest(snapshot_uid="nothing", name="x"))
