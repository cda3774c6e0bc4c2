"""Loading what views show beyond the inventory, when they show it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import log

from snaptui.clouds.base import Capability, Cloud
from snaptui.errors import SnaptuiError
from snaptui.models import LOCAL_CLOUD
from snaptui.tui.guard import guarded
from snaptui.tui.place import PlaceKind
from snaptui.tui.quotas import NOT_KNOWN
from snaptui.tui.spans import outside
from snaptui.tui.tables.events import NO_EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from snaptui.models import Event, Snapshot
    from snaptui.tui.inventory import CloudState
    from snaptui.tui.widgets.cloud_page import CloudPage
    from snaptui.tui.widgets.detail import Detail, TabData
    from snaptui.tui.widgets.table import Table
    from snaptui.tui.widgets.welcome import Welcome

OWN_SECONDS = 0.4
CELLS = 8192
"""How many cells the picture of a volume is asked for; they are put together to what fits."""


async def load_tab(wanted: Detail.Wanted, state: CloudState) -> None:
    """Load what a tab shows, and give it to it."""
    with guarded(lambda reason: wanted.detail.fail(wanted, reason)):
        data: TabData | None
        if wanted.tab == "Blocks":
            data = await _blocks(wanted, state)
        elif wanted.tab == "Lineage":
            data = await state.cloud.lineage(wanted.place.uid)
        else:
            data = await state.cloud.events(wanted.place.uid)
        if data is not None:
            wanted.detail.fill(wanted, data)


async def load_own(wanted: Detail.Wanted, state: CloudState) -> None:
    """Find out how much only this snapshot needs, if one still looks at it after a moment.

    That reads the maps of all others: not for each one that is stepped over.
    """
    await asyncio.sleep(OWN_SECONDS)
    snapshot = wanted.detail.blocks.snapshot
    if snapshot is None or not wanted.detail.shows(wanted):
        return
    with guarded(log.warning):  # all else is there without it
        own = await state.cloud.freed_bytes([snapshot.resource_uid])
        if own is not None and wanted.detail.shows(wanted):
            wanted.detail.blocks.show_own(snapshot.resource_uid, own)


async def _blocks(wanted: Detail.Wanted, state: CloudState) -> TabData | None:
    ability = state.cloud.ability(Capability.BLOCKS)
    if not ability:
        raise SnaptuiError(ability.reason)
    place = wanted.place
    snapshot: Snapshot | None = state.snapshots.get(wanted.chosen or place.uid)
    if snapshot is None and place.kind is PlaceKind.VOLUME:
        snapshot = state.newest(place.uid)
    if snapshot is None:
        return None
    return snapshot, await state.cloud.blocks(snapshot.resource_uid, CELLS)


async def look_closely(state: CloudState, uid: str) -> None:
    """Have a cloud find out of a snapshot what listings do not tell; what fails is no news here."""
    with guarded(log.warning):
        await state.cloud.look_closely(uid)


async def load_cloud(page: CloudPage, state: CloudState) -> None:
    """Load a cloud's zones, costs and quotas, unless nobody has opened it yet."""
    if state.info is not None and not state.info.opened:
        return
    await asyncio.gather(_load_zones(page, state), _load_quotas(page, state))


async def _load_zones(page: CloudPage, state: CloudState) -> None:
    with guarded(lambda reason: page.fail(state, reason)):
        page.fill(state, *await asyncio.gather(state.cloud.zones(), state.cloud.usage()))


async def _load_quotas(page: CloudPage, state: CloudState) -> None:
    """Ask how much one may have; a cloud that is down says so elsewhere on the page."""
    if not (can := state.cloud.ability(Capability.QUOTAS)):
        # of this host's disk the page tells more than a reason
        local = state.info is not None and state.info.kind == LOCAL_CLOUD
        page.fill_quotas(state, (), "" if local else can.reason)
        return
    with guarded(lambda reason: page.fill_quotas(state, (), f"{NOT_KNOWN}: {reason}")):
        page.fill_quotas(state, await state.cloud.quotas())


async def load_activity(table: Table[Event], state: CloudState) -> bool:
    """Load what happened in a cloud; whether that could be had."""
    reasons: list[str] = []
    events: list[Event] = []
    with guarded(reasons.append):
        events = await state.cloud.events()
    table.empty = outside(reasons[0]) if reasons else NO_EVENTS
    table.set_items(events)
    return not reasons


async def load_candidates(welcome: Welcome, cloud: Cloud, tell: Callable[[str], object]) -> None:
    """Look for disk images and devices on the host."""
    with guarded(tell):
        welcome.set_candidates(await cloud.candidates())
