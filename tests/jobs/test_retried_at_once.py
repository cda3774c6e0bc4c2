"""Retries of one failed job by several processes at once: only one of them is the first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from snaptui.engine import Repository
from snaptui.errors import ConflictError, QuotaError
from snaptui.jobs import Jobs
from snaptui.requests import SnapshotRequest, Subject
from tests.clouds.remote.fake import FakeProvider, a_volume, install

AT_ONCE = 3
RETRY = """
import os, sys
from pathlib import Path

from snaptui.engine import Repository
from snaptui.errors import ConflictError
from snaptui.jobs import Jobs, records
from tests.support import wait_until

path, uid, here, count = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
create = records.create

def when_all_are_there(*arguments):
    (here / str(os.getpid())).touch()
    wait_until(lambda: len(list(here.iterdir())) == count)
    return create(*arguments)

def hold(_jobs, job, lock):  # what the worker does, as long as this process lives
    held.append(lock)
    return job

held = []
records.create, Jobs._start = when_all_are_there, hold
with Repository.open(path) as repository:
    try:
        print("at it", Jobs(repository).retry(uid).resource_uid, flush=True)
    except ConflictError as error:
        print("refused", error.message, flush=True)
    sys.stdin.read()
"""


def test_one_of_those_that_begin_in_the_same_instant_does_it(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = FakeProvider()
    install(monkeypatch, {"prod": provider})
    web = provider.put(a_volume("web"))
    provider.fails("create_snapshot", QuotaError("no"))
    jobs = Jobs(repository)
    with pytest.raises(QuotaError):
        jobs.run(
            SnapshotRequest(volume_uid=web.resource_uid, name="monday"),
            None,
            Subject(cloud="prod", uid=web.resource_uid, name="web"),
        )
    [failed] = jobs.list()
    there = tmp_path / "there"
    there.mkdir()
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                RETRY,
                str(repository.path),
                failed.resource_uid,
                str(there),
                str(AT_ONCE),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(AT_ONCE)
    ]
    told: dict[str, subprocess.Popen[str]] = {}
    try:
        for each in processes:
            assert each.stdout is not None
            told[each.stdout.readline().strip()] = each
        [(first, owner)] = [(line, each) for line, each in told.items() if line.startswith("at it")]
        uid = first.removeprefix("at it ")
        assert set(told) == {
            first,
            f"refused {failed.resource_uid} is retried already: {uid} is at it",
        }
        assert [each.resource_uid for each in jobs.list()] == [uid, failed.resource_uid]
        with pytest.raises(ConflictError, match=f"{uid} is at it"):
            jobs.retry(failed.resource_uid)
        owner.kill()
        owner.wait()
        # nothing of it is left that would be in the way
        assert jobs.retry(failed.resource_uid).request["token"] == failed.resource_uid
    finally:
        for each in processes:
            each.kill()
            each.communicate()
