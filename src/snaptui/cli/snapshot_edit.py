"""`snaptui snapshot edit`: another name, another description."""

from __future__ import annotations

import click

from snaptui.cli import candidates
from snaptui.cli.examples import examples
from snaptui.cli.output import emit_json, say
from snaptui.cli.settings import Settings, common_options, pass_settings, wait_for
from snaptui.requests import EditSnapshotRequest


@click.command(
    epilog=examples(
        "snaptui snapshot edit nightly --name before-upgrade",
        "snaptui snapshot edit nightly --description 'for the audit' --cloud lab",
    )
)
@click.argument("snapshot", shell_complete=candidates.snapshots)
@click.option("--name", help="Its new name.")
@click.option("--description", help="Its new description; '' takes it away.")
@common_options
@pass_settings
def edit(settings: Settings, snapshot: str, name: str | None, description: str | None) -> None:
    """Change the name or the description of SNAPSHOT; what is not given stays as it is.

    AWS changes no descriptions. What was there before is in: snaptui event list
    """
    request = EditSnapshotRequest(snapshot_uid=snapshot, name=name, description=description)
    with settings.cloud() as cloud:
        edited = wait_for(cloud.edit_snapshot(request))
    if settings.json:
        emit_json(edited)
    else:
        say(f"Snapshot {edited.name} was successfully updated.")
