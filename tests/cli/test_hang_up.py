"""The terminal goes away: the app goes with it, wherever it was, and what it made goes too."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable


def close_the_terminal(terminal: Terminal) -> None:
    os.close(terminal.leader)


def ask_to_end(terminal: Terminal) -> None:
    terminal.process.send_signal(signal.SIGTERM)


def hang_up(terminal: Terminal) -> None:
    terminal.process.send_signal(signal.SIGHUP)


@pytest.mark.parametrize(
    ("end", "code"), [(close_the_terminal, 129), (ask_to_end, 143), (hang_up, 129)]
)
@pytest.mark.parametrize("arguments", [[], ["demo"]])
def test_the_app_ends(
    repository_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Terminal], None],
    code: int,
    arguments: list[str],
) -> None:
    """With its terminal, and no later: it would read from one that is not there, for ever."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # what stays in a buffer is 120 otherwise
    terminal = Terminal("--repository", str(repository_path), *arguments)
    try:
        terminal.read_until("Volumes")
        end(terminal)
        assert terminal.process.wait(timeout=60) == code
        assert not list(Path(tempfile.gettempdir()).glob("*snaptui-demo-*"))
    finally:
        terminal.process.kill()
        terminal.process.wait()
