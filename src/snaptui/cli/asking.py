"""Asking before something is lost: on a terminal; elsewhere `--yes` has to say it."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

import click

from snaptui.cli.settings import wait_for
from snaptui.clouds.base import HOW_TO_UNPIN, NO_WAY_BACK, SPACE_LATER
from snaptui.errors import ConflictError, DamagedError, InvalidInputError, JobCancelledError
from snaptui.text import safe_text
from snaptui.units import format_size, format_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.clouds.base import Cloud
    from snaptui.models import Attachment, Deletion, Snapshot, Volume


def _require_terminal(what: str) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InvalidInputError(f"{what} needs to be confirmed", "add --yes")


def space_of(cloud: Cloud, uids: Sequence[str]) -> str:
    """What there is to say about the space that snapshots take; empty when it is not known.

    That cannot be added up where a block map is damaged: no reason not to delete.
    """
    try:
        freed = wait_for(cloud.freed_bytes(uids)) if uids else None
    except DamagedError as error:
        return f"cannot be told: {error.message}"
    return "" if freed is None else f"{format_size(freed)} {SPACE_LATER}"


def confirm_deletion(
    plan: Deletion, space: str = "", *, noun: str = "snapshot", phrase: str = ""
) -> None:
    """Show what would be lost and what stays, and go on only after a yes.

    Args:
        plan: what would be done.
        space: what `space_of` says.
        noun: what they are.
        phrase: what has to be typed, where a yes is not enough.

    Raises:
        ConflictError: it is not possible at all.
        InvalidInputError: nobody can be asked here.
        JobCancelledError: the answer is no.
    """
    if plan.reason:
        pinned = any("pinned" in left.reason for left in plan.left_out)
        raise ConflictError(plan.reason, HOW_TO_UNPIN if pinned else "")
    what = plan.name if len(plan.uids) <= 1 else f"{len(plan.uids)} {noun}s"
    _require_terminal(f"deleting {what}")
    uid = f" ({plan.resource_uid})" if len(plan.uids) <= 1 else ""
    click.echo(f"Deleting {safe_text(what)}{uid}", err=True)
    facts = [("lost", sentence) for sentence in plan.lost]
    facts += [("kept", sentence) for sentence in plan.kept]
    facts += [("left alone", f"{left.name}: {left.reason}") for left in plan.left_out]
    if plan.until is not None:
        facts.append(("undo", f"until {format_time(plan.until)}, then it is lost"))
    elif noun == "snapshot":
        facts.append(("undo", NO_WAY_BACK))
    if space:
        facts.append(("space", space))
    for label, sentence in facts:
        click.echo(f"  {label}: {safe_text(sentence)}", err=True)
    if phrase:
        _have_typed(phrase)
    elif not click.confirm("Delete it?", default=False, err=True):
        raise JobCancelledError("nothing was deleted")


def _have_typed(phrase: str) -> None:
    typed: str = click.prompt(f"Type '{phrase}' to go on", default="", show_default=False, err=True)
    if typed.split() != phrase.split():
        raise JobCancelledError("nothing was deleted", "that is something else")


def confirm_detaching(volume: Volume, attachment: Attachment) -> None:
    """Say who uses a volume, and go on only after a yes.

    Raises:
        InvalidInputError: nobody can be asked here.
        JobCancelledError: the answer is no.
    """
    _require_terminal(f"detaching {volume.name}")
    click.echo(
        f"Volume {safe_text(volume.name)} ({volume.resource_uid}) is used by "
        f"{safe_text(attachment.used_by)}.\n"
        "  What is mounted from it there loses its disk: unmount it first.",
        err=True,
    )
    if not click.confirm("Detach it?", default=False, err=True):
        raise JobCancelledError("nothing was detached")


def confirm_publishing(snapshot: Snapshot) -> None:
    """Have a snapshot's name typed before everybody in the world can read it.

    Raises:
        InvalidInputError: nobody can be asked here.
        JobCancelledError: what was typed is not the name.
    """
    _require_terminal(f"making {snapshot.name} public")
    name = safe_text(snapshot.name)
    click.echo(
        f"Everybody in the world will be able to read and copy all data of snapshot {name}\n"
        f"({snapshot.resource_uid}, of volume {safe_text(snapshot.volume_name)}). What others have "
        "copied stays theirs.",
        err=True,
    )
    typed: str = click.prompt(
        "Type the snapshot's name to go on", default="", show_default=False, err=True
    )
    if typed.strip() != name:
        raise JobCancelledError("nothing was shared", "that is not the snapshot's name")


def confirm_overwriting(volume: Volume, snapshot: Snapshot, caution: str = "") -> None:
    """Have the volume's name typed before its data is overwritten; `caution` is to be known.

    Raises:
        InvalidInputError: nobody can be asked here.
        JobCancelledError: what was typed is not the name.
    """
    _require_terminal(f"overwriting {volume.name}")
    name = safe_text(volume.name)
    path = f", {safe_text(volume.path)}" if volume.path else ""
    click.echo(
        f"All data of volume {name} ({volume.resource_uid}{path}) will be\n"
        f"overwritten with snapshot {safe_text(snapshot.name)} ({snapshot.resource_uid}).",
        err=True,
    )
    if volume.reason:  # above all, that its device is another one now than the path says
        click.echo(f"  now: {safe_text(volume.reason)}", err=True)
    if caution:
        click.echo(textwrap.fill(caution, 80), err=True)
    typed: str = click.prompt(
        "Type the volume's name to go on", default="", show_default=False, err=True
    )
    if typed.strip() != name:
        raise JobCancelledError("nothing was overwritten", "that is not the volume's name")
