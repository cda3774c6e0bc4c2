"""`snaptui snapshot share`: who else may see and clone a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from snaptui.cli import candidates
from snaptui.cli.asking import confirm_publishing
from snaptui.cli.examples import examples
from snaptui.cli.output import emit_json, say
from snaptui.cli.settings import Settings, common_options, pass_settings, require, wait_for
from snaptui.clouds.base import Capability
from snaptui.errors import InvalidInputError
from snaptui.models import Visibility
from snaptui.requests import ShareRequest
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command(
    epilog=examples(
        "snaptui snapshot share nightly --with 123456789012 --cloud 'aws us-east-1'",
        "snaptui snapshot share nightly --private --cloud 'aws us-east-1'",
    )
)
@click.argument("snapshot", shell_complete=candidates.snapshots)
@click.option(
    "--with",
    "accounts",
    multiple=True,
    metavar="ACCOUNT",
    help="An account or project that may use it, once for each: these, and no others.",
)
@click.option("--public", is_flag=True, help="Everybody may use it.")
@click.option("--private", is_flag=True, help="Nobody else may use it any more.")
@click.option("--yes", is_flag=True, help="With --public: do not ask.")
@common_options
@pass_settings
def share(
    settings: Settings,
    snapshot: str,
    accounts: tuple[str, ...],
    public: bool,
    private: bool,
    yes: bool,
) -> None:
    """Say who else may see and clone SNAPSHOT, in a cloud that can share.

    A public snapshot can be read by everybody in the world. That has to be confirmed with the
    snapshot's name, or with --yes.
    """
    visibility, others = _wanted(accounts, public=public, private=private)
    with settings.cloud() as cloud:
        require(cloud, Capability.SET_VISIBILITY)
        found = wait_for(cloud.snapshot(snapshot))
        if visibility is Visibility.PUBLIC and not yes:
            confirm_publishing(found)
        request = ShareRequest(
            snapshot_uid=found.resource_uid, visibility=visibility, shared_with=others
        )
        shared = wait_for(cloud.set_visibility(request))
    if settings.json:
        emit_json(shared)
    elif others:
        say(f"Snapshot {shared.name} was successfully shared with {', '.join(others)}.")
    else:
        say(f"Snapshot {shared.name} was successfully made {visibility}.")


def _wanted(
    accounts: Sequence[str], *, public: bool, private: bool
) -> tuple[Visibility, tuple[str, ...]]:
    if bool(accounts) + public + private != 1:
        raise InvalidInputError(
            "it is not clear who may use it", "give one of --with ACCOUNT, --public and --private"
        )
    if public or private:
        return Visibility.PUBLIC if public else Visibility.PRIVATE, ()
    for account in accounts:
        if not account.strip() or safe_text(account) != account:
            raise InvalidInputError(
                "an account is empty or has control characters", "give its number or UID"
            )
    return Visibility.SHARED, tuple(dict.fromkeys(account.strip() for account in accounts))
