"""`snaptui trash`: deleted snapshots, and deleting them for good."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from snaptui.cli import candidates
from snaptui.cli.asking import confirm_deletion, space_of
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
    warn,
)
from snaptui.cli.snapshot_delete import tell_left_out
from snaptui.models import TrashedSnapshot
from snaptui.text import were
from snaptui.units import format_left, format_time, parse_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.clouds.base import Cloud

_COLUMNS = (
    Column("NAME", flexible=True),
    Column("RESOURCE UID"),
    Column("VOLUME", flexible=True, spare=1),
    Column("SIZE", right=True),
    Column("DELETED AT"),
    Column("BY", spare=2),
    Column("KEPT FOR", right=True),
)


@click.group(
    cls=Nouns, epilog=examples("snaptui trash list", "snaptui trash purge --older-than 7d")
)
@common_options
def trash() -> None:
    """Deleted snapshots: they can be taken back until they are purged."""


@trash.command("list", epilog=examples("snaptui trash list", "snaptui trash list --json"))
@list_options
@pass_settings
def list_(settings: Settings) -> None:
    """List what is in the trash, last deleted first."""
    found: list[TrashedSnapshot] = []
    if not settings.has_nothing_yet():
        with settings.cloud() as cloud:
            found = wait_for(cloud.trash())
    if emit_for_programs(settings, found, TrashedSnapshot):
        return
    if found:
        emit_table(_COLUMNS, (_row(each) for each in found))
    elif settings.is_local:
        hint_when_empty("The trash is empty.")
    else:
        # that it is empty would be a mistake, in a script as well
        warn("no cloud but the local one has a trash: what is deleted there is gone")


def _row(each: TrashedSnapshot) -> tuple[object, ...]:
    return (
        each.name,
        each.resource_uid,
        each.snapshot.volume_name,
        size(each.snapshot.size_bytes),
        format_time(each.deleted_at),
        each.deleted_by,
        format_left(each.expires_at),
    )


@trash.command(
    epilog=examples(
        "snaptui trash purge",
        "snaptui trash purge --older-than 7d --yes",
        "snaptui trash purge nightly",
    )
)
@click.argument("snapshots", nargs=-1, metavar="[SNAPSHOT...]", shell_complete=candidates.trashed)
@click.option(
    "--older-than",
    type=parse_duration,
    metavar="AGE",
    help="Only what was deleted that long ago: 12h, 7d, 2w.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
@pass_settings
def purge(
    settings: Settings, snapshots: tuple[str, ...], older_than: float | None, yes: bool
) -> int:
    """Delete for good what is in the trash: all of it, or each SNAPSHOT.

    Nothing brings them back. What is kept long enough is purged without asking by whoever next
    opens the repository to write.
    """
    with settings.cloud() as cloud:
        found = wait_for(_chosen(cloud, snapshots, older_than))
        uids = [each.resource_uid for each in found]
        plan = wait_for(cloud.plan_purge(uids))
        if uids and not yes:
            confirm_deletion(plan, space_of(cloud, uids))
        done = wait_for(cloud.purge(uids))
    if settings.json:
        emit_json(done)
    elif not found:
        say("There is nothing to purge.")
    else:
        names = [each.name for each in found if each.resource_uid in done.uids]
        say(were(names, "purged"))
    return tell_left_out(done)


async def _chosen(
    cloud: Cloud, references: Sequence[str], older_than: float | None
) -> list[TrashedSnapshot]:
    if references:
        named = [await cloud.trashed(reference) for reference in references]
        found = list({each.resource_uid: each for each in named}.values())
    else:
        found = await cloud.trash()
    if older_than is None:
        return found
    at = datetime.now(UTC)
    return [each for each in found if (at - each.deleted_at).total_seconds() >= older_than]
