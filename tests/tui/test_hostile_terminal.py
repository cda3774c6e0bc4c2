"""Hostile texts in every place of a real repository, and the real program on a real terminal.

The emulator is larger than what the program is told, so that a line that is too long is seen.
"""

from __future__ import annotations

import os
import re
import select
import time
from typing import TYPE_CHECKING, Any

import pyte
import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.local import LocalCloud
from snaptui.engine import Repository
from snaptui.engine.catalog import Catalog
from snaptui.jobs import Jobs
from snaptui.models import VolumeStatus
from snaptui.requests import CheckRequest
from tests.cli.terminal import Terminal
from tests.support import add, make_image, take
from tests.tui.test_hostile import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from snaptui.models import Volume

WIDTH, HEIGHT = 80, 24
QUIET = 0.1
# the numbers are ours: no sequence of the program has them
TEXTS = {
    **HOSTILE,
    "csi": "a\x1b[31;7777mred\x1b[2J\x1b[7777;1Hgone",
    "dcs": "a\x1bPq#7777\x1b\\b\x1b_7777\x1b\\c\x1b^7777\x1b\\",
    "c1": "a\x9b7777;1H\x90q7777\x9c\x9d52;c;RVZJTA==\x9cb",
    "isolates": "a\u2066\u2067\u2068b\u2069\u202a\u202bc\u061cd",
    "invisible": "we\u200bb\u2060\u00ad\ufeff\u180e",
    "tones": "👍🏽 1️⃣ ❤️ 🏴\U000e0067\U000e0062\U000e007f 👨‍💻 🇩🇪🇫🇷🇨",
    "marks": "क्षि e\u0489\u20dd Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334",
}  # fmt: skip

_CSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_OTHER = re.compile(r"\x1b(?:[78=>cDEHM]|[()][0AB])")
# Textual asks for the colours, and sets the shape of the mouse pointer
_QUERY = re.compile(r"\x1b\](?:1[01];\?|22;[a-z-]*)(?:\x07|\x1b\\)")
_FIELDS = {
    "volumes": ("name", "owner", "zone", "path"),
    "snapshots": ("name", "owner", "description", "volume_name"),
    "jobs": ("name", "owner", "subject_name", "summary", "hint"),
    "events": ("user", "origin", "text"),
}


@pytest.fixture
def hostile_repository(tmp_path: Path) -> Path:
    """For each text a volume with a snapshot, a job and an event, and the text in all of them."""
    path = tmp_path / "repository"
    with Repository.create(path) as repository:
        names = list(TEXTS)
        for number, name in enumerate(names):
            image = make_image(tmp_path / f"{number}.img", 256 * 1024, data=((0, 4096),))
            take(repository, add(repository, image, name), name)
            Jobs(repository).run(CheckRequest(), lambda _job: None)
    with Catalog.open(path / "catalog") as catalog, catalog.transaction() as change:
        for table, fields in _FIELDS.items():
            for number, (uid, row) in enumerate(list(change.rows(table).items())):
                text = TEXTS[names[number % len(names)]]
                changes = {field: text for field in fields if field in row}
                if table == "jobs":
                    changes |= {"status": "failed", "exit_code": 1}  # type: ignore[dict-item]
                change.put(table, uid, {**row, **changes})
        change.put(
            "zones",
            TEXTS["c1"],
            {"path": TEXTS["csi"], "created_at": "2026-01-01T00:00:00.000000Z"},
        )
    return path  # fmt: skip


class Screen:
    """The program on a terminal that is larger than it is told."""

    def __init__(self, repository: Path, **environment: str) -> None:
        arguments = ("--repository", str(repository))
        self._terminal = Terminal(*arguments, columns=WIDTH, **environment)
        self._emulated = pyte.Screen(WIDTH + 24, HEIGHT + 3)
        self._stream = pyte.ByteStream(self._emulated)
        self.sent = b""

    @property
    def lines(self) -> list[str]:
        return list(self._emulated.display)

    def settle(self, wanted: str = "", seconds: float = 30) -> None:
        """Read until it is quiet, and what is wanted is to be seen."""
        deadline = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([self._terminal.leader], [], [], QUIET)
            if ready:
                try:
                    data = os.read(self._terminal.leader, 65536)
                except OSError:
                    return
                self.sent += data
                self._stream.feed(data)
            elif any(wanted in line for line in self.lines):
                return
            assert time.monotonic() < deadline, (
                wanted,
                "\n".join(line[:WIDTH] for line in self.lines[:HEIGHT]),
            )

    def press(self, keys: str) -> None:
        """Type, and see that all is as it should be."""
        self._terminal.type(keys)
        self.settle()
        self.check(keys)

    def check(self, after: str) -> None:
        assert self._terminal.process.poll() is None, (after, self.sent[-2000:])
        lines = self.lines
        for y, line in enumerate(lines):
            # by cell: a mark that stands on a character is a part of its cell
            cells = self._emulated.buffer[y]
            beyond = "".join(cells[x].data for x in range(WIDTH, self._emulated.columns))
            assert beyond.strip() == "", (after, y, line)
            assert y < HEIGHT or line.strip() == "", (after, y, line)
        assert lines[0].startswith((" snaptui", "┌", "╭", "+")), (after, lines[0])

    def click(self, text: str) -> bool:
        """Click on a text, if it is to be seen."""
        for y, line in enumerate(self.lines):
            if (x := line.find(text)) >= 0:
                self.press(f"\x1b[<0;{x + 2};{y + 1}M\x1b[<0;{x + 2};{y + 1}m")
                return True
        return False

    def leave(self) -> int:
        self._terminal.type("q")
        deadline = time.monotonic() + 30
        while self._terminal.process.poll() is None and time.monotonic() < deadline:
            self.settle()
        return self._terminal.process.wait(5)

    def kill(self) -> None:
        self._terminal.process.kill()
        self._terminal.process.wait()
        os.close(self._terminal.leader)


@pytest.fixture(params=["C.UTF-8", "POSIX"])
def screen(request: pytest.FixtureRequest, hostile_repository: Path) -> Iterator[Screen]:
    locale: dict[str, Any] = {
        "LC_ALL": request.param,
        "SNAPTUI_ASCII": "",
        "TERM": "xterm-256color",
    }
    screen = Screen(hostile_repository, **locale)
    screen.settle("n New")
    yield screen
    screen.kill()


ESCAPE = "\x1b"
FORMS = ("s", "c", "r", "d", "n", "\x04", "v")
SCREENS = ("J", "T", "?", "D", "\x10", ":", "C", "e")


@pytest.mark.parametrize("path", ["a\x00b", "bad\ud800half"])
async def test_a_path_that_cannot_be_one_is_an_error_of_its_volume_only(
    repository: Repository, volume: Volume, path: str
) -> None:
    with repository.catalog.transaction() as change:
        row = change.get("volumes", volume.resource_uid)
        assert row is not None
        change.put("volumes", volume.resource_uid, {**row, "path": path})
    (found,) = await collect(LocalCloud(repository).volumes())
    assert found.status is VolumeStatus.ERROR
    assert "cannot be a path" in found.reason


def test_nothing_of_theirs_reaches_the_terminal_and_the_layout_stays(
    screen: Screen, request: pytest.FixtureRequest
) -> None:
    screen.check("the start")
    for key in SCREENS:
        screen.press(key)
        screen.press("vol" if key in {"\x10", ":"} else "j")
        screen.press(ESCAPE)
        screen.press(ESCAPE)
    clicked = screen.click("[@c")
    # from the table through every volume and its tabs
    screen.press("0g\r")
    for number in range(0, len(TEXTS), 3):
        screen.press("g" + "j" * number)
        screen.press("\r")
        for tab in "2345":
            screen.press(tab)
        for form in () if number % 6 else FORMS:
            screen.press(form)
            screen.press(ESCAPE)
        clicked = screen.click("[@c") or clicked
        screen.press(ESCAPE)
        screen.press("0g\r")
    assert clicked
    assert screen.leave() == 0
    examine(screen.sent, ascii_only="POSIX" in request.node.name)


def examine(sent: bytes, *, ascii_only: bool) -> None:
    """Only sequences of our own, and no control characters beyond them."""
    if ascii_only:
        odd = [
            sent[max(0, at.start() - 40) : at.end() + 40]
            for at in re.finditer(rb"[\x80-\xff]+", sent)
        ]
        assert not odd, odd[:5]
    text = sent.decode()
    for sequence in _CSI.findall(text):
        assert "7777" not in sequence
    rest = _QUERY.sub("", _OTHER.sub("", _CSI.sub("", text)))
    left = {c for c in rest if ord(c) < 32 or 0x7F <= ord(c) < 0xA0}
    around = [
        rest[max(0, at.start() - 30) : at.end() + 30] for at in re.finditer("[\x07\x1b]", rest)
    ]
    assert left <= set("\r\n\b"), around[:5]
    assert not set(rest) & set("\u202e\u2066\u2067\u2068\u2069\u202a\u202b\u200f\u061c\ufeff\u200b")
    assert "Traceback" not in rest
