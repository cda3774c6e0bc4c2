"""A way to kill a server in the middle of its work: when a certain request is at it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import httpx


class Mortal(Protocol):
    """A server that can be killed."""

    def freeze(self) -> None:
        """Stop it where it is."""

    def kill(self) -> None:
        """`kill -9` it."""


class Killing(httpx.AsyncHTTPTransport):
    """The network; on demand a server does not live to answer the next request of a kind."""

    def __init__(self, when: Callable[[httpx.Request], bool]) -> None:
        """`when` says of a request whether it is of that kind."""
        super().__init__()
        self._when = when
        self._victim: Mortal | None = None
        self._then: Callable[[], None] | None = None

    @property
    def armed(self) -> bool:
        """Whether it has not happened yet."""
        return self._victim is not None

    def arm(self, victim: Mortal, then: Callable[[], None] | None = None) -> None:
        """Kill this, once, when the next request of that kind is at it; then call that."""
        self._victim, self._then = victim, then

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make a request."""
        if self._victim is None or not self._when(request):
            return await super().handle_async_request(request)
        victim, self._victim = self._victim, None
        victim.freeze()  # however quick it is, it does not answer this
        answer = asyncio.ensure_future(super().handle_async_request(request))
        await asyncio.sleep(0.05)
        victim.kill()
        if self._then is not None:
            self._then()
        return await answer
