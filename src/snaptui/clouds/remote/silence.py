"""How long a cloud that is being asked has told nothing: what people see before it is given up."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

EVERY = 1.0
"""So often it is looked how long it has lasted."""


class Silence:
    """Looks how long it lasts, and tells of it.

    Attributes:
        seconds: how long it has lasted; 0 while it is not worth telling.
    """

    def __init__(self, after: float, tell: Callable[[], None]) -> None:
        """`tell` is called when `seconds` is another; `after` so many it is worth telling."""
        self.seconds = 0
        self._after = after
        self._tell = tell
        self._since = 0.0

    def heard(self) -> None:
        """The cloud has told something."""
        self._since = time.monotonic()

    @asynccontextmanager
    async def told(self) -> AsyncIterator[None]:
        """Tell of it as long as the cloud is asked within."""
        self.heard()
        watching = asyncio.create_task(self._watch(), name="watch for silence")
        try:
            yield
        finally:
            watching.cancel()  # not waited for: who is cancelled here is to hear it
            self._say(0)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(min(EVERY, self._after))
            lasted = time.monotonic() - self._since
            self._say(max(int(lasted), 1) if lasted >= self._after else 0)

    def _say(self, seconds: int) -> None:
        if seconds != self.seconds:
            self.seconds = seconds
            self._tell()
