"""A remote cloud for commands, which remembers what it lists: for the app's start, and for Tab."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from snaptui.clouds.remote.cloud import RemoteCloud

if TYPE_CHECKING:
    from snaptui.clouds.remote.ledger import Ledger
    from snaptui.clouds.remote.provider import Provider
    from snaptui.clouds.remote.remembered import RememberedInventory
    from snaptui.clouds.remote.stock import Stock


class RememberingCloud(RemoteCloud):
    """A remote cloud whose whole listings are written down, and what it offers."""

    def __init__(
        self,
        name: str,
        provider: Provider,
        *,
        read_only: bool = False,
        ledger: Ledger | None = None,
        remembered: RememberedInventory,
    ) -> None:
        """A cloud; nothing is asked of it yet; `remembered` is where that is kept."""
        super().__init__(name, provider, read_only=read_only, ledger=ledger)
        self._remembered = remembered
        self.offer = remembered.offer
        self._kept: Stock | None = None

    async def stock(self) -> Stock:
        """All volumes and snapshots, as `RemoteCloud` lists them."""
        stock = await super().stock()
        if stock is not self._kept:
            self._kept = stock
            volumes, snapshots = list(stock.volumes.values()), list(stock.snapshots.values())
            await asyncio.to_thread(self._remembered.write, volumes, snapshots)
            offered = await asyncio.to_thread(self._remembered.offer.read)
            if offered.zones is None or offered.volume_types is None:
                await self._learn_offer()
        return stock
