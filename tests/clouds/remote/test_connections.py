"""Connections: kept, few, given up by whoever is cancelled, and all of them on `close`."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from collections.abc import AsyncIterator

import pytest

from snaptui.clouds.remote.failures import DOUBT
from snaptui.clouds.remote.transport import SMALL, Answer, Patience, Transport
from snaptui.errors import CloudDownError, CloudTimeoutError
from tests.clouds.remote.conftest import Make, Pauses, as_json, get, post, whole
from tests.clouds.remote.faults import Fault, answers, delays, endless, hangs_up, html, stalls
from tests.clouds.remote.faulty import Faulty


@pytest.fixture
async def transport(make: Make) -> AsyncIterator[Transport]:
    transport = make()
    yield transport
    await transport.close()


def open_files() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


async def test_ten_requests_on_one_connection(server: Faulty, transport: Transport) -> None:
    server.plan(answers(404, "not there"), number=4)
    server.plan(html(502), number=6)
    for _ in range(9):
        try:
            await transport.ask(get(server.url), read=as_json)
        except Exception as error:
            assert "404" in str(error)
    assert len(server.seen) == 10
    assert server.connections == 1


async def test_a_kept_connection_that_was_closed_is_no_failure(
    server: Faulty, transport: Transport, pauses: Pauses
) -> None:
    """Not even of what must not be done twice, once the end of it has arrived here."""
    server.plan(hangs_up(), times=None)
    for number in range(1, 4):
        assert (await transport.ask(post(server.url), read=as_json))["number"] == number
        await server.until(lambda s: s.connected == 0)
        await asyncio.sleep(0)
    assert pauses.taken == []
    assert server.connections == 3


async def test_so_many_connections_at_once_and_no_more(server: Faulty, make: Make) -> None:
    server.plan(delays(0.02), times=None)
    transport = make(connections=3, patience=Patience(attempts=1))
    done = await asyncio.gather(*(transport.ask(get(server.url), read=as_json) for _ in range(30)))
    assert sorted(each["number"] for each in done) == list(range(1, 31))
    assert server.most == 3
    assert server.connections == 3
    # a request waits for its turn longer than it would for an answer
    assert (await transport._ready()).timeout.pool is None
    await transport.close()


async def test_who_waits_in_the_queue_for_too_long_is_told(server: Faulty, make: Make) -> None:
    server.plan(stalls())
    transport = make(connections=1)
    first = asyncio.create_task(transport.ask(get(server.url), read=as_json))
    await server.until(lambda s: s.answering == 1)
    transport.patience = Patience(read=30, overall=0.1)
    with pytest.raises(CloudTimeoutError):
        await transport.ask(get(server.url), read=as_json)
    assert len(server.seen) == 1
    first.cancel()
    await asyncio.wait([first])
    transport.patience = Patience()
    assert (await transport.ask(get(server.url), read=as_json))["number"] == 2
    await transport.close()


@pytest.mark.parametrize(
    "fault",
    [stalls(), Fault(pause_at=5, pause=60), endless(0.01), delays(60)],
    ids=["before", "in the middle", "endless", "late"],
)
async def test_who_is_cancelled_gives_up_the_connection(
    server: Faulty, transport: Transport, fault: Fault
) -> None:
    await transport.ask(get(server.url), read=as_json)
    server.plan(fault)
    before = open_files()
    task = asyncio.create_task(transport.ask(get(server.url), read=as_json))
    await server.until(lambda s: s.answering == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await server.until(lambda s: s.connected == 0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert open_files() < before
    server.forget()
    assert (await transport.ask(get(server.url), read=as_json))["number"] == 3


async def test_who_is_cancelled_between_two_attempts(server: Faulty, make: Make) -> None:
    pausing = asyncio.Event()

    async def sleep(_: float) -> None:
        pausing.set()
        await asyncio.Event().wait()

    server.plan(answers(500), times=None)
    transport = make(sleep=sleep)
    task = asyncio.create_task(transport.ask(get(server.url), read=as_json))
    await pausing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert len(server.seen) == 1
    await transport.close()


async def test_the_first_to_ask_may_be_cancelled_without_the_others(
    server: Faulty, transport: Transport
) -> None:
    tasks = [asyncio.create_task(transport.ask(get(server.url), read=as_json)) for _ in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.gather(*tasks[1:])
    assert tasks[0].cancelled()
    assert len(server.seen) == 2


async def test_a_limit_of_the_caller_s_own_is_its_own(server: Faulty, transport: Transport) -> None:
    server.plan(stalls())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await transport.ask(get(server.url), read=as_json)
    await server.until(lambda s: s.connected == 0)


async def test_close_ends_what_is_being_asked(server: Faulty, make: Make) -> None:
    server.plan(stalls(), times=None)
    transport = make(connections=2)
    before = open_files()
    asking = [
        asyncio.create_task(transport.ask(get(server.url), read=as_json)) for _ in range(4)
    ] + [asyncio.create_task(transport.ask(post(server.url), read=as_json))]
    await server.until(lambda s: s.answering == 2)
    await transport.close()
    told = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(each) for each in told] == [CloudDownError] * 5
    assert str(told[0]).startswith("the connection to test was closed here, asked to list")
    assert DOUBT in str(told[4])
    await server.until(lambda s: s.connected == 0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert len(server.seen) == 2  # those in the queue were not asked after
    assert open_files() <= before

    server.forget()
    assert (await transport.ask(get(server.url), read=as_json))["number"] == 3
    await transport.close()


async def test_close_while_the_client_is_being_made(
    server: Faulty, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = make()
    begun, go_on = threading.Event(), threading.Event()
    really = transport._make_client

    def slowly() -> object:
        begun.set()
        assert go_on.wait(30)
        return really()

    monkeypatch.setattr(transport, "_make_client", slowly)
    asking = asyncio.create_task(transport.ask(get(server.url), read=as_json))
    while not begun.is_set():
        await asyncio.sleep(0.001)
    closing = asyncio.create_task(transport.close())
    await asyncio.sleep(0.01)
    go_on.set()
    await closing
    with pytest.raises(CloudDownError, match="was closed here"):
        await asking
    assert server.connections == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_close_before_and_twice(make: Make) -> None:
    transport = make()
    await transport.close()
    await transport.close()


def test_one_loop_after_the_other(server: Faulty, make: Make) -> None:
    transport = make()

    async def use() -> None:
        # many at once, so that they wait for each other
        await asyncio.gather(*(transport.ask(get(server.url), read=as_json) for _ in range(20)))
        await transport.close()

    for _ in range(3):
        asyncio.run(use())
    assert len(server.seen) == 60
    deadline = time.monotonic() + 30
    while server.connected and time.monotonic() < deadline:
        time.sleep(0.005)
    assert server.connected == 0


def test_a_loop_that_ended_without_close_is_forgotten(server: Faulty, make: Make) -> None:
    transport = make()

    async def use() -> None:
        await transport.ask(get(server.url), read=as_json)

    def use_twice() -> None:
        for _ in range(2):
            asyncio.run(use())
            gc.collect()

    with pytest.warns(ResourceWarning):
        use_twice()
    asyncio.run(transport.close())
    assert len(server.seen) == 2


async def test_small_answers_are_read_at_once_and_large_ones_in_a_thread(
    server: Faulty, transport: Transport
) -> None:
    here = threading.get_ident()

    def where(answer: Answer) -> bool:
        return threading.get_ident() == here

    server.plan(answers(200, b" " * SMALL))
    assert await transport.ask(get(server.url), read=where)
    server.plan(answers(200, b" " * (SMALL + 1)))
    assert not await transport.ask(get(server.url), read=where)


async def test_the_event_loop_is_free_while_a_client_is_made(
    server: Faulty, transport: Transport
) -> None:
    """The authorities of all the world are read, and the library is loaded."""
    made_in: list[int] = []
    really = transport._make_client

    def make_client() -> object:
        made_in.append(threading.get_ident())
        return really()

    transport._make_client = make_client  # type: ignore[method-assign, assignment]
    await asyncio.gather(*(transport.ask(get(server.url), read=as_json) for _ in range(5)))
    assert len(made_in) == 1
    assert made_in[0] != threading.get_ident()


async def test_what_arrives_is_what_was_sent(server: Faulty, transport: Transport) -> None:
    headers = {"X-Request-ID": "req-1\x1b[31m", "X-Other": "b"}
    server.plan(answers(200, b"\x00\xff", headers=headers))
    answer = await transport.ask(
        get(
            server.url + "/v3/volumes",
            params={"limit": "2", "marker": "a b&c"},
            headers={"X-Auth-Token": "t"},
        ),
        read=whole,
    )
    assert answer.ok
    assert answer.content == b"\x00\xff"
    assert answer.headers["x-other"] == "b"
    assert "\x1b" not in answer.request_id
    assert server.seen[0].target == "/v3/volumes?limit=2&marker=a+b%26c"
    assert server.seen[0].headers["x-auth-token"] == "t"
    assert server.seen[0].headers["user-agent"].startswith("snaptui/")


async def test_who_is_cancelled_while_connecting_leaves_the_place_to_others(
    server: Faulty, make: Make
) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connecting.set()
        await reader.read()
        writer.close()

    connecting = asyncio.Event()
    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    transport = make(connections=2)
    for _ in range(5):
        connecting.clear()
        shaking_hands = asyncio.create_task(
            transport.ask(get(f"https://127.0.0.1:{port}"), read=as_json)
        )
        await connecting.wait()
        shaking_hands.cancel()
        await asyncio.wait([shaking_hands])
    await asyncio.gather(*(transport.ask(get(server.url), read=as_json) for _ in range(4)))
    assert server.connections == 2
    await transport.close()
    listening.close()
    await listening.wait_closed()
