"""Ctrl-C while a cloud elsewhere does what it was asked for at once."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.remote import terminal_on_prod
from tests.support import wait_until

SENT = {"detach": "detach", "resize": "resize_volume"}
"""What of the provider hangs."""


@pytest.mark.parametrize(
    ("words", "doing"),
    [(["detach", "--yes"], "detaching"), (["resize", "--size", "2GiB"], "resiz")],
)
def test_ctrl_c_says_that_what_was_sent_goes_on(
    repository_path: Path, words: list[str], doing: str
) -> None:
    verb, *options = words
    terminal = terminal_on_prod("volume", verb, "web", *options, FAKE_HANGS=SENT[verb])
    terminal.read_until("hanging")
    terminal.process.send_signal(signal.SIGINT)  # once: the event loop hears it
    assert terminal.end() == 130
    assert doing in terminal.seen
    told = " ".join(terminal.seen.split())
    assert "snaptui: cancelled: it was sent already: it goes on in the cloud" in told
    assert "Traceback" not in terminal.seen


def test_ctrl_c_says_nothing_of_what_was_not_sent(repository_path: Path) -> None:
    terminal = terminal_on_prod("volume", "resize", "web", "--size", "2GiB", FAKE_HANGS="connect")
    terminal.read_until("hanging")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == 130
    assert "snaptui: cancelled" in terminal.seen
    assert "it was sent" not in terminal.seen


def test_ctrl_c_twice_ends_the_making_of_what_the_cloud_does_not_answer(
    repository_path: Path,
) -> None:
    arguments = ("volume", "create", "--name", "new", "--size", "1GiB")
    terminal = terminal_on_prod(*arguments, FAKE_HANGS="create_volume")
    terminal.read_until("hanging")

    def ended() -> bool:
        terminal.process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            terminal.process.wait(0.3)
        return terminal.process.poll() is not None

    wait_until(ended)
    assert terminal.end() == 130
    told = " ".join(terminal.seen.split())
    assert "it may have been made all the same: look at the list" in told
    assert "Traceback" not in told
