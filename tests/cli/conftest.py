"""Running snaptui: in this process for the many, as a program of its own where that matters."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from snaptui.cli import main
from tests.cli.fakes import prod
from tests.support import need

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["prod"]  # a fixture

PROGRAM = [sys.executable, "-m", "snaptui"]


_MADE = re.compile(r"\Asnaptui: made a new repository at \S+\n")


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document that was printed."""
        return json.loads(self.out)

    def done(self) -> Ran:
        """This, if the command did what it was asked to.

        Whichever of a test's commands is the first to need a repository says that it made one.
        """
        assert (self.code, _MADE.sub("", self.err)) == (0, "")
        return self

    def refused(self, *words: str, code: int = 1) -> Ran:
        """This, if the command was refused with one line that has these words in it."""
        assert self.code == code, self.err
        assert "Traceback" not in self.err
        err = _MADE.sub("", self.err)
        assert err.startswith("snaptui: ")
        assert err.count("\n") == 1
        for word in words:
            assert word in self.err
        return self


Cli = Callable[..., Ran]


@pytest.fixture
def repository_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that is not there yet; all commands use it."""
    path = tmp_path / "repository"
    monkeypatch.setenv("SNAPTUI_REPOSITORY", str(path))
    return path


@pytest.fixture
def cli(repository_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in this process."""

    def run(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def program(repository_path: Path) -> Cli:
    """Run a command as a program."""

    def run(*arguments: str | Path, **options: Any) -> Ran:
        done = subprocess.run(
            [*options.pop("prefix", []), *PROGRAM, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env=options.pop("env", {**os.environ}),
            **options,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def clean_up() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def web(cli: Cli, image: Path) -> str:
    uid: str = cli("volume", "add", image, "--json").document["resource_uid"]
    return uid


@pytest.fixture
def snap(cli: Cli, web: str) -> str:
    uid: str = cli("snapshot", "create", "web", "--name", "a", "--json").document["resource_uid"]
    return uid


@pytest.fixture
def unharmed(cli: Cli, repository_path: Path) -> Iterator[None]:
    """After the test everything is as it was before it, and whole."""

    def inventory() -> object:
        return [cli(noun, "list", "--json").document for noun in ("volume", "snapshot", "zone")] + [
            sorted(path.name for path in (repository_path / "volumes").iterdir())
        ]

    before = inventory()
    yield
    after = inventory()
    for zones in (before[2], after[2]):  # type: ignore[index]
        for zone in zones:
            del zone["free_bytes"]
    assert after == before
    assert cli("check").code == 0


@pytest.fixture
def attach(clean_up: ExitStack) -> Callable[[Path], str]:
    def make(path: Path) -> str:
        need("losetup", root=True)
        done = subprocess.run(
            ["losetup", "--find", "--show", path], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"needs loop devices: {done.stderr.strip()}")
        device = done.stdout.strip()
        clean_up.callback(subprocess.check_call, ["losetup", "--detach", device])
        return device

    return make
