"""`snaptui snapshot import`: snapshots from one cloud to another."""

from __future__ import annotations

import click

from snaptui.cli import candidates
from snaptui.cli.examples import examples
from snaptui.cli.settings import Settings, common_options, pass_settings, require, wait_for
from snaptui.cli.work import Work, run_or_start
from snaptui.clouds.base import Capability
from snaptui.requests import ImportRequest


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
    in both. An encrypted snapshot is stored here as what it holds, not encrypted.
    """
    if name:
        ImportRequest(snapshot_uid="", name=name)
    with settings.jobs() as (cloud, jobs):
        require(cloud, Capability.IMPORT)
        found = wait_for(cloud.snapshot(snapshot))
        request = ImportRequest(
            snapshot_uid=found.resource_uid, name=name or found.name or found.resource_uid
        )
        run_or_start(settings, Work(cloud, jobs, request, found), detach=detach)
