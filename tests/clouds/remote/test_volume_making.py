"""Making volumes of a remote cloud: clones, and blank ones."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from snaptui.clouds.remote import volume_making
from snaptui.clouds.remote.provider import Placement
from snaptui.clouds.remote.waiting import Pace
from snaptui.errors import (
    CloudConflictError,
    CloudDownError,
    CloudError,
    CloudNotFoundError,
    InvalidInputError,
    JobCancelledError,
    NotAllowedError,
    NotFoundError,
    QuotaError,
    ReadOnlyError,
)
from snaptui.jobs.reporter import Reporter
from snaptui.models import Snapshot, Volume, VolumeStatus
from snaptui.progress import no_progress
from snaptui.requests import (
    CloneRequest,
    CreateVolumeRequest,
)
from tests.clouds.remote.fake import GIB, FakeProvider, a_snapshot, a_volume
from tests.clouds.remote.quick import QuickCloud
from tests.clouds.remote.test_waiting import Told


def placements(provider: FakeProvider) -> list[Placement]:
    """Where volumes were asked for."""
    return [arguments[1] for name, arguments in provider.calls if name == "create_volume"]


async def test_a_clone_that_is_asked_for_again_is_one(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    """The first job's token finds what was made for it; a job of its own has one of its own."""
    request = CloneRequest(snapshot_uid=monday.resource_uid, name="clone")
    first = await cloud.clone_snapshot(request, no_progress, "job-1")
    again = replace(request, token="job-1")
    assert (await cloud.clone_snapshot(again, no_progress, "job-2")).resource_uid == (
        first.resource_uid
    )
    other = await cloud.clone_snapshot(request, no_progress, "job-3")
    assert other.resource_uid != first.resource_uid
    asked = [arguments[3:] for name, arguments in provider.calls if name == "create_volume"]
    assert asked == [("job-1", False), ("job-1", True), ("job-3", False)]


async def test_cancelled_it_deletes_no_clone_that_was_there_already(
    provider: FakeProvider, monday: Snapshot
) -> None:
    """Somebody may have written to what an earlier job had made, whoever waits for it now."""
    cloud = QuickCloud(provider, pace=Pace(step=0.01))
    request = CloneRequest(snapshot_uid=monday.resource_uid, name="clone")
    clone = await cloud.clone_snapshot(request, no_progress, "job-1")
    provider.hangs("volume", at=2)  # the first look is for the snapshot
    with pytest.raises(JobCancelledError) as caught:
        await cloud.clone_snapshot(replace(request, token="job-1", zone="nova"), Told(stop_at=3))
    assert "delete_volume" not in provider.asked
    assert caught.value.hint == f"the volume {clone.resource_uid} was there already, and stays"
    # what is still being made is nobody's
    provider.recovers()
    provider.hangs("volume", at=2)
    with pytest.raises(JobCancelledError):
        await cloud.clone_snapshot(replace(request, zone="nova"), Told(stop_at=3), "job-2")
    assert "delete_volume" in provider.asked


async def test_a_snapshot_is_cloned_and_waited_for(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    provider.looks = 5
    request = CloneRequest(
        snapshot_uid=monday.resource_uid,
        name="clone",
        zone="other",
        size_bytes=2 * GIB,
        volume_type="fast",
    )
    made = await cloud.clone_snapshot(request, no_progress)
    assert (made.name, made.status, made.zone) == ("clone", VolumeStatus.AVAILABLE, "other")
    assert (made.size_bytes, made.source_snapshot_uid) == (2 * GIB, monday.resource_uid)
    assert placements(provider) == [Placement(zone="other", volume_type="fast", size_bytes=2 * GIB)]
    [[done]] = cloud.book.pages
    assert (done.action, done.subject_uid) == ("clone", monday.resource_uid)
    assert done.related_uid == made.resource_uid


async def test_a_clone_is_beside_its_origin_unless_a_zone_is_named(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    provider.put(replace(web, zone="other"))
    request = CloneRequest(snapshot_uid="monday", name="clone")
    assert (await cloud.clone_snapshot(request, no_progress)).zone == "other"
    provider.vanishes(web.resource_uid)
    await cloud.clone_snapshot(request, no_progress)
    assert [each.zone for each in placements(provider)] == ["other", None]


async def test_a_clone_has_room_for_its_snapshot(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    request = CloneRequest(snapshot_uid=monday.resource_uid, name="x", size_bytes=GIB - 1)
    for work in (cloud.precheck(request), cloud.clone_snapshot(request, no_progress)):
        with pytest.raises(InvalidInputError, match=f"smaller than the snapshot.*{GIB}"):
            await work
    assert placements(provider) == []


async def test_a_clone_that_fails_leaves_nothing_and_says_why(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    """As Cinder does it when the back end lacks the zone."""
    before = set(provider.volumes_there)
    provider.ends_in_error("no valid host was found")
    request = CloneRequest(snapshot_uid=monday.resource_uid, name="clone", zone="other")
    with pytest.raises(CloudError, match=r"volume clone in the zone other: no valid host.*left"):
        await cloud.clone_snapshot(request, no_progress)
    [made] = set(provider.volumes_there) - before
    assert provider.volumes_there[made].status is VolumeStatus.DELETING
    assert cloud.book.pages == []


async def test_what_is_left_of_a_clone_that_fails_is_named(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    provider.ends_in_error("no valid host was found")
    provider.fails("delete_volume", NotAllowedError("not yours"))
    request = CloneRequest(snapshot_uid=monday.resource_uid, name="clone")
    with pytest.raises(CloudError, match=r"delete what is left of it, vol-\w+: not yours"):
        await cloud.clone_snapshot(request, no_progress)


async def test_who_cancels_a_clone_is_told_when_the_cloud_goes_on(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    provider.looks = 100
    request = CloneRequest(snapshot_uid=monday.resource_uid, name="clone")
    with pytest.raises(JobCancelledError) as caught:
        await cloud.clone_snapshot(request, Told(stop_at=5))
    assert caught.value.hint == ""
    assert provider.asked[-1] == "delete_volume"
    provider.fails("delete_volume", CloudConflictError("it is being made"))
    with pytest.raises(JobCancelledError) as caught:
        await cloud.clone_snapshot(request, Told(stop_at=5))
    uid = list(provider.volumes_there)[-1]
    assert caught.value.hint == f"the cloud goes on with the volume {uid}: it is being made"


async def test_a_clone_goes_on_when_the_cloud_stops_answering(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    provider.fails("volume", CloudDownError("down"), at=3, times=None)
    request = CloneRequest(snapshot_uid=monday.resource_uid, name="clone")
    with pytest.raises(CloudError, match=r"goes on with the volume vol-\w+.*down"):
        await cloud.clone_snapshot(request, no_progress)


async def test_a_blank_volume_is_made(cloud: QuickCloud, provider: FakeProvider) -> None:
    made = await cloud.create_volume(CreateVolumeRequest(name="new", size_bytes=GIB))
    assert (made.name, made.size_bytes, made.status) == ("new", GIB, VolumeStatus.AVAILABLE)
    assert placements(provider) == [Placement(size_bytes=GIB)]
    assert cloud.book.texts == ["created volume new"]
    provider.fails("create_volume", QuotaError("no more"))
    with pytest.raises(QuotaError):
        await cloud.create_volume(CreateVolumeRequest(name="new", size_bytes=GIB))


async def test_a_blank_volume_that_is_asked_for_again_is_one(
    cloud: QuickCloud, provider: FakeProvider
) -> None:
    request = CreateVolumeRequest(name="new", size_bytes=GIB)
    first = await cloud.create_volume(request, no_progress, "job-1")
    again = await cloud.create_volume(replace(request, token="job-1"), no_progress, "job-2")
    assert again.resource_uid == first.resource_uid
    other = await cloud.create_volume(request, no_progress, "job-3")
    assert other.resource_uid != first.resource_uid
    asked = [arguments[3:] for name, arguments in provider.calls if name == "create_volume"]
    assert asked == [("job-1", False), ("job-1", True), ("job-3", False)]


async def test_who_cancels_leaves_no_blank_volume_unless_it_was_there_already(
    provider: FakeProvider,
) -> None:
    cloud = QuickCloud(provider, pace=Pace(step=0.01))
    request = CreateVolumeRequest(name="new", size_bytes=GIB)
    provider.looks = 100
    with pytest.raises(JobCancelledError) as caught:
        await cloud.create_volume(request, Told(stop_at=5))
    assert caught.value.hint == ""
    assert provider.asked[-1] == "delete_volume"
    provider.looks = 1
    made = await cloud.create_volume(request, no_progress, "job-1")
    provider.calls.clear()
    provider.hangs("volume")
    with pytest.raises(JobCancelledError) as caught:
        await cloud.create_volume(replace(request, token="job-1"), Told(stop_at=3))
    assert caught.value.hint == f"the volume {made.resource_uid} was there already, and stays"
    assert "delete_volume" not in provider.asked


async def test_what_the_cloud_does_not_let_go_while_it_makes_it_is_deleted_then(
    cloud: QuickCloud, provider: FakeProvider
) -> None:
    """As Cinder does it; unless it takes too long."""
    request = CreateVolumeRequest(name="new", size_bytes=GIB)
    for looks, hint in ((8, ""), (100, "the cloud goes on with the volume {}: it is being made")):
        provider.looks = looks
        provider.fails("delete_volume", CloudConflictError("it is being made"))
        with pytest.raises(JobCancelledError) as caught:
            await cloud.create_volume(request, Told(stop_at=5))
        uid = list(provider.volumes_there)[-1]
        assert caught.value.hint == hint.format(uid)
        going = provider.volumes_there[uid].status is VolumeStatus.DELETING
        assert going == (not hint)


@pytest.mark.parametrize("method", ["volume", "delete_volume"])
async def test_who_cancels_does_not_wait_for_a_cloud_that_does_not_answer(
    provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(volume_making, "LETTING_GO", 0.01)
    cloud = QuickCloud(provider, pace=Pace(step=0.001))
    provider.looks = 1
    provider.fails("delete_volume", CloudConflictError("it is being made"))
    provider.hangs("volume", times=1 if method == "delete_volume" else None)
    provider.hangs("delete_volume")  # the second one, after that which fails
    request = CreateVolumeRequest(name="new", size_bytes=GIB)
    with pytest.raises(JobCancelledError) as caught:
        await asyncio.wait_for(cloud.create_volume(request, Told(stop_at=5)), 60)
    uid = list(provider.volumes_there)[-1]
    assert caught.value.hint == f"the cloud goes on with the volume {uid}: it is being made"
    assert provider.asked[-1] == method


async def test_who_cancels_twice_does_not_wait_until_it_can_be_deleted(
    provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volume_making, "LETTING_GO", 10**6)
    cloud = QuickCloud(provider, pace=Pace(step=0.001))
    provider.hangs("volume")
    provider.fails("delete_volume", CloudConflictError("it is being made"))
    reporter = Reporter(lambda _: None, lambda: False)
    work = asyncio.create_task(
        cloud.create_volume(CreateVolumeRequest(name="new", size_bytes=GIB), reporter)
    )
    async with asyncio.timeout(60):
        for looks in (1, 2):
            while provider.asked.count("volume") < looks:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.01)  # once cancelled it goes on to wait
            assert not work.done()
            reporter.stop()
        with pytest.raises(JobCancelledError) as caught:
            await work
    uid = list(provider.volumes_there)[-1]
    assert caught.value.hint == f"the cloud goes on with the volume {uid}: it is being made"


@pytest.mark.parametrize("insists", [True, False])
async def test_who_cancels_does_not_wait_until_the_deletion_is_answered(
    provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, *, insists: bool
) -> None:
    monkeypatch.setattr(volume_making, "LETTING_GO", 10**6 if insists else 0.01)
    cloud = QuickCloud(provider, pace=Pace(step=0.001))
    provider.hangs("volume")
    provider.hangs("delete_volume")
    reporter = Reporter(lambda _: None, lambda: False)
    work = asyncio.create_task(
        cloud.create_volume(CreateVolumeRequest(name="new", size_bytes=GIB), reporter)
    )
    async with asyncio.timeout(60):
        for method in ("volume", "delete_volume") if insists else ("volume",):
            while method not in provider.asked:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.01)  # once cancelled it goes on to wait
            assert not work.done()
            reporter.stop()
        with pytest.raises(JobCancelledError, match="the job was cancelled") as caught:
            await work
    uid = list(provider.volumes_there)[-1]
    assert caught.value.hint == (
        f"the cloud goes on with the volume {uid}: it has not said that it deletes it"
    )


async def test_what_the_cloud_refuses_to_delete_at_all_is_not_waited_for(
    cloud: QuickCloud, provider: FakeProvider
) -> None:
    provider.looks = 8
    provider.fails("delete_volume", NotAllowedError("not yours"))
    with pytest.raises(JobCancelledError) as caught:
        await cloud.create_volume(CreateVolumeRequest(name="new", size_bytes=GIB), Told(stop_at=5))
    uid = list(provider.volumes_there)[-1]
    assert caught.value.hint == f"the cloud goes on with the volume {uid}: not yours"
    assert provider.asked[-1] == "delete_volume"
    assert provider.asked.count("delete_volume") == 1


async def test_what_is_to_be_made_is_checked_before_it_is_asked_for(
    provider: FakeProvider,
) -> None:
    for asked, error, words in (
        ({"size_bytes": 5}, InvalidInputError, "say 5GiB"),
        ({"zone": "moon"}, NotFoundError, "no zone 'moon'"),
    ):
        request = replace(CreateVolumeRequest(name="new", size_bytes=GIB), **asked)
        with pytest.raises(error, match=words):
            await QuickCloud(provider).precheck(request)
    with pytest.raises(ReadOnlyError):
        await QuickCloud(provider, read_only=True).precheck(
            CreateVolumeRequest(name="new", size_bytes=GIB)
        )
    assert placements(provider) == []


@pytest.mark.parametrize(
    ("why", "told"), [("", "made: somebody deleted it"), ("no such key", "made: no such key$")]
)
async def test_a_volume_that_vanishes_in_the_making_is_told(
    cloud: QuickCloud,
    provider: FakeProvider,
    monkeypatch: pytest.MonkeyPatch,
    why: str,
    told: str,
) -> None:
    async def unknown(_: str) -> None:
        return None

    async def reason(_: str) -> str:
        return why

    monkeypatch.setattr(provider, "volume", unknown)
    monkeypatch.setattr(provider, "why", reason)
    with pytest.raises(CloudNotFoundError, match=f"has vanished while it was {told}"):
        await cloud.create_volume(CreateVolumeRequest(name="new", size_bytes=GIB))


async def test_a_zone_that_the_cloud_does_not_have_is_refused_before_anything_is_made(
    cloud: QuickCloud, provider: FakeProvider
) -> None:
    snapshot = provider.put(a_snapshot(provider.put(a_volume("web")), "monday"))
    clone = CloneRequest(snapshot_uid=snapshot.resource_uid, name="c", zone="az9")
    blank = CreateVolumeRequest(name="b", size_bytes=GIB, zone="az9")
    for work in (cloud.precheck(clone), cloud.create_volume(blank)):
        with pytest.raises(NotFoundError, match="no zone 'az9': it has: nova, other"):
            await work
    assert "create_volume" not in provider.asked
    provider.offered_zones = []
    await cloud.precheck(clone)
    await cloud.create_volume(blank)
