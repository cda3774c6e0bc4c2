"""Jobs on a remote cloud: recorded, written down and retried with their cloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from snaptui.clouds.remote.ledger import RepositoryLedger
from snaptui.engine import Repository
from snaptui.engine.locks import FileLock
from snaptui.engine.operations.noting import Done
from snaptui.errors import (
    CloudConflictError,
    CloudError,
    ConflictError,
    JobCancelledError,
    QuotaError,
    ReadOnlyError,
)
from snaptui.jobs import Jobs
from snaptui.jobs.files import JobFiles
from snaptui.models import Job, JobKind, JobStatus, Volume, VolumeStatus
from snaptui.requests import (
    CloneRequest,
    CreateVolumeRequest,
    ImportRequest,
    JobRequest,
    RestoreRequest,
    SnapshotRequest,
    Subject,
)
from tests.clouds.remote.fake import GIB, FakeProvider, a_snapshot, a_volume, install
from tests.support import take, wait_until


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    """A cloud `prod` that is done at the first look."""
    provider = FakeProvider(looks=1)
    install(monkeypatch, {"prod": provider})
    return provider


@pytest.fixture
def web(provider: FakeProvider) -> Volume:
    return provider.put(a_volume("web"))


@pytest.fixture
def jobs(repository: Repository) -> Jobs:
    return Jobs(repository)


def of(thing: Volume) -> Subject:
    return Subject(cloud="prod", uid=thing.resource_uid, name=thing.name)


def snapshot(web: Volume) -> SnapshotRequest:
    return SnapshotRequest(volume_uid=web.resource_uid, name="monday")


def test_a_job_does_its_work_in_its_cloud(
    jobs: Jobs, repository: Repository, provider: FakeProvider, web: Volume
) -> None:
    told: list[Job] = []
    job = jobs.run(snapshot(web), told.append, of(web))
    assert job.status is JobStatus.COMPLETED
    assert job.summary == "Snapshot monday was successfully created."
    assert (job.cloud, job.subject_uid, job.subject_name) == ("prod", web.resource_uid, "web")
    [made] = provider.snapshots_there
    assert (job.result_uid, job.result["resource_uid"]) == (made, made)
    assert ("create_snapshot", (web.resource_uid, "monday", job.resource_uid)) in provider.calls
    assert provider.asked[-1] == "close"
    assert {each.progress.phase for each in told if each.progress} >= {"asking the cloud"}
    assert repository.snapshots() == []
    assert Jobs(repository).list() == [job]


def test_what_was_done_is_among_the_events_of_its_cloud_alone(
    jobs: Jobs, repository: Repository, provider: FakeProvider, web: Volume, volume: Volume
) -> None:
    job = jobs.run(snapshot(web), None, of(web))
    provider.rounds_to = web.size_bytes
    more = CloneRequest(
        snapshot_uid=str(job.result_uid), name="more", size_bytes=web.size_bytes + 1
    )
    assert jobs.run(more, None, of(web)).summary == (
        "Volume more was successfully cloned from snapshot monday, rounded up to 2.0 GiB."
    )
    clone = CloneRequest(snapshot_uid=str(job.result_uid), name="clone")
    cloned = jobs.run(clone, None, of(web))
    assert cloned.summary == "Volume clone was successfully cloned from snapshot monday."
    local = take(repository, volume)
    events = repository.events(cloud="prod")
    assert [each.action for each in events] == ["clone", "clone", "snapshot"]
    assert [each.text for each in repository.events(job.result_uid, cloud="prod")] == [
        "cloned snapshot monday to volume clone",
        "cloned snapshot monday to volume more",
        "took snapshot monday",
    ]
    assert {each.subject_uid for each in repository.events()} == {volume.resource_uid}
    assert repository.events(web.resource_uid) == []
    assert repository.events(local.resource_uid, cloud="prod") == []
    assert repository.events(cloud="another") == []


def test_a_ledger_writes_all_or_nothing_and_is_no_reason_to_fail(repository: Repository) -> None:
    ledger = RepositoryLedger("prod", lambda: repository)
    ledger.record(
        Done("delete-snapshot", "snap-1", "one"), Done("delete-snapshot", "snap-2", "two")
    )
    assert {each.text for each in ledger.events(None)} == {"one", "two"}
    assert [each.text for each in ledger.events("snap-2")] == ["two"]
    assert RepositoryLedger("other", lambda: repository).events(None) == []
    with Repository.open(repository.path, read_only=True) as reading:
        RepositoryLedger("prod", lambda: reading).record(Done("x", "y", "z"))
        assert len(RepositoryLedger("prod", lambda: reading).events(None)) == 2
    # what was done before it was called so is there, too, in its order
    renamed = RepositoryLedger("mine", lambda: repository, ["prod"])
    renamed.record(Done("x", "snap-2", "three"))
    assert [each.text for each in renamed.events("snap-2")] == ["three", "two"]
    ledger.record(Done("x", "snap-2", "four"))
    assert [each.text for each in renamed.events("snap-2")] == ["four", "three", "two"]
    nowhere = RepositoryLedger("prod", lambda: None)
    nowhere.record(Done("x", "y", "z"))
    assert nowhere.events(None) == []


def test_a_ledger_that_cannot_be_written_is_passed_over(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    monkeypatch.setattr("os.pwrite", full)
    RepositoryLedger("prod", lambda: repository).record(Done("x", "y", "z"))
    monkeypatch.undo()
    assert repository.events(cloud="prod") == []


def test_a_job_that_fails_is_recorded_with_the_reason(
    jobs: Jobs, provider: FakeProvider, web: Volume
) -> None:
    provider.fails("create_snapshot", QuotaError("10 of 10 snapshots", "delete some"))
    with pytest.raises(QuotaError):
        jobs.run(snapshot(web), None, of(web))
    provider.ends_in_error("the back end is full")
    with pytest.raises(CloudError):
        jobs.run(snapshot(web), None, of(web))
    later, first = jobs.list()
    assert (first.status, first.summary, first.hint) == (
        JobStatus.FAILED,
        "10 of 10 snapshots",
        "delete some",
    )
    assert later.summary.endswith("the back end is full")
    assert provider.asked[-1] == "close"


def test_a_cancelled_job_says_what_the_cloud_goes_on_with(
    jobs: Jobs, provider: FakeProvider, web: Volume
) -> None:
    provider.looks = 100
    provider.fails("delete_snapshot", CloudConflictError("it is being made"))

    def cancel(job: Job) -> None:
        if provider.snapshots_there:
            jobs.cancel(job.resource_uid)

    with pytest.raises(JobCancelledError):
        jobs.run(snapshot(web), cancel, of(web))
    [job] = jobs.list()
    [made] = provider.snapshots_there
    assert job.status is JobStatus.CANCELLED
    assert job.summary == "Snapshot monday of web was cancelled."
    assert job.hint == f"the cloud goes on with the snapshot {made}: it is being made"


def test_a_restore_in_place_of_a_remote_cloud(
    jobs: Jobs, provider: FakeProvider, web: Volume
) -> None:
    monday = provider.put(a_snapshot(web))
    request = RestoreRequest(snapshot_uid=monday.resource_uid, in_place=True)
    job = jobs.run(request, None, of(web))
    assert job.summary == "Snapshot monday was successfully restored to web."


NEW = Subject(cloud="prod", uid="", name="new")


def blank() -> CreateVolumeRequest:
    return CreateVolumeRequest(name="new", size_bytes=GIB)


def test_a_blank_volume_is_made_by_a_job_that_knows_its_name_alone(
    jobs: Jobs, repository: Repository, provider: FakeProvider
) -> None:
    provider.rounds_to = 2 * GIB
    job = jobs.run(blank(), None, NEW)
    assert job.summary == "Volume new was successfully created, rounded up to 2.0 GiB."
    [made] = provider.volumes_there
    assert (job.result_uid, job.result["name"]) == (made, "new")
    assert (job.kind, job.subject_uid, job.subject_name) == (JobKind.CREATE, "", "new")
    [asked] = [arguments for name, arguments in provider.calls if name == "create_volume"]
    assert asked[3:] == (job.resource_uid, False)
    assert [each.text for each in repository.events(cloud="prod")] == ["created volume new"]


def test_a_blank_volume_that_is_cancelled_is_deleted_and_its_retry_makes_another(
    jobs: Jobs, provider: FakeProvider
) -> None:
    provider.looks = 100

    def cancel(job: Job) -> None:
        if provider.volumes_there:
            jobs.cancel(job.resource_uid)

    with pytest.raises(JobCancelledError):
        jobs.run(blank(), cancel, NEW)
    [job] = jobs.list()
    assert (job.status, job.summary) == (
        JobStatus.CANCELLED,
        "Creation of volume new was cancelled.",
    )
    assert [each.status for each in provider.volumes_there.values()] == [VolumeStatus.DELETING]
    assert jobs.retry(job.resource_uid).request["token"] == ""


def test_a_blank_volume_is_retried_with_the_token_of_the_job_that_asked_first(
    jobs: Jobs, provider: FakeProvider
) -> None:
    provider.fails("create_volume", QuotaError("no"))
    with pytest.raises(QuotaError):
        jobs.run(blank(), None, NEW)
    [failed] = jobs.list()
    again = jobs.retry(failed.resource_uid)
    assert again.request == {**failed.request, "token": failed.resource_uid}
    assert (again.subject_uid, again.subject_name) == ("", "new")


def test_the_local_cloud_can_make_one_by_a_worker_too(jobs: Jobs, repository: Repository) -> None:
    job = jobs.start(CreateVolumeRequest(name="here", size_bytes=4096))
    wait_until(lambda: jobs.get(job.resource_uid).status.ended)
    ended = jobs.get(job.resource_uid)
    assert ended.summary == "Volume here was successfully created."
    repository.refresh()
    assert [each.resource_uid for each in repository.volumes()] == [ended.result_uid]


def dead(repository: Repository, job: Job) -> None:
    """Its worker died before it could say so."""
    with repository.catalog.transaction() as transaction:
        document = transaction.get("jobs", job.resource_uid) or {}
        transaction.put("jobs", job.resource_uid, {**document, "status": "running"})


def requests(web: Volume) -> dict[JobKind, Callable[[], JobRequest]]:
    return {
        JobKind.SNAPSHOT: lambda: snapshot(web),
        JobKind.CLONE: lambda: CloneRequest(snapshot_uid="snap-1", name="x"),
        JobKind.CREATE: blank,
        JobKind.RESTORE: lambda: RestoreRequest(snapshot_uid="snap-1", in_place=True),
    }


@pytest.mark.parametrize("kind", ["snapshot", "clone", "create", "restore"])
def test_the_cloud_may_go_on_when_a_worker_dies(
    jobs: Jobs, repository: Repository, provider: FakeProvider, web: Volume, kind: str
) -> None:
    provider.fails("*", QuotaError("no"), times=None)
    with pytest.raises(QuotaError):
        jobs.run(requests(web)[JobKind(kind)](), None, of(web))
    [job] = jobs.list()
    dead(repository, job)
    [job] = jobs.list()
    assert job.status is JobStatus.FAILED
    assert "the worker was killed" in job.summary
    assert job.hint.startswith("the cloud may have gone on with it")


def test_a_job_is_retried_in_the_same_cloud_by_a_worker_that_looks_for_it(
    jobs: Jobs, provider: FakeProvider, web: Volume
) -> None:
    """The worker is another process, where nobody knows the cloud of this test."""
    provider.fails("create_snapshot", QuotaError("no"))
    with pytest.raises(QuotaError):
        jobs.run(snapshot(web), None, of(web))
    [failed] = jobs.list()
    again = jobs.retry(failed.resource_uid)
    assert again.resource_uid != failed.resource_uid
    assert (again.cloud, again.subject_uid, again.subject_name) == ("prod", web.resource_uid, "web")
    assert again.request == {**failed.request, "token": failed.resource_uid}
    wait_until(lambda: jobs.get(again.resource_uid).status.ended)
    ended = jobs.get(again.resource_uid)
    assert ended.summary == "there is no cloud 'prod'"
    assert "known: local" in ended.hint


def test_a_clone_is_retried_with_the_token_of_the_job_that_asked_first(
    jobs: Jobs, provider: FakeProvider, web: Volume
) -> None:
    """Unless it was cancelled: then what it had asked for was given up."""
    monday = provider.put(a_snapshot(web))
    request = CloneRequest(snapshot_uid=monday.resource_uid, name="clone")
    provider.fails("create_volume", QuotaError("no"))
    with pytest.raises(QuotaError):
        jobs.run(request, None, of(web))
    [failed] = jobs.list()
    again = jobs.retry(failed.resource_uid)
    assert again.request["token"] == failed.resource_uid
    wait_until(lambda: jobs.get(again.resource_uid).status.ended)
    third = jobs.retry(again.resource_uid)
    assert third.request["token"] == failed.resource_uid

    provider.looks = 100

    def cancel(job: Job) -> None:
        jobs.cancel(job.resource_uid)

    with pytest.raises(JobCancelledError):
        jobs.run(request, cancel, of(web))
    cancelled = next(each for each in jobs.list() if each.status is JobStatus.CANCELLED)
    assert jobs.retry(cancelled.resource_uid).request["token"] == ""


def test_nor_with_that_of_a_retry_that_was_cancelled(
    jobs: Jobs, provider: FakeProvider, web: Volume
) -> None:
    provider.looks = 100

    def cancel(job: Job) -> None:
        jobs.cancel(job.resource_uid)

    with pytest.raises(JobCancelledError):
        jobs.run(replace(snapshot(web), token="job-0"), cancel, of(web))
    [cancelled] = jobs.list()
    assert jobs.retry(cancelled.resource_uid).request["token"] == ""


def test_what_a_retry_has_done_is_not_done_by_another(
    jobs: Jobs, repository: Repository, provider: FakeProvider, web: Volume
) -> None:
    """It would find what the first one made, hours ago, and say that it made it."""
    provider.fails("create_snapshot", QuotaError("no"))
    with pytest.raises(QuotaError):
        jobs.run(snapshot(web), None, of(web))
    [failed] = jobs.list()
    again = jobs.run(replace(snapshot(web), token=failed.resource_uid), None, of(web))
    with pytest.raises(ConflictError, match=f"{again.resource_uid} has done it") as told:
        jobs.retry(failed.resource_uid)
    assert "start it anew" in told.value.hint

    with repository.catalog.transaction() as transaction:
        document = transaction.get("jobs", again.resource_uid) or {}
        transaction.put("jobs", again.resource_uid, {**document, "status": "running"})
    lock = FileLock(JobFiles(repository.layout, again.resource_uid).lock).exclusive()
    with pytest.raises(ConflictError, match=f"{again.resource_uid} is at it"):
        jobs.retry(failed.resource_uid)
    lock.release()  # nobody is any more
    assert jobs.retry(failed.resource_uid).request["token"] == failed.resource_uid


def test_where_the_repository_is_read_only_a_job_elsewhere_goes_without_a_record(
    repository: Repository, provider: FakeProvider, web: Volume, volume: Volume
) -> None:
    with Repository.open(repository.path, read_only=True) as reader:
        jobs = Jobs(reader)
        assert not jobs.are_recorded
        made = [jobs.run(snapshot(web), None, of(web)).result_uid for _ in range(2)]
        # each was asked for by itself: to ask with one token twice is to ask for one snapshot
        assert len({*made, *provider.snapshots_there}) == 2
        tokens = {call[1][2] for call in provider.calls if call[0] == "create_snapshot"}
        assert len(tokens) == 2
        with pytest.raises(ReadOnlyError, match=r"jobs of prod .*out of \[clouds.local\]"):
            jobs.start(snapshot(web), of(web))
        assert jobs.run(blank(), None, NEW).result_uid in provider.volumes_there
        home = ImportRequest(snapshot_uid=str(made[0]), name="home")
        with pytest.raises(ReadOnlyError):
            jobs.run(home, None, of(web))
    assert Jobs(repository).list() == []
    assert repository.snapshots() == []
