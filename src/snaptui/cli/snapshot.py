"""`snaptui snapshot`: take, list and show volume snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from snaptui.cli import candidates
from snaptui.cli.examples import examples
from snaptui.cli.lazy import LazyGroup
from snaptui.cli.output import (
    NONE,
    Column,
    Spoken,
    emit_fields,
    emit_for_programs,
    emit_json,
    emit_table,
    hint_when_empty,
    size,
    tags,
    yes_or_no,
)
from snaptui.cli.selecting import selecting_options, selector
from snaptui.cli.settings import (
    Settings,
    common_options,
    list_options,
    pass_settings,
    wait_for,
)
from snaptui.cli.work import Work, run_or_start
from snaptui.errors import AmbiguousError, InvalidInputError, NotFoundError
from snaptui.models import Consistency, Snapshot, SnapshotStatus
from snaptui.requests import SnapshotRequest
from snaptui.text import safe_text
from snaptui.units import exact_size, format_age, format_size, format_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.fields import Fields

_DIGITS_MIN = 4
"""So many digits are a reference without `vol-`, too."""
_COLUMNS = (
    Column("NAME", flexible=True),
    Column("RESOURCE UID"),
    Column("VOLUME", flexible=True, spare=1),
    Column("CREATED AT"),
    Column("SIZE", right=True, spare=2),
    Column("NEW", right=True, spare=4),
    Column("STORED", right=True, spare=6),
    Column("STATUS"),
)
_REMOTE_COLUMNS = (
    *_COLUMNS[:5],
    Column("OWNER", flexible=True, spare=5),
    Column("VISIBILITY", spare=3),
    Column("STATUS"),
)
"""No other cloud tells what a snapshot added to it, but they know several owners."""


@click.group(
    epilog=examples(
        "snaptui snapshot create web --name nightly", "snaptui snapshot list --volume web"
    ),
    cls=LazyGroup,
    commands_in={
        "clone": "snaptui.cli.snapshot_use:clone",
        "restore": "snaptui.cli.snapshot_use:restore",
        "diff": "snaptui.cli.snapshot_use:diff",
        "verify": "snaptui.cli.snapshot_use:verify",
        "edit": "snaptui.cli.snapshot_edit:edit",
        "share": "snaptui.cli.snapshot_share:share",
        "import": "snaptui.cli.snapshot_move:import_",
        "export": "snaptui.cli.snapshot_move:export",
        "copy": "snaptui.cli.snapshot_move:copy",
        "delete": "snaptui.cli.snapshot_delete:delete",
        "undelete": "snaptui.cli.snapshot_delete:undelete",
        "pin": "snaptui.cli.snapshot_delete:pin",
        "unpin": "snaptui.cli.snapshot_delete:unpin",
    },
)
@common_options
def snapshot() -> None:
    """Volume snapshots: volumes at one point in time."""


@snapshot.command(
    epilog=examples(
        "snaptui snapshot create web --name nightly",
        "snaptui snapshot create web --name nightly --allow-fuzzy --detach",
    )
)
@click.argument("volume", shell_complete=candidates.volumes)
@click.option("--name", required=True, help="The snapshot's name.")
@click.option("--description", default="", help="Any text.")
@click.option(
    "--allow-fuzzy",
    is_flag=True,
    help="Take it even if the volume changes while it is read; the snapshot says so.",
)
@click.option("--detach", is_flag=True, help="Let a worker do it; prints the job's uid.")
@common_options
@pass_settings
def create(
    settings: Settings, volume: str, name: str, description: str, allow_fuzzy: bool, detach: bool
) -> None:
    """Take a snapshot of VOLUME."""
    # what is wrong with a name is told before anything is opened
    SnapshotRequest(volume_uid="", name=name, description=description)
    with settings.jobs() as (cloud, jobs):
        found = wait_for(cloud.volume(volume))
        request = SnapshotRequest(
            volume_uid=found.resource_uid,
            name=name,
            description=description,
            allow_fuzzy=allow_fuzzy,
        )
        run_or_start(settings, Work(cloud, jobs, request, found), detach=detach)


@snapshot.command(
    "list",
    epilog=examples(
        "snaptui snapshot list --volume web",
        "snaptui snapshot list --filter 'age:<7d' --sort size:desc",
        "snaptui snapshot list --public --owner amazon --cloud 'aws eu-west-1'",
    ),
)
@click.option(
    "--volume",
    shell_complete=candidates.volumes,
    help="Only this volume's, also of one that is deleted.",
)
@click.option(
    "--public",
    is_flag=True,
    help="What other accounts have made public, in a cloud that has such, as it comes.",
)
@click.option("--owner", metavar="ACCOUNT", help="With --public: only this account's, or amazon's.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="With --public: at most so many (1000 if it is not said).",
)
@selecting_options
@list_options
@pass_settings
def list_(
    settings: Settings,
    volume: str | None,
    public: bool,
    owner: str | None,
    limit: int | None,
    wanted: str | None,
    sort: str | None,
) -> None:
    """List snapshots, newest first; all of them, or those that a filter lets through.

    Public ones of other accounts are in no list without --public: there may be tens of thousands.
    show, clone and copy find one of them by its whole Resource UID.
    """
    if public or owner is not None or limit is not None:
        from snaptui.cli.snapshot_public import PublicList, list_public

        if not public:
            raise InvalidInputError("--owner and --limit go with --public", "add --public")
        if volume is not None:
            raise InvalidInputError("--public and --volume do not go together", "leave one out")
        list_public(settings, PublicList(owner or "", limit, wanted, sort))
        return
    select = selector(settings, _fields, wanted, sort)
    snapshots: list[Snapshot] = []
    if volume is not None or not settings.has_nothing_yet():
        snapshots = select(_snapshots(settings, volume))
    if emit_for_programs(settings, snapshots, Snapshot):
        return
    if snapshots:
        if settings.is_local:
            emit_table(_COLUMNS, (_row(each) for each in snapshots))
        else:
            emit_table(_REMOTE_COLUMNS, (_remote_row(each) for each in snapshots))
    elif wanted is not None:
        hint_when_empty("No snapshot is like that.")
    else:
        hint_when_empty(
            "No snapshots yet. Take one with: snaptui snapshot create VOLUME --name ..."
        )


def _fields() -> Fields[Snapshot]:
    from snaptui.fields import SNAPSHOT_FIELDS

    return SNAPSHOT_FIELDS


def _snapshots(settings: Settings, volume: str | None) -> list[Snapshot]:
    from snaptui.clouds.base import collect

    async def look() -> list[Snapshot]:
        if volume is None:
            return await collect(cloud.snapshots())
        try:
            uid = (await cloud.volume(volume)).resource_uid
        except NotFoundError:
            left = of_deleted_volume(volume, await collect(cloud.snapshots()))
            if not left:
                raise
            return left
        return await collect(cloud.snapshots(uid))

    with settings.cloud() as cloud:
        return wait_for(look())


def of_deleted_volume(reference: str, snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """The snapshots that a volume has left: by its Resource UID, a beginning of it, or its name.

    Raises:
        AmbiguousError: several volumes are meant.
    """
    wanted = reference.strip()
    digits = wanted.casefold().removeprefix("vol-")
    whole = {f"vol-{digits}", wanted.casefold()}
    found = [each for each in snapshots if each.volume_uid.casefold() in whole]
    if not found:
        long_enough = wanted.casefold().startswith("vol-") or len(digits) >= _DIGITS_MIN
        found = [
            each
            for each in snapshots
            if each.volume_name == wanted
            or (long_enough and digits and each.volume_uid.casefold().startswith(f"vol-{digits}"))
        ]
    uids = list(dict.fromkeys(each.volume_uid for each in found))
    if len(uids) > 1:
        raise AmbiguousError(
            f"several volumes that are deleted are called {safe_text(wanted, 80)}",
            f"say which: {' or '.join(uids[:5])}",
        )
    return found


def _row(each: Snapshot) -> tuple[object, ...]:
    return (
        *_first(each),
        size(each.new_bytes),
        size(each.stored_bytes),
        _status(each),
    )


def _remote_row(each: Snapshot) -> tuple[object, ...]:
    return (*_first(each), each.owner or NONE, each.visibility or _NOT_ASKED, _status(each))


def _first(each: Snapshot) -> tuple[object, ...]:
    return (
        each.name,
        each.resource_uid,
        each.volume_name,
        format_time(each.created_at),
        size(each.size_bytes),
    )


def _status(each: Snapshot) -> str:
    if each.status is SnapshotStatus.PENDING and each.percent is not None:
        return f"{each.status}, {each.percent} %"
    pinned = ", pinned" if each.pinned else ""
    if each.status is SnapshotStatus.COMPLETED and each.consistency is Consistency.FUZZY:
        return f"{each.status}, fuzzy{pinned}"
    return f"{each.status}{pinned}"


@snapshot.command(
    epilog=examples("snaptui snapshot show nightly", "snaptui snapshot show snap-1695468D --json")
)
@click.argument("snapshot", shell_complete=candidates.snapshots)
@common_options
@pass_settings
def show(settings: Settings, snapshot: str) -> None:
    """Show everything about SNAPSHOT."""
    with settings.cloud() as cloud:
        found = wait_for(cloud.snapshot(snapshot))
        if found.visibility is None:
            # a listing may not tell it; to be asked about the one alone, a cloud may
            found = wait_for(cloud.snapshot(found.resource_uid))
    if settings.json:
        emit_json(found)
        return
    created = f"{format_time(found.created_at)} ({format_age(found.created_at)})"
    emit_fields(
        (
            ("Name", found.name),
            ("Resource UID", found.resource_uid),
            ("Description", found.description or NONE),
            ("Created At", created),
            ("Owner", found.owner),
            ("Visibility", found.visibility or _NOT_KNOWN),
            ("Status", f"{found.status}: {found.reason}" if found.reason else found.status),
            ("Volume", f"{found.volume_name} ({found.volume_uid})"),
            ("Volume size", exact_size(found.size_bytes)),
            *(_of_cloud(found) if found.consistency is None else _of_repository(found)),
        )
    )


def _of_repository(found: Snapshot) -> tuple[tuple[str, object], ...]:
    """What is known of a snapshot whose blocks are in the repository."""
    return (
        ("Parent", found.parent_uid or NONE),
        ("Data", size(found.data_bytes)),
        ("New", size(found.new_bytes)),
        ("Stored", size(found.stored_bytes)),
        ("Block size", format_size(found.block_size)),
        ("Consistency", _CONSISTENCIES[found.consistency] if found.consistency else NONE),
        ("Read", found.read_method or NONE),
        ("Pinned", "yes" if found.pinned else "no"),
        *([("Imported from", imported_from(found))] if found.origin else []),
        ("Job", found.job_uid or NONE),
    )


def _of_cloud(found: Snapshot) -> tuple[tuple[str, object], ...]:
    """What a remote cloud tells of a snapshot."""
    return (
        ("Shared with", ", ".join(found.shared_with) or NONE),
        ("Progress", NONE if found.percent is None else f"{found.percent} %"),
        ("Encrypted", yes_or_no(found.encrypted)),
        ("Storage tier", found.storage_tier or NONE),
        ("Tags", tags(found.tags)),
    )


_NOT_KNOWN = Spoken("-", "not known")
_NOT_ASKED = Spoken("-", "not asked")
"""Where a listing does not tell who can see a snapshot, and each would have to be asked about."""


def imported_from(found: Snapshot) -> str:
    """Where a snapshot was imported from, in words."""
    words = [found.origin.get(each, "") for each in ("cloud", "snapshot_uid")]
    place = found.origin.get("place", "")
    return " ".join(filter(None, words)) + (f" ({place})" if place else "")


_CONSISTENCIES = {
    Consistency.FROZEN: "frozen (read from a frozen copy)",
    Consistency.STABLE: "stable (the volume did not change while it was read)",
    Consistency.FUZZY: "fuzzy (the volume changed while it was read)",
}
