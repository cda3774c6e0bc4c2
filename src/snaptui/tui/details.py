"""Loading what views show beyond the inventory, when they show it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from snaptui.clouds.base import Capability, Cloud
from snaptui.errors import SnaptuiError
from snaptui.tui.documents import CELLS, cloud_lines
from snaptui.tui.place import Place, PlaceKind

if TYPE_CHECKING:
    from snaptui.models import Snapshot
    from snaptui.tui.inventory import CloudState
    from snaptui.tui.widgets.detail import Detail, TabData
    from snaptui.tui.widgets.document import Document
    from snaptui.tui.widgets.welcome import Welcome


async def load_tab(detail: Detail, place: Place, tab: str, state: CloudState) -> None:
    """Load what a tab shows, and give it to it."""
    cloud = state.cloud
    try:
        data: TabData | None
        if tab == "Blocks":
            data = await _blocks(place, state)
        elif tab == "Lineage":
            data = await cloud.lineage(place.uid)
        else:
            data = await cloud.events(place.uid)
    except SnaptuiError as error:
        detail.fail(place, tab, error.message)
    else:
        if data is not None:
            detail.fill(place, tab, data)


async def _blocks(place: Place, state: CloudState) -> TabData | None:
    ability = state.cloud.ability(Capability.BLOCKS)
    if not ability:
        raise SnaptuiError(ability.reason)
    snapshot: Snapshot | None = state.snapshots.get(place.uid)
    if place.kind is PlaceKind.VOLUME:
        snapshot = state.newest(place.uid)
    if snapshot is None:
        return None
    return snapshot, await state.cloud.blocks(snapshot.resource_uid, CELLS)


async def load_cloud(page: Document, state: CloudState) -> None:
    """Load a cloud's zones and what its snapshots cost."""
    try:
        zones, usage = await asyncio.gather(state.cloud.zones(), state.cloud.usage())
    except SnaptuiError:
        return
    page.set_builder(lambda width: cloud_lines(state, zones, usage, width))


async def load_candidates(welcome: Welcome, cloud: Cloud) -> None:
    """Look for disk images and devices on the host."""
    try:
        candidates = await cloud.candidates()
    except SnaptuiError:
        return
    welcome.set_candidates(candidates)
