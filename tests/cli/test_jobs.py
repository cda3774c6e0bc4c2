"""Long commands: detached, followed, cancelled; and `snaptui job`."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from snaptui.engine import Repository
from snaptui.units import tell_times_in
from tests.cli.conftest import PROGRAM, Cli
from tests.support import MIB, make_image, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def job(cli: Cli, uid: str) -> dict[str, object]:
    document: dict[str, object] = cli("job", "show", uid, "--json").document
    return document


def ended(cli: Cli, uid: str) -> dict[str, object]:
    wait_until(lambda: job(cli, uid)["status"] in {"completed", "failed", "cancelled"})
    return job(cli, uid)


def test_detach_prints_the_jobs_uid_and_the_work_goes_on(cli: Cli, web: str) -> None:
    started = cli("snapshot", "create", "web", "--name", "Test Snapshot", "--detach").done()
    uid = started.out.strip()
    assert re.fullmatch(r"job-[0-9A-F]{8}", uid)
    document = ended(cli, uid)
    assert document["status"] == "completed"
    assert document["summary"] == "Snapshot Test Snapshot was successfully created."
    assert cli("snapshot", "show", str(document["result_uid"])).code == 0


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["snapshot", "clone", "a", "--name", "c"], "clone"),
        (["snapshot", "restore", "a", "--to", "{}/out"], "restore"),
        (["snapshot", "verify", "a"], "check"),
        (["check"], "check"),
    ],
)
def test_every_long_command_can_be_detached(
    cli: Cli, web: str, tmp_path: Path, arguments: list[str], kind: str
) -> None:
    cli("snapshot", "create", "web", "--name", "a").done()
    command = [each.format(tmp_path) for each in arguments]
    started = cli(*command, "--detach", "--json").done().document
    assert started["kind"] == kind
    assert ended(cli, started["resource_uid"])["status"] == "completed"


def test_show_says_what_it_is_of_where_that_has_no_uid(cli: Cli, web: str) -> None:
    for command, of in (
        (["check"], "the whole repository"),
        (["volume", "create", "--name", "new", "--size", "1MiB"], "new"),
    ):
        uid = cli(*command, "--detach").done().out.strip()
        ended(cli, uid)
        assert re.search(rf"^Of: +{of}$", cli("job", "show", uid).done().out, re.MULTILINE)


def test_a_job_of_a_newer_snaptui_is_told_as_one(cli: Cli, web: str, repository_path: Path) -> None:
    uid = cli("check", "--detach").done().out.strip()
    ended(cli, uid)
    with Repository.open(repository_path) as repository:
        document = {
            **repository.catalog.rows("jobs")[uid],
            "kind": "mir\x1bror",
            "status": "failed",
        }
        with repository.catalog.transaction() as transaction:
            transaction.put("jobs", uid, document)
    assert " unknown " in cli("job", "list").done().out
    shown = cli("job", "show", uid).done().out
    assert re.search(r"^Kind: +mirror \(of another version of snaptui\)$", shown, re.MULTILINE)
    assert "\x1b" not in shown
    told = cli("job", "show", uid, "--json").document
    assert (told["kind"], told["recorded_kind"]) == ("unknown", "mir\x1bror")
    cli("job", "retry", uid).refused("a kind that this snaptui does not know", code=2)


def test_what_cannot_begin_is_told_at_once(cli: Cli, web: str) -> None:
    cli("snapshot", "create", "web", "--name", "", "--detach").refused(code=2)
    cli("snapshot", "create", "nothing", "--name", "a", "--detach").refused("there is no volume")
    assert cli("job", "list", "--json").document == []


def test_list_and_show(cli: Cli, web: str, image: Path) -> None:
    cli("snapshot", "create", "web", "--name", "a").done()
    image.unlink()
    cli("snapshot", "create", "web", "--name", "b").refused()
    failed, completed = cli("job", "list", "--json").document
    assert (failed["status"], completed["status"]) == ("failed", "completed")
    table = cli("job", "list").done().out
    assert "Snapshot a was successfully created." in table
    shown = cli("job", "show", failed["resource_uid"]).done().out
    assert re.search(r"^Status: +failed$", shown, re.MULTILINE)
    assert re.search(rf"^Of: +web \({web}\)$", shown, re.MULTILINE)
    assert re.search(r"^Outcome: .*No such file", shown, re.MULTILINE) or "web.raw" in shown
    cli("job", "cancel", completed["resource_uid"]).refused("has ended already")


@contextmanager
def waiting_volume(repository: Path, uid: str) -> Iterator[None]:
    """Hold a volume's lock as another job would, so that work on it has to wait."""
    with (repository / "locks" / f"{uid}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_a_detached_job_can_be_cancelled(cli: Cli, web: str, repository_path: Path) -> None:
    cli("snapshot", "create", "web", "--name", "a").done()
    with waiting_volume(repository_path, web):
        uid = cli("snapshot", "create", "web", "--name", "b", "--detach").done().out.strip()
        wait_until(lambda: job(cli, uid)["status"] == "running")
        cancelled = cli("job", "cancel", uid).done()
        assert cancelled.out == f"Job {uid} was asked to stop.\n"
        document = ended(cli, uid)
    assert document["status"] == "cancelled"
    assert [each["name"] for each in cli("snapshot", "list", "--json").document] == ["a"]


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a suite that a shell runs in the background hands down that Ctrl-C is ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_cleanly(
    cli: Cli, web: str, repository_path: Path, number: signal.Signals
) -> None:
    cli("snapshot", "create", "web", "--name", "a").done()
    with waiting_volume(repository_path, web):
        process = start("snapshot", "create", "web", "--name", "b")
        wait_until(lambda: cli("job", "list", "--json").document[0]["status"] == "running")
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.startswith("snaptui: ")
    assert err.count("\n") == 1
    assert "cancelled" in err
    assert cli("job", "list", "--json").document[0]["status"] == "cancelled"
    assert len(cli("snapshot", "list", "--json").document) == 1
    assert cli("check").code == 0


def test_the_end_of_the_terminal_does_not_stop_the_work(
    cli: Cli, web: str, repository_path: Path
) -> None:
    cli("snapshot", "create", "web", "--name", "a").done()
    with waiting_volume(repository_path, web):
        process = start("snapshot", "create", "web", "--name", "b")
        wait_until(lambda: cli("job", "list", "--json").document[0]["status"] == "running")
        process.send_signal(signal.SIGHUP)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stderr.close()
    process.wait(timeout=60)
    names = [each["name"] for each in cli("snapshot", "list", "--json").document]
    assert names == ["b", "a"]


def test_ctrl_c_in_the_middle_of_reading(cli: Cli, tmp_path: Path) -> None:
    image = make_image(
        tmp_path / "big.img", 192 * MIB, data=tuple((at * 64 * MIB, 64 * MIB) for at in range(3))
    )
    cli("volume", "add", image).done()
    process = start("snapshot", "create", "big", "--name", "b")

    def reading() -> bool:
        (current,) = cli("job", "list", "--json").document or [{}]
        progress = current.get("progress") or {}
        return progress.get("phase") == "reading" or process.poll() is not None

    wait_until(reading)
    os.kill(process.pid, signal.SIGINT)
    began = time.monotonic()
    process.communicate(timeout=60)
    assert process.returncode in {130, 0}  # 0: the machine was faster than this test
    assert time.monotonic() - began < 20
    assert len(cli("snapshot", "list", "--json").document) == (process.returncode == 0)
    assert cli("check").code == 0


def test_a_log_is_told_in_the_users_time(
    cli: Cli, snap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('timezone = "Asia/Tokyo"')
    monkeypatch.setenv("SNAPTUI_CONFIG", str(file))
    try:
        uid = cli("snapshot", "clone", "a", "--name", "x", "--detach").done().out.strip()
        cli("job", "show", uid, "--follow").done()
        told = cli("job", "log", uid).done().out
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d JST completed ", told)
        assert re.search(r"Log:\n  \d{4}-\d\d-\d\d .* JST ", cli("job", "show", uid).out)
        raw = cli("job", "log", uid, "--json").document["log"]
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z completed ", raw)
    finally:
        tell_times_in(None)
