"""The way to a cloud: the proxy before it, and looking up its host.

The event loop looks up names in the threads of its executor. When no name server answers (a VPN
that is down), each of them is held for half a minute: other clouds have none left, and the program,
which waits for all of them at its end, does not end. So a name is looked up first in a thread that
nobody has to wait for, one a host, and only a name that was found is left to the event loop.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


def proxy_of(url: str) -> str:
    """The name of the variable with the proxy that an address is asked through; empty for none."""
    from urllib.request import proxy_bypass

    parts = urlsplit(url)
    if proxy_bypass(parts.netloc.rpartition("@")[2]):
        return ""
    names = (f"{parts.scheme}_proxy", "all_proxy")
    found = (each for name in names for each in (name, name.upper()) if os.environ.get(each))
    return next(found, "").upper()


class Names:
    """Which hosts can be found. To be used on one event loop at a time."""

    def __init__(self) -> None:
        self._looked_up: dict[str, asyncio.Future[OSError | None]] = {}

    async def find(self, url: str, seconds: float) -> None:
        """Wait until an address's host is found; at once when it was, or when a proxy finds it.

        Raises:
            OSError: it cannot be.
            TimeoutError: not in time; who asks next waits for the same answer.
        """
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return  # it is no address: the HTTP library says so
        looked_up = self._looked_up.get(host)
        if looked_up is not None and looked_up.done() and looked_up.result() is None:
            return
        if not host or proxy_of(url):
            return
        loop = asyncio.get_running_loop()
        if looked_up is None or looked_up.get_loop() is not loop:
            looked_up = self._looked_up[host] = loop.create_future()
            arguments = (host, looked_up)
            threading.Thread(target=_look_up, args=arguments, name="lookup", daemon=True).start()
        async with asyncio.timeout(seconds):
            error = await asyncio.shield(looked_up)
        if error is not None:
            self._looked_up.pop(host, None)
            raise error

    def forget(self, url: str = "") -> None:
        """Look up an address's host anew the next time; that of all by default."""
        if not url:
            self._looked_up.clear()
            return
        host = urlsplit(url).hostname or ""
        looked_up = self._looked_up.get(host)
        if looked_up is not None and looked_up.done():
            del self._looked_up[host]


def _look_up(host: str, looked_up: asyncio.Future[OSError | None]) -> None:
    result: OSError | None = None
    try:
        socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        result = error
    except UnicodeError:  # a label that is too long
        result = socket.gaierror(socket.EAI_NONAME, "no such name")

    def tell() -> None:
        if not looked_up.done():
            looked_up.set_result(result)

    with suppress(RuntimeError):  # the event loop has ended meanwhile
        looked_up.get_loop().call_soon_threadsafe(tell)
