"""Learning what a cloud offers, for Tab: beside what it is asked for, and nobody waits for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from snaptui.errors import NotAllowedError, UnsupportedError

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
        """Ask a cloud that is connected; `offer` is where it is remembered, and has begun."""
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

        What was neither told nor refused is asked for again: at once if there was no time for it,
        else in an hour, for a cloud that is down or slow must not hold up every command.
        """
        left = self._left()
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
        tasks: list[asyncio.Task[object]] = [self._zones, self._types]
        had_time = self._had_time or not any(_is_cut_short(task) for task in tasks)
        await asyncio.to_thread(
            self._offer.learn,
            zones=_told(self._zones),
            volume_types=_told(self._types),
            answered=True if all(map(_is_answered, tasks)) else None if had_time else False,
        )


class Learning:
    """Asking a cloud that stays open once a day what it offers."""

    def __init__(self, provider: Provider, offer: RememberedOffer | None) -> None:
        """Nothing is asked yet; without an `offer`, where it is remembered, nothing ever is."""
        self._provider = provider
        self._offer = offer
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Ask from now on, unless it has begun; the cloud is connected."""
        if self._task is None and self._offer is not None:
            self._task = asyncio.create_task(self._ask_daily(self._offer), name="learn the offer")

    async def close(self) -> None:
        """Ask no more."""
        task, self._task = self._task, None
        await ended(task)

    async def _ask_daily(self, offer: RememberedOffer) -> None:
        while True:
            if await asyncio.to_thread(offer.begin):
                asking = Asking(self._provider, offer)
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


def _is_cut_short(task: asyncio.Task[object]) -> bool:
    return not task.done() or task.cancelled()


def _is_answered(task: asyncio.Task[object]) -> bool:
    """Whether a cloud has told, or will not tell today."""
    if _is_cut_short(task):
        return False
    error = task.exception()
    return error is None or isinstance(error, NotAllowedError | UnsupportedError)


def _told(task: asyncio.Task[Sequence[Told]]) -> Sequence[Told] | None:
    return None if _is_cut_short(task) or task.exception() is not None else task.result()
