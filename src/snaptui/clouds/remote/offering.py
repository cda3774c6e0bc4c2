"""Learning what a cloud offers, for Tab: beside what it is asked for, and nobody waits for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.clouds.remote.offered import RememberedOffer
    from snaptui.clouds.remote.provider import Provider

Told = TypeVar("Told")
EVERY = 3600.0
"""So often, in seconds, it is looked whether a cloud that stays open is to be asked again."""


class Asking:
    """The questions what a cloud offers, on their way to it.

    What comes of them is for Tab alone: whatever goes wrong is told where a person asks for it.
    """

    def __init__(self, provider: Provider, offer: RememberedOffer) -> None:
        """Ask a cloud that is connected; `offer` is where it is remembered."""
        self._offer = offer
        self._zones = asyncio.create_task(provider.zones(), name="learn the zones")
        self._types = asyncio.create_task(provider.volume_types(), name="learn the volume types")
        self._had_time = False

    @property
    def is_answered(self) -> bool:
        """Whether there is nothing to wait for."""
        return self._zones.done() and self._types.done()

    def _left(self) -> list[asyncio.Task[object]]:
        """What is on its way; what is on another event loop, a job's or a command's, ends there."""
        tasks: list[asyncio.Task[object]] = [self._zones, self._types]
        loop = asyncio.get_running_loop()
        return [task for task in tasks if not task.done() and task.get_loop() is loop]

    async def answered(self, within: float | None = None) -> None:
        """Wait until all is answered, or refused, `within` so many seconds."""
        if left := self._left():
            await asyncio.wait(left, timeout=within)
        self._had_time = True

    async def end(self) -> None:
        """Remember what was told; what was not until now is given up.

        It counts as asked if all was answered, or there was time to.
        """
        left = self._left()
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
        tasks: list[asyncio.Task[object]] = [self._zones, self._types]
        await asyncio.to_thread(
            self._offer.learn,
            zones=_told(self._zones),
            volume_types=_told(self._types),
            asked=self._had_time or all(task.done() and not task.cancelled() for task in tasks),
        )


async def learn_daily(provider: Provider, offer: RememberedOffer) -> None:
    """Ask a cloud that is connected once a day what it offers; ends when it is cancelled."""
    while True:
        if (await asyncio.to_thread(offer.read)).is_old:
            asking = Asking(provider, offer)
            try:
                await asking.answered()
            finally:
                await asking.end()
        await asyncio.sleep(EVERY)


async def ended(task: asyncio.Task[None] | None) -> None:
    """Cancel a task, if there is one, and wait until it has ended."""
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _told(task: asyncio.Task[Sequence[Told]]) -> Sequence[Told] | None:
    if not task.done() or task.cancelled() or task.exception() is not None:
        return None
    return task.result()
