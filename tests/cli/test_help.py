"""Help, examples and the manual page, walked over all commands there are."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import click
import pytest

from snaptui.cli.examples import examples_in
from snaptui.cli.root import snaptui
from tests.support import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Cli


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from walk(below, (*path, name))


PATHS = list(walk(snaptui))


def command_at(path: tuple[str, ...]) -> click.Command:
    command: click.Command = snaptui
    for name in path:
        assert isinstance(command, click.Group)
        below = command.get_command(click.Context(command), name)
        assert below is not None
        command = below
    return command


def parsed(arguments: list[str]) -> tuple[str, ...]:
    """The command that some arguments are for, parsed to the end; nothing is done."""
    context = snaptui.make_context("snaptui", arguments)
    path: tuple[str, ...] = ()
    while isinstance(context.command, click.Group) and context._protected_args:
        rest = [*context._protected_args, *context.args]
        name, below, rest = context.command.resolve_command(context, rest)
        assert below is not None
        assert name is not None
        path = (*path, name)
        context = below.make_context(name, rest, parent=context)
    return path


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_command_has_a_text_and_examples_that_are_right(path: tuple[str, ...]) -> None:
    command = command_at(path)
    assert command.help
    shown = examples_in(command.epilog)
    assert 1 <= len(shown) <= 3
    for example in shown:
        assert len(example) <= 76
        first = example.partition(" | ")[0].partition(" > ")[0]
        program, *arguments = shlex.split(first)
        assert program == "snaptui"
        # a noun's examples are its verbs'
        assert parsed(arguments)[: len(path)] == path


@pytest.mark.parametrize("path", [("volume", "create"), ("snapshot", "clone")], ids=" ".join)
def test_the_zone_that_is_meant_by_none_is_told_for_clouds_elsewhere_too(
    path: tuple[str, ...],
) -> None:
    zone = next(each for each in command_at(path).params if each.name == "zone")
    assert isinstance(zone, click.Option)
    assert not zone.show_default
    for words in ("in the local cloud 'default'", "in a remote one"):
        assert words in (zone.help or "")


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_by_name_is_the_commands_own(cli: Cli, path: tuple[str, ...]) -> None:
    shown = cli("help", *path).done().out
    assert shown == cli(*path, "--help").done().out
    assert "Examples:\n" in shown
    for example in examples_in(command_at(path).epilog):
        assert f"  {example}\n" in shown
    assert max(len(line) for line in shown.splitlines()) <= 80


def test_help_of_what_is_not_there(cli: Cli) -> None:
    cli("help", "volume", "fly").refused("no such command 'fly'", "snaptui volume --help", code=2)
    cli("help", "check", "it").refused("no such command 'it'", code=2)
    cli("help", "a\x1bb").refused("no such command 'ab'", code=2)


@pytest.fixture
def page(cli: Cli, tmp_path: Path) -> Path:
    path = tmp_path / "snaptui.1"
    path.write_text(cli("man").done().out, encoding="utf-8")
    return path


def test_the_manual_page_has_every_command_and_option(page: Path) -> None:
    text = page.read_text().replace("\\-", "-").replace("\\(aq", "'")
    assert text.startswith(".TH SNAPTUI 1 ")
    for path in PATHS:
        command = command_at(path)
        if isinstance(command, click.Group):
            continue
        assert f".SS {' '.join(path)}" in text
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or parameter.opts[0] in text
    for section in ("SYNOPSIS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES"):
        assert f"\n.SH {section}\n" in text


def test_its_date_is_the_builds_where_that_is_given(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert cli("man").out.splitlines()[0].split()[3] == "2023-11-14"


def test_mandoc_finds_nothing_wrong_with_it(page: Path) -> None:
    need("mandoc")
    done = subprocess.run(
        ["mandoc", "-Tlint", "-Wstyle", page], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_groff_finds_nothing_wrong_with_it(page: Path) -> None:
    need("groff")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z", page], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


def test_man_shows_it(page: Path) -> None:
    need("man")
    environment = {"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C"}
    done = subprocess.run(
        ["man", "-l", page], capture_output=True, text=True, check=True, env=environment
    )
    assert "snaptui snapshot create web --name nightly" in done.stdout
