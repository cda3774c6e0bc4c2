"""Refusals told better than Cinder does: with figures, and with what exactly is in the way."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from snaptui.errors import CloudConflictError, CloudError, CloudInUseError, QuotaError
from snaptui.models import Snapshot, SnapshotStatus, VolumeStatus
from snaptui.text import safe_text

if TYPE_CHECKING:
    from snaptui.clouds.openstack.cinder import Cinder
    from snaptui.models import Quota, Volume

NO_BACK_END = "available weighted backend"
"""What Cinder's scheduler says when it has looked at all back ends."""
NOWHERE = (
    "no storage of that zone and type takes it: it may be full, or a snapshot of another zone "
    "cannot be read there"
)
DELETION_FAILED = "error deleting"
"""The reason of what Cinder has as `error_deleting`."""


_NEVER_RESTORED = re.compile(r"\bnot the latest\b|\bsize must be equal\b")
"""What Cinder says of a snapshot that its volume is not reverted to, however long one waits."""


def is_never_restored(error: CloudError) -> bool:
    """Whether a snapshot is not restored over its volume for what the two are."""
    return _NEVER_RESTORED.search(error.message) is not None


async def with_figures(error: QuotaError, cinder: Cinder) -> QuotaError:
    """The same error with what is used and what is allowed, if Cinder tells."""
    try:
        quotas = await cinder.quotas()
    except CloudError:
        return error
    figures = ", ".join(
        f"{quota.used} of {quota.limit} {quota.name}"
        for quota in quotas
        if quota.limit is not None and _concerns(quota, error)
    )
    if not figures:
        return error
    told = QuotaError(f"{error.message} (used: {figures})", error.hint)
    told.request_id = error.request_id  # it is in the hint already
    return told


def _concerns(quota: Quota, error: QuotaError) -> bool:
    """Whether a refusal is about this quota: it says its name, or nothing of it is left."""
    return quota.full or f" {quota.name} " in f"{error.message} ".replace("(", " ")


async def in_the_way(uid: str, cinder: Cinder, error: CloudConflictError) -> CloudError:
    """Why a volume is not deleted. Cinder only lists all that could be in the way."""
    volume = snapshots = None
    with suppress(CloudError):
        volume = await cinder.volume(uid)
        snapshots = await cinder.snapshots_of(uid)
    if volume is None or snapshots is None:
        return error
    name = f"the volume {safe_text(volume.name or uid)}"
    request = error.request_id
    if volume.attachment is not None:
        used_by = safe_text(volume.attachment.used_by)
        return CloudInUseError(
            f"{name} is attached to {used_by}", "detach it first", request_id=request
        )
    if volume.status is VolumeStatus.BUSY:
        return CloudConflictError(
            f"{name} is {volume.reason} just now", "try again later", request_id=request
        )
    if volume.status is VolumeStatus.ERROR and (volume.reason or not snapshots):
        return CloudConflictError(error.message, how_to_mend(volume), request_id=request)
    if snapshots:
        count = "a snapshot" if len(snapshots) == 1 else f"{len(snapshots)} snapshots"
        return CloudConflictError(f"{name} has {count}", "delete them first", request_id=request)
    return error


async def unless_broken(
    error: CloudConflictError, cinder: Cinder, *, volume: str = "", snapshot: str = ""
) -> CloudError:
    """The same error; where it is about something that is in error, with what helps then.

    Waiting does not: Cinder leaves what is in error as it is.
    """
    if isinstance(error, CloudInUseError):
        return error
    found: list[Volume | Snapshot | None] = []
    try:
        if volume:
            found.append(await cinder.volume(volume))
        if snapshot:
            found.append(await cinder.snapshot(snapshot))
    except CloudError:
        return error
    for each in found:
        if each is not None and each.status in {VolumeStatus.ERROR, SnapshotStatus.ERROR}:
            return CloudConflictError(error.message, how_to_mend(each), request_id=error.request_id)
    return error


async def unless_left_over(error: CloudError, cinder: Cinder, volume: str) -> CloudError:
    """The same error; with a way out where Nova keeps an attachment that Cinder does not know.

    That is what is left of one that was broken off in the middle: no user can end it.
    """
    if not isinstance(error, CloudInUseError):
        return error
    found = None
    with suppress(CloudError):
        found = await cinder.volume(volume)
    if found is None or found.attachment is not None or found.status is not VolumeStatus.AVAILABLE:
        return error
    return CloudConflictError(
        error.message,
        "Cinder knows of no attachment: one was broken off, and only an administrator of the cloud "
        "can remove what Nova keeps of it; or snapshot the volume and attach a clone",
        request_id=error.request_id,
    )


def how_to_mend(thing: Volume | Snapshot) -> str:
    """What helps where something is in one of Cinder's error states."""
    kind = "snapshot" if isinstance(thing, Snapshot) else "volume"
    command = "openstack volume snapshot set" if kind == "snapshot" else "openstack volume set"
    name, uid = safe_text(thing.name or thing.resource_uid, 80), thing.resource_uid
    if thing.reason == DELETION_FAILED:
        return (
            f"the {kind} {name} is in the state error_deleting, which an administrator of the "
            f"cloud has to reset: `{command} --state error {uid}`; then delete it again"
        )
    state = (thing.reason or "error").replace(" ", "_")
    return (
        f"the {kind} {name} is in the state {state}: delete it, or have an "
        f"administrator of the cloud reset it with `{command} --state available {uid}`"
    )


def in_words(message: str) -> str:
    """One of Cinder's messages: `create volume:No space` is `No space (create volume)`."""
    action, colon, reason = safe_text(message, 300).partition(":")
    if not colon or not reason.strip():
        return action.strip().removesuffix(".")
    said = f"{reason.strip().removesuffix('.')} ({action.strip()})"
    return f"{said}: {NOWHERE}" if NO_BACK_END in said else said
