"""What is asked again, how often, after what pause, and what is told in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snaptui.clouds.remote.failures import DOUBT
from snaptui.clouds.remote.transport import Answer, Ask, Patience, retry_after
from snaptui.errors import CloudDownError, CloudError, CloudTimeoutError, ThrottledError
from tests.clouds.remote.conftest import Make, Pauses, as_json, get, post, whole
from tests.clouds.remote.faults import (
    Fault,
    answers,
    broken_gzip,
    corrupts,
    cuts,
    endless,
    hangs_up,
    html,
    resets,
    sends,
    stalls,
    vanishes,
)
from tests.clouds.remote.faulty import Faulty

IMPATIENT = Patience(connect=5, read=0.15, overall=30)

LOST: Mapping[str, Fault] = {
    "no answer": vanishes(),
    "reset": resets(),
    "head cut": cuts(head=20),
    "body cut": cuts(body=5),
    "body cut, no length": cuts(body=5, length=False),
    "body cut in chunks": cuts(body=5, chunked=True),
    "corrupt": corrupts(0),
    "corrupt at the end": corrupts(-1),
    "no gzip": broken_gzip(),
    "no HTTP": sends(b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n"),
    "a page": html(200),
    "empty": answers(200),
    "switching": sends(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    "500": answers(500),
    "502 page": html(502),
    "503": answers(503),
    "504": answers(504),
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
async def test_what_was_lost_is_asked_again_when_it_may_be(
    server: Faulty, make: Make, pauses: Pauses, fault: Fault
) -> None:
    server.plan(fault, times=2)
    transport = make()
    assert await transport.ask(get(server.url), read=as_json) == {"number": 3, "path": "/"}
    assert len(pauses.taken) == 2
    await transport.close()


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
async def test_what_must_not_be_done_twice_is_not_and_the_doubt_is_told(
    server: Faulty, make: Make, pauses: Pauses, fault: Fault
) -> None:
    server.plan(fault)
    transport = make()
    with pytest.raises(CloudDownError) as caught:
        await transport.ask(post(server.url), read=as_json)
    assert len(server.seen) == 1
    assert pauses.taken == []
    assert DOUBT in caught.value.hint
    await transport.close()


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
async def test_in_the_end_it_is_told(
    server: Faulty, make: Make, pauses: Pauses, fault: Fault
) -> None:
    server.plan(fault, times=None)
    transport = make()
    with pytest.raises(CloudDownError) as caught:
        await transport.ask(get(server.url), read=as_json)
    assert len(server.seen) == 6
    assert len(pauses.taken) == 5
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    await transport.close()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 418])
async def test_a_refusal_is_told_at_once(server: Faulty, make: Make, status: int) -> None:
    server.plan(answers(status, headers={"X-Request-Id": "req-7"}))
    transport = make()
    with pytest.raises(CloudError, match=f"test says {status}: look \\(request req-7\\)") as caught:
        await transport.ask(post(server.url), read=as_json)
    assert not isinstance(caught.value, CloudDownError)
    assert caught.value.request_id == "req-7"
    assert len(server.seen) == 1
    await transport.close()


async def test_no_answer_in_time(server: Faulty, make: Make, pauses: Pauses) -> None:
    server.plan(stalls(), times=None)
    transport = make(patience=IMPATIENT)
    with pytest.raises(CloudTimeoutError) as caught:
        await transport.ask(get(server.url), read=as_json)
    assert caught.value.message == "test did not answer in time, asked to list the volumes"
    assert f"127.0.0.1:{server.port} may be overloaded" in caught.value.hint
    await server.until(lambda s: len(s.seen) == 6)

    with pytest.raises(CloudTimeoutError) as caught:
        await transport.ask(post(server.url, what="take a snapshot"), read=as_json)
    assert caught.value.message == "test did not answer in time, asked to take a snapshot"
    assert caught.value.hint == DOUBT
    await server.until(lambda s: len(s.seen) == 7)
    await transport.close()


async def test_an_answer_that_stops_in_the_middle(server: Faulty, make: Make) -> None:
    server.plan(Fault(pause_at=3, pause=20.0))
    transport = make(patience=IMPATIENT)
    assert (await transport.ask(get(server.url), read=as_json))["number"] == 2
    await transport.close()


async def test_an_answer_that_trickles_ends_at_the_overall_limit(
    server: Faulty, make: Make, pauses: Pauses
) -> None:
    """Each byte comes in time, so no time-out but that for all of it ends this."""
    server.plan(endless(0.02), times=None)
    transport = make(patience=Patience(connect=5, read=5, overall=0.6))
    with pytest.raises(CloudTimeoutError):
        await transport.ask(get(server.url), read=whole)
    assert len(server.seen) == 1
    await server.until(lambda s: s.connected == 0)
    await transport.close()


async def test_a_body_without_end_is_given_up(
    server: Faulty, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snaptui.clouds.remote.transport.LARGEST", 1024 * 1024)
    server.plan(endless() | Fault(headers={"X-Request-Id": "req-8"}), times=None)
    transport = make()
    with pytest.raises(CloudError, match="more than 1 MiB.*req-8") as caught:
        await transport.ask(get(server.url), read=as_json)
    assert not isinstance(caught.value, CloudDownError)
    assert len(server.seen) == 1
    await server.until(lambda s: s.connected == 0)
    await transport.close()


async def test_headers_without_end_are_given_up(server: Faulty, make: Make) -> None:
    server.plan(sends(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 1_000_000), times=None)
    transport = make()
    with pytest.raises(CloudDownError, match="was lost"):
        await transport.ask(get(server.url), read=as_json)
    await transport.close()


@pytest.mark.parametrize("coding", ["zstd", "br", "gzip, gzip"])
async def test_an_encoding_that_was_not_asked_for_is_not_unpacked(
    server: Faulty, make: Make, coding: str
) -> None:
    """A few bytes of zstd make gigabytes."""
    zstandard = pytest.importorskip("zstandard")
    body = zstandard.compress(b'{"a": 1}')
    server.plan(answers(200, body, headers={"Content-Encoding": coding}), times=None)
    transport = make()
    with pytest.raises(CloudDownError, match="cannot be understood"):
        await transport.ask(get(server.url), read=as_json)
    assert server.seen[0].headers["accept-encoding"] == "gzip, deflate"
    await transport.close()


async def test_nobody_listens_and_then_somebody_does(
    server: Faulty, make: Make, pauses: Pauses
) -> None:
    transport = make()
    await transport.ask(get(server.url), read=as_json)
    server.refuse()
    # nothing was asked, so that even what must not be done twice is asked again
    pauses.then = lambda: server.accept() if len(pauses.taken) == 2 else None
    assert (await transport.ask(post(server.url), read=as_json))["number"] == 2
    assert len(pauses.taken) == 2
    await transport.close()


async def test_nobody_listens(server: Faulty, make: Make, pauses: Pauses) -> None:
    transport = make()
    secret = f"http://admin:hunter2@127.0.0.1:{server.port}/v3?token=hunter3"
    with server.refusing(), pytest.raises(CloudDownError) as caught:
        await transport.ask(get(secret, params={"key": "hunter4"}), read=as_json)
    assert caught.value.message == (
        f"no connection to 127.0.0.1:{server.port} (connection refused): "
        "test cannot be asked to list the volumes"
    )
    assert caught.value.hint == "is the address right, and is the network there?"
    # who waits for a cloud that is not there is told within two seconds
    assert len(pauses.taken) == 2
    assert sum(pauses.taken) <= 1.5
    await transport.close()


async def test_nobody_listens_for_a_moment_after_other_failures(
    server: Faulty, make: Make, pauses: Pauses
) -> None:
    server.plan(answers(503), times=2)
    transport = make()

    def turn() -> None:
        if len(pauses.taken) == 2:
            server.refuse()
        elif len(pauses.taken) == 4:
            server.accept()

    pauses.then = turn
    assert (await transport.ask(get(server.url), read=as_json))["number"] == 3
    assert len(pauses.taken) == 4
    await transport.close()


async def test_a_host_that_does_not_exist_is_told_at_once(make: Make, pauses: Pauses) -> None:
    transport = make()
    with pytest.raises(CloudDownError, match=r"no connection to nowhere\.invalid:1 \("):
        await transport.ask(get("http://nowhere.invalid:1/"), read=as_json)
    await transport.close()


@pytest.mark.parametrize("url", ["ftp://a/b", "/v3", "", "http://", "http://[::1", "http://a:x/"])
async def test_an_address_that_is_none(make: Make, pauses: Pauses, url: str) -> None:
    transport = make()
    with pytest.raises(CloudError):
        await transport.ask(get(url), read=as_json)
    assert pauses.taken == []
    await transport.close()


async def test_the_pauses_have_full_jitter(
    server: Faulty, make: Make, pauses: Pauses, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.plan(answers(500), times=None)
    limits: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        limits.append((low, high))
        return high

    monkeypatch.setattr("random.uniform", uniform)
    transport = make(patience=Patience(attempts=6, first_pause=0.5, longest_pause=3, overall=900))
    with pytest.raises(CloudDownError):
        await transport.ask(get(server.url), read=as_json)
    assert pauses.taken == [0.5, 1.0, 2.0, 3.0, 3.0]
    assert limits[:5] == [(0.0, pause) for pause in pauses.taken]
    await transport.close()


async def test_there_is_no_attempt_that_would_be_too_late(
    server: Faulty, make: Make, pauses: Pauses, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.plan(answers(500), times=None)
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    transport = make(patience=Patience(first_pause=16, longest_pause=100, overall=20))
    with pytest.raises(CloudDownError, match="test says 500"):
        await transport.ask(get(server.url), read=as_json)
    assert pauses.taken == [16]
    await transport.close()


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("ask", [get, post])
async def test_less_often_is_obeyed(
    server: Faulty, make: Make, pauses: Pauses, status: int, ask: Callable[[str], Ask]
) -> None:
    server.plan(answers(status, retry_after=7))
    transport = make()
    assert (await transport.ask(ask(server.url), read=as_json))["number"] == 2
    assert len(pauses.taken) == 1
    assert 7 <= pauses.taken[0] <= 7.5
    await transport.close()


async def test_a_date_is_obeyed(server: Faulty, make: Make, pauses: Pauses) -> None:
    at = datetime.now(UTC) + timedelta(seconds=10)
    server.plan(answers(429, retry_after=format_datetime(at, usegmt=True)))
    transport = make()
    await transport.ask(get(server.url), read=as_json)
    assert 5 < pauses.taken[0] <= 10.5
    await transport.close()


@pytest.mark.parametrize("nonsense", ["soon", "-5", "1.5", "", "Mon, 99 Nov", "²", "\x1b[31m"])
async def test_nonsense_is_not_obeyed(
    server: Faulty, make: Make, pauses: Pauses, nonsense: str
) -> None:
    header = nonsense.encode().decode("latin-1")
    server.plan(answers(429, retry_after=header))
    transport = make()
    await transport.ask(get(server.url), read=as_json)
    assert pauses.taken[0] <= 0.5
    await transport.close()


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ("21", "try again in 21 s"),
        ("3600", "try again in 1 h 00 min"),
        ("9" * 400, "try again another day"),
        ("Fri, 31 Dec 9999 23:59:59 GMT", "try again another day"),
    ],
)
async def test_it_is_told_when_it_is_too_long_to_wait(
    server: Faulty, make: Make, pauses: Pauses, after: str, told: str
) -> None:
    fault = answers(429, retry_after=after, headers={"X-Request-Id": "req-9"})
    server.plan(fault, times=None)
    transport = make()
    with pytest.raises(ThrottledError) as caught:
        await transport.ask(get(server.url), read=as_json)
    assert caught.value.hint == f"{told}; request req-9"
    assert pauses.taken == []
    assert len(server.seen) == 1
    await transport.close()


async def test_throttled_for_good(server: Faulty, make: Make, pauses: Pauses) -> None:
    server.plan(answers(429), times=None)
    transport = make()
    with pytest.raises(ThrottledError) as caught:
        await transport.ask(post(server.url), read=as_json)
    assert DOUBT not in caught.value.hint
    assert len(server.seen) == 6
    await transport.close()


@settings(deadline=None)
@given(st.one_of(st.text(), st.from_regex(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ [+-]\d+")))
def test_no_retry_after_ends_in_an_error(header: str) -> None:
    seconds = retry_after(header)
    assert seconds is None or seconds >= 0


async def test_the_body_is_sent_again_whole(server: Faulty, make: Make) -> None:
    server.plan(resets())
    server.plan(hangs_up())
    transport = make()
    for _ in range(3):
        await transport.ask(
            get(server.url, method="PUT", content=b"block", headers={"X-A": "b"}), read=as_json
        )
    assert [seen.body for seen in server.seen] == [b"block"] * 4
    assert {seen.headers["x-a"] for seen in server.seen} == {"b"}
    await transport.close()


async def test_a_page_that_takes_its_time_to_read_is_not_too_late(
    server: Faulty, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.plan(answers(200, b" " * 100_000))
    transport = make(patience=Patience(overall=60))
    loop = asyncio.get_running_loop()
    clock = loop.time
    passed = 0.0
    monkeypatch.setattr(loop, "time", lambda: clock() + passed)

    def read(answer: Answer) -> int:
        nonlocal passed
        passed = 100.0
        return len(answer.content)

    assert await transport.ask(get(server.url), read=read) == 100_000
    await transport.close()


async def test_a_cloud_that_tells_nothing_is_given_up_before_all_attempts_are_made(
    server: Faulty, make: Make
) -> None:
    server.plan(stalls(), times=None)
    transport = make(patience=Patience(read=0.3, silent=0.4, overall=30, first_pause=0.001))
    began = time.monotonic()
    with pytest.raises(CloudTimeoutError):
        await transport.ask(get(server.url), read=as_json)
    assert 0.3 <= time.monotonic() - began < 3
    assert len(server.seen) == 2
    with pytest.raises(CloudTimeoutError):
        await transport.ask(get(server.url, lasting=True), read=as_json)
    assert len(server.seen) == 2 + Patience().attempts
    await transport.close()
