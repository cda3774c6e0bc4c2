"""Time that passes only when somebody sleeps."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any


class FakeTime:
    """In place of `asyncio.sleep` and `time.monotonic`.

    Attributes:
        now: what the clock says.
        slept: the pauses, in order.
    """

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def clock(self) -> float:
        """Seconds since it began."""
        return self.now


async def until(
    look: Callable[[], Any], good: Callable[[Any], object] = bool, *, seconds: float = 20
) -> Any:
    """What `look` gives, once it is good; others get their turn meanwhile."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if inspect.isawaitable(seen):
            seen = await seen
        if good(seen):
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not happen within {seconds} s; last seen: {seen!r}")
        await asyncio.sleep(0.0005)
