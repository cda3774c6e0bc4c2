"""`snaptui zone`: the availability zones, directories that volumes are made in."""

from __future__ import annotations

import os

import click

from snaptui.cli import candidates
from snaptui.cli.examples import examples
from snaptui.cli.lazy import Nouns
from snaptui.cli.output import (
    Column,
    emit_for_programs,
    emit_json,
    emit_table,
    hint_when_empty,
    say,
    size,
)
from snaptui.cli.settings import (
    Settings,
    common_options,
    list_options,
    pass_settings,
    wait_for,
)
from snaptui.models import Zone

_COLUMNS = (
    Column("NAME", flexible=True),
    Column("PATH", flexible=True),
    Column("SIZE", right=True),
    Column("FREE", right=True),
    Column("VOLUMES", right=True),
    Column("STATUS"),
)


@click.group(
    cls=Nouns, epilog=examples("snaptui zone list", "snaptui zone add fast /mnt/nvme/pool")
)
@common_options
def zone() -> None:
    """Availability zones: directories that volumes are made in."""


@zone.command(epilog=examples("snaptui zone add fast /mnt/nvme/pool"))
@click.argument("name")
@click.argument("path", shell_complete=candidates.directories)
@common_options
@pass_settings
def add(settings: Settings, name: str, path: str) -> None:
    """Add the directory at PATH as availability zone NAME."""
    where = os.path.abspath(path) if path else path
    if settings.is_local and settings.is_nothing():
        _inspect_first(settings, name, where)
    with settings.local_cloud(create=True) as cloud:
        made = wait_for(cloud.add_zone(name, where))
    if settings.json:
        emit_json(made)
    else:
        click.echo(f"Zone {made.name} was successfully added.")


def _inspect_first(settings: Settings, name: str, path: str) -> None:
    """Refuse what is no zone before a repository is made for it."""
    from snaptui.clouds.local.zones import inspect_zone

    inspect_zone(name, path, settings.path)


@zone.command(epilog=examples("snaptui zone delete fast", "snaptui zone delete fast --json"))
@click.argument("name", shell_complete=candidates.zones)
@common_options
@pass_settings
def delete(settings: Settings, name: str) -> None:
    """Forget the availability zone NAME, which must have no volume.

    Its directory stays, and whatever is in it; `zone add` brings it back.
    """
    with settings.local_cloud() as cloud:
        gone = wait_for(cloud.delete_zone(name))
    if settings.json:
        emit_json(gone)
    else:
        say(f"Zone {gone.name} was successfully deleted; {gone.path} stays as it is.")


@zone.command("list", epilog=examples("snaptui zone list", "snaptui zone list --plain"))
@list_options
@pass_settings
def list_(settings: Settings) -> None:
    """List all availability zones."""
    zones: list[Zone] = []
    if not settings.has_nothing_yet():
        with settings.cloud() as cloud:
            zones = wait_for(cloud.zones())
    if emit_for_programs(settings, zones, Zone):
        return
    if zones and settings.is_local:
        emit_table(_COLUMNS, (_row(each) for each in zones))
    elif zones:
        emit_table(
            (_COLUMNS[0], *_COLUMNS[-2:]),
            ((each.name, _count(each), _status(each)) for each in zones),
        )
    elif not settings.is_local:
        hint_when_empty("The cloud tells of no availability zones.")


def _row(each: Zone) -> tuple[object, ...]:
    return (
        each.name,
        each.path,
        size(each.size_bytes),
        size(each.free_bytes),
        _count(each),
        _status(each),
    )


def _count(each: Zone) -> object:
    return "-" if each.volume_count is None else each.volume_count


def _status(each: Zone) -> str:
    if each.available:
        return "available"
    return f"unavailable: {each.reason}" if each.reason else "unavailable"
