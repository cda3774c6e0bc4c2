"""A newer snaptui beside this one records jobs of a kind or in a state unknown to this one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from snaptui.engine import Repository
from snaptui.engine.locks import FileLock
from snaptui.errors import ConflictError, InvalidInputError
from snaptui.jobs import Jobs, records
from snaptui.jobs.files import JobFiles
from snaptui.jobs.resuming import require_first, taken_over
from snaptui.models import JobKind, JobStatus
from snaptui.requests import CheckRequest, CloneRequest, Subject
from tests.support import wait_until

THEIRS = "job-0000F00D"


def recorded(repository: Repository, **changes: Any) -> dict[str, Any]:
    """What the newer one has recorded, after a change of it."""
    subject = Subject(cloud="local", uid="vol-1", name="web")
    document = records.new_document(subject, CheckRequest(), owner="somebody")
    document |= {"kind": "mirror", "created_at": "2020-01-01T00:00:00Z", "request": {"to": "mars"}}
    document |= changes
    with repository.catalog.transaction() as transaction:
        transaction.put("jobs", THEIRS, document)
    files = JobFiles(repository.layout, THEIRS)
    if not files.directory.exists():
        files.make()
    return document


@pytest.fixture
def jobs(repository: Repository) -> Jobs:
    return Jobs(repository)


def test_it_is_listed_among_the_others_and_they_are_worked_with(
    jobs: Jobs, repository: Repository
) -> None:
    document = recorded(
        repository, status="failed", ended_at="2020-01-01T00:01:00Z", summary="mars is far"
    )
    mine = jobs.run(CheckRequest())
    assert [(job.kind, job.summary) for job in jobs.list()] == [
        (JobKind.CHECK, mine.summary),
        (JobKind.UNKNOWN, "mars is far"),
    ]
    theirs = jobs.get(THEIRS)
    assert (theirs.subject_name, theirs.recorded_kind) == ("web", "mirror")
    assert theirs.kind_words == "mirror (of another version of snaptui)"
    assert jobs.log(THEIRS) == ""
    with pytest.raises(InvalidInputError, match="does not know.*retry it with that one"):
        jobs.retry(THEIRS)
    # beside it, one that failed is done again
    with repository.catalog.transaction() as transaction:
        transaction.put("jobs", mine.resource_uid, {**document, "kind": "check", "request": {}})
    again = jobs.retry(mine.resource_uid)
    wait_until(lambda: jobs.get(again.resource_uid).status is JobStatus.COMPLETED)
    assert repository.catalog.rows("jobs")[THEIRS] == document


def test_nothing_of_it_is_forgotten_or_written_over(
    jobs: Jobs, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newer one knows what a worker that died has left, and how long a job is to be kept."""
    monkeypatch.setattr(records, "KEPT", 1)
    document = recorded(repository, status="running")
    found = jobs.get(THEIRS)
    assert (found.status, found.ended_at) == (JobStatus.FAILED, None)
    assert found.exit_code == 1  # who follows it is told
    assert "killed" in found.summary
    assert "the snaptui that started it" in found.hint
    assert repository.catalog.rows("jobs")[THEIRS] == document
    document = recorded(repository, status="failed", ended_at="2020-01-01T00:01:00Z")
    done = [jobs.run(CheckRequest()).resource_uid for _ in range(3)]
    assert [job.resource_uid for job in jobs.list()] == [done[-1], THEIRS]
    assert repository.catalog.rows("jobs")[THEIRS] == document
    assert JobFiles(repository.layout, THEIRS).directory.exists()


def test_one_in_an_unknown_state_hides_no_other_and_stays_as_it_is(
    jobs: Jobs, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "KEPT", 1)
    document = recorded(repository, kind="import", status="paused")
    done = [jobs.run(CheckRequest()).resource_uid for _ in range(3)]
    assert [job.resource_uid for job in jobs.list()] == [done[-1], THEIRS]
    found = jobs.get(THEIRS)
    assert (found.status, found.exit_code) == (JobStatus.FAILED, 1)
    assert "knows no 'paused' jobs" in found.summary
    assert "the snaptui that started it" in found.hint
    assert repository.catalog.rows("jobs")[THEIRS] == document
    with FileLock(JobFiles(repository.layout, THEIRS).lock).exclusive():
        assert jobs.get(THEIRS).status is JobStatus.RUNNING
    # beside it, an export of the same is done: what has arrived of the first is not taken from it
    document = recorded(repository, kind="export", status="paused", request={})
    sent = JobFiles(repository.layout, THEIRS).sent
    sent.write_text("arrived")
    second = replace(jobs.get(done[-1]), kind=JobKind.EXPORT, request={})
    assert not taken_over(repository, second).exists()
    assert sent.exists()


def test_a_retry_does_not_take_up_what_one_in_an_unknown_state_may_be_at(
    jobs: Jobs, repository: Repository
) -> None:
    recorded(repository, kind="clone", status="paused", request={"token": "job-1"})
    first = replace(jobs.run(CheckRequest()), kind=JobKind.CLONE)
    request = CloneRequest(snapshot_uid="snap-1", name="clone", token="job-1")
    with pytest.raises(ConflictError, match=f"{THEIRS} is at it"):
        require_first(request, first, repository.catalog.rows("jobs"))
