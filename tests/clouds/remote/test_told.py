"""What is told of answers that are no answers, and of addresses."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from snaptui.clouds.remote.failures import host_of
from snaptui.clouds.remote.transport import Patience, Transport, garbled
from snaptui.clouds.troubles import trouble_of
from snaptui.errors import (
    CloudDownError,
    CloudError,
    CloudInvalidError,
    CloudTimeoutError,
    CredentialsError,
    InvalidInputError,
    NotAllowedError,
    ThrottledError,
)
from snaptui.models import CloudTrouble
from tests.clouds.remote.conftest import Make, Pauses, as_json, explain, get
from tests.clouds.remote.faults import answers, relabels
from tests.clouds.remote.faulty import Faulty


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirection_is_not_followed(
    server: Faulty, make: Make, pauses: Pauses, status: int
) -> None:
    with Faulty() as elsewhere:
        location = {"Location": f"{elsewhere.url}/there?token=hunter2"}
        server.plan(answers(status, headers=location))
        transport = make()
        with pytest.raises(CloudError) as caught:
            await transport.ask(get(server.url, headers={"X-Auth-Token": "t"}), read=as_json)
        assert caught.value.message == (
            f"test cannot be asked to list the volumes: 127.0.0.1:{server.port} redirects "
            f"to 127.0.0.1:{elsewhere.port}"
        )
        assert "hunter2" not in str(caught.value)
        assert not isinstance(caught.value, CloudDownError)
        await transport.close()
        assert elsewhere.seen == []
        assert len(server.seen) == 1


async def test_a_redirection_to_itself_and_to_nowhere(server: Faulty, make: Make) -> None:
    transport = make()
    https = f"https://127.0.0.1:{server.port}/"
    for location, words in [
        ("/login", "redirects to another path"),
        (https, "redirects to another path by https"),
        ("", "redirects to another path"),
        ("http://[", r"redirects to \?"),
    ]:
        server.plan(answers(302, headers={"Location": location}))
        with pytest.raises(CloudError, match=f"{words}: redirections are not followed"):
            await transport.ask(get(server.url), read=as_json)
    await transport.close()


async def test_what_else_is_a_success_can_be_said(server: Faulty, make: Make) -> None:
    server.plan(answers(300, {"versions": []}))
    transport = make()
    asked = get(server.url, also=frozenset({300}))
    assert await transport.ask(asked, read=as_json) == {"versions": []}
    server.plan(answers(300, {"versions": []}))
    with pytest.raises(CloudError, match="test says 300"):
        await transport.ask(get(server.url), read=as_json)
    await transport.close()


@pytest.mark.parametrize("document", ["[]", "null", "3", '"text"', "true"])
async def test_json_that_is_no_object(server: Faulty, make: Make, document: str) -> None:
    server.plan(answers(200, document, headers={"X-Request-Id": "req-1"}), times=None)
    transport = make()
    words = (
        r"^the answer of test cannot be understood, asked to list the volumes: .*\(request req-1"
    )
    with pytest.raises(CloudDownError, match=words):
        await transport.ask(get(server.url), read=lambda answer: answer.json_object())
    assert len(server.seen) == 6
    await transport.close()


async def test_a_refusal_that_cannot_be_understood(server: Faulty, make: Make) -> None:
    server.plan(answers(418, headers={"X-Request-Id": "req-1"}))
    transport = Transport("test", lambda answer, ask: garbled(answer))
    words = "^the answer of test cannot be understood, asked to list the volumes: is there a proxy"
    transport.patience = Patience(attempts=1)
    with pytest.raises(CloudDownError, match=words):
        await transport.ask(get(server.url), read=as_json)
    await transport.close()


async def test_json_too_deep_to_read(server: Faulty, make: Make) -> None:
    server.plan(answers(200, b"[" * 200_000), times=None)
    transport = make()
    with pytest.raises(CloudDownError, match="cannot be understood"):
        await transport.ask(get(server.url), read=as_json)
    await transport.close()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://a:b@cloud:5000/v3?x=y#z", "cloud:5000"),
        ("https://[2001:db8::1]:443/", "[2001:db8::1]:443"),
        ("https://cloud", "cloud"),
        ("https://cl\x1boud/", "cloud"),
        ("nonsense", "?"),
        ("http://[", "?"),
        ("http://a:x/", "?"),
    ],
)
def test_a_host_is_told_and_nothing_else(url: str, host: str) -> None:
    assert host_of(url) == host


async def test_what_was_asked_is_outside_text(server: Faulty, make: Make) -> None:
    transport = make(patience=Patience(attempts=1))
    asked = get(server.url, what="delete \x1b]52;c;x\x07 web")
    with server.refusing(), pytest.raises(CloudDownError) as caught:
        await transport.ask(asked, read=as_json)
    assert caught.value.message.endswith("to delete ]52;c;x web")
    await transport.close()


async def test_a_wrong_label_on_right_json_does_no_harm(server: Faulty, make: Make) -> None:
    server.plan(relabels("text/html; charset=utf-16"))
    transport = make()
    assert await transport.ask(get(server.url), read=as_json) == {"number": 1, "path": "/"}
    await transport.close()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CredentialsError("the password is wrong"), "no access"),
        (NotAllowedError("no policy allows that"), "no access"),
        (CloudDownError("refused"), "down"),
        (CloudTimeoutError("nobody answers"), "down"),
        (ThrottledError("too often"), "down"),
        (CloudInvalidError("there is no such region"), "bad setup"),
        (InvalidInputError("clouds.yaml, line 3: this is no YAML"), "bad setup"),
        (CloudError("AWS needs botocore, which is not installed"), "bad setup"),
        (KeyError("a defect"), "down"),
    ],
)
def test_a_wrong_password_is_no_cloud_that_is_down(error: Exception, words: str) -> None:
    assert trouble_of(error).words == words


async def test_a_handshake_that_is_cut_may_be_a_server_that_speaks_http_only(make: Make) -> None:
    """Some answer with an error of TLS, which is told by itself; others just go away."""

    async def go_away(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _reader.read(1)
        writer.close()

    server = await asyncio.start_server(go_away, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = make()
    with pytest.raises(CloudDownError, match="does it speak https at this address, or http only"):
        await transport.ask(get(f"https://127.0.0.1:{port}/"), read=as_json)
    await transport.close()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "url", ["localhost:5567", "http://", "http://127.0.0.1:99999/v3", "https://[::1", "notaurl"]
)
async def test_what_is_no_address_is_a_setup_that_is_wrong(make: Make, url: str) -> None:
    """Whoever made the request ought to have looked; the last who can says it."""
    transport = make()
    with pytest.raises(CloudError, match="is no address") as caught:
        await transport.ask(get(url), read=as_json)
    assert trouble_of(caught.value) is CloudTrouble.BAD_SETUP
    assert "https://cloud.example.com" in caught.value.hint
    await transport.close()


async def test_a_proxy_that_is_no_address_is_named(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To connect to such a port is an error for each address of the host."""
    monkeypatch.setenv("HTTP_PROXY", "http://u:hunter2@127.0.0.1:99999")
    transport = make()
    with pytest.raises(CloudError, match="the proxy in HTTP_PROXY is no address") as caught:
        await transport.ask(get("http://cloud.example/"), read=as_json)
    assert trouble_of(caught.value) is CloudTrouble.BAD_SETUP
    assert "hunter2" not in str(caught.value)
    await transport.close()


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        OverflowError("x"),
        httpx.InvalidURL("x"),
        ExceptionGroup("several", [OverflowError("x"), ExceptionGroup("more", [ValueError("y")])]),
    ],
)
async def test_errors_about_addresses_are_not_let_out(error: Exception) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise error

    transport = Transport("test", explain, transport=httpx.MockTransport(fail))
    with pytest.raises(CloudError, match="cloud.example is no address"):
        await transport.ask(get("https://cloud.example/"), read=as_json)
    await transport.close()


async def test_errors_about_something_else_are() -> None:
    """A mistake of the program's must not look like one of the setup."""

    def fail(_request: httpx.Request) -> httpx.Response:
        raise ExceptionGroup("several", [OverflowError("x"), RuntimeError("y")])

    transport = Transport("test", explain, transport=httpx.MockTransport(fail))
    with pytest.raises(ExceptionGroup):
        await transport.ask(get("https://cloud.example/"), read=as_json)
    await transport.close()
