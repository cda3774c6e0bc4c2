"""No token, password or parameter in an error, a log line, a repr or a traceback with locals."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import httpx
import pytest
from rich.console import Console
from rich.traceback import Traceback

from snaptui.clouds.remote.discreet import be_discreet
from snaptui.clouds.remote.transport import Answer, Ask, Patience
from snaptui.errors import CloudDownError, CloudError
from tests.clouds.remote.conftest import Make, as_json
from tests.clouds.remote.faults import (
    Fault,
    answers,
    broken_gzip,
    cuts,
    html,
    resets,
    sends,
    stalls,
    vanishes,
)
from tests.clouds.remote.faulty import Faulty

SECRET = "hunter2"
TOLD = {"X-Subject-Token": f"{SECRET}-token", "Location": f"https://x/?{SECRET}"}
BODY = f'{{"secret": "{SECRET}", "rest": [}}'

FAULTS: Mapping[str, Fault] = {
    "well": answers(200, BODY, headers=TOLD),
    "refused": answers(403, BODY, headers=TOLD),
    "broken": answers(500, BODY, headers=TOLD),
    "later": answers(429, BODY, headers=TOLD, retry_after=99),
    "page": html(502, SECRET.encode()),
    "elsewhere": answers(302, BODY, headers=TOLD),
    "proxy": answers(407, BODY, headers=TOLD),
    "stalls": stalls(),
    "vanishes": vanishes(),
    "resets": resets(),
    "cut": cuts(body=3) | Fault(headers=TOLD),
    "no gzip": broken_gzip() | Fault(headers=TOLD),
    "no status": sends(f"HTTP/9 {SECRET}\r\n\r\n".encode()),
    "no header": sends(f"HTTP/1.1 200 OK\r\nX-Subject-Token {SECRET}\r\n\r\n".encode()),
    "bad header": sends(f"HTTP/1.1 200 OK\r\nX-T: {SECRET}\x01\r\n\r\n".encode()),
    "no length": sends(f"HTTP/1.1 200 OK\r\nContent-Length: {SECRET}\r\n\r\n".encode()),
    "no chunk": sends(
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{SECRET}\r\n".encode()
    ),
}


class Signed(httpx.Auth):
    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["X-Auth-Token"] = f"{SECRET}-auth"
        yield request


def secretive(url: str, **options: Any) -> Ask:
    """A request with a secret wherever one can be."""
    settings: dict[str, Any] = {
        "method": "POST",
        "url": url.replace("http://", f"http://{SECRET}:{SECRET}@"),
        "params": {"X-Amz-Signature": SECRET},
        "headers": {"X-Auth-Token": SECRET, "Authorization": f"Bearer {SECRET}"},
        "json": {"auth": {"password": SECRET}},
        "what": "sign in",
        "repeatable": False,
    }
    return Ask(**settings | options)


def rendered(error: BaseException) -> str:
    """All that can be shown of an error, but for the frame of the test itself."""
    inner = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
    out = io.StringIO()
    shown = Traceback.from_exception(
        type(inner),
        inner,
        inner.__traceback__,
        show_locals=True,
        locals_max_length=10_000,
        locals_max_string=1_000_000,
        locals_hide_dunder=False,
        locals_hide_sunder=False,
        width=300,
    )
    Console(file=out, width=300).print(shown)
    notes = getattr(error, "__notes__", [])
    plain = "".join(traceback.format_exception(inner))
    return "\n".join([out.getvalue(), plain, str(error), repr(error), repr(vars(error)), *notes])


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that is logged, by loggers whose levels are set one by one, too."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection", "httpcore.proxy"):
        caplog.set_level(logging.DEBUG, name)
    return caplog


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_an_error_tells_no_secret(
    server: Faulty, make: Make, log: pytest.LogCaptureFixture, fault: Fault
) -> None:
    server.plan(fault, times=None)
    transport = make(patience=Patience(read=0.3, attempts=2))
    with pytest.raises(CloudError) as caught:
        await transport.ask(secretive(server.url), auth=Signed(), read=as_json)
    assert SECRET in server.seen[0].headers["x-auth-token"]
    assert SECRET not in rendered(caught.value)
    assert SECRET not in log.text
    assert "127.0.0.1" in log.text
    assert caught.value.__cause__ is caught.value.__context__ is None
    await transport.close()


async def test_a_refused_connection_tells_no_secret(
    server: Faulty, make: Make, log: pytest.LogCaptureFixture
) -> None:
    transport = make()
    with server.refusing(), pytest.raises(CloudDownError) as caught:
        await transport.ask(secretive(server.url), auth=Signed(), read=as_json)
    assert SECRET not in rendered(caught.value)
    assert SECRET not in log.text
    await transport.close()


@pytest.mark.parametrize("bad", [f"{SECRET}\n", f"{SECRET}\x00", f"{SECRET}é", f"{SECRET}\ud800"])
async def test_a_token_that_cannot_be_sent_is_not_told(
    server: Faulty, make: Make, log: pytest.LogCaptureFixture, bad: str
) -> None:
    """A token from a file ends in a line break easily."""
    transport = make()
    with pytest.raises(CloudError, match="cannot be sent.*line break") as caught:
        await transport.ask(secretive(server.url, headers={"X-T": bad}), read=as_json)
    assert not isinstance(caught.value, CloudDownError)
    assert SECRET not in rendered(caught.value)
    assert SECRET not in log.text
    assert server.seen == []
    await transport.close()


class Locked:
    """What no JSON can be made of."""


def _defects() -> Mapping[str, tuple[Callable[[str], Ask], Callable[[Answer], object]]]:
    def missing(answer: Answer) -> object:
        return answer.json()["volumes"]

    return {
        "read": (secretive, missing),
        "json": (lambda url: secretive(url, json={"password": SECRET, "a": Locked()}), as_json),
    }


@pytest.mark.parametrize("name", ["read", "json"])
async def test_a_defect_of_ours_tells_no_secret_but_where_it_is(
    server: Faulty, make: Make, log: pytest.LogCaptureFixture, name: str
) -> None:
    ask, read = _defects()[name]
    server.plan(answers(200, {"secret": SECRET}, headers=TOLD), times=None)
    transport = make()
    with pytest.raises((KeyError, TypeError)) as caught:
        await transport.ask(ask(server.url), auth=Signed(), read=read)
    assert SECRET not in rendered(caught.value)
    assert SECRET not in log.text
    where = "in missing" if name == "read" else "json/encoder.py"
    assert where in "".join(caught.value.__notes__)
    await transport.close()


async def test_what_is_asked_and_answered_does_not_show_itself(server: Faulty, make: Make) -> None:
    asked = secretive(server.url)
    answer = Answer(status=200, headers=TOLD, content=BODY.encode(), request_id="req-1")
    assert repr(asked) == f"<Ask POST 127.0.0.1:{server.port} to sign in>"
    assert repr(answer) == f"<Answer 200, {len(BODY)} bytes, request 'req-1'>"
    out = io.StringIO()
    Console(file=out).print([asked, answer, make()])
    assert SECRET not in out.getvalue() + f"{asked} {answer}"
    more = MoreToAsk(**{field.name: getattr(asked, field.name) for field in fields(Ask)})
    assert SECRET not in repr(more)
    assert "action='Describe'" in repr(more)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreToAsk(Ask):
    """As a provider may have it, with a repr that is made anew."""

    action: str = "Describe"


def test_the_filter_is_put_on_once(caplog: pytest.LogCaptureFixture) -> None:
    be_discreet()
    before = [*logging.getLogger("httpcore.http11").filters]
    be_discreet()
    assert logging.getLogger("httpcore.http11").filters == before
    assert len(before) == 1
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpcore.http11").debug(
        "receive_response_headers.complete return_value=(b'HTTP/1.1', 200, [(b'X-T', b'hunter2')])"
    )
    logging.getLogger("httpx").info("HTTP Request: %s %s", "GET", httpx.URL("http://a/b?t=hunter2"))
    assert [record.getMessage() for record in caplog.records] == [
        "receive_response_headers.complete",
        "HTTP Request: GET a",
    ]
