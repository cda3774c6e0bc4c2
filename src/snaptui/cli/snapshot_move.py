"""`snaptui snapshot import`, `export`, `copy`: snapshots from one cloud to another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from snaptui.cli import candidates
from snaptui.cli.examples import examples
from snaptui.cli.settings import Settings, common_options, pass_settings, require, wait_for
from snaptui.cli.work import Work, run_or_start
from snaptui.clouds.base import Capability, HasRegions
from snaptui.errors import InvalidInputError
from snaptui.models import LOCAL_CLOUD
from snaptui.requests import CopyRequest, ExportRequest, ImportRequest
from snaptui.text import name_or

if TYPE_CHECKING:
    from snaptui.clouds.base import Cloud
    from snaptui.models import Snapshot


@click.command(
    "import",
    epilog=examples(
        "snaptui snapshot import nightly --cloud 'aws us-east-1'",
        "snaptui snapshot import nightly --name web-monday --cloud prod --detach",
    ),
)
@click.argument("snapshot", shell_complete=candidates.snapshots)
@click.option("--name", default="", help="Its name here (default: the one it has there).")
@click.option("--detach", is_flag=True, help="Let a worker do it; prints the job's uid.")
@common_options
@pass_settings
def import_(settings: Settings, snapshot: str, name: str, detach: bool) -> None:
    """Bring SNAPSHOT of a remote cloud into the local repository.

    Only blocks that differ are fetched, if an older snapshot of the same volume was imported and is
    in both. An encrypted snapshot is stored here as what it holds, not encrypted. What was cut
    short goes on where it stopped when the job is retried; cancelled, it begins anew.
    """
    if name:
        ImportRequest(snapshot_uid="", name=name)
    with settings.jobs() as (cloud, jobs):
        require(cloud, Capability.IMPORT)
        found = wait_for(cloud.snapshot(snapshot))
        request = ImportRequest(
            snapshot_uid=found.resource_uid, name=name or name_or(found.name, found.resource_uid)
        )
        run_or_start(settings, Work(cloud, jobs, request, found), detach=detach)


@click.command(
    epilog=examples(
        "snaptui snapshot export nightly --to-cloud 'aws us-east-1'",
        "snaptui snapshot export nightly --to-cloud prod --name web-1 --detach",
    )
)
@click.argument("snapshot", shell_complete=candidates.snapshots)
@click.option(
    "--to-cloud",
    required=True,
    metavar="CLOUD",
    shell_complete=candidates.remote_clouds,
    help="The remote cloud that is to have it.",
)
@click.option("--name", default="", help="Its name there (default: the one it has here).")
@click.option("--description", default="", help="Any text.")
@click.option("--detach", is_flag=True, help="Let a worker do it; prints the job's uid.")
@common_options
@pass_settings
def export(
    settings: Settings, snapshot: str, to_cloud: str, name: str, description: str, detach: bool
) -> None:
    """Bring SNAPSHOT of the local repository into a remote cloud.

    Only blocks that differ are sent, if a snapshot before it is in both. What was cut short goes on
    where it stopped when the job is retried.
    """
    ExportRequest(snapshot_uid="", cloud=to_cloud, name=name or "x", description=description)
    if to_cloud == LOCAL_CLOUD:
        raise InvalidInputError(
            "a snapshot is exported to another cloud than the local one",
            "see them with: snaptui cloud list",
        )
    from snaptui.jobs import Jobs

    with settings.local_cloud() as cloud:
        found = wait_for(cloud.snapshot(snapshot))
        request = ExportRequest(
            snapshot_uid=found.resource_uid,
            cloud=to_cloud,
            name=name or found.name,
            description=description or found.description,
        )
        wait_for(cloud.precheck(request))  # a repository that is read-only is told first
        request = replace(request, cloud=settings.whole_name(to_cloud))
        work = Work(cloud, Jobs(cloud.repository), request, found)
        run_or_start(settings, work, detach=detach)


@click.command(
    epilog=examples(
        "snaptui snapshot copy nightly --to-region eu-west-1 --cloud 'aws us-east-1'",
        "snaptui snapshot copy nightly --to-region eu-west-1 --cloud prod --detach",
    )
)
@click.argument("snapshot", shell_complete=candidates.snapshots)
@click.option("--to-region", required=True, metavar="REGION", help="The region of the copy.")
@click.option(
    "--name",
    default="",
    help="The copy's name (default: the snapshot's; in the same region: copy of NAME).",
)
@click.option("--description", default="", help="The copy's (default: the snapshot's).")
@click.option("--encrypted", is_flag=True, help="Encrypt the copy, also if the snapshot is not.")
@click.option("--detach", is_flag=True, help="Let a worker do it; prints the job's uid.")
@common_options
@pass_settings
def copy(
    settings: Settings,
    snapshot: str,
    to_region: str,
    name: str,
    description: str,
    encrypted: bool,
    detach: bool,
) -> None:
    """Copy SNAPSHOT of a remote cloud to another region, and wait until it is there.

    The cloud makes the copy by itself, which may take hours. To cancel it deletes it.
    """
    CopyRequest(snapshot_uid="", region=to_region, name=name or "x", description=description)
    with settings.jobs() as (cloud, jobs):
        require(cloud, Capability.COPY)
        found = wait_for(cloud.snapshot(snapshot))
        request = CopyRequest(
            snapshot_uid=found.resource_uid,
            region=to_region,
            name=name or _copy_name(cloud, found, to_region),
            description=description or found.description,
            encrypted=encrypted,
        )
        run_or_start(settings, Work(cloud, jobs, request, found), detach=detach)


def _copy_name(cloud: Cloud, snapshot: Snapshot, region: str) -> str:
    """What a copy is called if nobody says: beside the snapshot, not as that is."""
    name = name_or(snapshot.name, snapshot.resource_uid)
    if not (isinstance(cloud, HasRegions) and cloud.region == region):
        return name
    return name_or(f"copy of {name}", f"copy of {snapshot.resource_uid}")
