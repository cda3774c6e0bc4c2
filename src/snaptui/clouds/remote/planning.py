"""What deleting in a remote cloud would lose, what stays, what forbids it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.clouds.losses import count_of_snapshots, states_lost, what_stays
from snaptui.models import Deletion, LeftOut, Snapshot, Volume
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from snaptui.clouds.base import Ability


def plan_volume(volume: Volume, orphans: Ability) -> Deletion:
    """What deleting a volume would do.

    Args:
        volume: the volume, with its snapshots counted.
        orphans: whether snapshots outlive their volume in this cloud.
    """
    count = volume.snapshot_count
    snapshots = count_of_snapshots(count)
    reason = ""
    if volume.attachment is not None:
        reason = (
            f"the volume {volume.name} is attached to {volume.attachment.used_by}: detach it first"
        )
    elif count and not orphans:
        them = "it" if count == 1 else "them"
        reason = f"the volume {volume.name} has {snapshots}: delete {them} first ({orphans.reason})"
    return Deletion(
        resource_uid=volume.resource_uid,
        name=volume.name,
        lost=(f"the volume and all its data, {format_size(volume.size_bytes)}, for good",),
        kept=(f"its {snapshots}, which can still be cloned",) if count and not reason else (),
        reason=reason,
        uids=(volume.resource_uid,),
    )


def plan_snapshots(
    snapshots: Mapping[str, Snapshot], volumes: Mapping[str, Volume], uids: Sequence[str]
) -> Deletion:
    """What deleting snapshots would do; there is no way back in a remote cloud."""
    wanted = list(dict.fromkeys(uids))
    chosen = [snapshots[uid] for uid in wanted if uid in snapshots]
    left_out = tuple(
        LeftOut(resource_uid=uid, name=uid, reason="it is deleted already")
        for uid in wanted
        if uid not in snapshots
    )
    going = {each.resource_uid for each in chosen}
    names = {each.volume_uid: each.volume_name for each in chosen}
    others = [
        s for s in snapshots.values() if s.volume_uid in names and s.resource_uid not in going
    ]
    clones = [v for v in volumes.values() if v.source_snapshot_uid in going]
    kept = what_stays(names, volumes, going=len(going), others=len(others), clones=len(clones))
    first = chosen[0] if chosen else None
    return Deletion(
        resource_uid=first.resource_uid if first else wanted[0] if wanted else "",
        name=first.name if first else "",
        lost=states_lost(chosen),
        kept=kept,
        reason="" if chosen else "they are deleted already",
        uids=tuple(each.resource_uid for each in chosen),
        left_out=left_out,
    )
