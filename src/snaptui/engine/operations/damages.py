"""What checking says of damage: place by place, as far as that is of use."""

from __future__ import annotations

from snaptui.models import Damage

PLACES_KEPT = 1000
"""So many damaged places are told one by one; a lost disk has millions."""


def more_blocks(path: str, count: int, snapshot_uid: str | None = None) -> Damage:
    """What is left out, as a number."""
    uids = (snapshot_uid,) if snapshot_uid is not None else ()
    text = f"{count} more blocks are missing or damaged"
    return Damage(path=path, problem=text, snapshot_uids=uids)
