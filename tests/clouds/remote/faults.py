"""What may go wrong with an answer: for `Faulty`, which does it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlsplit

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived.

    Attributes:
        number: 1 for the first that the server ever saw.
        connection: 1 for the first connection; the same number is the same connection.
        target: path and parameters; the whole address when it is asked as a proxy.
        headers: by lower-case names.
    """

    number: int
    connection: int
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `Content-Length` is the server's business."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(document: object, status: int = 200, **headers: str) -> Reply:
    """An answer with JSON; `_` in the headers' names stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        status, json.dumps(document).encode(), {"Content-Type": "application/json"} | named
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with an answer. The functions below make the usual ones; `|` joins two.

    Attributes:
        reply: answered in place of the true answer.
        headers: put over the answer's.
        first: called, in a thread, before the true server is asked.
        wait: seconds before the first byte.
        pause_at: after so many bytes of the body, `pause` seconds.
        cut_head: so many bytes of status line and headers, then the connection is cut.
        cut_body: so many bytes of the body, then the connection is cut.
        with_length: without, the end of the connection is the end of the body.
        chunked: the body is sent in chunks, so that a cut shows.
        flip: these bytes of the body are turned over; negative ones count from its end.
        hang_up: the connection is closed after the answer, which did not say so.
        reset: the connection is reset in place of an answer.
        stall: no answer ever, until the client goes away.
        endless: after the body, zeros until the client goes away: as fast as they go, or one after
            each `pause`.
        raw: these bytes, whatever they are, in place of all of it.
        upstream: the request is passed on (and done!) even when the answer is lost or replaced.
    """

    reply: Reply | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    first: Callable[[], object] | None = None
    wait: float = 0.0
    pause_at: int | None = None
    pause: float = 0.0
    cut_head: int | None = None
    cut_body: int | None = None
    with_length: bool = True
    chunked: bool = False
    flip: tuple[int, ...] = ()
    hang_up: bool = False
    reset: bool = False
    stall: bool = False
    endless: bool = False
    raw: bytes | None = None
    upstream: bool = False

    def __or__(self, other: Fault) -> Fault:
        plain = Fault()
        names = [each.name for each in fields(Fault)]
        said = [name for name in names if getattr(other, name) != getattr(plain, name)]
        return replace(self, **{name: getattr(other, name) for name in said})


def answers(
    status: int,
    body: bytes | str | Mapping[str, Any] = b"",
    *,
    retry_after: object = None,
    headers: Mapping[str, str] | None = None,
    done: bool = False,
) -> Fault:
    """This answer, in place of the true one; `done`: the true server was asked nevertheless."""
    given = dict(headers or {})
    if isinstance(body, Mapping):
        body = json.dumps(body)
        given.setdefault("Content-Type", "application/json")
    if retry_after is not None:
        given["Retry-After"] = str(retry_after)
    content = body.encode() if isinstance(body, str) else body
    return Fault(reply=Reply(status, content, given), upstream=done)


def html(status: int = 502, body: bytes = HTML) -> Fault:
    """A page for people, as proxies and load balancers have them."""
    return answers(status, body, headers={"Content-Type": "text/html; charset=utf-8"})


def delays(seconds: float = 0.0, *, at: int | None = None, pause: float = 0.0) -> Fault:
    """Late; with `at`, a pause after so many bytes of the body."""
    return Fault(wait=seconds, pause_at=at, pause=pause)


def comes_after(first: Callable[[], object]) -> Fault:
    """Something else happens first: then the request is passed on."""
    return Fault(first=first)


def cuts(
    *, head: int | None = None, body: int | None = None, length: bool = True, chunked: bool = False
) -> Fault:
    """Cut after so many bytes. The request was done all the same."""
    return Fault(cut_head=head, cut_body=body, with_length=length, chunked=chunked, upstream=True)


def corrupts(*offsets: int) -> Fault:
    """These bytes of the body (negative: from its end) arrive turned over."""
    return Fault(flip=offsets or (0,))


def vanishes() -> Fault:
    """The request is taken (and done), and the connection closed without an answer."""
    return Fault(cut_head=0, upstream=True)


def resets() -> Fault:
    """The request is taken (and not passed on), and the connection is reset."""
    return Fault(reset=True)


def hangs_up() -> Fault:
    """A good answer, after which the connection is closed that was to be kept."""
    return Fault(hang_up=True)


def stalls() -> Fault:
    """No answer ever; the request is not passed on."""
    return Fault(stall=True)


def endless(pause: float = 0.0) -> Fault:
    """A body that does not end; with a pause, it trickles."""
    return Fault(endless=True, with_length=False, pause=pause)


def relabels(content_type: str, **headers: str) -> Fault:
    """A good answer with another Content-Type, or others of its headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(headers={"Content-Type": content_type} | named)


def broken_gzip() -> Fault:
    """A body that says it is gzip, and begins so."""
    return answers(200, b"\x1f\x8b\x08\x00" + b"\x00" * 6 + b"no deflate", headers=_GZIP)


_GZIP = {"Content-Type": "application/json", "Content-Encoding": "gzip"}


def sends(raw: bytes) -> Fault:
    """These bytes, which need be no HTTP; then the connection is closed."""
    return Fault(raw=raw)
