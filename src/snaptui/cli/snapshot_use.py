"""`snaptui snapshot`: what snapshots are good for: clone, restore, compare, verify."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from snaptui.cli import candidates
from snaptui.cli.asking import confirm_overwriting
from snaptui.cli.check import run_check
from snaptui.cli.examples import examples
from snaptui.cli.output import Column, emit_fields, emit_for_programs, emit_json, emit_table, size
from snaptui.cli.settings import (
    Settings,
    common_options,
    list_options,
    pass_settings,
    wait_for,
)
from snaptui.cli.work import Work, run_or_start
from snaptui.clouds.base import Capability
from snaptui.errors import InUseError, NotFoundError
from snaptui.models import DiffRange
from snaptui.requests import DEFAULT_ZONE, CheckRequest, CloneRequest, RestoreRequest
from snaptui.units import format_size, parse_size

if TYPE_CHECKING:
    from snaptui.models import Diff, Snapshot

_RANGES_SHOWN = 20


@click.command(
    epilog=examples(
        "snaptui snapshot clone nightly --name web-test",
        "snaptui snapshot clone nightly --name web-test --zone fast --size 40GiB",
    )
)
@click.argument("snapshot", shell_complete=candidates.snapshots)
@click.option("--name", required=True, help="The new volume's name.")
@click.option(
    "--zone",
    default=DEFAULT_ZONE,
    shell_complete=candidates.zones,
    help="Its availability zone (default: in the local cloud 'default'; in a remote one that of "
    "the snapshot's volume, if that is still there).",
)
@click.option("--size", type=parse_size, metavar="SIZE", help="Its size (default: the snapshot's).")
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
def clone(
    settings: Settings,
    snapshot: str,
    name: str,
    zone: str,
    size: int | None,
    volume_type: str | None,
    detach: bool,
) -> None:
    """Make a new volume from SNAPSHOT."""
    CloneRequest(snapshot_uid="", name=name)
    with settings.jobs() as (cloud, jobs):
        found = wait_for(cloud.snapshot(snapshot))
        request = CloneRequest(
            snapshot_uid=found.resource_uid,
            name=name,
            zone=zone,
            size_bytes=size,
            volume_type=volume_type,
        )
        run_or_start(settings, Work(cloud, jobs, request, found), detach=detach)


@click.command(
    epilog=examples(
        "snaptui snapshot restore nightly --to /tmp/web.img",
        "snaptui snapshot restore nightly --in-place",
    )
)
@click.argument("snapshot", shell_complete=candidates.snapshots)
@click.option(
    "--to",
    "to_path",
    metavar="PATH",
    shell_complete=candidates.files,
    help="Write a new file at PATH.",
)
@click.option("--in-place", is_flag=True, help="Overwrite the snapshot's own volume.")
@click.option("--force", is_flag=True, help="In place even if the volume is in use.")
@click.option("--yes", is_flag=True, help="In place without asking.")
@click.option("--detach", is_flag=True, help="Let a worker do it; prints the job's uid.")
@common_options
@pass_settings
def restore(
    settings: Settings,
    snapshot: str,
    to_path: str | None,
    in_place: bool,
    force: bool,
    yes: bool,
    detach: bool,
) -> None:
    """Write SNAPSHOT to a new file, or over its own volume.

    A cloud elsewhere knows only --in-place, if that. In place only what differs is written. It has
    to be confirmed with the volume's name, or with --yes.
    """
    if to_path == "":
        raise click.BadParameter("the path is empty", param_hint="'--to'")
    target = os.path.abspath(to_path) if to_path is not None else None
    RestoreRequest(snapshot_uid="", to_path=target, in_place=in_place)
    with settings.jobs() as (cloud, jobs):
        found = wait_for(cloud.snapshot(snapshot))
        request = RestoreRequest(
            snapshot_uid=found.resource_uid, to_path=target, in_place=in_place, force=force
        )
        work = Work(cloud, jobs, request, found)
        work.check()  # nobody is asked about what is not possible
        if in_place and not yes:
            volume = wait_for(cloud.volume(found.volume_uid))
            if volume.attachment is not None and not force:
                raise InUseError(
                    f"volume {volume.name} is in use by {volume.attachment.used_by}",
                    "detach it first, or add --force" if settings.is_local else "detach it first",
                )
            caution = cloud.ability(Capability.RESTORE_IN_PLACE).caution
            confirm_overwriting(volume, found, caution)
        run_or_start(settings, work, detach=detach)


@click.command(
    epilog=examples(
        "snaptui snapshot diff nightly", "snaptui snapshot diff nightly --from before-upgrade --all"
    )
)
@click.argument("snapshot", shell_complete=candidates.snapshots)
@click.option(
    "--from",
    "from_",
    metavar="SNAPSHOT",
    shell_complete=candidates.siblings,
    help="Compare with this one, not the parent.",
)
@click.option("--all", "show_all", is_flag=True, help="Show all ranges on a terminal, too.")
@list_options
@pass_settings
def diff(settings: Settings, snapshot: str, from_: str | None, show_all: bool) -> None:
    """Show what changed from SNAPSHOT's parent (or another snapshot) to SNAPSHOT.

    A snapshot without a parent is compared with an empty volume.
    """

    async def compare() -> tuple[Snapshot | None, Snapshot, Diff]:
        to = await cloud.snapshot(snapshot)
        old = await cloud.snapshot(from_) if from_ is not None else await parent_of(to)
        return old, to, await cloud.diff(old.resource_uid if old else None, to.resource_uid)

    async def parent_of(to: Snapshot) -> Snapshot | None:
        if to.parent_uid is None:
            return None
        try:
            return await cloud.snapshot(to.parent_uid)
        except NotFoundError as error:
            raise NotFoundError(
                f"the parent {to.parent_uid} of {to.name} is deleted",
                "choose another snapshot with --from",
            ) from error

    with settings.cloud() as cloud:
        old, to, found = wait_for(compare())
    if settings.csv:
        emit_for_programs(settings, found.ranges, DiffRange)
    elif settings.json:
        emit_json(found)
    else:
        _print_diff(old, to, found, show_all=show_all)


def _print_diff(old: Snapshot | None, to: Snapshot, found: Diff, *, show_all: bool) -> None:
    count = "1 range" if len(found.ranges) == 1 else f"{len(found.ranges)} ranges"
    blocks = f"{count} of {format_size(found.block_size)} blocks"
    emit_fields(
        (
            ("From", f"{old.name} ({old.resource_uid})" if old else "an empty volume"),
            ("To", f"{to.name} ({to.resource_uid})"),
            ("Changed", size(found.changed_bytes)),
            ("Added", size(found.added_bytes)),
            ("Removed", size(found.removed_bytes)),
            ("In all", f"{format_size(found.total_bytes)} in {blocks}"),
        )
    )
    if not found.ranges:
        return
    shown = found.ranges
    if sys.stdout.isatty() and not show_all:
        shown = shown[:_RANGES_SHOWN]
    click.echo()
    emit_table(
        (Column("OFFSET", right=True), Column("LENGTH", right=True), Column("KIND")),
        ((each.offset, size(each.length), each.kind) for each in shown),
    )
    if len(shown) < len(found.ranges):
        click.echo(f"{len(found.ranges) - len(shown)} more with --all", err=True)


@click.command(epilog=examples("snaptui snapshot verify nightly"))
@click.argument("snapshot", shell_complete=candidates.snapshots)
@click.option("--detach", is_flag=True, help="Let a worker do it; prints the job's uid.")
@common_options
@pass_settings
def verify(settings: Settings, snapshot: str, detach: bool) -> int:
    """Read and verify every block of SNAPSHOT."""
    with settings.jobs() as (cloud, jobs):
        found = wait_for(cloud.snapshot(snapshot))
        request = CheckRequest(snapshot_uid=found.resource_uid)
        return run_check(settings, Work(cloud, jobs, request, found), detach=detach)
