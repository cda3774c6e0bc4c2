"""`snaptui help` and `snaptui man`: the same words as `--help`, by name and as a manual page."""

from __future__ import annotations

import os
import re
import textwrap
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from snaptui import __version__
from snaptui.cli.examples import HEAD, examples, examples_in
from snaptui.cli.lazy import did_you_mean
from snaptui.cli.settings import common_options
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from click.shell_completion import CompletionItem

_ROFF = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "^": "\\(ha", "~": "\\(ti", "`": "\\(ga"}
_FILES = (
    ("$XDG_DATA_HOME/snaptui/repository", "the repository, unless another one is named"),
    ("$XDG_CONFIG_HOME/snaptui/config.toml", "the configuration file"),
)


def _words(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    command, _ = _find(context.find_root(), context.params.get(parameter.name or "") or ())
    if not isinstance(command, click.Group):
        return []
    return [
        CompletionItem(name, help=each.get_short_help_str())
        for name, each in _subcommands(command, context)
        if name.startswith(incomplete)
    ]


@click.command("help", epilog=examples("snaptui help", "snaptui help snapshot create"))
@click.argument("words", nargs=-1, metavar="[NOUN [VERB]]", shell_complete=_words)
@common_options
@click.pass_context
def help_(context: click.Context, words: tuple[str, ...]) -> None:
    """Show what a command does, its options and examples."""
    command, found = _find(context.find_root(), words)
    if len(found.command_path.split()) <= len(words):
        wrong = safe_text(words[len(found.command_path.split()) - 1], 80)
        meant = did_you_mean(command, found, wrong)
        raise click.UsageError(f"No such command {wrong!r}{meant}", ctx=found)
    click.echo(command.get_help(found))


def _find(root: click.Context, words: Sequence[str]) -> tuple[click.Command, click.Context]:
    """The command that some words name, as far as they do, and its context."""
    command, context = root.command, root
    for word in words:
        below = command.get_command(context, word) if isinstance(command, click.Group) else None
        if below is None:
            break
        context = below.context_class(
            below, info_name=word, parent=context, **below.context_settings
        )
        command = below
    return command, context


def _subcommands(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and not command.hidden:
            yield name, command


@click.command(epilog=examples("snaptui man | man -l -", "snaptui man > snaptui.1"))
@common_options
@click.pass_context
def man(context: click.Context) -> None:
    """Print the manual page, in roff."""
    click.echo("\n".join(manual_page(context.find_root())))


def manual_page(root: click.Context) -> list[str]:
    """The manual page of a command and everything below it, as lines of roff (man macros)."""
    command = root.command
    name = root.info_name or ""
    summary, _, rest = (command.help or "").partition("\n")
    lines = [
        f'.TH {name.upper()} 1 {_date()} "{name} {__version__}" "User Commands"',
        ".SH NAME",
        f"{name} \\- {_roff(_uncapital(summary))}",
        ".SH SYNOPSIS",
        f".B {name}",
        "[\\fIoptions\\fR] [\\fInoun\\fR [\\fIverb\\fR] [\\fIarguments\\fR]]",
        ".SH DESCRIPTION",
        *_paragraphs(rest),
    ]
    sections, notes = _epilog(command.epilog)
    lines += [line for note in notes for line in (".PP", *_text(note))]
    lines += [".SH OPTIONS", "Each of these may stand before the noun or after the verb."]
    lines += _options(command, root)
    common = {option for each in command.params for option in each.opts}
    lines.append(".SH COMMANDS")
    for below, context in _leaves(command, root):
        lines += _command(below, context, common)
    for title, pairs in sections.items():
        lines.append(f".SH {title}")
        for term, text in pairs:
            lines += [".TP", f".B {_roff(term)}", *_text(text)]
    lines.append(".SH FILES")
    for path, text in _FILES:
        lines += [".TP", f".I {_roff(path)}", *_text(text)]
    return [*lines, ".SH EXAMPLES", *_shown(examples_in(command.epilog))]


def _date() -> str:
    """The day of the build where a packager says it, else today."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    day = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return day.strftime("%Y-%m-%d")


def _leaves(
    command: click.Command, context: click.Context
) -> Iterator[tuple[click.Command, click.Context]]:
    if not isinstance(command, click.Group):
        yield command, context
        return
    for name, below in _subcommands(command, context):
        inner = below.context_class(below, info_name=name, parent=context)
        yield from _leaves(below, inner)


def _command(command: click.Command, context: click.Context, common: set[str]) -> list[str]:
    arguments = " ".join(
        word
        for parameter in command.params
        if isinstance(parameter, click.Argument)
        for word in parameter.get_usage_pieces(context)
    )
    path = _roff(context.command_path.partition(" ")[2])
    lines = [f".SS {path} {_roff(arguments)}".rstrip(), *_paragraphs(command.help or "")]
    lines += _options(command, context, without=common)
    shown = examples_in(command.epilog)
    return [*lines, ".PP", "For example:", *_shown(shown)] if shown else lines


def _options(
    command: click.Command,
    context: click.Context,
    without: set[str] = frozenset(),  # type: ignore[assignment]
) -> list[str]:
    lines: list[str] = []
    for parameter in command.get_params(context):
        if not isinstance(parameter, click.Option) or without & set(parameter.opts):
            continue
        record = parameter.get_help_record(context)
        if record is None or (without and "--help" in parameter.opts):
            continue
        lines += [".TP", f".B {_roff(record[0])}", *_text(record[1])]
    return lines


def _epilog(epilog: str | None) -> tuple[dict[str, list[tuple[str, str]]], list[str]]:
    """An epilog's tables by their heads, and its other paragraphs."""
    tables: dict[str, list[tuple[str, str]]] = {}
    notes: list[str] = []
    for block in re.split(r"\n\s*\n", (epilog or "").replace("\b", "")):
        head, *rows = block.strip().splitlines() or [""]
        if head == HEAD or not head:
            continue
        if not head.endswith(":") or not rows:
            notes.append(" ".join([head, *rows]))
            continue
        pairs = [row.strip().partition("  ") for row in rows]
        title = {"Exit codes": "EXIT STATUS"}.get(head[:-1], head[:-1].upper())
        tables[title] = [(term, text.strip()) for term, _, text in pairs]
    return tables, notes


def _paragraphs(text: str) -> list[str]:
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\b", "").strip()):
        if paragraph.strip():
            lines += [*([".PP"] if lines else []), *_text(" ".join(paragraph.split()))]
    return lines


def _text(text: str) -> list[str]:
    """Prose, a sentence a line, as roff likes it."""
    sentences = re.split(r"(?<=[.;:]) +", text.strip())
    return [_roff(line) for sentence in sentences for line in textwrap.wrap(sentence, 64)]


def _shown(commands: Sequence[str]) -> list[str]:
    return [".RS", ".nf", *(_roff(command) for command in commands), ".fi", ".RE"]


def _roff(text: str) -> str:
    """Text that roff takes for nothing but text."""
    escaped = "".join(_ROFF.get(character, character) for character in text)
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _uncapital(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")
