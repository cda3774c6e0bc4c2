"""The jobs that root did in somebody else's repository stay root's: nobody else looks into them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from snaptui.engine import Repository
from snaptui.jobs import records
from snaptui.models import JobStatus
from snaptui.requests import ImportRequest, Subject
from tests.support import need

NOBODY = 65534
LOOK = """
import os, sys
from snaptui.engine import Repository
from snaptui.jobs import Jobs, records
from snaptui.jobs.resuming import kept
from snaptui.requests import ImportRequest, Subject

os.setgroups([])
os.setgid(65534)
os.setuid(65534)
with Repository.open(sys.argv[1]) as repository:
    jobs = Jobs(repository)
    [job] = jobs.list()
    print(job.status)
    assert kept(repository, job).parent.name == job.resource_uid
    fresh, lock = records.create(
        repository,
        records.new_document(
            Subject(cloud="prod", uid="snap-1", name="monday"),
            ImportRequest(snapshot_uid="snap-1", name="home"),
            owner="nobody",
        ),
    )
    kept(repository, fresh)
"""


@pytest.fixture
def theirs() -> Iterator[Path]:
    # pytest's own directories are closed to other users
    with TemporaryDirectory() as open_to_all:
        Path(open_to_all).chmod(0o755)
        path = Path(open_to_all) / "repository"
        Repository.create(path).close()
        yield path


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.CANCELLED, JobStatus.FAILED])
def test_a_job_of_root_is_no_reason_that_the_owner_sees_none(
    theirs: Path, status: JobStatus
) -> None:
    need(root=True)
    with Repository.open(theirs) as repository:
        request = ImportRequest(snapshot_uid="snap-1", name="home")
        subject = Subject(cloud="prod", uid="snap-1", name="monday")
        job, lock = records.create(repository, records.new_document(subject, request, owner="root"))
        ended: dict[str, Any] = {"ended_at": "2020-01-01T00:00:00Z"} if status.ended else {}
        records.update(repository, job.resource_uid, status=str(status), **ended)
        directory = repository.layout.job(job.resource_uid)
        (directory / "kept").mkdir()
        lock.release()
    for path in (theirs, *theirs.rglob("*")):
        if directory not in (path, *path.parents):
            os.chown(path, NOBODY, NOBODY)
    result = subprocess.run(
        [sys.executable, "-c", LOOK, str(theirs)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == status
    assert (directory / "kept").is_dir()
