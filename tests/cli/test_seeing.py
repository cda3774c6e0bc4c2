"""Events, CSV, and jobs that are followed, read and retried."""

from __future__ import annotations

import csv
import io
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_jobs import ended, job, start, waiting_volume
from tests.support import wait_until

if TYPE_CHECKING:
    from pathlib import Path


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_events_say_who_did_what_newest_first(cli: Cli, web: str, snap: str) -> None:
    taken, registered = cli("event", "list", "--json").done().document
    assert (taken["subject_uid"], taken["related_uid"]) == (web, snap)
    assert registered["subject_uid"] == web
    assert taken["at"] > registered["at"]
    table = cli("event", "list").done().out
    assert "took snapshot a" in table
    assert taken["user"] in table


def test_events_of_one_thing_by_any_reference(cli: Cli, web: str, snap: str) -> None:
    assert len(cli("event", "list", "--of", "web", "--json").document) == 2
    assert len(cli("event", "list", "--of", snap[:-2].lower(), "--json").document) == 1
    cli("event", "list", "--of", "nothing").refused("no volume or snapshot nothing")
    cli("snapshot", "create", "web", "--name", "web").done()
    cli("event", "list", "--of", "web").refused("a volume and a snapshot", web, code=2)


def test_events_of_what_is_deleted(cli: Cli, web: str, snap: str) -> None:
    cli("snapshot", "delete", snap, "--yes").done()
    found = cli("event", "list", "--of", snap, "--json").done().document
    assert found[0]["action"] == "delete-snapshot"
    cli("event", "list", "--of", "snap-00000000").refused("snap-00000000")


def test_nothing_has_happened(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SNAPTUI_REPOSITORY")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert cli("event", "list", "--json").done().document == []
    assert rows(cli("event", "list", "--csv").done().out) == []


@pytest.mark.parametrize("noun", ["volume", "snapshot", "zone", "job", "event"])
def test_every_list_can_be_csv(cli: Cli, web: str, snap: str, noun: str) -> None:
    documents = cli(noun, "list", "--json").done().document
    table = rows(cli(noun, "list", "--csv").done().out)
    assert len(table) == len(documents) > 0
    for row, document in zip(table, documents, strict=True):
        for key, value in document.items():
            if key != "free_bytes" and isinstance(value, str | int) and not isinstance(value, bool):
                assert row[key] == str(value)
    cli(noun, "list", "--csv", "--json").refused("at once", code=2)


def test_a_comparison_as_csv(cli: Cli, web: str, snap: str) -> None:
    document = cli("snapshot", "diff", snap, "--json").document
    table = rows(cli("snapshot", "diff", snap, "--csv").done().out)
    assert [int(row["offset"]) for row in table] == [each["offset"] for each in document["ranges"]]


@pytest.fixture
def failed(cli: Cli, web: str, image: Path) -> str:
    """A snapshot that failed, of a volume that is there again."""
    away = image.with_suffix(".away")
    image.rename(away)
    cli("snapshot", "create", "web", "--name", "b").refused()
    away.rename(image)
    uid: str = cli("job", "list", "--json").document[0]["resource_uid"]
    return uid


def test_what_failed_can_be_retried(cli: Cli, failed: str) -> None:
    fresh = cli("job", "retry", failed).done().out.strip()
    assert fresh != failed
    document = ended(cli, fresh)
    assert document["status"] == "completed"
    assert document["request"] == job(cli, failed)["request"]
    cli("job", "retry", fresh).refused("cannot be retried", "did what it was asked to")


def test_a_running_job_cannot_be_retried(cli: Cli, web: str, repository_path: Path) -> None:
    with waiting_volume(repository_path, web):
        uid = cli("snapshot", "create", "web", "--name", "b", "--detach").done().out.strip()
        cli("job", "retry", uid).refused("it is not over yet")
        cli("job", "cancel", uid).done()
        assert ended(cli, uid)["status"] == "cancelled"
    again = cli("job", "retry", uid, "--json").done().document
    assert ended(cli, again["resource_uid"])["status"] == "completed"


def test_what_is_gone_cannot_be_retried(cli: Cli, failed: str, web: str) -> None:
    cli("volume", "delete", web, "--yes").done()
    cli("job", "retry", failed).refused("there is no volume")


def test_a_restore_over_its_volume_is_not_retried_without_asking(
    cli: Cli, web: str, snap: str, image: Path
) -> None:
    away = image.with_suffix(".away")
    image.rename(away)
    cli("snapshot", "restore", snap, "--in-place", "--yes").refused()
    away.rename(image)
    uid = cli("job", "list", "--json").document[0]["resource_uid"]
    cli("job", "retry", uid).refused("--yes", code=2)
    fresh = cli("job", "retry", uid, "--yes").done().out.strip()
    assert ended(cli, fresh)["status"] == "completed"


def test_the_log_of_a_job(cli: Cli, failed: str, snap: str) -> None:
    assert "failed" in cli("job", "log", failed).done().out
    assert cli("job", "log", failed, "--json").done().document["resource_uid"] == failed


def test_following_waits_for_the_end_and_has_its_exit_code(
    cli: Cli, program: Cli, web: str, failed: str, repository_path: Path
) -> None:
    with waiting_volume(repository_path, web):
        uid = cli("snapshot", "create", "web", "--name", "c", "--detach").done().out.strip()
        follower = start("job", "show", uid, "--follow")
        wait_until(lambda: job(cli, uid)["status"] == "running")
        assert follower.poll() is None
    out, _err = follower.communicate(timeout=60)
    assert follower.returncode == 0
    assert "Snapshot c was successfully created." in out
    assert program("job", "show", failed, "--follow").code == job(cli, failed)["exit_code"] != 0


def test_ctrl_c_leaves_a_followed_job_running(cli: Cli, web: str, repository_path: Path) -> None:
    with waiting_volume(repository_path, web):
        uid = cli("snapshot", "create", "web", "--name", "c", "--detach").done().out.strip()
        wait_until(lambda: job(cli, uid)["status"] == "running")
        follower = start("job", "show", uid, "--follow")
        wait_until(lambda: _follows(follower.pid) or follower.poll() is not None)
        os.kill(follower.pid, signal.SIGINT)
        _out, err = follower.communicate(timeout=60)
        assert follower.returncode == 130
        assert "goes on" in err
        assert job(cli, uid)["status"] == "running"
    assert ended(cli, uid)["status"] == "completed"


def _follows(pid: int) -> bool:
    """Whether the program has opened the repository: it follows, or is about to."""
    try:
        open_files = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    except OSError:
        return False
    return any("journal" in path for path in open_files)
