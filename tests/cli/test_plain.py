"""Plain lists: what a screen reader reads aloud, and a script takes apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.terminal import Terminal
from tests.support import MIB, make_image

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+"


def records(text: str) -> list[dict[str, str]]:
    """The paragraphs of a plain list."""
    return [
        dict(line.split(": ", 1) for line in paragraph.splitlines())
        for paragraph in text.strip("\n").split("\n\n")
    ]


def test_volumes_are_a_paragraph_each(cli: Cli, web: str, tmp_path: Path) -> None:
    cli("volume", "add", make_image(tmp_path / "db.raw"), "--name", "a: b " + "x" * 200).done()
    cli("snapshot", "create", "web", "--name", "s").done()
    other, first = records(cli("volume", "list", "--plain").done().out)
    assert list(first) == [
        "Name",
        "Resource UID",
        "Size",
        "Status",
        "Zone",
        "Attached To",
        "Snapshots",
        "Last Snapshot At",
    ]
    assert first["Name"] == "web"
    assert first["Resource UID"] == web
    assert first["Size"] == f"{8 * MIB} bytes (8.0 MiB)"
    assert first["Attached To"] == "none"
    assert re.fullmatch(TIME, first["Last Snapshot At"])
    assert other["Name"].endswith("x" * 200)
    assert other["Last Snapshot At"] == "none"


@pytest.mark.parametrize(
    "command",
    [
        ["snapshot", "list"],
        ["snapshot", "show", "a"],
        ["snapshot", "diff", "a", "--all"],
        ["volume", "show", "web"],
        ["zone", "list"],
        ["job", "list"],
    ],
    ids=" ".join,
)
def test_every_list_and_record_has_a_field_a_line(cli: Cli, snap: str, command: list[str]) -> None:
    plain = cli(*command, "--plain").done().out
    for line in plain.splitlines():
        assert line == "" or re.match(r"[A-Z][A-Za-z ]*: \S", line), line
    assert not re.search(": -$|  ", plain, re.MULTILINE)


def test_the_variable_asks_for_it_too(cli: Cli, web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = cli("volume", "list", "--plain").done().out
    monkeypatch.setenv("SNAPTUI_PLAIN", "1")
    assert cli("volume", "list").done().out == plain
    assert cli("volume", "list", "--json").document[0]["name"] == "web"
    monkeypatch.setenv("SNAPTUI_PLAIN", "0")
    assert cli("volume", "list").done().out.startswith("NAME ")


def test_a_narrow_terminal_shortens_nothing(cli: Cli, image: Path) -> None:
    name = "n" * 120
    cli("volume", "add", image, "--name", name).done()
    terminal = Terminal("volume", "list", "--plain", columns=40)
    assert terminal.end() == 0
    assert f"Name: {name}\r\n" in terminal.seen


def test_progress_is_a_sentence_every_tenth(cli: Cli, tmp_path: Path) -> None:
    image = make_image(tmp_path / "big.img", 128 * MIB, data=((0, 64 * MIB), (64 * MIB, 64 * MIB)))
    cli("volume", "add", image).done()
    terminal = Terminal("snapshot", "create", "big", "--name", "b", "--plain")
    assert terminal.end() == 0
    assert "\x1b" not in terminal.seen
    assert "█" not in terminal.seen
    said = [line for line in terminal.seen.splitlines() if line.startswith("reading")]
    assert len(said) == len(set(said)) <= 11
    for line in said:
        assert re.fullmatch(r"reading(, \d+ percent, .+ of 128 MiB)?", line)
