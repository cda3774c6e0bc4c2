"""The web server: textual-serve, behind an address that nobody can guess.

textual-serve lets in whoever can reach its port, which on a shared host is every user, and any web
page that is open in the same browser. Here all of it lives below a random path, requests of other
pages are refused, and the page may load nothing from elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp_jinja2
from aiohttp import web
from textual_serve.server import Server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def serve(command: str, host: str, port: int, announce: Callable[[str], object]) -> None:
    """Serve until a signal says to stop.

    Args:
        command: what each session runs, for a shell.
        host: the address to listen on.
        port: the port; 0 is a free one.
        announce: called with the address to open, once it is served.
    """
    logging.basicConfig(level=logging.ERROR, format="snaptui: %(message)s")
    asyncio.run(_SecretServer(command, host, port).listen(announce))


class _SecretServer(Server):
    def __init__(self, command: str, host: str, port: int) -> None:
        super().__init__(command, host=host, port=port, title="snaptui")
        self._secret = secrets.token_urlsafe(18)

    async def listen(self, announce: Callable[[str], object]) -> None:
        outside = web.Application(middlewares=[_refuse_other_pages])
        outside.on_response_prepare.append(_add_headers)
        outside.add_subapp(f"/{self._secret}", await self._make_app())
        runner = web.AppRunner(outside, access_log=None, shutdown_timeout=1)
        await runner.setup()
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        try:
            await web.TCPSite(runner, self.host, self.port).start()
            port = runner.addresses[0][1]
            name = f"[{self.host}]" if ":" in self.host else self.host
            announce(f"http://{name}:{port}/{self._secret}/")
            await stopped.wait()
        finally:
            await runner.cleanup()

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the address is announced when it is served."""

    @aiohttp_jinja2.template("app_index.html")
    async def handle_index(self, request: web.Request) -> dict[str, Any]:
        """The page, with addresses as the browser knows this server."""
        here = f"{request.host}/{self._secret}"
        scheme = "wss" if request.scheme == "https" else "ws"
        return {
            "font_size": 16,
            "app_websocket_url": f"{scheme}://{here}/ws",
            "config": {"static": {"url": f"{request.scheme}://{here}/static/"}},
            "application": {"name": self.title},
        }


@web.middleware
async def _refuse_other_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A page from elsewhere may not drive the app, even if it has learnt the address."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden
    return await handler(request)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
