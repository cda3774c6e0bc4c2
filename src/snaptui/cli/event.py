"""`snaptui event`: who did what, when, from where."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from snaptui.cli import candidates
from snaptui.cli.examples import examples
from snaptui.cli.lazy import Nouns
from snaptui.cli.output import NONE, Column, emit_for_programs, emit_table, hint_when_empty
from snaptui.cli.selecting import selecting_options, selector
from snaptui.cli.settings import (
    Settings,
    common_options,
    is_plain,
    list_options,
    pass_settings,
    wait_for,
)
from snaptui.clouds.base import collect
from snaptui.errors import AmbiguousError, NotFoundError
from snaptui.models import Event
from snaptui.units import format_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from snaptui.clouds.base import Cloud
    from snaptui.fields import Fields

_COLUMNS = (
    Column("AT"),
    Column("WHO", spare=1),
    Column("FROM", flexible=True, spare=2),
    Column("WHAT", flexible=True),
    Column("OF", flexible=True),
    Column("RESOURCE UID"),
)
_UID = re.compile(
    r"(?:vol|snap)-[0-9A-F]+|[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}", re.IGNORECASE
)


@click.group(cls=Nouns, epilog=examples("snaptui event list", "snaptui event list --of web"))
@common_options
def event() -> None:
    """What happened: who did what to which volume or snapshot."""


@event.command(
    "list",
    epilog=examples(
        "snaptui event list", "snaptui event list --of web", "snaptui event list --csv"
    ),
)
@click.option(
    "--of",
    metavar="REF",
    shell_complete=candidates.things,
    help="Only what was done to this volume or snapshot.",
)
@selecting_options
@list_options
@pass_settings
def list_(settings: Settings, of: str | None, wanted: str | None, sort: str | None) -> None:
    """List what happened, newest first; all of it, or what a filter lets through.

    The Resource UID is that of what it was done to. With --plain, --json and --csv there is also
    the one of what was made of it: of the clone of a snapshot, say. What was deleted is named by
    its whole Resource UID.
    """
    select = selector(settings, _fields, wanted, sort)
    found: list[Event] = []
    names: dict[str, str] = {}
    if of is not None or not settings.has_nothing_yet():
        with settings.cloud() as cloud:
            found = select(wait_for(_events(cloud, of)))
            if settings.is_local and not (settings.json or settings.csv):
                names = wait_for(_names(cloud, found))
    if not settings.is_local:
        names = _remembered_names(settings)
    if emit_for_programs(settings, found, Event):
        return
    if found:
        # there are two long UIDs: a table has no room for both
        columns = (*_COLUMNS, Column("RELATED UID")) if is_plain() else _COLUMNS
        emit_table(columns, (_row(each, names)[: len(columns)] for each in found))
    elif wanted is not None:
        hint_when_empty("Nothing of that kind has happened.")
    else:
        hint_when_empty("Nothing has happened yet.")


def _fields() -> Fields[Event]:
    from snaptui.fields import EVENT_FIELDS

    return EVENT_FIELDS


async def _events(cloud: Cloud, reference: str | None) -> list[Event]:
    if reference is None:
        return await cloud.events()
    try:
        return await cloud.events(await _uid_of(cloud, reference))
    except NotFoundError:
        # what is gone has left its name in what happened to it
        found = await cloud.events(reference.strip()) if _UID.fullmatch(reference.strip()) else []
        if not found:
            raise
        return found


async def _uid_of(cloud: Cloud, reference: str) -> str:
    """The Resource UID of the volume or snapshot that a reference means.

    Raises:
        NotFoundError: it means none.
        AmbiguousError: it means several.
    """
    found: list[str] = []
    for look in (cloud.volume, cloud.snapshot):
        try:
            found.append((await look(reference)).resource_uid)
        except NotFoundError:
            continue
    if not found:
        raise NotFoundError(
            f"there is no volume or snapshot {reference}", "see: snaptui event list"
        )
    if len(found) > 1:
        raise AmbiguousError(
            f"{reference} is a volume and a snapshot", f"say which: {' or '.join(found)}"
        )
    return found[0]


async def _names(cloud: Cloud, events: Sequence[Event]) -> dict[str, str]:
    """What the volumes and snapshots that something was done to are called now."""
    names = {each.resource_uid: each.name for each in await collect(cloud.volumes())}
    for uid in {each.subject_uid for each in events} - names.keys():
        if uid.startswith("snap-"):
            with suppress(NotFoundError):
                names[uid] = (await cloud.snapshot(uid)).name
    return names


def _remembered_names(settings: Settings) -> dict[str, str]:
    """What those of a remote cloud were called the last time: what happened is told without it."""
    from snaptui.clouds.registry import known_clouds, remembered_inventory

    known = known_clouds(settings.config).get(settings.cloud_name)
    kept = remembered_inventory(known).read()
    if kept is None:
        return {}
    names = {each.resource_uid: each.name for each in kept.volumes}
    names.update((each.resource_uid, each.name) for each in kept.snapshots)
    return names


def _row(each: Event, names: Mapping[str, str]) -> tuple[object, ...]:
    return (
        format_time(each.at),
        each.user,
        each.origin or NONE,
        each.text or each.action,
        names.get(each.subject_uid) or each.subject_uid,
        each.subject_uid,
        each.related_uid or NONE,
    )
