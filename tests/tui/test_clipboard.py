"""Copying: the exact bytes, through what stands between, and from what."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import time
import uuid
from typing import TYPE_CHECKING

import pytest

from snaptui.clouds.base import Ability
from snaptui.errors import SnaptuiError
from snaptui.models import Candidate
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.clipboard import BASE64_MAX, CHUNK_MAX, copy, sequence
from snaptui.tui.copying import Copied, copied
from snaptui.tui.inventory import CloudState
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.targets import Target
from tests.cli.conftest import PROGRAM
from tests.cli.terminal import Terminal
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume, small_cloud
from tests.tui.helpers import toasts, wait_for
from tests.tui.test_hostile import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = {"TERM": "xterm-256color"}
UID = "snap-00000001"
OSC = "\x1b]52;c;c25hcC0wMDAwMDAwMQ==\x07"


def decoded(data: str) -> str:
    return base64.b64decode(data).decode()


# The bytes


def test_a_terminal_gets_osc_52() -> None:
    assert sequence(UID, PLAIN) == OSC


def test_tmux_gets_it_plainly_and_to_be_passed_through() -> None:
    wanted = OSC + "\x1bPtmux;\x1b\x1b]52;c;c25hcC0wMDAwMDAwMQ==\x07\x1b\\"
    assert sequence(UID, {"TERM": "screen-256color", "TMUX": "/tmp/t,1,0"}) == wanted
    assert sequence(UID, {"TERM": "tmux-256color"}) == wanted


def test_screen_gets_it_in_a_string_of_its_own() -> None:
    assert sequence(UID, {"TERM": "screen", "STY": "1.pts-0.host"}) == f"\x1bP{OSC}\x1b\\"


def test_screen_over_ssh_may_be_tmux_as_well() -> None:
    assert sequence(UID, {"TERM": "screen.xterm-256color"}) == f"{OSC}\x1bP{OSC}\x1b\\"
    long = sequence("x" * 3000, {"TERM": "screen"})
    assert long.startswith("\x1bP\x1b]52;c;"), "screen would show the end of a long plain one"


@pytest.mark.parametrize("length", [1, 280, 281, 282, 283, 284, 285, 3000, 28_000])
def test_screen_gets_chunks_it_can_hold_that_are_the_whole(length: int) -> None:
    sent = sequence("ä" * length, {"TERM": "screen", "STY": "1"})
    assert sent.startswith("\x1bP")
    assert sent.endswith("\x1b\\")
    chunks = sent[2:-2].split("\x1b\\\x1bP")
    assert all(len(chunk) + 4 <= CHUNK_MAX for chunk in chunks)
    whole = "".join(chunks)
    assert whole.startswith("\x1b]52;c;")
    assert whole.endswith("\x07")
    assert decoded(whole[len("\x1b]52;c;") : -1]) == "ä" * length


@pytest.mark.parametrize("terminal", ["linux", "vt100", "dumb", ""])
def test_a_terminal_without_a_clipboard_is_told(terminal: str) -> None:
    with pytest.raises(SnaptuiError, match="has no clipboard"):
        sequence(UID, {"TERM": terminal})


def test_what_is_too_long_is_told_and_the_longest_is_not() -> None:
    longest = BASE64_MAX // 4 * 3
    assert len(sequence("x" * longest, PLAIN)) <= BASE64_MAX + len("\x1b]52;c;\x07")
    with pytest.raises(SnaptuiError, match="more than a terminal's clipboard takes"):
        sequence("x" * (longest + 3), PLAIN)


# What is copied


def target(*marked: int) -> tuple[CloudState, Target]:
    volume = make_volume(1, "web", path="/images/web data.img")
    snapshots = [make_snapshot(number, volume) for number in range(1, 4)]
    state = CloudState(FakeCloud())
    state.take([volume], snapshots)
    at = Target.of(state, snapshots[0])
    return state, at.among(tuple(snapshots[number] for number in marked))


def test_the_row_at_the_cursor_is_copied_or_all_marked_ones() -> None:
    _, at = target()
    assert copied("uid", at) == Copied(UID, f"the Resource UID {UID}")
    assert copied("name", at) == Copied("nightly-0001", "the name nightly-0001")
    _, marked = target(1, 2)
    assert copied("uid", marked) == Copied("snap-00000002\nsnap-00000003", "2 Resource UIDs")


def test_paths_are_copied_of_volumes_and_of_what_was_found() -> None:
    state, at = target()
    volume = Target.by_uid(state, "vol-00000001")
    wanted = Copied("/images/web data.img", "the path /images/web data.img")
    assert copied("path", volume) == wanted
    found = Target(state, candidate=Candidate(path="/dev/sda", kind="device", size_bytes=1))
    assert copied("path", found) == Copied("/dev/sda", "the path /dev/sda")
    for field, nothing in (("path", at), ("uid", found), ("uid", Target(state))):
        why = copied(field, nothing)
        assert isinstance(why, Ability)
        assert not why
        assert why.reason


# On the screen


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the driver is given that sets a clipboard."""
    from textual.drivers.headless_driver import HeadlessDriver

    written: list[str] = []

    def write(self: HeadlessDriver, data: str) -> None:
        if "]52;" in data:
            written.append(data)

    monkeypatch.setattr(HeadlessDriver, "write", write)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    return written


async def test_keys_copy_and_say_what(sent: list[str]) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.VOLUME, "vol-00000001"))
        rows = app.main.pane.volume().snapshots
        await wait_for(pilot, lambda: rows.has_focus and rows.total, "its snapshots")
        await pilot.press("y")
        assert sent == [OSC]
        await pilot.press("Y")
        assert decoded(sent[1][7:-1]) == "nightly-0001"
        await pilot.press("space", "space", "y")
        assert decoded(sent[2][7:-1]) == "snap-00000001\nsnap-00000002"
        await pilot.press("ctrl+y")
        await pilot.press("0", "ctrl+y")
        assert decoded(sent[3][7:-1]) == "/images/1.img"
        assert toasts(app) == [
            f"Copied the Resource UID {UID}.",
            "Copied the name nightly-0001.",
            "Copied 2 Resource UIDs.",
            "a snapshot has no path: it is kept in the repository's packs",
            "Copied the path /images/1.img.",
        ]


async def test_where_it_cannot_be_nothing_is_sent(
    sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "linux")
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        assert not copy(app, UID, "a thing")
        monkeypatch.setenv("TERM", "xterm")
        assert not copy(app, "x" * 100_000, "a log")
        assert not sent
        await wait_for(pilot, lambda: len(toasts(app)) == 2, "the reasons")
        assert "this terminal (linux) has no clipboard" in toasts(app)[0]
        assert "55 KiB" in toasts(app)[1]


@pytest.mark.parametrize("name", list(HOSTILE.values()), ids=list(HOSTILE))
async def test_hostile_text_is_copied_without_what_is_not_text(name: str, sent: list[str]) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        assert copy(app, f"{name}\nsecond", f"the name {name}")
        (data,) = sent
        assert re.fullmatch(r"\x1b\]52;c;[A-Za-z0-9+/=]+\x07", data)
        text = decoded(data[7:-1])
        await wait_for(pilot, lambda: toasts(app), "what was copied")
        assert text.split("\n")[-1] == "second"
        for bad in ("\x1b", "\x07", "\x9b", "\x9c", "\u202e", "\u2066", "\x00"):
            assert bad not in text
            assert bad not in toasts(app)[0]


# Terminals


@pytest.fixture
def demo_home(tmp_path: Path) -> dict[str, str]:
    return {"TMPDIR": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "TMUX": "", "STY": ""}


def test_on_a_real_terminal_the_bytes_come_whole_between_frames(demo_home: dict[str, str]) -> None:
    terminal = Terminal("demo", columns=80, **demo_home)
    terminal.read_until("Volume Snapshots")
    terminal.read_until("web-staging")
    terminal.type("\x1b[B")
    terminal.type("y")
    seen = terminal.read_until("Copied the Resource UID")
    (data,) = re.findall(r"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", seen)
    assert re.fullmatch(r"vol-[0-9A-F]{8}", decoded(data))
    terminal.type("q")
    assert terminal.end() == 0


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_tmux_takes_it_into_its_buffer(demo_home: dict[str, str]) -> None:
    name = f"snaptui-{uuid.uuid4().hex[:8]}"

    def tmux(*arguments: str) -> str:
        command = ["tmux", "-L", name, "-f", "/dev/null", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def until(wanted: str, *arguments: str) -> str:
        end = time.monotonic() + 60
        while wanted not in (shown := tmux(*arguments)):
            assert time.monotonic() < end, shown
        return shown

    settings = [f"-e{key}={value}" for key, value in demo_home.items() if value]
    tmux("new-session", "-d", "-x", "80", "-y", "24", *settings, *PROGRAM, "demo")
    try:
        tmux("set-option", "-g", "set-clipboard", "on")
        until("web-staging", "capture-pane", "-p")
        tmux("send-keys", "Down", "y")
        assert re.fullmatch(r"vol-[0-9A-F]{8}", until("vol-", "show-buffer"))
        tmux("send-keys", "q")
    finally:
        tmux("kill-server")
