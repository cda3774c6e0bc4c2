"""What deleting loses and what stays, in sentences that a person reads before saying yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.text import count_of
from snaptui.units import format_age, format_size

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from snaptui.models import Snapshot

_VOLUMES_TOLD = 5


def count_of_snapshots(count: int) -> str:
    """`1 snapshot`, `12 snapshots`."""
    return count_of(count, "snapshot")


def states_lost(snapshots: Sequence[Snapshot]) -> tuple[str, ...]:
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


def what_stays(
    names: Mapping[str, str], there: Collection[str], *, going: int, others: int, clones: int
) -> tuple[str, ...]:
    """What stays although snapshots go.

    Args:
        names: what their volumes are called, by Resource UID.
        there: the Resource UIDs of all volumes that there still are.
        going: how many snapshots go.
        others: how many other snapshots those volumes have.
        clones: how many volumes were cloned from those that go.
    """
    still = [name for uid, name in names.items() if uid in there]
    one = next(iter(names.values())) if len(names) == 1 else ""
    kept = []
    if others:
        of = one or "these volumes"
        kept.append(f"the other {count_of_snapshots(others)} of {of}, whole")
    if still:
        kept.append(f"the volume {one} itself" if one else f"the {len(still)} volumes themselves")
    if clones:
        them = "it" if going == 1 else "them"
        kept.append(f"{count_of(clones, 'volume')} cloned from {them}")
    return tuple(kept)
