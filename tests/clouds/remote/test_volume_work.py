"""Attaching, resizing, restoring and deleting volumes of a remote cloud."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from snaptui.clouds.base import Capability
from snaptui.clouds.remote import volume_work
from snaptui.clouds.several import delete_volumes, plan_delete_volumes
from snaptui.errors import (
    CloudConflictError,
    CloudDownError,
    CloudError,
    CloudNotFoundError,
    ConflictError,
    InUseError,
    InvalidInputError,
    JobCancelledError,
    NotFoundError,
    UnsupportedError,
)
from snaptui.models import Attachment, Snapshot, Volume, VolumeStatus
from snaptui.progress import no_progress
from snaptui.requests import (
    AttachRequest,
    CloneRequest,
    CreateVolumeRequest,
    DetachRequest,
    ResizeRequest,
    RestoreRequest,
    SnapshotRequest,
)
from snaptui.units import MIB
from tests.clouds.remote.fake import GIB, FakeProvider, a_snapshot, a_volume
from tests.clouds.remote.quick import QuickCloud
from tests.clouds.remote.test_waiting import Told


def attached(provider: FakeProvider, volume: Volume, *instances: str) -> Volume:
    """The volume, attached to some."""
    places = [
        Attachment(volume_uid=volume.resource_uid, instance=each, device="/dev/vdb")
        for each in instances
    ]
    changed = replace(
        volume,
        status=VolumeStatus.IN_USE,
        attachment=places[0],
        other_attachments=tuple(places[1:]),
    )
    return provider.put(changed)


# -- after a failure


async def test_after_a_failure_everything_is_looked_at_again(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    """Somebody else has changed it meanwhile, as a rule: what was listed is not to be believed."""
    uid = web.resource_uid
    works: dict[str, Callable[[], Awaitable[object]]] = {
        "resize_volume": lambda: cloud.resize_volume(
            ResizeRequest(volume_uid=uid, size_bytes=9 * GIB)
        ),
        "attach": lambda: cloud.attach_volume(AttachRequest(volume_uid=uid, instance="i-1")),
        "revert": lambda: cloud.restore_snapshot(
            RestoreRequest(snapshot_uid="monday", in_place=True), no_progress
        ),
        "delete_snapshot": lambda: cloud.delete_snapshots([monday.resource_uid]),
        "create_snapshot": lambda: cloud.create_snapshot(
            SnapshotRequest(volume_uid=uid, name="x"), no_progress
        ),
        "create_volume": lambda: cloud.create_volume(CreateVolumeRequest(name="x", size_bytes=GIB)),
    }
    for method, work in works.items():
        await cloud.stock()
        listings = provider.asked.count("volumes")
        provider.fails(method, CloudConflictError("it is in error"))
        with pytest.raises(CloudConflictError):
            await work()
        await cloud.stock()
        assert provider.asked.count("volumes") == listings + 1, method


# -- what is to be known about an attachment


async def test_an_attachment_that_is_only_recorded_is_told_as_one(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.attach_note = "no server was asked"
    request = AttachRequest(volume_uid=web.resource_uid, instance="nowhere")
    seen = await cloud.attach_volume(request)
    assert seen.attachment is not None
    assert seen.attachment.note == "no server was asked"
    [[done]] = cloud.book.pages
    assert done.text == "attached volume web to nowhere: no server was asked"


# -- attaching


async def test_a_volume_is_attached_and_detached(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.looks = 4
    seen = await cloud.attach_volume(
        AttachRequest(volume_uid="web", instance="i-1", device="/dev/sdf")
    )
    assert seen.status is VolumeStatus.IN_USE
    assert seen.attachment is not None
    assert seen.attachment.used_by == "server (i-1) /dev/sdf"
    seen = await cloud.detach_volume(DetachRequest(volume_uid=web.resource_uid))
    assert (seen.status, seen.attachment) == (VolumeStatus.AVAILABLE, None)
    assert cloud.book.texts == ["attached volume web to i-1", "detached volume web from i-1"]


async def test_an_attached_volume_is_not_attached_again(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    attached(provider, web, "i-1")
    with pytest.raises(InUseError, match=r"attached to server \(i-1\) /dev/vdb already"):
        await cloud.attach_volume(AttachRequest(volume_uid="web", instance="i-2"))
    assert "attach" not in provider.asked


async def test_the_right_one_of_several_is_detached_and_waited_for(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.looks = 4
    attached(provider, web, "i-1", "i-2", "i-3")
    uid = web.resource_uid
    with pytest.raises(InvalidInputError, match="name one of them"):
        await cloud.detach_volume(DetachRequest(volume_uid=uid))
    with pytest.raises(CloudConflictError, match="not attached to i-9"):
        await cloud.detach_volume(DetachRequest(volume_uid=uid, instance="i-9"))
    seen = await cloud.detach_volume(DetachRequest(volume_uid=uid, instance="i-2"))
    places = [seen.attachment, *seen.other_attachments]
    assert [place and place.instance for place in places] == ["i-1", "i-3"]
    assert seen.status is VolumeStatus.IN_USE
    with pytest.raises(CloudConflictError, match="the volume other is not attached$"):
        provider.put(a_volume("other"))
        await cloud.detach_volume(DetachRequest(volume_uid="other"))


async def test_it_is_detached_when_the_cloud_no_longer_shows_it(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EC2 may show for a while what was before."""
    used = attached(provider, web, "i-1", "i-2")
    left = replace(used, attachment=used.other_attachments[0], other_attachments=())

    async def detach(volume: Volume, attachment: Attachment) -> None:
        assert attachment == used.attachment
        provider.becomes(volume.resource_uid, used, used, left)

    monkeypatch.setattr(provider, "detach", detach)
    request = DetachRequest(volume_uid=web.resource_uid, instance="i-1")
    assert await cloud.detach_volume(request) == left


async def test_it_is_detached_when_the_instance_has_let_go_of_it(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    """Nova refuses to attach what it still has in its own book, though Cinder has it back."""
    attached(provider, web, "i-1")
    provider.held = 3
    seen = await cloud.detach_volume(DetachRequest(volume_uid=web.resource_uid))
    assert (seen.attachment, seen.reason) == (None, "")
    assert provider.asked.count("holds") == 4
    assert cloud.book.texts == ["detached volume web from i-1"]


@pytest.mark.parametrize("why", ["its row stays", "the cloud is down", "a look hangs"])
async def test_it_is_detached_though_the_instance_does_not_let_go_of_it(
    cloud: QuickCloud,
    provider: FakeProvider,
    web: Volume,
    monkeypatch: pytest.MonkeyPatch,
    why: str,
) -> None:
    """What was done is told as done and is in the activity, whatever the second book says."""
    attached(provider, web, "i-1")
    if why == "its row stays":
        provider.held = 10**6
    elif why == "the cloud is down":
        provider.fails("holds", CloudDownError("down"), times=None)
    else:
        monkeypatch.setattr(volume_work, "LET_GO_OF", 0.01)
        provider.hangs("holds")
    request = DetachRequest(volume_uid=web.resource_uid)
    seen = await asyncio.wait_for(cloud.detach_volume(request), 60)
    assert (seen.status, seen.attachment) == (VolumeStatus.AVAILABLE, None)
    assert "may be refused for a while: the instance may not have let go of it yet" in seen.reason
    assert cloud.book.texts == ["detached volume web from i-1"]
    assert sum(cloud.time.slept) < 60


async def test_who_does_not_wait_for_the_instance_finds_the_detach_in_the_activity(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    attached(provider, web, "i-1")
    provider.hangs("holds")
    work = asyncio.create_task(cloud.detach_volume(DetachRequest(volume_uid=web.resource_uid)))
    async with asyncio.timeout(60):
        while "holds" not in provider.asked:
            await asyncio.sleep(0.001)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert cloud.book.texts == ["detached volume web from i-1"]


async def test_what_fails_after_it_was_accepted_says_why(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = AttachRequest(volume_uid=web.resource_uid, instance="i-1")
    provider.reasons[web.resource_uid] = "the server has no such slot"
    provider.becomes(web.resource_uid, web, web, replace(web, status=VolumeStatus.ERROR))

    async def accepted(*_: object) -> None:
        return None

    monkeypatch.setattr(provider, "attach", accepted)
    with pytest.raises(CloudError, match="no such slot"):
        await cloud.attach_volume(request)
    provider.put(web)
    provider.becomes(web.resource_uid, web, None)
    with pytest.raises(CloudNotFoundError, match="not there any more"):
        await cloud.attach_volume(request)


# -- resizing


async def test_a_volume_is_made_larger(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.looks = 3
    seen = await cloud.resize_volume(ResizeRequest(volume_uid="web", size_bytes=3 * GIB))
    assert seen.size_bytes == 3 * GIB
    assert cloud.book.texts == ["made volume web larger: 3.0 GiB"]
    for size in (GIB, 3 * GIB):
        with pytest.raises(InvalidInputError, match=r"made larger.* 3\.0 GiB \(3221225472 bytes\)"):
            await cloud.resize_volume(ResizeRequest(volume_uid=web.resource_uid, size_bytes=size))
    assert provider.asked.count("resize_volume") == 1


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (5, "5 B is too small .* say 5GiB"),
        (65537, "64 KiB is too small .* like 10GiB"),
        (MIB - 1, "too small .* like 10GiB"),
    ],
)
async def test_a_size_whose_unit_was_forgotten_is_not_rounded_up(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot, size: int, words: str
) -> None:
    """`--size 5` would be a volume of a GiB."""
    before = list(provider.volumes_there)
    with pytest.raises(InvalidInputError, match=words):
        await cloud.create_volume(CreateVolumeRequest(name="x", size_bytes=size))
    with pytest.raises(InvalidInputError, match=words):
        await cloud.resize_volume(ResizeRequest(volume_uid=web.resource_uid, size_bytes=size))
    clone = CloneRequest(snapshot_uid=monday.resource_uid, name="x", size_bytes=size)
    with pytest.raises(InvalidInputError, match=words):
        await cloud.clone_snapshot(clone, no_progress)
    assert list(provider.volumes_there) == before
    await cloud.create_volume(CreateVolumeRequest(name="x", size_bytes=MIB))


# -- restoring


async def test_a_volume_becomes_what_its_snapshot_is(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    provider.looks = 3
    request = RestoreRequest(snapshot_uid="monday", in_place=True)
    report = await cloud.restore_snapshot(request, no_progress)
    assert (report.snapshot_uid, report.path) == (monday.resource_uid, "web")
    assert report.written_bytes is None
    [[done]] = cloud.book.pages
    assert (done.subject_uid, done.related_uid) == (web.resource_uid, monday.resource_uid)


async def test_an_attached_volume_is_not_restored(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    attached(provider, web, "i-1")
    request = RestoreRequest(snapshot_uid="monday", in_place=True, force=True)
    for work in (cloud.precheck(request), cloud.restore_snapshot(request, no_progress)):
        with pytest.raises(InUseError, match=r"attached to server \(i-1\).*detach it first"):
            await work
    assert "revert" not in provider.asked


async def test_a_restore_that_fails_or_is_cancelled_says_what_becomes_of_the_volume(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    request = RestoreRequest(snapshot_uid="monday", in_place=True)
    provider.ends_in_error("the back end lost it")
    with pytest.raises(CloudError, match="volume web: the back end lost it.*before you use it"):
        await cloud.restore_snapshot(request, no_progress)
    assert cloud.book.texts == ["could not restore snapshot monday in place: the back end lost it"]
    provider.put(web)
    provider.looks = 100
    with pytest.raises(JobCancelledError) as caught:
        await cloud.restore_snapshot(request, Told(stop_at=5))
    assert caught.value.hint == "the cloud goes on and restores the volume web"


async def test_nothing_is_restored_to_a_file(cloud: QuickCloud, provider: FakeProvider) -> None:
    with pytest.raises(UnsupportedError, match="prod: .*files of this host"):
        await cloud.restore_snapshot(
            RestoreRequest(snapshot_uid="monday", to_path="/tmp/x"), no_progress
        )
    assert provider.asked == []


# -- deleting


async def test_a_volume_is_deleted_and_its_snapshots_stay(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.looks = 4
    plan = await cloud.plan_delete_volume("web")
    assert plan.lost == ("the volume and all its data, 1.0 GiB, for good",)
    assert plan.kept == ("its 1 snapshot, which can still be cloned",)
    done = await cloud.delete_volume(web.resource_uid)
    assert done == plan
    assert provider.volumes_there == {}
    assert cloud.book.texts == ["deleted volume web"]
    with pytest.raises(NotFoundError):
        await cloud.delete_volume(web.resource_uid)
    [snapshot] = [each async for page in cloud.snapshots() for each in page]
    assert (snapshot.name, snapshot.volume_name) == ("monday", "web")


async def test_what_is_used_or_needed_is_not_deleted(provider: FakeProvider, web: Volume) -> None:
    provider.cannot = {Capability.ORPHAN_SNAPSHOTS: "snapshots go with their volume here"}
    cloud = QuickCloud(provider)
    with pytest.raises(InUseError, match=r"has 1 snapshot: delete it first \(snapshots go with"):
        await cloud.delete_volume("web")
    provider.snapshots_there.clear()
    attached(provider, web, "i-1")
    cloud.look_again()
    assert (await cloud.plan_delete_volume("web")).kept == ()
    with pytest.raises(InUseError, match="attached to server \\(i-1\\)"):
        await cloud.delete_volume("web")
    assert "delete_volume" not in provider.asked


async def test_a_deletion_that_comes_back_is_a_conflict_with_the_reason(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.comes_back(web.resource_uid, "it is locked")
    with pytest.raises(CloudConflictError, match="did not delete the volume web: it is locked"):
        await cloud.delete_volume(web.resource_uid)
    assert cloud.book.pages == []


async def test_twenty_volumes_are_one_listing(cloud: QuickCloud, provider: FakeProvider) -> None:
    provider.looks = 1
    volumes = [provider.put(a_volume(f"v{number}")) for number in range(20)]
    for volume in volumes:
        provider.put(a_snapshot(volume))
    used = attached(provider, volumes[3], "i-1")
    plan = await plan_delete_volumes(cloud, [each.resource_uid for each in volumes])
    assert len(plan.uids) == 19
    names = {each.resource_uid: each.name for each in volumes}
    done = await delete_volumes(cloud, plan, names)
    assert len(done.uids) == 19
    assert [each.resource_uid for each in done.left_out] == [used.resource_uid]
    assert provider.asked.count("snapshots") == 1
    with pytest.raises(ConflictError):
        await delete_volumes(cloud, plan, names)
