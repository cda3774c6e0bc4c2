"""`snaptui volume`: attaching, detaching, resizing, and the types that there are."""

from __future__ import annotations

from contextlib import contextmanager
from shlex import quote
from typing import TYPE_CHECKING

import click

from snaptui.cli import candidates
from snaptui.cli.asking import confirm_detaching
from snaptui.cli.examples import examples
from snaptui.cli.output import (
    NONE,
    Column,
    emit_for_programs,
    emit_json,
    emit_table,
    hint_when_empty,
    say,
    yes_or_no,
)
from snaptui.cli.progress import busy
from snaptui.cli.settings import (
    Settings,
    common_options,
    list_options,
    pass_settings,
    require,
    wait_for,
)
from snaptui.clouds.base import Capability
from snaptui.errors import ConflictError, JobCancelledError
from snaptui.models import VolumeType
from snaptui.requests import AttachRequest, DetachRequest, ResizeRequest
from snaptui.units import format_size, parse_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snaptui.clouds.base import Cloud
    from snaptui.models import Attachment, Volume

_TYPES = (Column("NAME", flexible=True), Column("DESCRIPTION", flexible=True), Column("DEFAULT"))


@contextmanager
def _sending(cloud: Cloud, what: str, volume: Volume) -> Iterator[None]:
    """Say what is waited for, and to whom ends the waiting that the cloud goes on."""
    from snaptui.clouds.remote.work import Work

    try:
        with busy(what):
            yield
    except KeyboardInterrupt:
        if not (isinstance(cloud, Work) and cloud.sent):
            raise
        raise JobCancelledError(
            "cancelled",
            "it was sent already: it goes on in the cloud, and `snaptui volume show "
            f"{volume.resource_uid} --cloud {quote(cloud.name)}` tells how it ends",
        ) from None


@click.command(
    epilog=examples(
        "snaptui volume attach web --to i-0abc --cloud 'aws us-east-1'",
        "snaptui volume attach web --to server --device /dev/vdb --cloud prod",
    )
)
@click.argument("volume", shell_complete=candidates.volumes)
@click.option(
    "--to",
    "instance",
    metavar="INSTANCE",
    required=True,
    shell_complete=candidates.instances,
    help="The instance: its UID or name.",
)
@click.option("--device", default="", help="As what (default: what the cloud chooses).")
@common_options
@pass_settings
def attach(settings: Settings, volume: str, instance: str, device: str) -> None:
    """Attach VOLUME to an instance of its cloud, and wait until it is.

    See snaptui instance list. A volume attaches to one instance at a time.
    """
    AttachRequest(volume_uid="", instance=instance, device=device)
    with settings.cloud() as cloud:
        require(cloud, Capability.ATTACH)
        found = wait_for(cloud.volume(volume))
        request = AttachRequest(volume_uid=found.resource_uid, instance=instance, device=device)
        with _sending(cloud, f"attaching {found.name}", found):
            attached = wait_for(cloud.attach_volume(request))
    if settings.json:
        emit_json(attached)
    else:
        known = attached.attachment
        user = known.user if known is not None else instance
        say(f"Volume {attached.name} was successfully attached to {user}.")
        if known is not None and known.note:
            say(f"But {known.note}.")
        elif known is not None and known.device:
            say(f"The instance has it as {known.device}.")


@click.command(
    epilog=examples(
        "snaptui volume detach web --cloud prod",
        "snaptui volume detach web --from i-0abc --yes --cloud 'aws us-east-1'",
    )
)
@click.argument("volume", shell_complete=candidates.volumes)
@click.option(
    "--from",
    "instance",
    metavar="INSTANCE",
    default="",
    shell_complete=candidates.instances,
    help="The instance, where several share the volume.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
@pass_settings
def detach(settings: Settings, volume: str, instance: str, yes: bool) -> None:
    """Detach VOLUME from the instance that uses it, and wait until it is.

    Unmount it in the instance first: the cloud takes it away under a file system that is mounted.
    """
    with settings.cloud() as cloud:
        require(cloud, Capability.ATTACH)
        found = wait_for(cloud.volume(volume))
        attachment = _attachment(found, instance)
        if not yes:
            confirm_detaching(found, attachment)
        request = DetachRequest(volume_uid=found.resource_uid, instance=attachment.instance)
        with _sending(cloud, f"detaching {found.name}", found):
            detached = wait_for(cloud.detach_volume(request))
    if settings.json:
        emit_json(detached)
    else:
        say(f"Volume {detached.name} was successfully detached from {attachment.user}.")
        if detached.reason:
            say(f"But {detached.reason}.")


def _attachment(volume: Volume, instance: str) -> Attachment:
    every = [a for a in (volume.attachment, *volume.other_attachments) if a is not None]
    chosen = [a for a in every if instance in {"", a.instance, a.instance_name}]
    if not chosen:
        where = f" to {instance}" if instance else ""
        used = f"it is attached to {', '.join(a.used_by for a in every)}" if every else ""
        raise ConflictError(f"the volume {volume.name} is not attached{where}", used)
    if len(chosen) > 1:
        names = ", ".join(a.instance for a in chosen)
        raise ConflictError(
            f"the volume {volume.name} is attached to several instances",
            f"say with --from from which: {names}",
        )
    return chosen[0]


@click.command(epilog=examples("snaptui volume resize web --size 40GiB --cloud prod"))
@click.argument("volume", shell_complete=candidates.volumes)
@click.option(
    "--size", type=parse_size, metavar="SIZE", required=True, help="Its new size, like 40GiB."
)
@common_options
@pass_settings
def resize(settings: Settings, volume: str, size: int) -> None:
    """Make VOLUME larger, and wait until it is; no cloud makes one smaller.

    The file system in it does not grow by itself.
    """
    ResizeRequest(volume_uid="", size_bytes=size)
    with settings.cloud() as cloud:
        require(cloud, Capability.RESIZE)
        found = wait_for(cloud.volume(volume))
        request = ResizeRequest(volume_uid=found.resource_uid, size_bytes=size)
        with _sending(cloud, f"resizing {found.name}", found):
            resized = wait_for(cloud.resize_volume(request))
    if settings.json:
        emit_json(resized)
    else:
        name, now = resized.name, format_size(resized.size_bytes)
        say(f"Volume {name} was successfully resized to {now}.")


@click.command(
    epilog=examples("snaptui volume types --cloud prod", "snaptui volume types --cloud prod --json")
)
@list_options
@pass_settings
def types(settings: Settings) -> None:
    """List the types that a volume of a remote cloud can be made of."""
    found: list[VolumeType] = []
    if not settings.has_nothing_yet():
        with settings.cloud() as cloud:
            found = wait_for(cloud.volume_types())
    if emit_for_programs(settings, found, VolumeType):
        return
    if found:
        rows = ((t.name, t.description or NONE, yes_or_no(t.is_default)) for t in found)
        emit_table(_TYPES, rows)
    else:
        hint_when_empty("There are no volume types to choose from in this cloud.")
