"""A remote cloud for commands, which remembers what it lists: for the app's start, and for Tab."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from snaptui.clouds.remote.cloud import RemoteCloud
from snaptui.clouds.remote.offering import Asking

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
        self._looked = False
        self._asking: Asking | None = None

    async def stock(self) -> Stock:
        """All volumes and snapshots, as `RemoteCloud` lists them.

        What the cloud offers is asked for beside the listing, once a day. The listing never waits
        for that: what has not come when the cloud is closed is left to the next one, unless there
        was somebody to `wait_a_moment` for it.
        """
        if not self._looked:
            self._looked = True
            await self.provider.connect()  # a cloud that is down is not asked, nor counts as that
            if await asyncio.to_thread(self._remembered.offer.begin):
                self._asking = Asking(self.provider, self._remembered.offer)
        stock = await super().stock()
        if stock is not self._kept:
            self._kept = stock
            volumes, snapshots = list(stock.volumes.values()), list(stock.snapshots.values())
            await asyncio.to_thread(self._remembered.write, volumes, snapshots)
        return stock

    @property
    def is_asking(self) -> bool:
        """Whether the cloud is yet to answer what it offers."""
        return self._asking is not None and not self._asking.is_answered

    async def wait_a_moment(self, seconds: float) -> None:
        """Let it answer what it offers; else that is not asked again for an hour."""
        if self._asking is not None:
            await self._asking.answered(seconds)

    async def close(self) -> None:
        """Remember what the cloud has told meanwhile, and give up the connections."""
        asking, self._asking = self._asking, None
        if asking is not None:
            await asking.end()
        await super().close()
