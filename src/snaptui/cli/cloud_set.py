"""`snaptui cloud add` and `remove`: what the config file says of remote clouds."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from snaptui.cli import candidates
from snaptui.cli.cloud import Seconds, known, listed
from snaptui.cli.examples import examples
from snaptui.cli.output import emit_json, say
from snaptui.cli.settings import Settings, base_options, common_options, pass_settings, warn
from snaptui.config.settings import AWS, KINDS, LOCAL, OPENSTACK
from snaptui.errors import ConflictError, InvalidInputError, NotFoundError, ReadOnlyError
from snaptui.text import checked_name, safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_KIND = {
    AWS: {"--region": "region", "--profile": "profile", "--endpoint-url": "endpoint_url"},
    OPENSTACK: {"--os-cloud": "cloud", "--region": "region"},
}
"""What each kind is told by which option, and how the config file calls it."""


@click.command(
    epilog=examples(
        "snaptui cloud add work --kind aws --region us-east-1 --profile work",
        "snaptui cloud add prod --kind openstack --os-cloud prod --read-only",
    )
)
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What kind of cloud it is.")
@click.option("--region", help="Its region; AWS needs one.")
@click.option(
    "--profile",
    shell_complete=candidates.aws_profiles,
    help="AWS: the profile with its credentials (default: AWS's own chain).",
)
@click.option("--endpoint-url", metavar="URL", help="AWS: another address than the region's.")
@click.option(
    "--os-cloud",
    metavar="NAME",
    shell_complete=candidates.openstack_clouds,
    help="OpenStack: its name in clouds.yaml (default: what OS_* variables say).",
)
@click.option("--read-only", "for_reading", is_flag=True, help="Nothing in it may be changed.")
@click.option(
    "--refresh",
    type=Seconds(0, 86400),
    metavar="SECONDS",
    help="How often the app lists it anew (default: 60; 0: only when asked to).",
)
@base_options
@pass_settings
def add(
    settings: Settings,
    /,
    name: str,
    kind: str,
    for_reading: bool,
    refresh: float | None,
    **options: str | None,
) -> None:
    """Add the cloud NAME to the config file.

    It is not contacted: see snaptui cloud test. Its profile, its name in clouds.yaml and its region
    are looked up in what the tools of AWS and OpenStack have here. No secret is asked for or
    written: credentials stay where those tools keep them. In read-only mode (snaptui --read-only
    cloud add, SNAPTUI_READ_ONLY=1) the config file is not changed either.
    """
    _refuse_read_only(settings)
    _check_name(name)
    given = {f"--{key.replace('_', '-')}": value for key, value in options.items()}
    found = _options_of(kind, given)
    table: dict[str, Any] = {"kind": kind, **found}
    if for_reading:
        table["read_only"] = True
    if refresh is not None:
        table["refresh"] = int(refresh) if refresh.is_integer() else refresh
    from snaptui.clouds.registry import check_options, known_clouds
    from snaptui.config import config_path, read_config
    from snaptui.config.editing import add_cloud

    doubts = check_options(kind, found)
    before = known(settings)
    add_cloud(config_path(), name, table)
    for doubt in doubts:
        warn(doubt)
    after = known_clouds(read_config())
    if settings.json:
        emit_json(listed(after.get(name), read_only=False))
    else:
        say(f"Cloud {name} was successfully added.")
    for each in before.clouds:
        if name in {each.name, after.replaced.get(each.name)}:
            warn(f"it takes the place of {each.name}, which was found in {each.origin}")
    if settings.json:
        return
    if sys.stderr.isatty():
        click.echo(f"see whether it answers: snaptui cloud test {shlex.quote(name)}", err=True)


def _check_name(name: str) -> None:
    checked_name(name)
    if name == LOCAL:
        raise ConflictError(f"{LOCAL} is the cloud on this host", "choose another name")
    if name.startswith("-"):
        raise InvalidInputError(
            "a cloud's name cannot begin with a dash", "it would look like an option"
        )


def _options_of(kind: str, given: Mapping[str, str | None]) -> dict[str, str]:
    """What the table says of its kind.

    Raises:
        InvalidInputError: something is missing, or cannot be, or is not for this kind.
    """
    found: dict[str, str] = {}
    keys = _OF_KIND[kind]
    for option, value in given.items():
        if value is None:
            continue
        if option not in keys:
            raise InvalidInputError(f"{option} is not for {kind}", f"there are {', '.join(keys)}")
        if not value.strip() or safe_text(value) != value:
            raise InvalidInputError(
                f"{option} is empty or has control characters", "give a plain word"
            )
        found[keys[option]] = value
    if kind == AWS and "region" not in found:
        raise InvalidInputError("AWS needs a region", "add --region, like --region us-east-1")
    if "endpoint_url" in found:
        _check_url(found["endpoint_url"])
    return {key: found[key] for key in keys.values() if key in found}


def _check_url(url: str) -> None:
    from snaptui.config.addresses import fault_of

    if fault := fault_of(url):  # it would be written down, and shown
        raise InvalidInputError(f"--endpoint-url {fault}", "give one like https://ec2.example.com")


@click.command(epilog=examples("snaptui cloud remove work", "snaptui cloud remove work --json"))
@click.argument("name", shell_complete=candidates.set_clouds)
@common_options
@pass_settings
def remove(settings: Settings, name: str) -> None:
    """Take the cloud NAME out of the config file, and forget what it had.

    Nothing in the cloud itself is changed. In read-only mode the config file is not changed either.
    """
    _refuse_read_only(settings)
    if name == LOCAL:
        raise ConflictError(f"{LOCAL} is the cloud on this host", "it is always there")
    every = known(settings)
    gone = every.get(name)
    if not gone.is_set:
        raise ConflictError(
            f"the cloud {safe_text(name, 80)} is not in the config file, it is found in "
            f"{safe_text(gone.origin)}",
            "find_clouds = false in the config file hides all those that are found",
        )
    if gone.name != name:
        raise ConflictError(
            f"{safe_text(name, 80)} is not in the config file: {gone.name} took its place",
            f"remove that: snaptui cloud remove {shlex.quote(gone.name)}",
        )
    from snaptui.clouds.registry import known_clouds, remembered_inventory
    from snaptui.config import config_path, read_config
    from snaptui.config.editing import remove_cloud

    if not remove_cloud(config_path(), name):
        raise NotFoundError(f"the cloud {safe_text(name, 80)!r} is not there any more")
    remembered_inventory(gone).forget()
    if settings.json:
        emit_json(listed(gone, read_only=False))
        return
    say(f"Cloud {name} was successfully removed.")
    others = {each.name for each in every.clouds} - {name}
    for left in known_clouds(read_config()).clouds:
        if left.name not in others:
            say(f"It is still listed as {left.name}, found in {left.origin}.")


def _refuse_read_only(settings: Settings) -> None:
    if settings.given_read_only:
        raise ReadOnlyError(
            "in read-only mode the config file is not changed",
            f"it is read-only by {settings.read_only_origin}",
        )
