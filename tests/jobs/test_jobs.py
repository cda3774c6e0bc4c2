import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from snaptui.engine import Repository
from snaptui.errors import (
    ConflictError,
    JobCancelledError,
    NotFoundError,
    ReadOnlyError,
    SourceError,
)
from snaptui.jobs import Jobs
from snaptui.jobs.reporter import Reporter
from snaptui.models import Job, JobStatus, Progress, Volume
from snaptui.requests import CheckRequest, CloneRequest, RestoreRequest, SnapshotRequest, Subject
from tests.support import ACTOR, MIB, add, make_image, take, wait_until


@pytest.fixture
def jobs(repository: Repository) -> Jobs:
    return Jobs(repository)


@pytest.fixture
def large(repository: Repository, tmp_path: Path) -> Volume:
    """A volume that takes a moment to read."""
    return add(repository, make_image(tmp_path / "large.raw", 192 * MIB, data=((0, 192 * MIB),)))


def ended(jobs: Jobs, job: Job) -> Job:
    wait_until(lambda: jobs.get(job.resource_uid).status.ended)
    return jobs.get(job.resource_uid)


def test_a_job_here_tells_how_far_it_is_and_how_it_ended(
    jobs: Jobs, repository: Repository, volume: Volume
) -> None:
    told: list[Job] = []
    request = SnapshotRequest(volume_uid=volume.resource_uid, name="Test Snapshot")
    job = jobs.run(request, told.append)
    assert job.summary == "Snapshot Test Snapshot was successfully created."
    assert job.status is JobStatus.COMPLETED
    assert job.exit_code == 0
    assert job.result["name"] == "Test Snapshot"
    snapshot = repository.snapshot(str(job.result_uid))
    assert snapshot.job_uid == job.resource_uid
    assert snapshot.owner == job.owner
    assert {each.progress.phase for each in told if each.progress} >= {"reading", "syncing"}
    assert jobs.list() == [job]


def test_a_job_in_a_process_of_its_own(
    jobs: Jobs, repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    job = jobs.start(SnapshotRequest(volume_uid=volume.resource_uid, name="detached"))
    assert not job.status.ended
    done = ended(jobs, job)
    assert done.summary == "Snapshot detached was successfully created."
    assert done.started_at is not None
    assert done.ended_at is not None
    uid = str(done.result_uid)
    clone = ended(jobs, jobs.start(CloneRequest(snapshot_uid=uid, name="copy")))
    assert clone.summary == "Volume copy was successfully cloned from snapshot detached."
    repository.refresh()
    path = Path(repository.volume(str(clone.result_uid)).path)
    assert path.read_bytes() == image.read_bytes()
    target = tmp_path / "out.raw"
    restore = ended(jobs, jobs.start(RestoreRequest(snapshot_uid=uid, to_path=str(target))))
    assert restore.summary == f"Snapshot detached was successfully restored to {target}."
    assert target.read_bytes() == image.read_bytes()
    check = ended(jobs, jobs.start(CheckRequest()))
    assert check.summary == "Check found no damage in 1 snapshot."


def test_the_end_of_the_terminal_does_not_end_the_job(
    repository: Repository, large: Volume, tmp_path: Path
) -> None:
    """The process that started it is gone with its whole session; another one finds it."""
    code = (
        "import os, sys\n"
        "from snaptui.engine import Repository\n"
        "from snaptui.jobs import Jobs\n"
        "from snaptui.requests import SnapshotRequest\n"
        "jobs = Jobs(Repository.open(sys.argv[1]))\n"
        "job = jobs.start(SnapshotRequest(volume_uid=sys.argv[2], name='survivor'))\n"
        "print(job.resource_uid, flush=True)\n"
        "os.kill(0, 9)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(repository.path), large.resource_uid],
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    assert result.returncode == -signal.SIGKILL
    uid = result.stdout.strip()
    with Repository.open(repository.path) as another:
        jobs = Jobs(another)
        wait_until(lambda: jobs.get(uid).status.ended)
        assert jobs.get(uid).summary == "Snapshot survivor was successfully created."
        assert [snapshot.name for snapshot in another.snapshots()] == ["survivor"]


def test_a_running_job_is_seen_and_cancelled_from_elsewhere(
    jobs: Jobs, repository: Repository, large: Volume
) -> None:
    job = jobs.start(SnapshotRequest(volume_uid=large.resource_uid, name="too long"))
    with Repository.open(repository.path) as another:
        elsewhere = Jobs(another)
        wait_until(lambda: elsewhere.get(job.resource_uid).progress)
        running = elsewhere.list()[0]
        assert running.status is JobStatus.RUNNING
        assert running.progress is not None
        assert running.progress.total_bytes == 192 * MIB
        elsewhere.cancel(job.resource_uid)
        done = ended(elsewhere, job)
        assert done.status is JobStatus.CANCELLED
        assert "was cancelled" in done.summary
        assert another.snapshots() == []
        assert not list(another.layout.packs.iterdir())
        assert not list(another.layout.staging.iterdir())
        with pytest.raises(ConflictError, match="has ended already"):
            elsewhere.cancel(job.resource_uid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_cancels_a_job_here_and_cleans_up(
    jobs: Jobs, repository: Repository, large: Volume, number: signal.Signals
) -> None:
    def interrupt(_job: Job) -> None:
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    with pytest.raises(JobCancelledError):
        jobs.run(SnapshotRequest(volume_uid=large.resource_uid, name="x"), interrupt)
    assert signal.getsignal(number) is before
    assert jobs.list()[0].status is JobStatus.CANCELLED
    assert not list(repository.layout.staging.iterdir())


def test_the_end_of_the_terminal_does_not_end_a_job_here_either(
    jobs: Jobs, repository: Repository, large: Volume
) -> None:
    def hang_up(_job: Job) -> None:
        os.kill(os.getpid(), signal.SIGHUP)

    jobs.run(SnapshotRequest(volume_uid=large.resource_uid, name="x"), hang_up)
    assert len(repository.snapshots()) == 1


def test_a_killed_worker_is_told_and_leaves_nothing(
    jobs: Jobs, repository: Repository, large: Volume
) -> None:
    job = jobs.start(SnapshotRequest(volume_uid=large.resource_uid, name="x"))
    wait_until(lambda: jobs.get(job.resource_uid).progress)
    jobs._children[0].kill()
    done = ended(jobs, job)
    assert done.status is JobStatus.FAILED
    assert "killed" in done.summary
    assert "start it again" in done.hint
    with Repository.open(repository.path) as again:
        assert again.snapshots() == []
        assert not list(again.layout.staging.iterdir())
        assert again.check().clean


def test_a_worker_killed_between_the_commits_did_what_it_did(
    jobs: Jobs, repository: Repository, volume: Volume
) -> None:
    from snaptui.jobs import records
    from tests.support import ACTOR

    request = SnapshotRequest(volume_uid=volume.resource_uid, name="done")
    document = records.new_document(Subject(cloud="local", uid="", name=""), request, owner="me")
    job, lock = records.create(repository, document)
    repository.take_snapshot(
        volume.resource_uid, name="done", actor=ACTOR, job_uid=job.resource_uid
    )
    lock.release()
    found = jobs.get(job.resource_uid)
    assert found.status is JobStatus.COMPLETED
    assert found.summary == "Snapshot done was successfully created."


def test_a_failure_is_recorded_with_what_to_do(jobs: Jobs, volume: Volume, image: Path) -> None:
    image.unlink()
    request = SnapshotRequest(volume_uid=volume.resource_uid, name="x")
    with pytest.raises(SourceError):
        jobs.run(request)
    done = ended(jobs, jobs.start(request))
    assert done.status is JobStatus.FAILED
    assert "does not exist" in done.summary
    assert done.hint
    assert done.exit_code == 1
    assert "does not exist" in jobs.log(done.resource_uid)


def test_two_snapshots_of_one_volume_wait_for_each_other(
    jobs: Jobs, repository: Repository, large: Volume
) -> None:
    started = [
        jobs.start(SnapshotRequest(volume_uid=large.resource_uid, name=f"s{n}")) for n in range(3)
    ]
    done = [ended(jobs, job) for job in started]
    assert {job.status for job in done} == {JobStatus.COMPLETED}
    snapshots = repository.snapshots()
    assert len(snapshots) == 3
    assert [snapshot.new_bytes for snapshot in snapshots] == [0, 0, 192 * MIB]


def test_what_is_not_there_makes_no_job(jobs: Jobs, repository: Repository) -> None:
    with pytest.raises(NotFoundError):
        jobs.start(SnapshotRequest(volume_uid="vol-00000000", name="x"))
    with pytest.raises(NotFoundError):
        jobs.run(CloneRequest(snapshot_uid="snap-00000000", name="x"))
    assert jobs.list() == []


def test_on_a_read_only_repository_one_can_check_and_restore_but_not_snapshot(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    snapshot = take(repository, volume)
    with Repository.open(repository.path, read_only=True) as reader:
        jobs = Jobs(reader)
        target = tmp_path / "out.raw"
        request = RestoreRequest(snapshot_uid=snapshot.resource_uid, to_path=str(target))
        assert jobs.run(request).status is JobStatus.COMPLETED
        assert target.read_bytes() == image.read_bytes()
        job = jobs.run(CheckRequest(), lambda _job: None)
        assert job.summary == "Check found no damage in 1 snapshot."
        assert job.started_at is not None
        with pytest.raises(ReadOnlyError):
            jobs.run(SnapshotRequest(volume_uid=volume.resource_uid, name="x"))
        with pytest.raises(ReadOnlyError):
            jobs.run(RestoreRequest(snapshot_uid=snapshot.resource_uid, in_place=True))
        assert jobs.list() == []


def test_a_check_that_finds_damage_fails_with_its_report(
    jobs: Jobs, repository: Repository, volume: Volume
) -> None:
    snapshot = take(repository, volume)
    pack = next(repository.layout.packs.iterdir())
    data = bytearray(pack.read_bytes())
    data[5000] ^= 1
    pack.write_bytes(data)
    for request in (CheckRequest(), CheckRequest(snapshot_uid=snapshot.resource_uid)):
        job = jobs.run(request)
        assert job.status is JobStatus.FAILED
        assert job.exit_code == 3
        whom = "snapshot s" if request.snapshot_uid else "1 of 1 snapshot"
        assert f"{whom} cannot be restored" in job.summary
        assert job.result["damages"]


def test_old_jobs_are_forgotten_with_their_files(
    jobs: Jobs, repository: Repository, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    from snaptui.jobs import records

    monkeypatch.setattr(records, "KEPT", 3)
    request = SnapshotRequest(volume_uid=volume.resource_uid, name="x")
    uids = [jobs.run(request).resource_uid for _ in range(6)]
    kept = {job.resource_uid for job in jobs.list()}
    assert kept == set(uids[-3:])
    assert {path.name for path in repository.layout.jobs.iterdir()} == kept


def test_rate_and_time_left_are_of_the_last_seconds() -> None:
    now = 0.0
    told: list[Progress] = []
    reporter = Reporter(told.append, lambda: False, lambda: now)
    for step in range(20):
        now = step * 0.5
        reporter("reading", step * 50, 2000)
    assert told[0].seconds_left is None
    assert told[-1].rate == 100.0
    assert told[-1].seconds_left == pytest.approx((2000 - 950) / 100)
    assert told[-1].fraction == pytest.approx(0.475)
    now += 0.01
    reporter("reading", 960, 2000)
    assert len(told) == 20  # too soon
    reporter("syncing", 2000, 2000)
    assert told[-1].phase == "syncing"
    assert told[-1].rate == 0


def test_to_stop_what_was_cancelled_from_elsewhere_insists() -> None:
    asked = False
    reporter = Reporter(lambda _: None, lambda: asked, iter(range(9)).__next__)
    reporter("waiting", 0, 0)
    asked = True
    insisted = []
    for _ in range(2):
        with pytest.raises(JobCancelledError) as caught:
            reporter("waiting", 0, 0)
        insisted.append(caught.value.insisted)
    reporter.stop()
    with pytest.raises(JobCancelledError) as caught:
        reporter("waiting", 0, 0)
    assert [*insisted, caught.value.insisted] == [False, False, True]


def test_a_dead_job_of_a_read_only_repository_is_told_as_one(
    jobs: Jobs, repository: Repository
) -> None:
    job, lock = jobs._create(CheckRequest(), None)
    lock.release()
    with Repository.open(repository.path, read_only=True) as read_only:
        found = Jobs(read_only).get(job.resource_uid)
    assert (found.status, found.exit_code) == (JobStatus.FAILED, 1)
    assert "start it again" in found.hint


@pytest.mark.parametrize("deleted", [False, True])
def test_a_dead_restore_over_a_volume_says_that_it_is_half_restored(
    jobs: Jobs, repository: Repository, volume: Volume, deleted: bool
) -> None:
    snapshot = take(repository, volume)
    job, lock = jobs._create(
        RestoreRequest(snapshot_uid=snapshot.resource_uid, in_place=True), None
    )
    with repository.catalog.transaction() as transaction:
        document = transaction.get("volumes", volume.resource_uid) or {}
        transaction.put(
            "volumes", volume.resource_uid, {**document, "restoring": snapshot.resource_uid}
        )
    if deleted:
        repository.delete_snapshot(snapshot.resource_uid, ACTOR)
    lock.release()
    found = jobs.get(job.resource_uid)
    assert found.status is JobStatus.FAILED
    assert "half restored" in found.hint
