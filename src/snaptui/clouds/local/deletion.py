"""Deleting volumes and snapshots of the local cloud: what it loses, what stays, what forbids it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.engine.faults import told
from snaptui.engine.layout import fsync_directory
from snaptui.engine.records import now
from snaptui.errors import ConflictError, NotFoundError
from snaptui.models import Deletion, LeftOut, Snapshot, Volume
from snaptui.units import format_age, format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.engine import Actor, Repository
    from snaptui.engine.operations.deleting import Moved

_VOLUMES_TOLD = 5


def _snapshots(count: int) -> str:
    return "1 snapshot" if count == 1 else f"{count} snapshots"


def plan_volume(volume: Volume) -> Deletion:
    """What deleting a volume would do; `reason` says why it is forbidden."""
    lost = ["its record in snaptui"]
    kept = []
    if volume.managed:
        lost = [f"the volume's data: {volume.path}, {format_size(volume.size_bytes)}"]
    else:
        kept.append(f"the data itself: {volume.path} is not touched")
    if volume.snapshot_count:
        kept.append(f"its {_snapshots(volume.snapshot_count)}, which can still be cloned")
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
        lost=_states(chosen),
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
        lost=_states(chosen),
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
    pinned = any("pinned" in left.reason for left in left_out)
    return (ConflictError if pinned else NotFoundError)(_why_none(left_out))


def _why_none(left_out: Sequence[LeftOut]) -> str:
    if len(left_out) == 1:
        (left,) = left_out
        return f"{left.name} is left alone: {left.reason}"
    reasons = " or ".join(dict.fromkeys(left.reason.removeprefix("it is ") for left in left_out))
    return f"all {len(left_out)} are left alone: {reasons}"


def _states(snapshots: Sequence[Snapshot]) -> tuple[str, ...]:
    """Which states of which volumes are lost, a sentence a volume."""
    of_volume: dict[str, list[Snapshot]] = {}
    for snapshot in snapshots:
        of_volume.setdefault(snapshot.volume_uid, []).append(snapshot)
    sentences = []
    for several in of_volume.values():
        several.sort(key=lambda snapshot: snapshot.created_at)
        oldest, newest = several[0], several[-1]
        age = format_age(newest.created_at)
        if len(several) > 1:
            first = format_age(oldest.created_at)
            span = f"{first} to {age}" if first != age else age
            text = f"{newest.volume_name} as it was at {len(several)} times, {span}"
        else:
            text = f"{newest.volume_name} as it was {age} ({format_size(newest.size_bytes)})"
        sentences.append(text)
    more = len(sentences) - _VOLUMES_TOLD
    if more > 1:
        sentences[_VOLUMES_TOLD:] = [f"and states of {more} more volumes"]
    return tuple(sentences)


def _kept(repository: Repository, snapshots: Sequence[Snapshot]) -> tuple[str, ...]:
    """What stays although these go."""
    volumes = repository.catalog.rows("volumes")
    going = {snapshot.resource_uid for snapshot in snapshots}
    of = {snapshot.volume_uid: snapshot.volume_name for snapshot in snapshots}
    others = sum(len(set(repository.snapshot_uids(uid)) - going) for uid in of)
    related = repository.catalog.related
    clones = sum(len(related("volumes", "source_snapshot_uid", uid)) for uid in going)
    there = [name for uid, name in of.items() if uid in volumes]
    one = next(iter(of.values())) if len(of) == 1 else ""
    kept = []
    if others and one:
        kept.append(f"the other {_snapshots(others)} of {one}, whole")
    elif others:
        kept.append(f"the other {_snapshots(others)} of these volumes, whole")
    if there:
        kept.append(f"the volume {one} itself" if one else f"the {len(there)} volumes themselves")
    if clones:
        them = "it" if len(snapshots) == 1 else "them"
        many = "1 volume" if clones == 1 else f"{clones} volumes"
        kept.append(f"{many} cloned from {them}")
    return tuple(kept)
