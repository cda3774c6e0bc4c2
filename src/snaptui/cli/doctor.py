"""`snaptui doctor`: whether everything that is needed is in order."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

import click

from snaptui.cli.examples import examples
from snaptui.cli.output import emit_fields, emit_json, shorten
from snaptui.cli.settings import Settings, common_options, is_plain, pass_settings, wait_for
from snaptui.errors import SnaptuiError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from snaptui.doctor import Finding, Report

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}
_INDENT = 21


@click.command(
    epilog=examples("snaptui doctor", "snaptui doctor --json", "snaptui doctor --clouds")
)
@click.option("--clouds", is_flag=True, help="Ask the clouds that are only found, too.")
@common_options
@pass_settings
def doctor(settings: Settings, clouds: bool) -> int:
    """Look whether everything is in order, and say what to do where it is not.

    Versions, terminal, config file, repository, what this host allows, clouds, and what is missing
    and what that costs. Nothing is changed. Of the clouds elsewhere those are asked that the config
    file sets, all at once. The exit code is 1 when something is broken.
    """
    settings.tells_problems = False  # they are findings
    report = _examine(settings, found_too=clouds)
    if settings.json:
        emit_json({"failed": report.failed, "findings": report.findings})
    elif is_plain():
        _print_plain(report)
    else:
        _print(report)
    return int(report.failed)


def _examine(settings: Settings, *, found_too: bool) -> Report:
    from snaptui.config import default_repository_path
    from snaptui.doctor import Report, examine
    from snaptui.tui.keymap_findings import look_at_keys
    from snaptui.tui.terminal import look_at_terminal

    try:
        path, origin, read_only = settings.path, settings.path_origin, settings.read_only
    except SnaptuiError:  # a config file that cannot be understood is itself a finding
        path, origin, read_only = default_repository_path(), "", settings.given_read_only
    if not settings.given_path and origin == "default":
        origin = ""
    more = (*look_at_terminal(), *look_at_keys())
    report = examine(path, origin=origin, read_only=read_only, more=more)
    elsewhere = _remote_clouds(settings, found_too=found_too)
    return Report((*report.findings, *_clouds(settings), *elsewhere))


def _clouds(settings: Settings) -> list[Finding]:
    from snaptui.clouds.local import LocalCloud
    from snaptui.doctor.clouds import look_at_clouds
    from snaptui.engine import Repository

    try:
        if settings.is_nothing():
            return []
        with Repository.open(settings.path, read_only=True) as repository:
            return wait_for(look_at_clouds([LocalCloud(repository)]))
    except SnaptuiError as error:
        from snaptui.doctor import Finding, Level

        return [Finding("Clouds", "local", Level.FAIL, error.message, error.hint)]


def _remote_clouds(settings: Settings, *, found_too: bool) -> list[Finding]:
    from snaptui.clouds.registry import known_clouds
    from snaptui.doctor.clouds import look_at_remote_clouds

    try:
        known = known_clouds(settings.config)
    except SnaptuiError:  # told with the config file
        return []
    return wait_for(look_at_remote_clouds(known, found_too=found_too))


def _print(report: Report) -> None:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for number, (group, findings) in enumerate(report.grouped()):
        click.echo(("\n" if number else "") + click.style(group, bold=True))
        for each in findings:
            mark = click.style(f"{each.level:<4}", fg=_COLOURS[each.level])
            title = safe_text(each.title)
            lines = _wrapped(each.text, width)
            if len(title) > _INDENT - 9:
                click.echo(f"  {mark}  {shorten(title, width - 8) if width else title}")
            else:
                click.echo(f"  {mark}  {title:<13}{lines.pop(0)}")
            for line in [*lines, *(_wrapped(each.advice, width) if each.advice else [])]:
                click.echo(" " * _INDENT + line)
    click.echo(f"\n{report.summary}.")


def _wrapped(text: str, width: int) -> list[str]:
    """Lines for a terminal of a width; whole where there is none (0)."""
    if not width:
        return [safe_text(text)]
    return textwrap.wrap(safe_text(text), max(20, width - _INDENT)) or [""]


def _print_plain(report: Report) -> None:
    for each in report.findings:
        fields = [("Group", each.group), ("What", each.title), ("State", each.level)]
        advice = [("Advice", each.advice)] if each.advice else []
        emit_fields([*fields, ("Found", each.text), *advice])
        click.echo()
    click.echo(f"{report.summary}.")
