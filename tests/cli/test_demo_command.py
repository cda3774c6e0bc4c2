"""`snaptui demo` and `snaptui`: the app is opened, and a demo leaves nothing behind."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from snaptui.cli.demo import stop_jobs, throw_away_directory
from snaptui.engine import Repository
from snaptui.jobs import Jobs
from snaptui.requests import SnapshotRequest
from tests.cli.conftest import Cli
from tests.cli.terminal import Terminal
from tests.support import add, make_image


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where demos make their directories."""
    directory = tmp_path / "scratch"
    directory.mkdir()
    monkeypatch.setenv("TMPDIR", str(directory))
    monkeypatch.setattr("tempfile.tempdir", None)
    return directory


def demos(scratch: Path) -> list[Path]:
    return list(scratch.glob("snaptui-demo-*"))


def test_demo_shows_volumes_and_leaves_nothing(scratch: Path, repository_path: Path) -> None:
    terminal = Terminal("demo")
    terminal.read_until("web-staging")
    terminal.wait_for("This is a demo")
    terminal.wait_for("snaptui  demo")
    assert len(demos(scratch)) == 1
    terminal.type("q")
    assert terminal.end() == 0
    assert demos(scratch) == []
    assert not repository_path.exists()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_demo_that_is_ended_from_outside_leaves_nothing(
    scratch: Path, repository_path: Path, number: signal.Signals
) -> None:
    terminal = Terminal("demo")
    terminal.read_until("web-staging")
    terminal.process.send_signal(number)
    terminal.end()
    assert demos(scratch) == []


def test_if_empty_opens_what_has_volumes(
    cli: Cli, scratch: Path, repository_path: Path, image: Path
) -> None:
    terminal = Terminal("demo", "--if-empty")
    terminal.read_until("web-staging")
    terminal.type("q")
    assert terminal.end() == 0

    cli("volume", "add", image, "--name", "my-own-disk").done()
    for command in (["demo", "--if-empty"], []):
        terminal = Terminal(*command)
        terminal.read_until("my-own-disk")
        assert demos(scratch) == []
        terminal.type("q")
        assert terminal.end() == 0
        assert "web-staging" not in terminal.seen
        assert "demo" not in terminal.seen


def test_the_app_tells_what_is_wrong_with_a_repository(repository_path: Path) -> None:
    repository_path.mkdir()
    (repository_path / "letter.txt").touch()
    terminal = Terminal()
    assert terminal.end() == 1
    assert "is not a snaptui repository" in terminal.seen
    assert "Traceback" not in terminal.seen


def test_a_killed_demo_is_taken_away_by_the_next(scratch: Path) -> None:
    orphan = scratch / "snaptui-demo-orphan"
    orphan.mkdir()
    (orphan / "lock").touch()
    (scratch / "snaptui-demo-somebody").symlink_to(scratch)
    with throw_away_directory() as living, throw_away_directory() as second:
        assert not orphan.exists()
        assert living.is_dir()
        assert second.is_dir()
    assert not living.exists()
    assert scratch.is_dir()


def test_workers_of_a_demo_are_stopped(tmp_path: Path) -> None:
    image = make_image(tmp_path / "web.img")
    with Repository.create(tmp_path / "repository") as repository:
        volume = add(repository, image)
        jobs = Jobs(repository)
        with repository.locked_volume(volume.resource_uid):  # so that the worker waits
            job = jobs.start(SnapshotRequest(volume_uid=volume.resource_uid, name="a"))
            stop_jobs(tmp_path / "repository")
            assert jobs.get(job.resource_uid).status == "cancelled"
        assert repository.snapshots() == []
    assert image.exists()
