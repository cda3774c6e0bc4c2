"""`snaptui volume`: register, create, list, show and delete volumes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from snaptui.cli import candidates
from snaptui.cli.examples import examples
from snaptui.cli.lazy import LazyGroup
from snaptui.cli.output import (
    NONE,
    Column,
    Spoken,
    age,
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
from snaptui.cli.work import Work, run_or_start, say_made
from snaptui.models import Volume
from snaptui.requests import DEFAULT_ZONE, AddVolumeRequest, CreateVolumeRequest
from snaptui.units import exact_size, format_age, format_size, format_time, parse_size

if TYPE_CHECKING:
    from snaptui.fields import Fields

_COLUMNS = (
    Column("NAME", flexible=True),
    Column("RESOURCE UID"),
    Column("SIZE", right=True),
    Column("STATUS"),
    Column("ZONE", flexible=True, spare=3),
    Column("ATTACHED TO", flexible=True),
    Column("SNAPSHOTS", right=True, spare=2),
    Column("LAST AGE", right=True, spoken="Last Snapshot At", spare=1),
)


@click.group(
    cls=LazyGroup,
    epilog=examples("snaptui volume list", "snaptui volume add /var/lib/libvirt/images/web.img"),
    commands_in={
        "attach": "snaptui.cli.volume_use:attach",
        "detach": "snaptui.cli.volume_use:detach",
        "resize": "snaptui.cli.volume_use:resize",
        "types": "snaptui.cli.volume_use:types",
    },
)
@common_options
def volume() -> None:
    """Block storage: disk images, block devices, and volumes of clouds elsewhere."""


@volume.command(
    epilog=examples(
        "snaptui volume add /var/lib/libvirt/images/web.img",
        "snaptui volume add /dev/vg0/db --name db --block-size 256KiB",
    )
)
@click.argument("path", shell_complete=candidates.files)
@click.option("--name", help="Its name (default: the file's name without its ending).")
@click.option(
    "--zone",
    shell_complete=candidates.zones,
    help="Its availability zone (default: the one its path is in).",
)
@click.option(
    "--block-size",
    type=parse_size,
    metavar="SIZE",
    help="64KiB to 4MiB (default: by the volume's size).",
)
@common_options
@pass_settings
def add(
    settings: Settings, path: str, name: str | None, zone: str | None, block_size: int | None
) -> None:
    """Register the raw image file or block device at PATH as a volume."""
    if block_size is not None:
        from snaptui.engine.sizes import checked_block_size

        checked_block_size(block_size)
    request = AddVolumeRequest(
        path=os.path.abspath(path) if path else path, name=name, zone=zone, block_size=block_size
    )
    if settings.is_local and settings.is_nothing():
        _inspect_first(settings, request)
    with settings.cloud(create=True) as cloud:
        made = wait_for(cloud.add_volume(request))
    _emit_made(settings, made, "added")


def _inspect_first(settings: Settings, request: AddVolumeRequest) -> None:
    """Refuse what is no volume before a repository is made for it."""
    from snaptui.clouds.local.registration import inspect

    inspect(request.path, settings.path)


@volume.command(
    epilog=examples(
        "snaptui volume create --name scratch --size 10GiB",
        "snaptui volume create --name db2 --size 1TiB --zone fast",
        "snaptui volume create --cloud lab --name db3 --size 1TiB --detach",
    )
)
@click.option("--name", required=True, help="Its name.")
@click.option(
    "--size", type=parse_size, metavar="SIZE", required=True, help="Its size, like 10GiB."
)
@click.option(
    "--zone",
    default=DEFAULT_ZONE,
    shell_complete=candidates.zones,
    help="Its availability zone (default: in the local cloud 'default'; in a remote one its first, "
    "or the one that it chooses).",
)
@click.option(
    "--type",
    "volume_type",
    metavar="TYPE",
    shell_complete=candidates.volume_types,
    help="Its volume type, in a remote cloud.",
)
@click.option("--detach", is_flag=True, help="Let a worker do it; prints the job's uid.")
@common_options
@pass_settings
def create(
    settings: Settings, name: str, size: int, zone: str, volume_type: str | None, detach: bool
) -> None:
    """Make a blank volume; in the local cloud a sparse file in a zone."""
    request = CreateVolumeRequest(name=name, size_bytes=size, zone=zone, volume_type=volume_type)
    if settings.is_local and settings.is_nothing():
        from snaptui.clouds.local.zones import require_default

        require_default(zone)
    if settings.is_local and not detach:
        # the file is there at once: to record a job takes longer than what it would tell of
        with settings.cloud(create=True) as cloud:
            _emit_made(settings, wait_for(cloud.create_volume(request)), "created")
        return
    with settings.jobs(create=True) as (cloud, jobs):
        run_or_start(settings, Work(cloud, jobs, request), detach=detach)


def _emit_made(settings: Settings, made: Volume, verb: str) -> None:
    if settings.json:
        emit_json(made)
    else:
        say_made(f"Volume {made.name} was successfully {verb}.", made.resource_uid)


@volume.command(
    "list",
    epilog=examples(
        "snaptui volume list", "snaptui volume list --json", "snaptui volume list --plain"
    ),
)
@selecting_options
@list_options
@pass_settings
def list_(settings: Settings, wanted: str | None, sort: str | None) -> None:
    """List all volumes, or those that a filter lets through."""
    select = selector(settings, _fields, wanted, sort)
    volumes: list[Volume] = []
    if not settings.has_nothing_yet():
        from snaptui.clouds.base import collect

        with settings.cloud() as cloud:
            volumes = select(wait_for(collect(cloud.volumes())))
    if emit_for_programs(settings, volumes, Volume):
        return
    if volumes:
        emit_table(_COLUMNS, (_row(each) for each in volumes))
    elif wanted is not None:
        hint_when_empty("No volume is like that.")
    elif settings.is_local:
        hint_when_empty("No volumes yet. Add one with: snaptui volume add PATH")
    else:
        hint_when_empty(
            "No volumes yet. Make one with: snaptui volume create --name ... --size ..."
        )


def _fields() -> Fields[Volume]:
    from snaptui.fields import VOLUME_FIELDS

    return VOLUME_FIELDS


def _row(each: Volume) -> tuple[object, ...]:
    return (
        each.name,
        each.resource_uid,
        size(each.size_bytes),
        each.status,
        each.zone,
        each.attachment.user if each.attachment else NONE,
        each.snapshot_count,
        age(each.last_snapshot_at),
    )


@volume.command(
    epilog=examples("snaptui volume show web", "snaptui volume show vol-52EF05A9 --json")
)
@click.argument("volume", shell_complete=candidates.volumes)
@common_options
@pass_settings
def show(settings: Settings, volume: str) -> None:
    """Show everything about VOLUME."""
    with settings.cloud() as cloud:
        found = wait_for(cloud.volume(volume))
    if settings.json:
        emit_json(found)
        return
    attachment: object = NONE
    if found.attachment:
        since = found.attachment.since
        attachment = f"{found.attachment.user} as {found.attachment.device}" + (
            f" since {format_time(since)}" if since else ""
        )
    emit_fields(
        (
            ("Name", found.name),
            ("Resource UID", found.resource_uid),
            ("Size", exact_size(found.size_bytes)),
            ("Status", f"{found.status}: {found.reason}" if found.reason else found.status),
            ("Attached to", attachment),
            ("Zone", found.zone),
            *(_of_file(found) if found.path else _of_cloud(found)),
            ("Created At", format_time(found.created_at)),
            ("Owner", found.owner),
            ("Cloned from", found.source_snapshot_uid or NONE),
            ("Snapshots", found.snapshot_count),
            ("Last Age", _last_age(found)),
        )
    )


def _of_file(found: Volume) -> tuple[tuple[str, object], ...]:
    """What there is to say of a volume whose data is in a file or device of this host."""
    return (
        ("Block size", format_size(found.block_size)),
        ("Path", found.path),
        ("File", "made by snaptui" if found.managed else "registered"),
    )


def _of_cloud(found: Volume) -> tuple[tuple[str, object], ...]:
    """What a remote cloud tells of a volume."""
    return (
        ("Description", found.description or NONE),
        ("Volume type", found.volume_type or NONE),
        ("Encrypted", yes_or_no(found.encrypted)),
        ("Tags", tags(found.tags)),
    )


def _last_age(found: Volume) -> Spoken:
    at = found.last_snapshot_at
    return Spoken(format_age(at), f"{format_age(at)}, {format_time(at)}") if at else NONE


@volume.command(
    epilog=examples(
        "snaptui volume delete web",
        "snaptui volume delete vol-52EF05A9 --yes",
        "snaptui volume delete scratch-1 scratch-2 scratch-3",
    )
)
@click.argument(
    "volumes", nargs=-1, required=True, metavar="VOLUME...", shell_complete=candidates.volumes
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
@pass_settings
def delete(settings: Settings, volumes: tuple[str, ...], yes: bool) -> int:
    """Delete each VOLUME; their snapshots stay.

    In the local cloud the file of a volume that snaptui made is deleted, a registered file or
    device is only forgotten; in any other cloud its data is gone. Of several, those that are in use
    are left alone; if there is one, the exit code is 1.
    """
    from snaptui.cli.volume_delete import delete_one, delete_several

    with settings.cloud() as cloud:
        found: dict[str, Volume] = {}
        for reference in volumes:
            each = wait_for(cloud.volume(reference))
            found[each.resource_uid] = each
        if len(found) == 1:
            return delete_one(settings, cloud, *found.values(), yes=yes)
        return delete_several(settings, cloud, found, yes=yes)
