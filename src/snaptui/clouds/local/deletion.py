"""Deleting volumes and snapshots of the local cloud: what it loses, what stays, what forbids it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.clouds.base import HOW_TO_UNPIN
from snaptui.clouds.losses import count_of_snapshots, states_lost, what_stays
from snaptui.engine.faults import told
from snaptui.engine.layout import fsync_directory
from snaptui.engine.records import now
from snaptui.errors import ConflictError, NotFoundError
from snaptui.models import Deletion, LeftOut, Snapshot, Volume
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.engine import Actor, Repository
    from snaptui.engine.operations.deleting import Moved


def plan_volume(volume: Volume) -> Deletion:
    """What deleting a volume would do; `reason` says why it is forbidden."""
    lost = ["its record in snaptui"]
    kept = []
    if volume.managed:
        lost = [f"the volume's data: {volume.path}, {format_size(volume.size_bytes)}"]
    else:
        kept.append(f"the data itself: {volume.path} is not touched")
    if volume.snapshot_count:
        kept.append(f"its {count_of_snapshots(volume.snapshot_count)}, which can still be cloned")
    reason = ""
    if volume.attachment is not None:
        reason = f"the volume {volume.name} is in use by {volume.attachment.used_by}"
    return Deletion(
        resource_uid=volume.resource_uid,
        name=volume.name,
        lost=tuple(lost),
        kept=tuple(kept),
        reason=reason,
    )


def delete_volume(repository: Repository, uid: str, actor: Actor) -> None:
    """Delete a volume, and its file if snaptui made that. The volume's lock must be held."""
    volume = repository.volume(uid)
    shared = [other for other in repository.volumes() if other.path == volume.path]
    if volume.managed and len(shared) == 1:
        path = Path(volume.path)
        # The file first: cut short, the record stays and the deletion can be asked for again.
        with told(f"delete {path}"):
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                fsync_directory(path.parent)
    repository.remove_volume(uid, actor)


def plan_snapshots(
    repository: Repository, uids: Sequence[str], days: float, *, force: bool = False
) -> Deletion:
    """What moving snapshots to the trash would do."""
    rows = repository.catalog.rows("snapshots")
    chosen: list[Snapshot] = []
    left_out: list[LeftOut] = []
    for uid in dict.fromkeys(uids):
        if uid not in rows:
            left_out.append(LeftOut(resource_uid=uid, name=uid, reason="it is deleted already"))
        elif (snapshot := repository.snapshot(uid)).pinned and not force:
            left_out.append(LeftOut(resource_uid=uid, name=snapshot.name, reason="it is pinned"))
        else:
            chosen.append(snapshot)
    every: list[Snapshot | LeftOut] = [*chosen, *left_out]
    first = every[0] if every else None
    return Deletion(
        resource_uid=first.resource_uid if first else "",
        name=first.name if first else "",
        lost=states_lost(chosen),
        kept=_kept(repository, chosen),
        reason="" if chosen else _why_none(left_out),
        uids=tuple(snapshot.resource_uid for snapshot in chosen),
        left_out=tuple(left_out),
        until=now() + timedelta(days=days) if days > 0 else None,
    )


def plan_purge(repository: Repository, uids: Sequence[str]) -> Deletion:
    """What deleting snapshots that are in the trash for good would do."""
    trash = {each.resource_uid: each for each in repository.trash.list()}
    wanted = list(dict.fromkeys(uids))
    chosen = [trash[uid].snapshot for uid in wanted if uid in trash]
    left_out = [
        LeftOut(resource_uid=uid, name=uid, reason="it is not in the trash any more")
        for uid in wanted
        if uid not in trash
    ]
    return Deletion(
        resource_uid=chosen[0].resource_uid if chosen else "",
        name=chosen[0].name if chosen else "",
        lost=states_lost(chosen),
        kept=_kept(repository, chosen),
        reason="" if chosen else "there is nothing in the trash to purge",
        uids=tuple(snapshot.resource_uid for snapshot in chosen),
        left_out=tuple(left_out),
    )


def done(plan: Deletion, moved: Moved) -> Deletion:
    """A plan after it was carried out: what was really done.

    Raises:
        ConflictError: nothing was, because all are pinned.
        NotFoundError: nothing was, because nothing is there any more.
    """
    if not moved.uids and moved.left_out:
        raise not_done(moved.left_out)
    first = moved.uids[0] if moved.uids else plan.resource_uid
    return replace(plan, resource_uid=first, uids=moved.uids, left_out=moved.left_out, reason="")


def not_done(left_out: Sequence[LeftOut]) -> ConflictError | NotFoundError:
    """Why nothing at all was done, as an error."""
    if any("pinned" in left.reason for left in left_out):
        return ConflictError(_why_none(left_out), HOW_TO_UNPIN)
    return NotFoundError(_why_none(left_out))


def _why_none(left_out: Sequence[LeftOut]) -> str:
    if len(left_out) == 1:
        (left,) = left_out
        return f"{left.name} is left alone: {left.reason}"
    reasons = " or ".join(dict.fromkeys(left.reason.removeprefix("it is ") for left in left_out))
    return f"all {len(left_out)} are left alone: {reasons}"


def _kept(repository: Repository, snapshots: Sequence[Snapshot]) -> tuple[str, ...]:
    """What stays although these go."""
    going = {snapshot.resource_uid for snapshot in snapshots}
    names = {snapshot.volume_uid: snapshot.volume_name for snapshot in snapshots}
    related = repository.catalog.related
    return what_stays(
        names,
        repository.catalog.rows("volumes"),
        going=len(going),
        others=sum(len(set(repository.snapshot_uids(uid)) - going) for uid in names),
        clones=sum(len(related("volumes", "source_snapshot_uid", uid)) for uid in going),
    )
