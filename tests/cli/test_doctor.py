"""`snaptui doctor`: its report, its exit code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.cli.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.cli.conftest import Cli


def test_all_is_told_and_zero_is_the_exit_code(cli: Cli, snap: str, repository_path: Path) -> None:
    shown = cli("doctor").done().out
    for word in ("Versions", "Terminal", "Configuration", "Repository", "Host", "Clouds", "Extras"):
        assert f"\n{word}\n" in f"\n{shown}"
    assert f"ok    Path         {repository_path} (SNAPTUI_REPOSITORY)" in shown
    assert re.search(r"ok    local +answers within \d+ ms", shown)
    assert re.search(r"\n\d+ in order, \d+ to know about\.\n$", shown)


def test_json_has_every_finding(cli: Cli, snap: str) -> None:
    document = cli("doctor", "--json").done().document
    assert document["failed"] is False
    for finding in document["findings"]:
        assert set(finding) == {"group", "title", "level", "text", "advice"}
        assert finding["level"] in {"ok", "warn", "fail"}


def test_plain_is_a_field_a_line(cli: Cli, snap: str) -> None:
    shown = cli("doctor", "--plain").done().out
    assert "Group: Versions\nWhat: snaptui\nState: ok\nFound: " in shown


def test_something_broken_is_one(cli: Cli, snap: str, repository_path: Path) -> None:
    (repository_path / "snaptui-repository.json").write_text("{")
    ran = cli("doctor")
    assert ran.code == 1
    assert "fail  Format" in ran.out
    assert "broken" in ran.out.splitlines()[-1]
    assert ran.err == ""


def test_no_repository_yet_is_no_failure(cli: Cli) -> None:
    assert "is not there yet" in cli("doctor").done().out


def test_a_config_file_that_cannot_be_understood_is_told(
    cli: Cli, snap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("SNAPTUI_CONFIG", str(path))
    for text, place in (
        ("theme = 7\n", "1:1: theme cannot be 7"),
        ("[clouds.local]\nread_only = 7\n", "2:1: clouds.local.read_only cannot be 7"),
        ("what?", "1:5: expected"),
    ):
        path.write_text(text)
        ran = cli("doctor")
        assert (ran.code, ran.err) == (1, "")
        assert f"fail  Config file  {path}:{place}" in ran.out


def test_keys_that_clash_are_told(
    cli: Cli, snap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("SNAPTUI_CONFIG", str(path))
    path.write_text('[keys]\n"do.snapshot" = "c"\n"zz.qq" = "x"\n')
    found = cli("doctor", "--json").done().document["findings"]
    told = {each["text"]: each["level"] for each in found if each["title"] == "Keys"}
    assert told == {
        "c is for do.snapshot, instead of do.clone, which has no key now": "warn",
        "No binding is called zz.qq (see: snaptui config keys)": "warn",
    }
    path.write_text('[keys]\n"do.snapshot" = "f5"\n')
    assert "Keys         1 action has keys of your own" in cli("doctor").done().out
    path.write_text("theme = 'light'\n")
    assert "  Keys  " not in cli("doctor").done().out


def test_it_fits_a_terminal_and_nothing_of_a_name_gets_through(
    cli: Cli, snap: str, tmp_path: Path
) -> None:
    odd = tmp_path / "odd\x1b]52;c;ZXZpbA==\x07\u202e[bold]"
    terminal = Terminal("doctor", "--repository", str(odd), columns=60)
    assert terminal.end() == 0
    assert "\x1b]" not in terminal.seen
    assert "\x07" not in terminal.seen
    assert "\u202e" not in terminal.seen
    plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal.seen)
    assert max(len(line) for line in plain.splitlines()) <= 60
