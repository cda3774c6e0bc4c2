"""Several things at once, of which the first failure is the one that is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from snaptui.errors import SnaptuiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable


async def together(*work: Coroutine[Any, Any, None]) -> None:
    """Do all of it at once; what fails first ends the rest, and is raised as itself."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def each_of(
    uids: Iterable[str], do: Callable[[str], Awaitable[None]], *, at_once: int = 8
) -> dict[str, SnaptuiError]:
    """Do something with each, a few at a time; the errors of those that failed, in their order.

    A defect of ours is none of those errors: it ends all and is raised.
    """
    gate = asyncio.Semaphore(at_once)
    uids = list(uids)
    failed: dict[str, SnaptuiError] = {}

    async def one(uid: str) -> None:
        async with gate:
            try:
                await do(uid)
            except SnaptuiError as error:
                failed[uid] = error

    await together(*(one(uid) for uid in uids))
    return {uid: failed[uid] for uid in uids if uid in failed}
