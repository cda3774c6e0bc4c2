"""Asking a terminal whether it is dark."""

from __future__ import annotations

import os
import select
import termios
import threading

import pytest

from snaptui.tui import background
from snaptui.tui.background import QUESTION, _ask, dark_by_answer, dark_by_environment


@pytest.mark.parametrize(
    ("answer", "dark"),
    [
        (b"\x1b]11;rgb:0000/0000/0000\x1b\\", True),
        (b"\x1b]11;rgb:ffff/ffff/ffff\x07", False),
        (b"\x1b]11;rgb:fd/f6/e3\x07", False),
        (b"\x1b]11;rgb:1d1d/1f1f/2121\x1b\\\x1b[?62;c", True),
        (b"\x1b[?6c", None),
        (b"", None),
        (b"typed\x1b]11;rgb:/", None),
    ],
)
def test_answers(answer: bytes, dark: bool | None) -> None:
    assert dark_by_answer(answer) is dark


def test_what_the_environment_says() -> None:
    assert dark_by_environment({"COLORFGBG": "15;0"}) is True
    assert dark_by_environment({"COLORFGBG": "0;default;15"}) is False
    assert dark_by_environment({"COLORFGBG": "0;default"}) is None
    assert dark_by_environment({}) is None


def answering(leader: int, answer: bytes) -> threading.Thread:
    """A terminal that answers once it was asked."""

    def work() -> None:
        asked = b""
        while QUESTION not in asked:
            select.select([leader], [], [], 30)
            asked += os.read(leader, 1024)
        os.write(leader, answer)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize("answer", [b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62c", b"\x1b[?6c"])
def test_a_terminal_is_asked_and_left_as_it_was(answer: bytes) -> None:
    leader, follower = os.openpty()
    try:
        before = termios.tcgetattr(follower)
        thread = answering(leader, answer)
        assert _ask(follower, follower) == answer
        thread.join()
        assert termios.tcgetattr(follower) == before
    finally:
        os.close(leader)
        os.close(follower)


def test_a_terminal_that_says_nothing_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "SECONDS", 0.05)
    leader, follower = os.openpty()
    try:
        assert _ask(follower, follower) == b""
    finally:
        os.close(leader)
        os.close(follower)


def test_what_is_no_terminal_is_not_asked() -> None:
    reading, writing = os.pipe()
    try:
        assert _ask(reading, writing) == b""
        assert select.select([reading], [], [], 0)[0] == []
    finally:
        os.close(reading)
        os.close(writing)
