"""The app on real terminals: what is sent to which, what options say, where one begins again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli.terminal import Terminal
from tests.tui.helpers import colours_in

CYAN = r"\x1b\[(\d+;)*46[;m]"
"""The background of the cursor's row where there are 16 colours."""
TRUECOLOUR = r"48;2;\d+;\d+;\d+"
COLOURS_256 = r"48;5;\d+"
MOUSE_ON = "\x1b[?1000h"
WALK = (
    ("\r", "nightly", ""),
    ("1", "Block size", ""),
    ("3", "Where it changed", ""),
    ("4", "1 volume", ""),
    ("5", "took snapshot", ""),
    ("2", "completed", ""),
    ("s", "New Volume Snapshot", ""),
    ("\x1b", "", "New Volume Snapshot"),
    ("J", "Started", ""),
    ("\x1b", "", "Started"),
    ("?", "Esc closes", ""),
    ("\x1b", "", "Esc closes"),
    ("\x10", "Take a snapshot", ""),
    ("\x1b", "", "Take a snapshot"),
)
"""Keys, what is seen because of them, and what is not seen any more."""


@pytest.fixture(autouse=True)
def filled(cli: Cli, image: Path) -> None:
    cli("volume", "add", image, "--name", "my-own-disk").done()
    cli("snapshot", "create", "my-own-disk", "--name", "nightly").done()


def walked(terminal: Terminal) -> str:
    """All that was sent, in a walk through the main screens."""
    terminal.wait_for("my-own-disk")
    terminal.type("j")
    for key, token, gone in WALK:
        terminal.type(key)
        if token:
            terminal.wait_for(token)
        else:
            terminal.wait_for(gone, gone=True)
    sent = terminal.seen
    return sent + left(terminal)


def left(terminal: Terminal) -> str:
    """What was sent at the end, when the app has been left."""
    terminal.seen = ""
    terminal.type("q")
    assert terminal.end() == 0, terminal.seen
    return terminal.seen


def test_without_colour_no_code_of_one_is_sent() -> None:
    plain = walked(Terminal(NO_COLOR="1", LC_ALL="C.UTF-8"))
    assert colours_in(plain) == set()
    assert re.search(r"\x1b\[(\d+;)*7[;m]", plain)  # reversed: one sees where one is


@pytest.mark.parametrize(
    ("term", "colorterm", "options", "wanted"),
    [
        ("xterm-256color", "truecolor", [], TRUECOLOUR),
        ("xterm-256color", "", [], COLOURS_256),
        ("xterm-256color", "truecolor", ["--theme", "ansi"], CYAN),
        ("xterm-256color", "truecolor", ["--calm"], CYAN),
        ("linux", "", [], CYAN),
        ("screen", "", [], CYAN),
    ],
)
def test_every_terminal_gets_the_colours_it_has(
    term: str, colorterm: str, options: list[str], wanted: str
) -> None:
    terminal = Terminal(*options, TERM=term, LC_ALL="C.UTF-8", COLORTERM=colorterm)
    sent = terminal.read_until("my-own-disk")
    sent += left(terminal)
    assert re.search(wanted, sent)
    if wanted == CYAN:
        assert "38;2;" not in sent
        assert "38;5;" not in sent


def test_vt100_has_no_colours() -> None:
    terminal = Terminal(TERM="vt100", COLORTERM="", LC_ALL="POSIX")
    sent = terminal.read_until("my-own-disk") + left(terminal)
    assert colours_in(sent) == set()
    assert sent.isascii()


def test_ascii_by_option_by_file_and_by_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    monkeypatch.setenv("SNAPTUI_CONFIG", str(file))
    for options, content, locale, is_ascii in (
        (["--ascii"], "", "C.UTF-8", True),
        ([], "ascii = true", "C.UTF-8", True),
        ([], "", "POSIX", True),
        ([], "ascii = false", "POSIX", False),
        (["--ascii"], "ascii = false", "C.UTF-8", True),
    ):
        file.write_text(content)
        terminal = Terminal(*options, LC_ALL=locale, PYTHONUTF8="1")
        sent = terminal.read_until("my-own-disk") + left(terminal)
        assert sent.isascii() is is_ascii, (options, content, locale)


def test_the_mouse_is_left_to_the_terminal_if_one_likes() -> None:
    for options, listens in (([], True), (["--no-mouse"], False)):
        terminal = Terminal(*options)
        sent = terminal.read_until("my-own-disk") + left(terminal)
        assert (MOUSE_ON in sent) is listens


def test_a_mistake_in_what_protects_opens_no_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    monkeypatch.setenv("SNAPTUI_CONFIG", str(file))
    file.write_text("[clouds.local]\nread_only = 3")
    terminal = Terminal()
    assert terminal.end() == 2
    assert "config.toml:2:1: clouds.local.read_only cannot be 3: use true" in terminal.seen
    assert "\x1b[?1049h" not in terminal.seen


def test_a_mistake_about_looks_is_told_on_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    monkeypatch.setenv("SNAPTUI_CONFIG", str(file))
    file.write_text("calm = 3")
    terminal = Terminal(columns=200)
    sent = terminal.read_until("calm cannot be 3")
    assert "snaptui: " not in sent[: sent.index("\x1b[?1049h")]
    left(terminal)


def test_one_begins_where_one_was_unless_one_does_not_want_to(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = own_home / ".local/state/snaptui/state.json"
    terminal = Terminal()
    terminal.read_until("my-own-disk")
    terminal.type("j\r")
    terminal.read_until("nightly")
    terminal.type("1")
    terminal.read_until("Block size")
    left(terminal)
    (mine,) = json.loads(state.read_text())["repositories"].values()
    assert (mine["place"]["kind"], mine["tab"]) == ("volume", "Info")

    terminal = Terminal()
    terminal.read_until("Block size")
    left(terminal)

    before = state.read_bytes()
    file = tmp_path / "config.toml"
    monkeypatch.setenv("SNAPTUI_CONFIG", str(file))
    file.write_text("restore_state = false")
    terminal = Terminal()
    terminal.read_until("my-own-disk")
    assert "Block size" not in left(terminal)
    assert state.read_bytes() == before


def test_a_theme_that_follows_asks_the_terminal() -> None:
    for answer, wanted in (
        ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62c", "48;2;251;252;253"),
        ("\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?62c", "48;2;14;18;23"),
        ("\x1b[?6c", CYAN),
    ):
        terminal = Terminal("--theme", "terminal", COLORTERM="truecolor", COLORFGBG="")
        terminal.read_until("\x1b]11;?")
        terminal.type(answer)
        sent = terminal.read_until("my-own-disk")
        sent += left(terminal)
        assert re.search(wanted, sent)
