"""Where https is meant and something else answers: HTTP, another protocol, or TLS that refuses."""

from __future__ import annotations

import asyncio

import pytest

from snaptui.clouds.troubles import trouble_of
from snaptui.errors import CloudDownError, CloudError
from snaptui.models import CloudTrouble
from tests.clouds.remote.conftest import Make, Pauses, as_json, get
from tests.clouds.remote.faulty import Faulty


async def test_http_where_https_was_meant(server: Faulty, make: Make, pauses: Pauses) -> None:
    transport = make()
    with pytest.raises(CloudError, match=f"127.0.0.1:{server.port} speaks http, not https"):
        await transport.ask(get(server.url.replace("http:", "https:")), read=as_json)
    await transport.close()
    assert pauses.taken == []


@pytest.mark.parametrize("status", [200, 301, 302, 303, 307, 308, 400, 426, 497])
async def test_http_is_told_whatever_it_says_to_a_handshake_and_to_a_request(
    make: Make, pauses: Pauses, status: int
) -> None:
    """As an Apache that leads to the dashboard, or one that knows no request so short."""

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = await reader.read(65536)
        told = status if said.startswith(b"HEAD") else 400
        writer.write(b"HTTP/1.1 %d Whatever\r\nLocation: /dashboard\r\n\r\n" % told)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answers, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    transport = make()
    with pytest.raises(CloudError, match=f"127.0.0.1:{port} speaks http, not https") as caught:
        await transport.ask(get(f"https://127.0.0.1:{port}"), read=as_json)
    await transport.close()
    assert trouble_of(caught.value) is CloudTrouble.BAD_SETUP
    assert pauses.taken == []
    listening.close()
    await listening.wait_closed()


@pytest.mark.parametrize("status", [301, 400])
async def test_an_alert_of_tls_is_no_http(make: Make, status: int) -> None:
    """Who refuses a handshake in TLS's own words speaks it, and says so to those who do not."""

    async def alerts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = await reader.read(65536)
        http = b"HTTP/1.1 %d Whatever\r\n\r\n" % status
        writer.write(http if said.startswith(b"HEAD") else b"\x15\x03\x03\x00\x02\x02\x28")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(alerts, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    transport = make()
    with pytest.raises(CloudDownError, match="handshake failure"):
        await transport.ask(get(f"https://127.0.0.1:{port}"), read=as_json)
    await transport.close()
    listening.close()
    await listening.wait_closed()


async def test_something_else_where_https_was_meant(make: Make, pauses: Pauses) -> None:
    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(greets, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    transport = make()
    with pytest.raises(CloudDownError) as caught:
        await transport.ask(get(f"https://127.0.0.1:{port}"), read=as_json)
    await transport.close()
    assert caught.value.hint == "does it speak https at this address, or http only?"
    assert pauses.taken == []
    listening.close()
    await listening.wait_closed()


async def test_http_that_says_nothing_to_a_handshake_is_told_at_once(
    make: Make, pauses: Pauses
) -> None:
    """As uWSGI does it: it waits for the rest of a request, and closes."""
    plain: list[bytes] = []

    async def waits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        plain.append(await reader.read(65536))
        if plain[-1].endswith(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 300 Multiple Choices\r\n\r\n")
        writer.close()

    listening = await asyncio.start_server(waits, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    transport = make()
    with pytest.raises(CloudError) as caught:
        await transport.ask(get(f"https://127.0.0.1:{port}/v3?secret"), read=as_json)
    await transport.close()
    assert caught.value.message == (
        f"test cannot be asked to list the volumes: 127.0.0.1:{port} speaks http, not https"
    )
    assert "begin its address with http://, or give the port" in caught.value.hint
    assert trouble_of(caught.value) is CloudTrouble.BAD_SETUP
    assert pauses.taken == []
    assert plain[1:] == [b"HEAD / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"]
    listening.close()
    await listening.wait_closed()
