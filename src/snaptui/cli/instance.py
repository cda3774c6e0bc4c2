"""`snaptui instance`: the servers that a cloud's volumes can be attached to."""

from __future__ import annotations

import click

from snaptui.cli import candidates
from snaptui.cli.examples import examples
from snaptui.cli.lazy import Nouns
from snaptui.cli.output import NONE, Column, emit_for_programs, emit_table, hint_when_empty
from snaptui.cli.settings import (
    Settings,
    common_options,
    list_options,
    pass_settings,
    wait_for,
)
from snaptui.models import Instance

_COLUMNS = (
    Column("NAME", flexible=True),
    Column("RESOURCE UID"),
    Column("ZONE", flexible=True, spare=1),
    Column("STATUS"),
)


@click.group(cls=Nouns, epilog=examples("snaptui instance list --cloud 'aws us-east-1'"))
@common_options
def instance() -> None:
    """Instances: servers that volumes attach to."""


@instance.command(
    "list",
    epilog=examples(
        "snaptui instance list --cloud 'aws us-east-1'",
        "snaptui instance list --cloud prod --for web --json",
    ),
)
@click.option(
    "--for",
    "volume",
    metavar="VOLUME",
    shell_complete=candidates.volumes,
    help="Only those that this volume can be attached to.",
)
@list_options
@pass_settings
def list_(settings: Settings, volume: str | None) -> None:
    """List the instances of a cloud; the local one knows none."""

    async def look() -> list[Instance]:
        uid = (await cloud.volume(volume)).resource_uid if volume is not None else None
        return await cloud.instances(uid)

    found: list[Instance] = []
    if volume is not None or not settings.has_nothing_yet():
        with settings.cloud() as cloud:
            found = wait_for(look())
    if emit_for_programs(settings, found, Instance):
        return
    if found:
        emit_table(_COLUMNS, (_row(each) for each in found))
    elif settings.is_local:
        hint_when_empty("The local cloud knows no instances: see snaptui volume list.")
    else:
        hint_when_empty("There is no instance, or the cloud does not tell.")


def _row(each: Instance) -> tuple[object, ...]:
    return (each.name or NONE, each.resource_uid, each.zone or NONE, each.status or NONE)
