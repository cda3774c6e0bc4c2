"""Tables, widths, progress lines and the entry point."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from snaptui import __version__
from snaptui import cli as cli_package
from snaptui.cli.output import Column, emit_table, shorten, text_width
from snaptui.cli.progress import progress_text
from snaptui.models import Progress
from snaptui.units import MIB

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("名前", 4), ("e\u0301", 1), ("ｈ", 2), ("", 0), ("😀", 2), ("a\u200db", 2)],
)
def test_width_is_what_a_terminal_gives(text: str, width: int) -> None:
    assert text_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("名前名前", 6, "名前…"),
        ("名前", 4, "名前"),
    ],
)
def test_shortened_text_fits(text: str, width: int, short: str) -> None:
    assert shorten(text, width) == short
    assert text_width(short) <= width


def test_a_table_is_aligned_and_ends_without_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    columns = (Column("NAME"), Column("SIZE", right=True), Column("NOTE"))
    emit_table(columns, [("名前", 1, "-"), ("b", 1000, "")])
    assert capsys.readouterr().out.splitlines() == [
        "NAME  SIZE  NOTE",
        "名前     1  -",
        "b     1000",
    ]


@pytest.mark.parametrize(
    ("width", "head"),
    [
        (120, "NAME                   RESOURCE UID                          ZONE      ATTACHED TO"),
        (65, "NAME             RESOURCE UID                         ATTACHED TO"),
        (30, "NAME     RESOURCE UID                         ATTACHED TO"),
    ],
)
def test_a_terminal_too_narrow_for_all_columns_gets_those_that_matter(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, head: str
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    columns = (
        Column("NAME", flexible=True),
        Column("RESOURCE UID"),
        Column("ZONE", flexible=True, spare=1),
        Column("ATTACHED TO", flexible=True),
    )
    uid = "0f4c1c4e-8a52-4e0e-9d67-0d6c1b1a7c11"
    emit_table(columns, [("database-of-the-house", uid, "zone-one", "server-one")])
    told = capsys.readouterr().out.splitlines()
    assert told[0] == head
    assert uid in told[1]
    assert ("zone-one" in told[1]) == (width == 120)


def test_a_pipe_gets_all_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    emit_table((Column("NAME", flexible=True), Column("NOTE", spare=1)), [("n" * 20, "words")])
    assert capsys.readouterr().out.splitlines()[1] == f"{'n' * 20}  words"


def test_progress_says_bytes_rate_and_time_left() -> None:
    progress = Progress(
        phase="reading", done_bytes=42 * MIB, total_bytes=100 * MIB, rate=10 * MIB, seconds_left=5.8
    )
    assert progress_text(progress) == (
        "reading    ##########--------------   42%  42 MiB of 100 MiB  10 MiB/s  6 s left"
    )
    assert progress_text(Progress(phase="waiting", done_bytes=0, total_bytes=0)) == "waiting"


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").done().out == f"snaptui {__version__}\n"
    shown = cli("--help").done().out
    for word in ("volume", "snapshot", "zone", "job", "check", "demo", "Exit codes", "130"):
        assert word in shown
    for command in (["snapshot", "create"], ["snapshot", "restore"], ["volume", "add"]):
        assert "--repository" in cli(*command, "--help").done().out


def test_global_options_stand_before_the_noun_and_after_the_verb(
    cli: Cli, image: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    cli("--repository", other, "volume", "add", image).done()
    for command in (
        ["--json", "--repository", other, "volume", "list"],
        ["volume", "--json", "--repository", other, "list"],
        ["volume", "list", "--json", "--repository", other],
        ["--json", "volume", "list", "--repository", other],
    ):
        assert len(cli(*command).done().document) == 1
    cli("volume", "list").refused("does not exist")


def test_the_default_repository_is_made_under_xdg_data(
    program: Cli, image: Path, tmp_path: Path
) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "SNAPTUI_REPOSITORY"}
    environment["XDG_DATA_HOME"] = str(tmp_path / "xdg")
    program("volume", "add", image, env=environment).done()
    assert (tmp_path / "xdg/snaptui/repository").is_dir()
    assert len(program("volume", "list", "--json", env=environment).document) == 1


def test_an_error_of_the_system_is_one_line(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "/srv/x")

    monkeypatch.setattr("snaptui.cli.settings.Settings.open_or_create", fail)
    ran = cli("volume", "create", "--name", "a", "--size", "1MiB").refused()
    assert ran.err == "snaptui: /srv/x: Permission denied\n"


def test_a_defect_keeps_its_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("snaptui.cli.settings.Settings.open_or_create", fail)
    with pytest.raises(ZeroDivisionError):
        cli("volume", "create", "--name", "a", "--size", "1MiB")


def test_debug_shows_where_an_error_comes_from(
    cli: Cli, repository_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAPTUI_DEBUG", "1")
    ran = cli("volume", "list")
    assert ran.code == 1
    assert "Traceback" in ran.err
    assert ran.err.splitlines()[-1].startswith("snaptui: ")


def test_main_takes_the_processs_arguments(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["snaptui", "--version"])
    assert cli_package.main() == 0
    assert capsys.readouterr().out == f"snaptui {__version__}\n"
