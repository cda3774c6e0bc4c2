"""Deleting volumes and snapshots of the local cloud: what it loses, what stays, what forbids it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.engine.faults import told
from snaptui.engine.layout import fsync_directory
from snaptui.models import Deletion, Volume
from snaptui.units import format_age, format_size

if TYPE_CHECKING:
    from snaptui.engine import Actor, Repository


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
        reason = f"the volume {volume.name} is in use by {volume.attachment.instance}"
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


def plan_snapshot(repository: Repository, uid: str) -> Deletion:
    """What deleting a snapshot would do."""
    snapshot = repository.snapshot(uid)
    others = len(repository.snapshot_uids(snapshot.volume_uid)) - 1
    clones = repository.catalog.related("volumes", "source_snapshot_uid", snapshot.resource_uid)
    kept = []
    if others:
        kept.append(f"the other {_snapshots(others)} of {snapshot.volume_name}, whole")
    if snapshot.volume_uid in repository.catalog.rows("volumes"):
        kept.append(f"the volume {snapshot.volume_name} itself")
    if clones:
        count = len(clones)
        kept.append("1 volume cloned from it" if count == 1 else f"{count} volumes cloned from it")
    kept.append("its space on disk, until unused blocks can be pruned (a later version)")
    age = format_age(snapshot.created_at)
    return Deletion(
        resource_uid=snapshot.resource_uid,
        name=snapshot.name,
        lost=(f"{snapshot.volume_name} as it was {age} ({format_size(snapshot.size_bytes)})",),
        kept=tuple(kept),
    )
