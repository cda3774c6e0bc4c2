"""Fetching the blocks of a snapshot: several at once, handed out in order."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from snaptui.clouds.aws.ebs import Block
from snaptui.clouds.remote.block_access import RemoteBlocks
from snaptui.errors import CloudDownError, CloudInvalidError, CloudNotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence

    from snaptui.clouds.aws.ebs import EbsDirect

AT_ONCE = 8
"""So many blocks are fetched at once: EBS allows more, memory and other programs' share less."""
KEPT = 10
"""So many pages of a listing are kept; of a longer one, only how much it is. It is listed again."""
_BASES = 3
"""How many snapshots to ask for the differences from; then all is fetched."""

Entry = tuple[int, str | None]
"""A block, and what gets its data; None: it is a hole."""
Page = tuple[int, list[Entry]]
"""The size of the blocks, and some of them."""


async def fetch(ebs: EbsDirect, uid: str, bases: Sequence[str]) -> RemoteBlocks:
    """What differs from the first of `bases` that EBS can compare with, else all blocks."""
    for base in bases[:_BASES]:
        try:
            return await _blocks(ebs, uid, _Listing(partial(_changed, ebs, base, uid)), base)
        except (CloudNotFoundError, CloudInvalidError):
            # it is deleted, or not of the same family: EBS tells no changes then
            continue
    return await _blocks(ebs, uid, _Listing(partial(_all, ebs, uid)), None)


async def _blocks(ebs: EbsDirect, uid: str, listing: _Listing, since: str | None) -> RemoteBlocks:
    await listing.look()
    size = listing.block_size

    async def get(index: int, token: str) -> bytes:
        return await ebs.get_block(uid, Block(index, token), size)

    return RemoteBlocks(
        block_size=size,
        total_bytes=listing.count * size,
        since=since,
        blocks=_in_order(listing.entries(), get),
        leave_out=listing.leave_out,
    )


async def _changed(ebs: EbsDirect, base: str, uid: str) -> AsyncGenerator[Page, None]:
    async for page in ebs.changed_blocks(base, uid):
        yield page.block_size, [(each.index, each.to_token) for each in page.blocks]


async def _all(ebs: EbsDirect, uid: str) -> AsyncGenerator[Page, None]:
    async for page in ebs.blocks(uid):
        yield page.block_size, [(each.index, each.token) for each in page.blocks]


class _Listing:
    """A list of blocks: how much it is, by a first look, and then all of it."""

    def __init__(self, ask: Callable[[], AsyncGenerator[Page, None]]) -> None:
        self._ask = ask
        self._kept: list[list[Entry]] | None = []
        self._is_known: Callable[[int], bool] = lambda _: False
        self.count = 0
        self.block_size = 0

    def leave_out(self, is_known: Callable[[int], bool]) -> None:
        """Give none of these."""
        self._is_known = is_known

    async def look(self) -> None:
        """Count the blocks that there is data of."""
        async with aclosing(self._ask()) as pages:
            async for size, entries in pages:
                if self.block_size not in {0, size}:
                    raise CloudDownError("the blocks of a snapshot are of several sizes")
                self.block_size = size
                self.count += sum(token is not None for _, token in entries)
                if self._kept is not None:
                    self._kept.append(entries)
                    if len(self._kept) > KEPT:
                        self._kept = None  # a volume of 16 TiB may have 33 million

    async def entries(self) -> AsyncGenerator[Entry, None]:
        """All blocks that are not left out; of a long list, they are asked for again."""
        for entries in self._kept or ():
            for entry in entries:
                if not self._is_known(entry[0]):
                    yield entry
        if self._kept is None:
            async with aclosing(self._ask()) as again:
                async for _, more in again:
                    for entry in more:
                        if not self._is_known(entry[0]):
                            yield entry


async def _in_order(
    entries: AsyncGenerator[Entry, None],
    get: Callable[[int, str], Coroutine[None, None, bytes]],
) -> AsyncGenerator[tuple[int, bytes | None], None]:
    """The blocks in the order they are listed in; the next ones are on their way meanwhile."""
    pending: deque[tuple[int, asyncio.Task[bytes] | None]] = deque()
    try:
        async with aclosing(entries):
            async for index, token in entries:
                task = None if token is None else asyncio.create_task(get(index, token))
                pending.append((index, task))
                if len(pending) >= AT_ONCE:
                    yield await _next(pending)
            while pending:
                yield await _next(pending)
    finally:
        left = [task for _, task in pending if task is not None]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _next(
    pending: deque[tuple[int, asyncio.Task[bytes] | None]],
) -> tuple[int, bytes | None]:
    index, task = pending[0]
    data = None if task is None else await task
    pending.popleft()
    return index, data
