"""A newer snaptui beside this one records jobs of a kind that this one does not know."""

from __future__ import annotations

from typing import Any

import pytest

from snaptui.engine import Repository
from snaptui.errors import InvalidInputError
from snaptui.jobs import Jobs, records
from snaptui.jobs.files import JobFiles
from snaptui.models import JobKind, JobStatus
from snaptui.requests import CheckRequest, Subject
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
    assert jobs.get(THEIRS).subject_name == "web"
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
    assert "killed" in found.summary
    assert "the snaptui that started it" in found.hint
    assert repository.catalog.rows("jobs")[THEIRS] == document
    document = recorded(repository, status="failed", ended_at="2020-01-01T00:01:00Z")
    done = [jobs.run(CheckRequest()).resource_uid for _ in range(3)]
    assert [job.resource_uid for job in jobs.list()] == [done[-1], THEIRS]
    assert repository.catalog.rows("jobs")[THEIRS] == document
    assert JobFiles(repository.layout, THEIRS).directory.exists()
