"""`volume create` in a remote cloud is a job: recorded, detached, cancelled, retried."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from snaptui.engine import Repository
from snaptui.errors import QuotaError
from snaptui.jobs import Jobs
from snaptui.models import Volume, VolumeStatus
from tests.cli.conftest import Cli
from tests.cli.remote import terminal_on_prod
from tests.clouds.remote.fake import FakeProvider
from tests.support import wait_until

CREATE = ("volume", "create", "--name", "new", "--size", "1GiB")
CLOUD = ("--cloud", "prod")


def asked(prod: FakeProvider) -> list[tuple[object, ...]]:
    return [arguments for name, arguments in prod.calls if name == "create_volume"]


def test_it_says_what_was_made_and_the_job_stays(cli: Cli, prod: FakeProvider) -> None:
    ran = cli(*CREATE, *CLOUD).done()
    [made] = prod.volumes_there
    assert ran.out == f"Volume new was successfully created.\n{made}\n"
    [job] = cli("job", "list", "--json", *CLOUD).document
    assert (job["kind"], job["status"], job["result_uid"]) == ("create", "completed", made)
    assert job["resource_uid"] == asked(prod)[0][3]  # by which it would be found again
    assert "create new completed" in " ".join(cli("job", "list", *CLOUD).out.split())
    shown = cli("job", "show", job["resource_uid"]).done().out
    assert re.search(r"^Of: +new$", shown, re.MULTILINE)
    document = cli(*CREATE, "--json", *CLOUD).done().document
    assert (document["name"], document["size_bytes"]) == ("new", 1024**3)


def test_what_cannot_be_is_told_before_there_is_a_job(cli: Cli, prod: FakeProvider) -> None:
    for more, words in (
        (["--zone", "moon"], "no zone 'moon'"),
        (["--read-only"], "read-only"),
    ):
        for how in ([], ["--detach"]):
            cli(*CREATE, *more, *how, *CLOUD).refused(words)
    assert asked(prod) == []
    assert cli("job", "list", "--json").document == []


def test_a_worker_does_it_and_a_retry_asks_with_the_first_ones_token(
    cli: Cli, prod: FakeProvider
) -> None:
    """The workers are other processes, where nobody knows the cloud of this test."""
    prod.fails("create_volume", QuotaError("no"))
    cli(*CREATE, *CLOUD).refused("no")
    [failed] = cli("job", "list", "--json", *CLOUD).document
    again = cli("job", "retry", failed["resource_uid"], "--json").done().document
    assert again["request"]["token"] == failed["resource_uid"]
    assert again["subject_name"] == "new"
    started = cli(*CREATE, "--detach", *CLOUD).done().out.strip()
    shown = cli("job", "show", started, "--json").done().document
    assert (shown["kind"], shown["cloud"], shown["request"]["token"]) == ("create", "prod", "")

    def all_ended() -> bool:
        return all(each["ended_at"] for each in cli("job", "list", "--json").document)

    wait_until(all_ended)


def test_cancelled_from_elsewhere_it_deletes_what_it_began(
    cli: Cli, prod: FakeProvider, repository_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prod.looks = 100
    look = prod.volume

    async def cancelled(uid: str) -> Volume | None:
        with Repository.open(repository_path) as repository:
            jobs = Jobs(repository)
            jobs.cancel(jobs.list()[0].resource_uid)
        return await look(uid)

    monkeypatch.setattr(prod, "volume", cancelled)
    assert cli(*CREATE, *CLOUD).code == 130
    assert [each.status for each in prod.volumes_there.values()] == [VolumeStatus.DELETING]
    [job] = cli("job", "list", "--json").document
    assert (job["status"], job["summary"]) == ("cancelled", "Creation of volume new was cancelled.")


def test_on_a_terminal_it_says_how_far_it_is(tmp_path: Path) -> None:
    terminal = terminal_on_prod(*CREATE, "--repository", str(tmp_path / "repository"))
    said = terminal.read_until()
    assert "asking the cloud" in said
    assert "Volume new was successfully created." in said


def test_the_local_cloud_makes_it_at_once_or_by_a_worker(cli: Cli, repository_path: Path) -> None:
    started = cli(*CREATE[:-1], "1MiB", "--detach").done()  # which makes the repository
    uid = started.out.strip().splitlines()[-1]
    wait_until(lambda: cli("job", "show", uid, "--json").document["ended_at"])
    assert cli("job", "show", uid, "--json").document["status"] == "completed"
    cli("volume", "create", "--name", "two", "--size", "1MiB").done()
    assert {each["name"] for each in cli("volume", "list", "--json").document} == {"new", "two"}
    assert [each["resource_uid"] for each in cli("job", "list", "--json").document] == [uid]
