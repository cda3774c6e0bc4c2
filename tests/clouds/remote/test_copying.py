"""A snapshot is copied to another region: waited for, cancelled, failed, asked for again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snaptui.clouds.remote.copying import copy_snapshot
from snaptui.clouds.remote.provider import Provider
from snaptui.errors import (
    CloudConflictError,
    CloudError,
    InvalidInputError,
    JobCancelledError,
    NotAllowedError,
    NotFoundError,
    ReadOnlyError,
    UnsupportedError,
)
from snaptui.models import Snapshot, SnapshotStatus
from snaptui.progress import ProgressCallback, no_progress
from snaptui.requests import CopyRequest
from tests.clouds.remote.fake import GIB, FakeProvider, a_snapshot, a_volume
from tests.clouds.remote.quick import QuickCloud
from tests.clouds.remote.regions import NOWHERE, Region
from tests.clouds.remote.test_waiting import Told


class Pair:
    """Two regions as clouds, and a snapshot in the first."""

    def __init__(self, *, read_only: bool = False) -> None:
        self.home, self.far = Region(), Region()
        self.home.others["far-1"] = self.far
        self.cloud = QuickCloud(self.home)
        self.there = QuickCloud(self.far, read_only=read_only)
        web = self.home.put(a_volume("web"))
        self.monday = self.home.put(a_snapshot(web, "monday", size_bytes=4 * GIB))

    def open_there(self, provider: Provider) -> QuickCloud:
        assert provider is self.far
        return self.there

    def request(self, **more: object) -> CopyRequest:
        wanted = {"snapshot_uid": self.monday.resource_uid, "region": "far-1", "name": "copy"}
        return CopyRequest(**wanted | more)  # type: ignore[arg-type]

    async def copy(self, progress: ProgressCallback = no_progress, **more: object) -> Snapshot:
        request = self.request(**more)
        return await copy_snapshot(self.cloud, request, progress, "job-1", self.open_there)


async def test_it_is_waited_for_and_written_down_in_both() -> None:
    pair = Pair()
    pair.far.looks = 4
    told = Told()
    made = await pair.copy(told, description="d", encrypted=True)
    [there] = pair.far.snapshots_there.values()
    assert (made.resource_uid, made.status) == (there.resource_uid, SnapshotStatus.COMPLETED)
    assert (made.name, made.volume_name) == ("copy", NOWHERE)
    [asked] = pair.home.asked_copies
    assert asked == {
        "name": "copy",
        "description": "d",
        "encrypted": True,
        "token": "job-1",
        "again": False,
    }
    assert ("copying", 2 * GIB, 4 * GIB) in told.calls  # the copy's own progress
    uid, monday = there.resource_uid, pair.monday.resource_uid
    [[done]] = pair.cloud.book.pages
    assert (done.action, done.subject_uid) == ("copy", monday)
    assert done.text == f"copied snapshot monday to far-1 as {uid}"
    [[done]] = pair.there.book.pages
    assert (done.action, done.subject_uid) == ("copy", uid)
    assert done.text == f"copied snapshot monday ({monday}) here from prod"
    assert not pair.far.connected  # it is let go of


async def test_a_copy_that_fails_says_why_and_is_written_down_nowhere() -> None:
    pair = Pair()
    pair.far.ends_in_error("the key may not be used")
    with pytest.raises(CloudError, match="could not make the snapshot .*the key may not be used"):
        await pair.copy()
    assert pair.cloud.book.pages == pair.there.book.pages == []
    assert "delete_snapshot" in pair.far.asked
    assert "delete_snapshot" not in pair.home.asked
    assert not pair.far.connected


async def test_a_region_that_there_is_not_is_told_before_anything_is_sent() -> None:
    pair = Pair()
    for work in (pair.cloud.precheck(pair.request(region="x-1")), pair.copy(region="x-1")):
        with pytest.raises(NotFoundError, match="no region 'x-1' for this account: it has: far-1"):
            await work
    assert pair.home.asked_copies == []
    await pair.cloud.precheck(pair.request(region="home-1"))
    # where they cannot be listed, the cloud says what it thinks of it
    pair.home.fails("regions", NotAllowedError("no"), times=None)
    await pair.cloud.precheck(pair.request(region="x-1"))
    assert (await pair.copy()).name == "copy"


async def test_to_cancel_it_deletes_the_copy_and_not_the_snapshot() -> None:
    pair = Pair()
    pair.far.looks = 50
    with pytest.raises(JobCancelledError):
        await pair.copy(Told(stop_at=8))
    assert "delete_snapshot" in pair.far.asked
    assert "delete_snapshot" not in pair.home.asked
    pair.far.fails("delete_snapshot", CloudConflictError("it is being copied"))
    with pytest.raises(JobCancelledError) as caught:
        await copy_snapshot(pair.cloud, pair.request(), Told(stop_at=8), "job-2", pair.open_there)
    assert "the cloud goes on with the snapshot" in caught.value.hint


async def test_asked_for_again_it_is_one() -> None:
    pair = Pair()
    first = await pair.copy()
    again = await copy_snapshot(
        pair.cloud, pair.request(token="job-1"), no_progress, "job-2", pair.open_there
    )
    assert again.resource_uid == first.resource_uid
    assert [(each["token"], each["again"]) for each in pair.home.asked_copies] == [
        ("job-1", False),
        ("job-1", True),
    ]


async def test_where_nothing_may_be_changed_nothing_is_copied_to() -> None:
    pair = Pair(read_only=True)
    with pytest.raises(ReadOnlyError, match="read-only here"):
        await pair.copy()
    assert pair.home.asked_copies == []


async def test_what_cannot_be_copied_is_told_at_once() -> None:
    pair = Pair()
    pair.home.put(replace(pair.monday, status=SnapshotStatus.PENDING))
    for work in (pair.copy(), pair.cloud.precheck(pair.request())):
        with pytest.raises(CloudConflictError, match="is pending"):
            await work
    with pytest.raises(UnsupportedError, match="does not copy"):
        await QuickCloud(FakeProvider()).precheck(pair.request())
    for region in ("", "a b", "../x", "x" * 65):
        with pytest.raises(InvalidInputError, match="region"):
            pair.request(region=region)


async def test_the_regions_to_choose_from() -> None:
    pair = Pair()
    assert await pair.cloud.regions() == ["far-1"]
    assert await QuickCloud(FakeProvider()).regions() == []
