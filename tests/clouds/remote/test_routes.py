"""Names that cannot be looked up hold up nobody."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from snaptui.clouds.remote.transport import Patience
from snaptui.errors import CloudDownError, CloudTimeoutError
from tests.clouds.remote.conftest import Make, Pauses, as_json, get, post
from tests.clouds.remote.faulty import Faulty


class NameServer:
    """In place of the system's: knows `cloud.test`, once it answers."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.error: socket.gaierror | None = None
        self.asked: list[str] = []
        self.really: Callable[..., Any] = socket.getaddrinfo

    def getaddrinfo(self, given: str | bytes, *rest: Any, **options: Any) -> Any:
        host = os.fsdecode(given)
        if not host.endswith(".test"):
            return self.really(host, *rest, **options)
        self.asked.append(threading.current_thread().name)
        assert self.answers.wait(30)
        if self.error is not None:
            raise self.error
        return self.really("127.0.0.1", *rest, **options)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    names = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    yield names
    names.answers.set()


def test_a_name_server_that_does_not_answer_holds_up_nobody(
    server: Faulty, make: Make, names: NameServer
) -> None:
    transport = make(patience=Patience(connect=0.05, attempts=3))
    url = f"http://cloud.test:{server.port}"

    async def use() -> None:
        asked = [transport.ask(get(url), read=as_json) for _ in range(40)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(each) for each in told} == {CloudTimeoutError}
        assert str(told[0]) == (
            f"test cannot be asked to list the volumes: nobody answers where cloud.test:"
            f"{server.port} is: is the network there, or the VPN that its name is known in?"
        )
        # a thread is to be had
        assert await asyncio.to_thread(lambda: True)

    asyncio.run(use())  # its end does not wait for the name server
    assert names.asked == ["lookup"]
    asyncio.run(use())  # nor does another event loop for what the first one began
    assert names.asked == ["lookup"] * 2
    assert not names.answers.is_set()
    assert server.seen == []


async def test_a_name_that_is_found_late_is_found(
    server: Faulty, make: Make, names: NameServer, pauses: Pauses
) -> None:
    transport = make(patience=Patience(connect=0.3, attempts=3))
    pauses.then = names.answers.set
    url = f"http://cloud.test:{server.port}"
    # nothing was asked, so that even what must not be done twice is asked again
    assert (await transport.ask(post(url), read=as_json))["number"] == 1
    assert len(pauses.taken) == 1
    assert names.asked[0] == "lookup"
    for _ in range(3):
        await transport.ask(get(url), read=as_json)
    assert names.asked.count("lookup") == 1
    # where nobody listens any more, it may have moved
    with server.refusing(), pytest.raises(CloudDownError, match="connection refused"):
        await transport.ask(get(url), read=as_json)
    assert names.asked.count("lookup") == 1 + 2
    await transport.close()


@pytest.mark.parametrize(
    ("number", "attempts"), [(socket.EAI_NONAME, 1), (socket.EAI_AGAIN, 3)], ids=["no", "again"]
)
async def test_a_name_that_is_not_known(
    server: Faulty, make: Make, names: NameServer, pauses: Pauses, number: int, attempts: int
) -> None:
    names.answers.set()
    names.error = socket.gaierror(number, "Not known")
    transport = make(patience=Patience(attempts=3))
    with pytest.raises(CloudDownError, match=r"no connection to cloud.test:\d+ \(not known\)"):
        await transport.ask(get(f"http://cloud.test:{server.port}"), read=as_json)
    assert names.asked == ["lookup"] * attempts
    await transport.close()


async def test_a_name_that_can_be_none(make: Make, pauses: Pauses) -> None:
    transport = make()
    with pytest.raises(CloudDownError, match="no such name"):
        await transport.ask(get(f"http://{'a' * 70}.test/"), read=as_json)
    assert pauses.taken == []
    await transport.close()


async def test_a_proxy_looks_up_names_itself(
    server: Faulty, make: Make, names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    transport = make()
    assert await transport.ask(get("http://cloud.test/"), read=as_json)
    assert names.asked == []
    await transport.close()
