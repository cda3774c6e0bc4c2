"""A remote cloud, as the app sees it: what was known the last time at once, then kept current.

Until it is opened it is asked nothing; nothing of its kind is imported, and of what was known only
how much it was is read, unless somebody asks for it. Opened, it is listed page by page, each shown
as it comes; then what is not settled is asked for every few seconds, and everything now and then. A
cloud that does not answer keeps showing what was known, with its age and the reason, and is asked
again less and less often.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from snaptui.clouds.remote.cloud import RemoteCloud
from snaptui.clouds.remote.family import lineage
from snaptui.clouds.remote.offering import Learning, ended
from snaptui.clouds.remote.refreshing import Refreshing
from snaptui.clouds.remote.silence import Silence
from snaptui.clouds.remote.stock import Stock
from snaptui.clouds.remote.together import together
from snaptui.clouds.troubles import trouble_of
from snaptui.errors import CredentialsError, SnaptuiError, UnsupportedError
from snaptui.models import CloudInfo, CloudTrouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Iterator, Sequence

    from snaptui.clouds.base import Capability
    from snaptui.clouds.remote.ledger import Ledger
    from snaptui.clouds.remote.provider import Provider
    from snaptui.clouds.remote.remembered import RememberedHead, RememberedInventory
    from snaptui.models import (
        Changes,
        Instance,
        LineageNode,
        Snapshot,
        Volume,
        VolumeType,
        Zone,
    )

Thing = TypeVar("Thing")
PART = 250
"""So many things are taken over, or given, at once: some ten milliseconds."""
WRITTEN_LATEST = 600.0
"""What has not changed is written to disk again after so many seconds, for its age."""
NEW_ENOUGH = 90.0
"""What was listed so many seconds ago is what there is, for a plan."""


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
        self.offer = None if remembered is None else remembered.offer
        self._refreshing = refreshing or Refreshing()
        self._stock = Stock()
        self._as_of: datetime | None = None
        self._as_of_clock = 0.0
        self._idle_cost = 0.0
        self.cpu: Callable[[], float] = time.process_time
        self._reason = ""
        self._trouble = CloudTrouble.DOWN
        self._answered = False
        self._told = 0
        self._pending_pause = self._refreshing.pending
        self._written: tuple[int, float] | None = None
        self._resting = False
        self._reading = asyncio.Lock()
        self._has_read = False
        self._head: RememberedHead | None = None
        self._has_read_head = False
        self._wake = asyncio.Event()
        self._asked = False
        self._silence = Silence(self._refreshing.silence, self._news)
        self._task: asyncio.Task[None] | None = None
        self._learning = Learning(provider, self.offer)

    # -- opening

    @property
    def opened(self) -> bool:
        """Whether it is being followed."""
        return self._task is not None

    @property
    def resting(self) -> bool:
        """Whether it is asked nothing, until it is time or somebody looks again."""
        return self._resting

    async def open(self) -> None:
        """Follow it from now on."""
        if self._task is None:
            self._answered, self._reason = False, ""
            self._task = asyncio.create_task(self._follow(), name=f"follow {self.name}")
            self._news()

    async def close(self) -> None:
        """Follow it no more."""
        task, self._task = self._task, None
        await ended(task)
        await self._learning.close()  # the other may just have begun it
        await super().close()

    def look_again(self) -> None:
        """List everything now."""
        super().look_again()
        self._pending_pause = self._refreshing.pending
        if self.opened and not self._asked:
            self._asked = True
            self._news()
        self._wake.set()

    async def look_closely(self, snapshot_uid: str) -> None:
        """Ask for one snapshot, and keep what is told of it."""
        if not self.opened:
            return
        found = await self.provider.snapshot(snapshot_uid)
        if found is not None:
            self._take(snapshots=[found])

    def gone(self, uids: Sequence[str]) -> None:
        """These were deleted: show it before everything is listed."""
        self._stock.remove(uids)
        self.look_again()

    async def _follow(self) -> None:
        pause = self._refreshing.down
        while True:
            self._wake.clear()
            try:
                async with self._silence.told():
                    await self._refresh()
                self._was_asked()
                pause = self._refreshing.down
                await self._until_next()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and tried again
                self._was_asked()
                self._down(error)
                if isinstance(error, CredentialsError):
                    pause = self._refreshing.down_longest
                await self._pause(pause)
                pause = min(pause * 2, self._refreshing.down_longest)

    def _was_asked(self) -> None:
        # who asked meanwhile is answered by the next listing, which begins at once
        if self._asked and not self._wake.is_set():
            self._asked = False
            self._news()

    def _down(self, error: Exception) -> None:
        reason = str(error) if isinstance(error, SnaptuiError) else f"{type(error).__name__}"
        if reason != self._reason:
            self._reason, self._trouble = reason, trouble_of(error)
            self._news()

    async def _until_next(self) -> None:
        """Wait until everything is to be listed again; ask for what is not settled meanwhile."""
        loop = asyncio.get_running_loop()
        every = self._refreshing.rest(self._idle_cost)
        due = loop.time() + every if every else float("inf")
        while (left := due - loop.time()) > 0 and not self._wake.is_set():
            volumes, snapshots = self._unsettled()
            many = len(volumes) + len(snapshots)
            if not every or not many:
                await self._pause(left)
            elif many > self._refreshing.pending_most:
                await self._pause(min(left, self._pending_pause * 4))
                return
            else:
                await self._pause(min(left, self._pending_pause))
                if not self._wake.is_set():
                    async with self._silence.told():
                        await self._ask_for(volumes, snapshots)

    def _unsettled(self) -> tuple[list[str], list[str]]:
        volumes = [uid for uid, each in self._stock.volumes.items() if not each.status.settled]
        snapshots = [uid for uid, each in self._stock.snapshots.items() if not each.status.settled]
        return volumes, snapshots

    async def _ask_for(self, volumes: Sequence[str], snapshots: Sequence[str]) -> None:
        before = self._stock.version
        for uid in volumes:
            volume = await self.provider.volume(uid)
            self._silence.heard()
            self._take(volumes=[volume] if volume else (), gone=() if volume else [uid])
        for uid in snapshots:
            snapshot = await self.provider.snapshot(uid)
            self._silence.heard()
            self._take(snapshots=[snapshot] if snapshot else (), gone=() if snapshot else [uid])
        self._adjust(before)

    def _adjust(self, before: int) -> None:
        """What changes is asked for quickly, what does not, less and less often."""
        if self._stock.version != before:
            self._pending_pause = self._refreshing.pending
        else:
            longer = self._pending_pause * 1.5
            self._pending_pause = min(longer, self._refreshing.pending_longest)

    async def _pause(self, seconds: float) -> None:
        self._resting = True
        try:
            async with asyncio.timeout(None if seconds == float("inf") else seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
        finally:
            self._resting = False

    async def _refresh(self) -> None:
        """List everything, and show each page as it comes."""
        await self._read()
        await self.provider.connect()
        self._silence.heard()
        before, began = self._stock.version, self.cpu()
        volumes: set[str] = set()
        snapshots: set[str] = set()

        async def list_volumes() -> None:
            async for page in self.provider.volumes():
                self._silence.heard()
                volumes.update(each.resource_uid for each in page)
                for part in _parts(page):
                    self._take(volumes=part)
                    await asyncio.sleep(0)

        async def list_snapshots() -> None:
            async for page in self.provider.snapshots():
                self._silence.heard()
                snapshots.update(each.resource_uid for each in page)
                for part in _parts(page):
                    self._take(snapshots=part)
                    await asyncio.sleep(0)

        await together(list_volumes(), list_snapshots())
        # only a listing that came to its end says what is gone
        changed = self._stock.keep_volumes(volumes) | self._stock.keep_snapshots(snapshots)
        first, self._answered = not self._answered, True
        was_down, self._reason = bool(self._reason), ""
        self._as_of, self._as_of_clock = datetime.now(UTC), self.clock()
        self._adjust(before)
        self._idle_cost = self.cpu() - began if self._stock.version == before else 0.0
        if changed or first or was_down:
            self._news()
        self._take(volumes=await self.names.of(self._stock.volumes.values()))
        await self._write()
        # not within the listing: a cloud that is slow to tell that has answered all the same
        self._learning.start()

    async def _write(self) -> None:
        """Remember what there is, if that is another, or was remembered long ago."""
        version, now = self._stock.version, self.clock()
        if self._remembered is None or (
            self._written is not None
            and self._written[0] == version
            and now - self._written[1] < WRITTEN_LATEST
        ):
            return
        self._written = (version, now)
        kept = (list(self._stock.volumes.values()), list(self._stock.snapshots.values()))
        await asyncio.to_thread(self._remembered.write, *kept)

    def _take(
        self,
        volumes: Sequence[Volume] = (),
        snapshots: Sequence[Snapshot] = (),
        gone: Sequence[str] = (),
    ) -> None:
        self._stock.put([self.names.named(each) for each in volumes], snapshots)
        if gone:
            self._stock.remove(gone)

    def _news(self) -> None:
        """Something beside the inventory is another: how old it is, whether the cloud answers."""
        self._told += 1

    async def _read_head(self) -> None:
        """Learn how much was known the last time, once; of a cloud that is opened, all of it."""
        known = self.opened or self._has_read or self._has_read_head
        if self._remembered is not None and not known:
            head = await asyncio.to_thread(self._remembered.head)
            self._has_read_head = True
            if head is not None and not self._has_read:
                self._head, self._as_of = head, head.at
        if self.opened or self._reading.locked():
            await self._read()  # nobody is told of a half

    async def _read(self) -> None:
        """Take over what was known the last time, once."""
        async with self._reading:  # whoever comes meanwhile waits, and finds it
            if self._has_read or self._remembered is None:
                return
            known = await asyncio.to_thread(self._remembered.read)
            if known is not None:
                for volumes in _parts(known.volumes):
                    self._stock.put(volumes, known=True)
                    await asyncio.sleep(0)
                for snapshots in _parts(known.snapshots):
                    self._stock.put(snapshots=snapshots, known=True)
                    await asyncio.sleep(0)
            as_of = known.at if known is not None else None
            if as_of != self._as_of:
                self._as_of = as_of
                self._news()
            self._head, self._has_read = None, True

    # -- what the app asks

    async def info(self) -> CloudInfo:
        """Whether it answered the last time it was asked; never asks it."""
        await self._read_head()
        return CloudInfo(
            name=self.name,
            kind=self.provider.kind,
            available=not self._reason,
            reason=self._reason,
            trouble=self._trouble,
            read_only=self._read_only,
            opened=self.opened,
            as_of=self._as_of,
            answered=self._answered,
            asked=self._asked,
            silent_seconds=self._silence.seconds,
            place=self.provider.place,
            volume_count=self._head.volumes if self._head is not None else None,
            snapshot_count=self._head.snapshots if self._head is not None else None,
        )

    async def change_token(self) -> Hashable:
        """What is known, as a number, and what is known of the cloud itself, as another."""
        await self._read_head()
        return (self._stock.version, self._told)

    async def changes(self, since: Hashable) -> Changes | None:
        """What changed since."""
        match since:
            case (int(version), int()):
                return self._stock.changes(version)
        return None

    async def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        """All that is known, by name."""
        await self._read()
        volumes, _ = self._stock.in_order()
        for part in _parts(volumes):
            yield part

    async def snapshots(self, volume_uid: str | None = None) -> AsyncIterator[Sequence[Snapshot]]:
        """All that is known, or one volume's, newest first."""
        await self._read()
        _, snapshots = self._stock.in_order()
        if volume_uid is not None:
            snapshots = [each for each in snapshots if each.volume_uid == volume_uid]
        for part in _parts(snapshots):
            yield part

    async def lineage(self, uid: str) -> LineageNode:
        """The family tree, of what is known."""
        await self._read()
        volumes, snapshots = self._stock.in_order()
        return lineage(volumes, snapshots, uid)

    async def stock(self) -> Stock:
        """What is known, if it is new enough to plan a deletion by; else all, listed now."""
        await self._read()
        new = self.clock() - self._as_of_clock < NEW_ENOUGH
        current = self._answered and not self._reason and new and not self._wake.is_set()
        if current or not self.opened:
            return self._stock
        return await super().stock()

    # -- what is asked of the cloud itself, once it is opened

    def require(self, capability: Capability) -> None:
        """Raise unless this cloud is opened and can do that."""
        super().require(capability)
        if not self.opened:
            raise UnsupportedError(f"{self.name} is not opened yet", "open it first")

    async def zones(self) -> list[Zone]:
        """Its availability zones."""
        return await super().zones() if self.opened else []

    async def _volumes_to_count(self) -> Iterable[Volume] | None:
        """All that is known; a listing that has just begun does not know how many there are."""
        await self._read()
        known = self._answered or self._as_of is not None
        return self._stock.volumes.values() if known else None

    async def volume_types(self) -> list[VolumeType]:
        """The types that it offers."""
        return await super().volume_types() if self.opened else []

    async def regions(self) -> list[str]:
        """The regions that its snapshots can be copied to."""
        return await super().regions() if self.opened else []

    async def instances(self, volume_uid: str | None = None) -> list[Instance]:
        """The instances that a volume can attach to."""
        return await super().instances(volume_uid) if self.opened else []


def _parts(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    for first in range(0, len(things), PART):
        yield things[first : first + PART]
