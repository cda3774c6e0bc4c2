"""Taking, sharing and deleting snapshots of a remote cloud."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from snaptui.clouds.remote import snapshot_work
from snaptui.clouds.remote.waiting import BELIEVED, Pace
from snaptui.errors import (
    CloudConflictError,
    CloudDownError,
    CloudError,
    CloudNotFoundError,
    CredentialsError,
    JobCancelledError,
    NotAllowedError,
    NotFoundError,
    QuotaError,
)
from snaptui.jobs.reporter import Reporter
from snaptui.models import Attachment, Snapshot, SnapshotStatus, Visibility, Volume, VolumeStatus
from snaptui.progress import no_progress
from snaptui.requests import ShareRequest, SnapshotRequest
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume
from tests.clouds.remote.quick import QuickCloud
from tests.clouds.remote.test_waiting import Told


def request(web: Volume) -> SnapshotRequest:
    return SnapshotRequest(volume_uid=web.resource_uid, name="tuesday", description="why")


# -- taking


async def test_a_snapshot_is_taken_and_waited_for(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.looks = 4
    told = Told()
    made = await cloud.create_snapshot(request(web), told, "job-1")
    assert (made.name, made.volume_name, made.description) == ("tuesday", "web", "why")
    assert made.status is SnapshotStatus.COMPLETED
    assert told.phases == ["asking the cloud", "saving"]
    quarters = [web.size_bytes * part // 4 for part in (1, 2, 3)]
    assert sorted({done for _, done, _ in told.calls} - {0}) == quarters
    assert ("create_snapshot", (web.resource_uid, "tuesday", "job-1")) in provider.calls
    [[done]] = cloud.book.pages
    assert (done.action, done.subject_uid) == ("snapshot", web.resource_uid)
    assert (done.text, done.related_uid) == ("took snapshot tuesday", made.resource_uid)
    assert "volumes" not in provider.asked  # nothing was listed for it


async def test_it_is_taken_of_an_attached_volume_by_its_name(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    attachment = Attachment(volume_uid=web.resource_uid, instance="i-1", device="/dev/vda")
    provider.put(replace(web, status=VolumeStatus.IN_USE, attachment=attachment))
    made = await cloud.create_snapshot(
        SnapshotRequest(volume_uid="web", name="tuesday"), no_progress
    )
    assert made.volume_uid == web.resource_uid


async def test_who_cancels_has_the_snapshot_deleted(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    provider.looks = 100
    with pytest.raises(JobCancelledError) as caught:
        await cloud.create_snapshot(request(web), Told(stop_at=5))
    assert caught.value.hint == ""
    assert provider.asked[-1] == "delete_snapshot"
    left = [each for each in provider.snapshots_there.values() if each.name == "tuesday"]
    assert [each.status for each in left] == [SnapshotStatus.DELETING]
    assert cloud.book.pages == []


async def test_who_cancels_is_told_when_the_cloud_does_not_let_go(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.looks = 100
    provider.fails("delete_snapshot", CloudConflictError("it is being made"))
    with pytest.raises(JobCancelledError) as caught:
        await cloud.create_snapshot(request(web), Told(stop_at=5))
    uid = list(provider.snapshots_there)[-1]
    assert caught.value.message == "the job was cancelled"
    assert caught.value.hint == f"the cloud goes on with the snapshot {uid}: it is being made"


@pytest.mark.parametrize("insists", [False, True])
async def test_who_cancels_does_not_wait_until_the_deletion_is_answered(
    provider: FakeProvider, web: Volume, monkeypatch: pytest.MonkeyPatch, *, insists: bool
) -> None:
    monkeypatch.setattr(snapshot_work, "LETTING_GO", 10**6 if insists else 0.01)
    cloud = QuickCloud(provider, pace=Pace(step=0.001))
    provider.hangs("snapshot")
    provider.hangs("delete_snapshot")
    reporter = Reporter(lambda _: None, lambda: False)
    work = asyncio.create_task(cloud.create_snapshot(request(web), reporter))
    async with asyncio.timeout(60):
        for method in ("snapshot", "delete_snapshot") if insists else ("snapshot",):
            while method not in provider.asked:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.01)  # once cancelled it goes on to wait
            assert not work.done()
            reporter.stop()
        with pytest.raises(JobCancelledError) as caught:
            await work
    uid = list(provider.snapshots_there)[-1]
    assert caught.value.hint == (
        f"the cloud goes on with the snapshot {uid}: it has not said that it deletes it"
    )


async def test_who_cancels_before_it_is_asked_for_leaves_nothing(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    with pytest.raises(JobCancelledError):
        await cloud.create_snapshot(request(web), Told(stop_at=1))
    assert provider.asked == []


async def test_a_cloud_that_is_down_in_the_middle_is_waited_for(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    told = Told()
    provider.looks = 3
    provider.fails("snapshot", CloudDownError("down"), at=2, times=4)
    made = await cloud.create_snapshot(request(web), told)
    assert made.status is SnapshotStatus.COMPLETED
    assert told.phases == ["asking the cloud", "saving", "waiting for the cloud", "saving"]


async def test_a_cloud_that_stays_down_has_the_snapshot_all_the_same(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    errors = [
        CloudDownError("nobody answers"),
        CredentialsError("expired", "log in", request_id="req-1"),
    ]
    for error in errors:
        provider.fails("snapshot", error, times=None)
        with pytest.raises(CloudError, match="goes on with the snapshot snap-") as caught:
            await cloud.create_snapshot(request(web), no_progress)
        assert caught.value.message.endswith(error.message)
        assert (caught.value.hint, caught.value.request_id) == (error.hint, error.request_id)
        provider.recovers()


async def test_one_that_fails_says_why(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.ends_in_error("the back end is full")
    with pytest.raises(CloudError, match="snap-.*: the back end is full: nothing is left of it"):
        await cloud.create_snapshot(request(web), no_progress)
    assert cloud.book.pages == []
    assert provider.asked.count("delete_snapshot") == 1
    provider.ends_in_error("")
    provider.fails("delete_snapshot", CloudConflictError("it is locked"))
    with pytest.raises(CloudError, match="delete what is left of it, snap-.*: it is locked"):
        await cloud.create_snapshot(request(web), no_progress)
    provider.ends_in_error("")
    provider.fails("why", NotAllowedError("no"))
    with pytest.raises(CloudError, match="does not tell why"):
        await cloud.create_snapshot(request(web), no_progress)


async def test_what_is_refused_is_raised_as_it_is(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.fails("create_snapshot", QuotaError("10 of 10 snapshots"))
    with pytest.raises(QuotaError, match="10 of 10"):
        await cloud.create_snapshot(request(web), no_progress)


async def test_what_the_cloud_does_not_know_yet_has_not_vanished(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EC2 may say for seconds that there is nothing of what it has just made."""
    real, unknown = provider.snapshot, [True] * (BELIEVED - 1)

    async def snapshot(uid: str) -> Snapshot | None:
        return None if unknown and unknown.pop() else await real(uid)

    monkeypatch.setattr(provider, "snapshot", snapshot)
    made = await cloud.create_snapshot(request(web), no_progress)
    assert made.status is SnapshotStatus.COMPLETED


async def test_one_that_somebody_deletes_meanwhile_has_vanished(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.looks = 9

    def told(phase: str, done: int, total: int) -> None:
        for snapshot in list(provider.snapshots_there.values()):
            if done and snapshot.name == "tuesday":
                provider.vanishes(snapshot.resource_uid)

    with pytest.raises(CloudNotFoundError, match="has vanished"):
        await cloud.create_snapshot(request(web), told)
    assert provider.asked.count("snapshot") == 2  # it was there, so that it is gone is believed


# -- deleting


async def test_several_are_deleted_and_each_is_written_down_by_its_name(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    others = [provider.put(a_snapshot(web, name)) for name in ("tuesday", "")]
    uids = [each.resource_uid for each in (monday, *others)]
    done = await cloud.delete_snapshots([*uids, "snap-gone", uids[0]])
    assert done.uids == tuple(uids)
    assert (done.resource_uid, done.name) == (uids[0], "monday")
    assert [(each.resource_uid, each.reason) for each in done.left_out] == [
        ("snap-gone", "it is deleted already")
    ]
    assert provider.snapshots_there == {}
    [page] = cloud.book.pages  # at once, not one by one
    assert [each.text for each in page] == [
        "deleted snapshot monday",
        "deleted snapshot tuesday",
        f"deleted snapshot {uids[2]}",
    ]
    assert [each.subject_uid for each in page] == uids
    assert provider.asked.count("snapshots") == 1


async def test_a_deletion_that_comes_back_is_a_conflict_with_the_reason(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    """As Cinder does it with a snapshot that a clone depends on."""
    provider.comes_back(monday.resource_uid, "the volume clone depends on it")
    with pytest.raises(CloudConflictError, match="not delete.*monday: the volume clone depends"):
        await cloud.delete_snapshots([monday.resource_uid])
    assert cloud.book.pages == []


async def test_of_several_those_that_fail_are_left_out_with_the_reason(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    good = provider.put(a_snapshot(web, "good"))
    refused = provider.put(a_snapshot(web, "refused"))
    provider.comes_back(monday.resource_uid, "it has a clone")
    provider.fails("delete_snapshot", NotAllowedError("not yours", "ask"), at=3)
    uids = [each.resource_uid for each in (monday, good, refused)]
    done = await cloud.delete_snapshots(uids)
    assert (done.uids, done.name) == ((good.resource_uid,), "good")
    assert [(each.name, each.reason) for each in done.left_out] == [
        ("monday", "the cloud did not delete the snapshot monday: it has a clone"),
        ("refused", "not yours"),
    ]
    assert cloud.book.texts == ["deleted snapshot good"]


async def test_when_all_fail_the_first_reason_is_raised(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    other = provider.put(a_snapshot(web))
    provider.fails("delete_snapshot", NotAllowedError("first"))
    provider.fails("delete_snapshot", CloudDownError("second"))
    with pytest.raises(NotAllowedError, match="first"):
        await cloud.delete_snapshots([monday.resource_uid, other.resource_uid])
    with pytest.raises(NotFoundError, match="deleted already"):
        await cloud.delete_snapshots(["snap-gone"])


async def test_what_is_still_shown_for_a_while_is_gone_all_the_same(
    cloud: QuickCloud,
    provider: FakeProvider,
    monday: Snapshot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """EC2 deletes at once, and may show it a little longer."""
    uid = monday.resource_uid
    provider.becomes(uid, *[monday] * (BELIEVED - 1), None)

    async def accepted(uid: str) -> None:
        provider.calls.append(("delete_snapshot", (uid,)))

    monkeypatch.setattr(provider, "delete_snapshot", accepted)
    assert (await cloud.delete_snapshots([uid])).uids == (uid,)
    provider.put(monday)
    cloud.look_again()
    with pytest.raises(CloudConflictError):
        await cloud.delete_snapshots([uid])


async def test_a_deletion_that_never_ends_is_given_up(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    provider.looks = 10_000
    with pytest.raises(CloudDownError, match="not done after"):
        await cloud.delete_snapshots([monday.resource_uid])
    assert 600 <= cloud.time.now < 650


async def test_a_plan_says_what_is_lost_and_what_stays(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    provider.put(a_snapshot(web))
    provider.put(a_volume("clone", source_snapshot_uid=monday.resource_uid))
    plan = await cloud.plan_delete_snapshots([monday.resource_uid, "snap-gone"])
    assert plan.uids == (monday.resource_uid,)
    assert [text.split(" as it was")[0] for text in plan.lost] == ["web"]
    assert plan.kept == (
        "the other 1 snapshot of web, whole",
        "the volume web itself",
        "1 volume cloned from it",
    )
    assert [each.resource_uid for each in plan.left_out] == ["snap-gone"]
    nothing = await cloud.plan_delete_snapshots(["snap-gone"])
    assert (nothing.uids, nothing.reason) == ((), "they are deleted already")


# -- sharing


async def test_a_snapshot_is_shared(
    cloud: QuickCloud, provider: FakeProvider, monday: Snapshot
) -> None:
    shared = await cloud.set_visibility(
        ShareRequest(
            snapshot_uid=monday.resource_uid,
            visibility=Visibility.SHARED,
            shared_with=("1", "2"),
        )
    )
    assert (shared.visibility, shared.shared_with) == (Visibility.SHARED, ("1", "2"))
    assert shared.volume_name == "web"
    assert cloud.book.texts == ["made snapshot monday shared with 1, 2"]
    public = ShareRequest(snapshot_uid="monday", visibility=Visibility.PUBLIC)
    assert (await cloud.set_visibility(public)).visibility is Visibility.PUBLIC


async def test_cancelled_it_deletes_no_snapshot_that_was_there_already(
    provider: FakeProvider, web: Volume
) -> None:
    """An earlier job had it made, and it is complete."""
    cloud = QuickCloud(provider, pace=Pace(step=0.01))
    request = SnapshotRequest(volume_uid=web.resource_uid, name="monday")
    monday = await cloud.create_snapshot(request, no_progress, "job-1")
    provider.hangs("snapshot")
    with pytest.raises(JobCancelledError) as caught:
        await cloud.create_snapshot(replace(request, token="job-1"), Told(stop_at=3))
    assert "delete_snapshot" not in provider.asked
    assert caught.value.hint == f"the snapshot {monday.resource_uid} was there already, and stays"
