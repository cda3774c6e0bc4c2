"""An HTTP server that does wrong what it is told to: answers by itself or stands before another.

It runs on loopback in a thread of its own, so that it serves coroutines on any event loop, threads
and other processes alike, and works on while they block.

    from tests.clouds.remote.faults import answers, cuts, delays   # and others there
    from tests.clouds.remote.faulty import Faulty

    with Faulty() as server:                                  # answers by itself, JSON
        server.plan(answers(503, retry_after=1), times=2)     # the first two requests
        server.plan(cuts(body=10), path="/volumes")           # then the next of these
        server.plan(delays(0.1), number=7, method="GET")
        ... ask server.url ...
        assert [seen.path for seen in server.seen] == [...]

    with Faulty(upstream="http://127.0.0.1:8776") as cinder:  # the true answers, but for the plans
        cinder.rewrite = {"http://127.0.0.1:8776": cinder.url}    # the addresses in its answers
        with cinder.refusing():                               # nobody listens meanwhile
            ...

A request meets the oldest plan that fits and is not used up; without one it is answered well.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Self
from urllib.parse import urlsplit

from tests.clouds.remote.faults import Fault, Reply, Seen, json_reply

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "proxy-connection"}


@dataclass(slots=True)
class _Plan:
    fault: Fault
    number: int | None
    method: str | None
    path: re.Pattern[str] | None
    left: int | None

    def fits(self, seen: Seen) -> bool:
        return (
            self.left != 0
            and self.number in {None, seen.number}
            and self.method in {None, seen.method}
            and (self.path is None or self.path.search(seen.target) is not None)
        )


def _well(seen: Seen) -> Reply:
    return json_reply({"number": seen.number, "path": seen.path})


class Faulty:
    """The server. To be entered; `url` is known then.

    Attributes:
        seen: the requests, in the order in which they came.
        connections: how many there were.
        connected: how many there are now.
        answering: how many requests are being answered now.
        most: the most that were being answered at once.
        tunnels: the `host:port` that `CONNECT` was asked for, when used as a proxy.
        refuse_tunnels: answer `CONNECT` with this status, unless it is 0.
        rewrite: replaced in the bodies of the answers, before any fault.
    """

    def __init__(
        self,
        answer: Callable[[Seen], Reply] = _well,
        *,
        upstream: str = "",
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        """A server.

        Args:
            answer: the true answer; called in the server's thread, so it must not wait.
            upstream: the plain HTTP server whose answers are the true ones, instead.
            tls: speak TLS.
            host: the name in `url`; it listens on 127.0.0.1 whatever it is.
        """
        self._answer = answer
        self._upstream = urlsplit(upstream) if upstream else None
        self._tls = tls
        self._host = host
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="faulty", daemon=True)
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._plans: list[_Plan] = []
        self.port = 0
        self.seen: list[Seen] = []
        self.connections = 0
        self.connected = 0
        self.answering = 0
        self.most = 0
        self.tunnels: list[str] = []
        self.refuse_tunnels = 0
        self.rewrite: Mapping[str, str] = {}

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://{self._host}:{self.port}"

    def plan(
        self,
        fault: Fault,
        *,
        number: int | None = None,
        path: str | None = None,
        method: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Let a fault happen.

        Args:
            fault: what is to go wrong.
            number: only with this request, counted from 1 over all.
            path: only where this regular expression is found in path and parameters.
            method: only with this method.
            times: with so many requests; None is all that fit.
        """
        pattern = re.compile(path) if path is not None else None
        self._plans.append(_Plan(fault, number, method, pattern, times))

    def forget(self) -> None:
        """No plans any more."""
        self._plans.clear()

    def refuse(self) -> None:
        """Close all connections, and let nobody connect until `accept`."""
        self._call(self._stop())

    def accept(self) -> None:
        """Listen again, on the same port."""
        self._call(self._start())

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Let nobody connect meanwhile."""
        self.refuse()
        try:
            yield
        finally:
            self.accept()

    async def until(self, condition: Callable[[Faulty], object], seconds: float = 30.0) -> None:
        """Wait, without stopping the event loop, until something is so with this server."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not condition(self):
            if loop.time() > end:
                raise AssertionError(f"it did not happen within {seconds} s")
            await asyncio.sleep(0.005)

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # in the server's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _start(self) -> None:
        assert self._server is None
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self._tls, backlog=200
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self.connections += 1
        self.connected += 1
        connection = self.connections
        try:
            while await self._exchange(connection, reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the server does
        finally:
            writer.close()
            if self._tls is None:
                # what is counted as gone is gone: the client sees its end
                with suppress(OSError):
                    await writer.wait_closed()
            self.connected -= 1
            self._serving.discard(task)

    async def _exchange(
        self, connection: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """One request and its answer; whether the connection is kept."""
        first = await reader.readexactly(1)
        if not first.isalpha():  # TLS, as a rule
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return False
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ", 2)
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        if method == "CONNECT":
            await self._tunnel(target, reader, writer)
            return False
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await _request_body(headers, reader)
        seen = Seen(len(self.seen) + 1, connection, method, target, headers, body)
        plan = next((plan for plan in self._plans if plan.fits(seen)), None)
        if plan is not None and plan.left is not None:
            plan.left -= 1
        fault = plan.fault if plan is not None else Fault()
        self.answering += 1
        self.most = max(self.most, self.answering)
        self.seen.append(seen)
        try:
            kept = await self._respond(seen, fault, reader, writer)
        finally:
            self.answering -= 1
        return kept and headers.get("connection", "").lower() != "close"

    async def _respond(
        self, seen: Seen, fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if fault.reset:
            # lingering for no time at all is what makes it a reset
            sock: socket.socket = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        if fault.stall:
            await reader.read()
            return False
        true = None
        if fault.first is not None:
            await asyncio.to_thread(fault.first)
        if fault.reply is None or fault.upstream:
            true = await self._true_answer(seen)
        if fault.wait:
            await _unless_gone(fault.wait, reader)
        if fault.raw is not None:
            writer.write(fault.raw)
            await writer.drain()
            return False
        reply = fault.reply or true
        if reply is None:
            return False  # the true server is not there
        return await _send(seen, reply, fault, reader, writer)

    async def _true_answer(self, seen: Seen) -> Reply | None:
        if self._upstream is None:
            return self._answer(seen)
        try:
            reply = await asyncio.to_thread(_ask_upstream, self._upstream.netloc, seen)
        except (OSError, http.client.HTTPException):
            return None
        body = reply.body
        for old, new in self.rewrite.items():
            body = body.replace(old.encode(), new.encode())
        return replace(reply, body=body)

    async def _tunnel(
        self, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Be a proxy for TLS; only to loopback, whatever name is asked for."""
        self.tunnels.append(target)
        if self.refuse_tunnels:
            writer.write(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % self.refuse_tunnels)
            return
        far_reader, far_writer = await asyncio.open_connection(
            "127.0.0.1", int(target.rpartition(":")[2])
        )
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        finally:
            far_writer.close()


async def _request_body(headers: Mapping[str, str], reader: asyncio.StreamReader) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    parts = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


def _ask_upstream(netloc: str, seen: Seen) -> Reply:
    """The true server's answer, on a connection of its own; the client's `Host` is passed on."""
    connection = http.client.HTTPConnection(netloc, timeout=60)
    try:
        connection.putrequest(seen.method, seen.target, skip_host=True, skip_accept_encoding=True)
        for name, value in seen.headers.items():
            if name not in _HOP | {"expect"}:
                connection.putheader(name, value)
        if seen.body or seen.method in {"POST", "PUT", "PATCH"}:
            connection.putheader("Content-Length", str(len(seen.body)))
        connection.endheaders(seen.body or None)
        response = connection.getresponse()
        body = response.read()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP}
        return Reply(response.status, body, kept)
    finally:
        connection.close()


async def _send(
    seen: Seen,
    reply: Reply,
    fault: Fault,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> bool:
    """Send an answer as the fault wants it; whether the connection is kept."""
    body = bytearray(reply.body)
    for offset in fault.flip:
        if body:
            body[offset % len(body)] ^= 0xFF
    bodiless = seen.method == "HEAD" or reply.status in {204, 304}
    headers = {name.title(): value for name, value in reply.headers.items()}
    headers |= {name.title(): value for name, value in fault.headers.items()}
    if fault.chunked:
        headers["Transfer-Encoding"] = "chunked"
    elif fault.with_length and reply.status not in {204, 304}:
        headers["Content-Length"] = str(len(body))
    phrase = http.client.responses.get(reply.status, "Odd")
    lines = [f"HTTP/1.1 {reply.status} {phrase}", *(f"{n}: {v}" for n, v in headers.items())]
    head = "".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n"
    writer.write(head[: fault.cut_head])
    if fault.cut_head is not None:
        await writer.drain()
        return False
    sent = b"" if bodiless else bytes(body[: fault.cut_body])
    places = [0, *([fault.pause_at] if fault.pause_at is not None else []), len(sent)]
    for at, (start, end) in enumerate(pairwise(places)):
        if at:
            await writer.drain()
            await _unless_gone(fault.pause, reader)
        part = sent[start:end]
        writer.write(b"%x\r\n%s\r\n" % (len(part), part) if fault.chunked and part else part)
    if fault.chunked and fault.cut_body is None:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    while fault.endless:
        writer.write(bytes(1 if fault.pause else 64 * 1024))
        await writer.drain()
        await asyncio.sleep(fault.pause)
    return fault.cut_body is None and not fault.hang_up and (fault.with_length or fault.chunked)


async def _unless_gone(seconds: float, reader: asyncio.StreamReader) -> None:
    """Wait, but no longer than the client does."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await reader.read(1)
            raise ConnectionError("the client went away")


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(64 * 1024):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()
