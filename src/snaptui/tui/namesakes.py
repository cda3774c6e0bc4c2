"""Volumes with the same name, told apart by the beginnings of their Resource UIDs, as git does."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import takewhile
from operator import eq
from typing import TYPE_CHECKING

from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from snaptui.models import Volume

DIGITS_MIN = 4
"""Fewer are no reference that the command line takes without `vol-`."""


_CLOUDS_MAX = 16
_known: list[tuple[Mapping[str, Volume], dict[str, str]]] = []
"""What was found for the last clouds: their volumes are the same ones until something changes."""


def suffixes(volumes: Mapping[str, Volume]) -> dict[str, str]:
    """What to write behind the names that several volumes have, by their uids.

    The digits mean one volume only, whatever it is called.
    """
    for seen, found in _known:
        if seen is volumes:
            return found
    fresh = _suffixes(volumes.values())
    _known.insert(0, (volumes, fresh))
    del _known[_CLOUDS_MAX:]
    return fresh


def _suffixes(volumes: Collection[Volume]) -> dict[str, str]:
    counts = Counter(outside(volume.name) for volume in volumes)
    if len(counts) == len(volumes):
        return {}
    digits = sorted(_digits(volume.resource_uid) for volume in volumes)
    return {
        volume.resource_uid: outside(_shortest(_digits(volume.resource_uid), digits))
        for volume in volumes
        if counts[outside(volume.name)] > 1
    }


def _digits(uid: str) -> str:
    return uid.removeprefix("vol-")  # what OpenStack gives out has dashes, but no kind


def _shortest(mine: str, every: list[str]) -> str:
    at = bisect_left(every, mine)
    beside = [*every[max(0, at - 1) : at], *every[at + 1 : at + 2]]
    alike = max((_in_common(mine, other) for other in beside), default=0)
    return mine[: max(DIGITS_MIN, alike + 1)]


def _in_common(first: str, second: str) -> int:
    return sum(1 for _ in takewhile(bool, map(eq, first, second)))
