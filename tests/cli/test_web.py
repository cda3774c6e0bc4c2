"""`snaptui web`, spoken to as a browser does."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from snaptui.cli import web as web_module
from snaptui.installing import how_to_install
from tests.cli.conftest import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Cli


@contextmanager
def server(*arguments: str) -> Iterator[str]:
    """The address of a running server, which ends well when it is told to."""
    process = subprocess.Popen(
        [*PROGRAM, "web", "--port", "0", "--json", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = ""
        while not said.rstrip().endswith("}"):
            line = process.stdout.readline()
            assert line, process.stderr and process.stderr.read()
            said += line
        yield json.loads(said)["url"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()


class Browser:
    """A tab: what it was sent, and a keyboard."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._seen = b""

    async def wait_for(self, wanted: str) -> None:
        while wanted.encode() not in self._seen:
            message = await self._socket.receive(timeout=15)
            assert message.type is aiohttp.WSMsgType.BINARY, (message, self._seen[-500:])
            self._seen += message.data

    async def type(self, keys: str) -> None:
        self._seen = b""
        await self._socket.send_json(["stdin", keys])

    async def wait_for_end(self) -> None:
        async with asyncio.timeout(30):
            async for _message in self._socket:
                pass


def socket_of(url: str, **size: int) -> str:
    query = "&".join(f"{key}={value}" for key, value in size.items())
    return f"{url.replace('http:', 'ws:')}ws?{query}"


async def test_a_browser_shows_the_app_and_drives_it(snap: str) -> None:
    with server() as url:
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as page:
                text = await page.text()
                assert page.status == 200
                assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
            assert f'"{socket_of(url).partition("?")[0]}"' in re.sub(r"\s", "", text)
            for path in re.findall(r'"(http://127[^"]+(?:js|css))"', text):
                async with session.get(path) as static:
                    assert static.status == 200
            async with session.ws_connect(socket_of(url, width=100, height=30)) as socket:
                browser = Browser(socket)
                await browser.wait_for("Volumes")
                await browser.type("D")
                await browser.wait_for("a browser")
                await browser.type("q")
                await browser.wait_for("Jobs")
                await browser.type("q")
                await browser.wait_for_end()


async def test_who_does_not_know_the_address_gets_nothing(snap: str) -> None:
    with server() as url:
        port = urlsplit(url).port
        async with aiohttp.ClientSession() as session:
            for path in ("", "ws", "static/js/textual.js", "x" * 24 + "/"):
                async with session.get(f"http://127.0.0.1:{port}/{path}") as answer:
                    assert answer.status == 404
            for origin in ("http://evil.example", "http://127.0.0.1:1", "null"):
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await session.ws_connect(socket_of(url), origin=origin)
                assert refused.value.status == 403
            async with session.ws_connect(
                socket_of(url), origin=f"http://127.0.0.1:{port}"
            ) as good:
                await Browser(good).wait_for("Volumes")


async def test_sessions_are_apart_and_end_with_the_server(snap: str) -> None:
    with server("--read-only") as url:
        session = aiohttp.ClientSession()
        first = Browser(await session.ws_connect(socket_of(url, width=100, height=30)))
        second = Browser(await session.ws_connect(socket_of(url, width=100, height=30)))
        await first.wait_for("read-only")
        await second.wait_for("read-only")
        await first.type("?")
        await first.wait_for("Help")
        await second.type("J")
        await second.wait_for("Jobs")
    await session.close()


def test_others_are_let_in_only_when_that_is_said(cli: Cli) -> None:
    for host in ("0.0.0.0", "192.0.2.1", "::", "server.example"):
        cli("web", "--host", host).refused("no password", "--insecure", code=2)


def test_a_host_that_is_not_ours_is_one_line(program: Cli) -> None:
    ran = program("web", "--host", "192.0.2.1", "--insecure", "--port", "0")
    assert ran.code == 1
    first, second = ran.err.splitlines()
    assert first == "snaptui: listening on 192.0.2.1 without a password and without encryption"
    assert second.startswith("snaptui: ")
    assert "192.0.2.1" in second


def test_without_the_extra_it_says_what_to_install(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_module, "find_spec", lambda _name: None)
    cli("web").refused("is not installed", how_to_install("web"))


def test_a_session_runs_what_the_server_was_told(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shlex

    import snaptui.cli.web_server as module

    asked: list[Any] = []
    monkeypatch.setattr(module, "serve", lambda *given: asked.append(given))
    path = tmp_path / "a $(touch x) b"
    cli("--repository", path, "web", "--read-only", "--theme", "light", "--ascii").done()
    ((command, host, port, _announce),) = asked
    words = shlex.split(command)
    assert words[:1] == ["exec"]
    assert words[5:7] == ["--repository", str(path)]
    assert {"--read-only", "--theme", "light", "--ascii"} <= set(words)
    assert (host, port) == ("127.0.0.1", 8000)


def test_textual_serve_is_imported_by_nothing_else() -> None:
    code = "import sys, snaptui.cli.web; sys.exit('aiohttp' in sys.modules)"
    assert (
        subprocess.run([*PROGRAM[:1], "-c", code], env={**os.environ}, check=False).returncode == 0
    )


def test_the_option_is_the_verb(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[str, str, int]] = []
    from snaptui.cli import web_server

    def serve(command: str, host: str, port: int, _announce: object) -> None:
        served.append((command, host, port))

    monkeypatch.setattr(web_server, "serve", serve)
    cli("--web", "--read-only").done()
    cli("web", "--read-only").done()
    assert served[0] == served[1]
    assert served[0][1:] == ("127.0.0.1", 8000)
