"""An import that was cut short is gone on with, by a retry or whoever asks for it next."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from snaptui.clouds import registry
from snaptui.engine import Repository
from snaptui.engine.locks import FileLock
from snaptui.engine.records import now
from snaptui.engine.session import StoreSession
from snaptui.errors import CloudDownError, JobCancelledError
from snaptui.jobs import Jobs, reporter
from snaptui.jobs.files import JobFiles
from snaptui.models import Job
from snaptui.requests import ImportRequest, Subject
from snaptui.units import iso_time
from tests.clouds.aws.ebs_server import SIZE, EbsServer
from tests.clouds.aws.test_importing import assert_same, block, provider_of, server
from tests.clouds.remote.fake import install

__all__ = ["server"]


class Counting(list[int]):
    """The blocks that were read; something happens at the 21st."""

    def __init__(self, happens: Callable[[], object] | None) -> None:
        super().__init__()
        self._happens = happens

    def append(self, number: int) -> None:
        super().append(number)
        if len(self) == 21 and self._happens is not None:
            self._happens()


class Interrupted:
    """Jobs that import a snapshot of many blocks, the last of which is damaged at first."""

    def __init__(self, server: EbsServer, repository: Repository) -> None:
        self.server, self.repository = server, repository
        self.jobs = Jobs(repository)
        self.kept = server.have(1, {number: block(number) for number in range(30)})

    def run(self, name: str = "home", at_the_21st: Callable[[], object] | None = None) -> Job:
        self.server.read = Counting(at_the_21st)
        request = ImportRequest(snapshot_uid=self.kept.uid, name=name)
        subject = Subject(cloud="prod", uid=self.kept.uid, name=self.kept.name)
        return self.jobs.run(request, None, subject)

    def cut(self) -> Job:
        """It failed at the last block."""
        self.server.damaged = {29}
        with pytest.raises(CloudDownError):
            self.run()
        self.server.damaged = set()
        return self.jobs.list()[0]

    def files(self, job: Job) -> JobFiles:
        return JobFiles(self.repository.layout, job.resource_uid)


@pytest.fixture
def interrupted(
    server: EbsServer, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> Interrupted:
    install(monkeypatch, {"prod": provider_of(server)})
    # in the registry of this process, and one for each who opens it
    monkeypatch.setattr(registry, "make_provider", lambda *_: provider_of(server))
    defaults = StoreSession.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "pack_size", 4 * SIZE)
    return Interrupted(server, repository)


def test_a_job_goes_on_from_what_the_one_before_has_stored(
    interrupted: Interrupted, tmp_path: Path
) -> None:
    failed = interrupted.cut()
    assert failed.hint.endswith("retry the job (job retry): it goes on where this one stopped")
    assert interrupted.files(failed).kept.is_dir()
    job = interrupted.run("another name")
    assert sorted(interrupted.server.read) == [28, 29]  # seven packs of four were full
    repository = interrupted.repository
    snapshot = repository.snapshot(str(job.result_uid))
    assert_same(repository, snapshot, interrupted.kept.blocks, tmp_path)
    assert repository.check().clean
    for each in (failed, job):
        assert not interrupted.files(each).kept.exists()


def test_a_job_that_was_killed_says_that_it_can_go_on(interrupted: Interrupted) -> None:
    failed = interrupted.cut()
    with interrupted.repository.catalog.transaction() as transaction:
        document = transaction.get("jobs", failed.resource_uid) or {}
        transaction.put("jobs", failed.resource_uid, {**document, "status": "running"})
    [killed] = interrupted.jobs.list()
    assert killed.hint == "retry it within 7 days: it goes on where this one stopped"
    interrupted.run()
    assert sorted(interrupted.server.read) == [28, 29]


def test_a_job_that_is_killed_leaves_what_it_has_stored(
    interrupted: Interrupted, tmp_path: Path
) -> None:
    """By kill -9, in the middle; whoever asks for the snapshot next goes on from there."""
    child = os.fork()
    if not child:
        interrupted.run("home", lambda: os.kill(os.getpid(), signal.SIGKILL))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    repository = interrupted.repository
    with Repository.open(repository.path) as again:  # the next one that looks cleans up
        assert not again.catalog.rows("leases")
        assert not list(again.layout.staging.iterdir())
    repository.refresh()
    job = interrupted.run()
    assert len(interrupted.server.read) <= 30 - 8
    snapshot = repository.snapshot(str(job.result_uid))
    assert_same(repository, snapshot, interrupted.kept.blocks, tmp_path)
    assert repository.check().clean


def test_what_a_job_at_work_has_is_not_taken_from_it(interrupted: Interrupted) -> None:
    failed = interrupted.cut()
    with FileLock(interrupted.files(failed).lock).exclusive():
        interrupted.run()
    assert len(interrupted.server.read) == 30
    assert interrupted.files(failed).kept.is_dir()


@pytest.mark.parametrize(
    ("changes", "is_kept"),
    [
        ({}, True),
        ({"ended_at": iso_time(now() - timedelta(days=6, hours=23))}, True),
        ({"ended_at": iso_time(now() - timedelta(days=7, hours=1))}, False),
        ({"status": "completed"}, False),
        ({"status": "cancelled"}, False),
    ],
)
def test_what_nobody_goes_on_from_is_removed(
    interrupted: Interrupted, changes: dict[str, str], is_kept: bool
) -> None:
    failed = interrupted.cut()
    with interrupted.repository.catalog.transaction() as transaction:
        document = transaction.get("jobs", failed.resource_uid) or {}
        transaction.put("jobs", failed.resource_uid, {**document, **changes})
    with Repository.open(interrupted.repository.path, read_only=True) as reading:
        Jobs(reading).list()
    assert interrupted.files(failed).kept.is_dir()
    interrupted.jobs.list()
    assert interrupted.files(failed).kept.is_dir() is is_kept


def test_a_job_that_is_cancelled_keeps_nothing(
    interrupted: Interrupted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporter, "_INTERVAL", 0.0)

    def cancel() -> None:
        job = interrupted.jobs.list()[0]
        assert list(interrupted.files(job).kept.glob("*.pack"))
        interrupted.jobs.cancel(job.resource_uid)

    with pytest.raises(JobCancelledError):
        interrupted.run("home", cancel)
    assert not interrupted.files(interrupted.jobs.list()[0]).kept.exists()
