"""Finding volumes and snapshots by what they are called, among any number of them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from heapq import nlargest
from typing import TYPE_CHECKING

from snaptui.models import Snapshot, Volume
from snaptui.tui.ages import age
from snaptui.tui.fuzzy import Fuzzy
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.spans import outside
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snaptui.tui.inventory import CloudState, Inventory

HITS_MAX = 50
"""More than anybody looks through; who does not find it types another letter."""
SLICE_SECONDS = 0.004
"""So long it is searched before others have a turn: a key press is answered within a frame."""
_LOOK_AT_CLOCK = 128

BOTH = (PlaceKind.VOLUME, PlaceKind.SNAPSHOT)


@dataclass(frozen=True, slots=True)
class Found:
    """A volume or snapshot that answers to what was typed."""

    score: float
    place: Place
    name: str
    """As it is, not safe to show."""
    uid: str
    detail: str
    """What else there is to say, safe to show."""


async def find(
    inventory: Inventory,
    query: str,
    kinds: tuple[PlaceKind, ...] = BOTH,
    *,
    limit: int = HITS_MAX,
) -> list[Found]:
    """The best answers of all clouds, best first, newest first among equals."""
    fuzzy = Fuzzy(query)
    best: list[tuple[float, float, int, CloudState, Volume | Snapshot]] = []
    began = time.monotonic()
    for number, (state, thing) in enumerate(_things(inventory, kinds)):
        if number % _LOOK_AT_CLOCK == 0 and time.monotonic() - began > SLICE_SECONDS:
            await asyncio.sleep(0)
            began = time.monotonic()
        score = _score(fuzzy, thing)
        if score > 0:
            best.append((score, thing.created_at.timestamp(), -number, state, thing))
            if len(best) >= 64 * limit:
                best = nlargest(limit, best, key=lambda entry: entry[:3])
    several = len(inventory.clouds) > 1
    return [
        _found(score, state, thing, several=several)
        for score, _, _, state, thing in nlargest(limit, best, key=lambda entry: entry[:3])
    ]


def _things(
    inventory: Inventory, kinds: tuple[PlaceKind, ...]
) -> Iterator[tuple[CloudState, Volume | Snapshot]]:
    # A state's dictionaries are replaced, never changed, so they can be walked while others work.
    states = list(inventory.clouds.values())
    if PlaceKind.VOLUME in kinds:
        for state in states:
            for volume in state.volumes.values():
                yield state, volume
    if PlaceKind.SNAPSHOT in kinds:
        for state in states:
            for snapshot in state.snapshots.values():
                yield state, snapshot


def _score(fuzzy: Fuzzy, thing: Volume | Snapshot) -> float:
    if isinstance(thing, Volume):
        return fuzzy.score(thing.name, thing.resource_uid, thing.path) * 1.01
    return fuzzy.score(thing.name, thing.resource_uid, thing.volume_name)


def _found(score: float, state: CloudState, thing: Volume | Snapshot, *, several: bool) -> Found:
    uid = thing.resource_uid
    kind = PlaceKind.VOLUME if isinstance(thing, Volume) else PlaceKind.SNAPSHOT
    facts = [outside(uid)]
    if isinstance(thing, Volume):
        facts += [format_size(thing.size_bytes), thing.status.value]
    else:
        facts += [f"of {outside(thing.volume_name, 24)}", age(thing.created_at)]
    if several:
        facts.append(outside(state.name, 20))
    return Found(score, Place(state.name, kind, uid), thing.name, uid, "  ".join(facts))
