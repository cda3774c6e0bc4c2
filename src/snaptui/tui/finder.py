"""Finding volumes and snapshots by what they are called, among any number of them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from typing import TYPE_CHECKING

from snaptui.models import Snapshot, Volume
from snaptui.tui.ages import age
from snaptui.tui.fuzzy import Fuzzy, folded
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.spans import outside
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from snaptui.tui.inventory import CloudState, Inventory

HITS_MAX = 50
"""More than anybody looks through; who does not find it types another letter."""
RECALL_SECONDS = 5.0
"""So long it is waited for what was in a cloud the last time: it is only a file."""
SLICE_SECONDS = 0.004
"""So long it is searched before others have a turn: a key press is answered within a frame."""
_BATCH = 256
_PRUNE_AT = 64
_VOLUME_LEAD = 1.01
"""A volume comes before its snapshots that answer as well."""

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


async def recall(inventory: Inventory, look_now: Callable[[], object]) -> None:
    """Have what was in clouds that nobody has opened at hand, too; waits for that, but not long."""
    for state in inventory.clouds.values():
        state.wanted = True
    if any(state.is_missed for state in inventory.clouds.values()):
        look_now()
    end = time.monotonic() + RECALL_SECONDS
    while any(each.is_missed for each in inventory.clouds.values()):
        if time.monotonic() > end:
            return
        await asyncio.sleep(SLICE_SECONDS)


async def find(
    inventory: Inventory,
    query: str,
    kinds: tuple[PlaceKind, ...] = BOTH,
    *,
    limit: int = HITS_MAX,
) -> list[Found]:
    """The best answers of all clouds, best first, newest first among equals."""
    fuzzy = Fuzzy(query)
    best: list[_Ranked] = []
    floor = 0.0
    began = time.monotonic()
    number = 0
    for state, lead, things, texts in _batches(inventory, kinds):
        for thing, text in zip(things, texts, strict=True):
            number -= 1
            score = fuzzy.rate(text) * lead
            if score and score >= floor:
                best.append((score, thing.created_at, number, state, thing))
        if len(best) >= _PRUNE_AT * limit:
            best = nlargest(limit, best, key=_rank)
            floor = best[-1][0]
        if time.monotonic() - began > SLICE_SECONDS:
            await asyncio.sleep(0)
            began = time.monotonic()
    several = len(inventory.clouds) > 1
    return [
        _found(score, state, thing, several=several)
        for score, _, _, state, thing in nlargest(limit, best, key=_rank)
    ]


def unsearched(inventory: Inventory) -> list[str]:
    """The clouds that may have what is looked for, but that nobody has opened yet."""
    return [
        name
        for name, state in inventory.clouds.items()
        if state.info is not None and not state.info.opened
        # what was in it the last time is looked through
        if not state.volumes and not state.snapshots
    ]


_Ranked = tuple[float, "datetime", int, "CloudState", Volume | Snapshot]


def _rank(entry: _Ranked) -> tuple[float, datetime, int]:
    return entry[:3]


def _batches(
    inventory: Inventory, kinds: tuple[PlaceKind, ...]
) -> Iterator[tuple[CloudState, float, Sequence[Volume | Snapshot], Sequence[str]]]:
    """What can be found: whose, what its kind makes of the score, the things, their texts."""
    for kind in BOTH:
        for state in list(inventory.clouds.values()) if kind in kinds else ():
            is_volume = kind is PlaceKind.VOLUME
            # These are replaced, never changed, so they can be walked while others work.
            things: Mapping[str, Volume | Snapshot] = state.snapshots
            if is_volume:
                things = state.volumes
            folded_texts = _texts_of(state.name, kind, things)
            walk = iter(things.values())
            start = 0
            while batch := list(islice(walk, _BATCH)):
                texts = folded_texts[start : start + len(batch)]
                if len(texts) < len(batch):
                    texts = [_text(thing) for thing in batch]
                    folded_texts[start:] = texts
                yield state, _VOLUME_LEAD if is_volume else 1.0, batch, texts
                start += len(batch)


def _text(thing: Volume | Snapshot) -> str:
    last = thing.path if isinstance(thing, Volume) else thing.volume_name
    return folded(thing.name, thing.resource_uid, last)


_folded: dict[tuple[str, PlaceKind], tuple[Mapping[str, Volume | Snapshot], list[str]]] = {}
"""The texts of what was searched last: at the next letter they need not be folded again.

Of what a cloud had before it changed nothing is kept: that may be another 100 000 things.
"""


def _texts_of(cloud: str, kind: PlaceKind, things: Mapping[str, Volume | Snapshot]) -> list[str]:
    known = _folded.get((cloud, kind))
    if known is None or known[0] is not things:
        known = _folded[cloud, kind] = (things, [])
    return known[1]


def _found(score: float, state: CloudState, thing: Volume | Snapshot, *, several: bool) -> Found:
    uid = thing.resource_uid
    kind = PlaceKind.VOLUME if isinstance(thing, Volume) else PlaceKind.SNAPSHOT
    # first whose it is: of twins in two clouds nothing else tells that, and a line may be cut
    facts = [outside(state.name, 20)] if several else []
    facts.append(outside(uid))
    if isinstance(thing, Volume):
        facts += [format_size(thing.size_bytes), thing.status.value]
    else:
        facts += [f"of {outside(thing.volume_name, 24)}", age(thing.created_at)]
    return Found(score, Place(state.name, kind, uid), thing.name, uid, "  ".join(facts))
