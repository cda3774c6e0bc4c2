"""`snaptui config`: what is set, and where that is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from snaptui.cli.examples import examples
from snaptui.cli.lazy import Nouns
from snaptui.cli.output import Column, emit_for_programs, emit_json, emit_table
from snaptui.cli.screen_options import screen_options
from snaptui.cli.settings import (
    Settings,
    common_options,
    list_options,
    pass_settings,
    warn,
)
from snaptui.errors import InvalidInputError

if TYPE_CHECKING:
    from snaptui.config import Config

_PLAIN = ("theme", "ascii", "mouse", "calm", "times", "timezone", "restore_state", "find_clouds")


@click.group(cls=Nouns, epilog=examples("snaptui config show", "snaptui config path"))
@common_options
def config() -> None:
    """The config file: what it sets, and where it is."""


@config.command(epilog=examples("snaptui config path", "snaptui config path --json"))
@common_options
@pass_settings
def path(settings: Settings) -> None:
    """Print the config file's path, also when it is not there yet."""
    from snaptui.config import config_path

    found = config_path()
    if settings.json:
        emit_json({"path": str(found), "exists": found.is_file()})
    else:
        # whole: it is for an editor
        click.echo(found)


@config.command(epilog=examples("snaptui config show", "snaptui config show --json"))
@common_options
@screen_options
@pass_settings
def show(settings: Settings) -> int:
    """Show all values that are in force, and where each comes from.

    What is wrong in the file is told with its line, and the exit code is 2.
    """
    settings.tells_problems = False
    values = effective(settings)
    mistakes = [f"{each}; it is left out" for each in settings.config.problems]
    problems = [*mistakes, *_problems(settings)]
    code = InvalidInputError.exit_code if mistakes else 0
    if settings.json:
        shown = {key: {"value": value, "origin": origin} for key, value, origin in values}
        emit_json({"values": shown, "problems": problems})
        return code
    rows = [(key, _written(value), origin) for key, value, origin in values]
    emit_table((Column("KEY"), Column("VALUE"), Column("FROM")), rows)
    for problem in problems:
        warn(problem)
    return code


def _problems(settings: Settings) -> list[str]:
    """What the key map asks for and cannot have."""
    if not settings.config.keys:
        return []
    from snaptui.tui.keymap import key_map

    return key_map(settings.config.keys).problems


@dataclass(frozen=True, slots=True)
class BoundKeys:
    """A binding, as `config keys` prints it."""

    id: str
    keys: str
    changed: bool
    meaning: str


@config.command(epilog=examples("snaptui config keys", "snaptui config keys --json"))
@list_options
@pass_settings
def keys(settings: Settings) -> None:
    """Show every binding with its id and its keys: what [keys] in the config file can name."""
    from snaptui.tui import keys as table
    from snaptui.tui.keymap import key_map

    mapped = key_map(settings.config.keys)
    rows = [
        BoundKeys(
            id=binding.id or "",
            keys=",".join(mapped.keys[binding.id or ""]),
            changed=binding.id in mapped.changed,
            meaning=binding.tooltip,
        )
        for binding in table.every()
    ]
    if emit_for_programs(settings, rows, BoundKeys):
        return
    columns = (Column("ID"), Column("KEYS"), Column("MEANING", flexible=True))
    emit_table(columns, ((row.id, row.keys or "-", row.meaning) for row in rows))


def effective(settings: Settings) -> list[tuple[str, Any, str]]:
    """Every key with its value and where that comes from."""
    config: Config = settings.config
    values: list[tuple[str, Any, str]] = []
    for key in _PLAIN:
        value = getattr(config, key)
        values.append((key, "auto" if value is None else value, config.origin(key)))
    for binding_id, keys in config.keys.items():
        values.append((f"keys.{binding_id}", keys, config.origin(f"keys.{binding_id}")))
    read_only = (settings.read_only, settings.read_only_origin)
    values.append(("clouds.local.read_only", *read_only))
    values.append(("clouds.local.repository", str(settings.path), settings.path_origin))
    key = "clouds.local.trash_days"
    values.append((key, config.local.trash_days, config.origin(key)))
    for name, cloud in config.clouds.items():
        if cloud.kind:
            of_cloud = {"kind": cloud.kind, **cloud.options, "read_only": cloud.read_only}
            for option, value in {**of_cloud, "refresh": cloud.refresh}.items():
                key = f"clouds.{name}.{option}"
                values.append((key, value, config.origin(key)))
    return values


def _written(value: Any) -> str:
    """A value as the file would have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
