"""A remote cloud, as the app sees it: what was known the last time at once, then kept current.

Until it is opened it is asked nothing; nothing of its kind is imported. Opened, it is listed page
by page, each shown as it comes; then what is not settled is asked for every few seconds, and
everything now and then. A cloud that does not answer keeps showing what was known, with its age and
the reason, and is asked again less and less often.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from snaptui.clouds.remote.cloud import RemoteCloud
from snaptui.clouds.remote.family import lineage
from snaptui.clouds.remote.stock import Stock
from snaptui.clouds.remote.together import together
from snaptui.errors import SnaptuiError
from snaptui.models import CloudInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable, Sequence

    from snaptui.clouds.remote.ledger import Ledger
    from snaptui.clouds.remote.provider import Provider
    from snaptui.clouds.remote.remembered import RememberedInventory
    from snaptui.models import Changes, LineageNode, Snapshot, Volume

PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshing:
    """How often a cloud is looked at, in seconds.

    Attributes:
        all: everything; 0: only when somebody asks for it.
        pending: what is not settled.
        pending_most: of more than that, everything is listed instead.
        down: the first pause when it does not answer; each is twice as long, up to `down_longest`.
        down_longest: no pause is longer.
    """

    all: float = 60.0
    pending: float = 3.0
    pending_most: int = 20
    down: float = 5.0
    down_longest: float = 120.0


class FollowedCloud(RemoteCloud):
    """A remote cloud whose inventory is kept, and kept current."""

    def __init__(
        self,
        name: str,
        provider: Provider,
        *,
        read_only: bool = False,
        ledger: Ledger | None = None,
        remembered: RememberedInventory | None = None,
        refreshing: Refreshing | None = None,
    ) -> None:
        """A cloud that is not opened yet.

        Args:
            name: what it is called.
            provider: speaks to it.
            read_only: nothing in it may be changed.
            ledger: where it is written down what was done to it.
            remembered: where the inventory is kept from one time to the next.
            refreshing: how often it is looked at.
        """
        super().__init__(name, provider, read_only=read_only, ledger=ledger)
        self._remembered = remembered
        self._refreshing = refreshing or Refreshing()
        self._stock = Stock()
        self._as_of: datetime | None = None
        self._reason = ""
        self._answered = False
        self._told = 0
        self._has_read = False
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # -- opening

    @property
    def opened(self) -> bool:
        """Whether it is being followed."""
        return self._task is not None

    async def open(self) -> None:
        """Follow it from now on."""
        if self._task is None:
            self._task = asyncio.create_task(self._follow(), name=f"follow {self.name}")
            self._news()

    async def close(self) -> None:
        """Follow it no more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await super().close()

    def look_again(self) -> None:
        """List everything now."""
        self._wake.set()

    async def _follow(self) -> None:
        pause = self._refreshing.down
        while True:
            self._wake.clear()
            try:
                await self._refresh()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and tried again
                self._down(error)
                await self._pause(pause)
                pause = min(pause * 2, self._refreshing.down_longest)
                continue
            pause = self._refreshing.down
            await self._until_next()

    def _down(self, error: Exception) -> None:
        reason = str(error) if isinstance(error, SnaptuiError) else f"{type(error).__name__}"
        if reason != self._reason:
            self._reason = reason
            self._news()

    async def _until_next(self) -> None:
        """Wait until everything is to be listed again; ask for what is not settled meanwhile."""
        loop = asyncio.get_running_loop()
        every = self._refreshing.all
        due = loop.time() + every if every else float("inf")
        while (left := due - loop.time()) > 0 and not self._wake.is_set():
            volumes, snapshots = self._unsettled()
            many = len(volumes) + len(snapshots)
            if not every or not many:
                await self._pause(left)
            elif many > self._refreshing.pending_most:
                await self._pause(min(left, self._refreshing.pending * 4))
                return
            else:
                await self._pause(min(left, self._refreshing.pending))
                await self._ask_for(volumes, snapshots)

    def _unsettled(self) -> tuple[list[str], list[str]]:
        volumes = [uid for uid, each in self._stock.volumes.items() if not each.status.settled]
        snapshots = [uid for uid, each in self._stock.snapshots.items() if not each.status.settled]
        return volumes, snapshots

    async def _ask_for(self, volumes: Sequence[str], snapshots: Sequence[str]) -> None:
        for uid in volumes:
            volume = await self.provider.volume(uid)
            self._take(volumes=[volume] if volume else (), gone=() if volume else [uid])
        for uid in snapshots:
            snapshot = await self.provider.snapshot(uid)
            self._take(snapshots=[snapshot] if snapshot else (), gone=() if snapshot else [uid])

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == float("inf") else seconds):
                await self._wake.wait()

    async def _refresh(self) -> None:
        """List everything, and show each page as it comes."""
        await self._read()
        await self.provider.connect()
        volumes: set[str] = set()
        snapshots: set[str] = set()

        async def list_volumes() -> None:
            async for page in self.provider.volumes():
                volumes.update(each.resource_uid for each in page)
                self._take(volumes=page)
                await asyncio.sleep(0)

        async def list_snapshots() -> None:
            async for page in self.provider.snapshots():
                snapshots.update(each.resource_uid for each in page)
                self._take(snapshots=page)
                await asyncio.sleep(0)

        await together(list_volumes(), list_snapshots())
        # only a listing that came to its end says what is gone
        changed = self._stock.keep_volumes(volumes) | self._stock.keep_snapshots(snapshots)
        first, self._answered = not self._answered, True
        was_down, self._reason = bool(self._reason), ""
        self._as_of = datetime.now(UTC)
        if changed or first or was_down:
            self._news()
        if self._remembered is not None:
            kept = (list(self._stock.volumes.values()), list(self._stock.snapshots.values()))
            await asyncio.to_thread(self._remembered.write, *kept)

    def _take(
        self,
        volumes: Sequence[Volume] = (),
        snapshots: Sequence[Snapshot] = (),
        gone: Sequence[str] = (),
    ) -> None:
        self._stock.put(volumes, snapshots)
        if gone:
            self._stock.remove(gone)

    def _news(self) -> None:
        """Something beside the inventory is another: how old it is, whether the cloud answers."""
        self._told += 1

    async def _read(self) -> None:
        """Take over what was known the last time, once."""
        if self._has_read or self._remembered is None:
            return
        self._has_read = True
        known = await asyncio.to_thread(self._remembered.read)
        if known is not None and not self._answered:
            self._as_of = known.at
            self._take(known.volumes, known.snapshots)

    # -- what the app asks

    async def info(self) -> CloudInfo:
        """Whether it answered the last time it was asked; never asks it."""
        await self._read()
        return CloudInfo(
            name=self.name,
            kind=self.provider.kind,
            available=not self._reason,
            reason=self._reason,
            read_only=self._read_only,
            opened=self.opened,
            as_of=self._as_of,
            answered=self._answered,
            place=self.provider.place,
        )

    async def change_token(self) -> Hashable:
        """What is known, as a number, and what is known of the cloud itself, as another."""
        await self._read()
        return (self._stock.version, self._told)

    async def changes(self, since: Hashable) -> Changes | None:
        """What changed since."""
        match since:
            case (int(version), int()):
                return self._stock.changes(version)
        return None

    async def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        """All that is known, by name."""
        volumes, _ = self._stock.in_order()
        for first in range(0, len(volumes), PAGE):
            yield volumes[first : first + PAGE]

    async def snapshots(self, volume_uid: str | None = None) -> AsyncIterator[Sequence[Snapshot]]:
        """All that is known, or one volume's, newest first."""
        _, snapshots = self._stock.in_order()
        if volume_uid is not None:
            snapshots = [each for each in snapshots if each.volume_uid == volume_uid]
        for first in range(0, len(snapshots), PAGE):
            yield snapshots[first : first + PAGE]

    async def lineage(self, uid: str) -> LineageNode:
        """The family tree, of what is known."""
        volumes, snapshots = self._stock.in_order()
        return lineage(volumes, snapshots, uid)
