"""HTTP for remote clouds: one kept-alive client a cloud, time-outs, retries, errors of our own.

A provider says what to ask (`Ask`), how to sign it (an `httpx.Auth`, asked anew for each attempt,
because signatures and tokens age) and what an answer that is no success means (`explain`). What is
retried, how often and how long, is decided here:

- a connection that could not be made, two times more, unless it never can be (no such host, a
  certificate that is not trusted, no TLS there): nothing was asked yet;
- an answer that was lost, cut or not understood, a time-out and an error of the cloud's own, when
  the request is `repeatable`, which is said of those that do the same again when made twice. Of the
  others it is told that they may have been done;
  This too has its end, `Patience.silent`, where nothing is heard at all;
- an answer that says "less often" (`ThrottledError`), always: it was not done.

Between two attempts it waits with full jitter (a random part of a limit that doubles), and as long
as the cloud's own `Retry-After` says. Where that is longer than we wait, the error says when.

Nothing that leaves here has a library's exception, or a frame of one, with it: these have the
requests in them, with tokens and passwords, and a traceback with local variables shows them.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, TypeVar

from snaptui.clouds.remote import failures
from snaptui.clouds.remote.asking import (
    Answer,
    Ask,
    GarbledError,
    Patience,
    garbled,
    retry_after,
)
from snaptui.clouds.remote.plain import is_plain
from snaptui.clouds.remote.routes import Names, proxy_of
from snaptui.config.addresses import is_address
from snaptui.errors import CloudDownError, CloudError, ThrottledError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

__all__ = ["Answer", "Ask", "Patience", "Transport", "garbled", "retry_after"]

Result = TypeVar("Result")

LARGEST = 64 * 1024 * 1024
"""No answer of a cloud has more bytes: a page of a listing has one, a block half."""

SMALL = 64 * 1024
"""A body of at most so many bytes is read on the event loop: a thread would cost more."""


class Transport:
    """Asks one cloud. To be used on one event loop at a time; `close` it there."""

    def __init__(
        self,
        cloud: str,
        explain: Callable[[Answer, Ask], CloudError],
        *,
        request_id_headers: tuple[str, ...] = (),
        patience: Patience | None = None,
        verify: str | bool = True,
        cert: str | tuple[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        connections: int = 10,
    ) -> None:
        """A transport; nothing is imported or connected before the first request.

        Args:
            cloud: what the cloud is called in errors.
            explain: says what an answer means that is no success. Of what it gives, a
                `ThrottledError` is retried, and a `CloudDownError` when the request is repeatable.
            request_id_headers: the headers that may have the request's id.
            patience: how long and how often.
            verify: TLS is always verified: True by the usual authorities (see `tls_context`), a
                string by the authorities in that file or folder.
            cert: a client's certificate, with its key.
            transport: what moves the bytes, in place of the network.
            sleep: waits between two attempts.
            connections: at most so many at once.

        Raises:
            ValueError: `verify` is False.
        """
        if verify is False:
            raise ValueError("TLS is always verified")
        self.cloud = cloud
        self._explain = explain
        self._request_id_headers = tuple(name.lower() for name in request_id_headers)
        self.patience = patience or Patience()
        self._authorities = verify if isinstance(verify, str) else ""
        self._cert = cert
        self._transport = transport
        self._sleep = sleep
        self._connections = connections
        self._making: asyncio.Task[httpx.AsyncClient] | None = None
        self._asking: set[asyncio.Task[object]] = set()
        self._names = Names()

    async def ask(
        self,
        ask: Ask,
        *,
        auth: httpx.Auth | None = None,
        read: Callable[[Answer], Result],
    ) -> Result:
        """Make a request, again if need be, and read its answer.

        Args:
            ask: what to ask.
            auth: signs it; asked anew for each attempt.
            read: makes of a successful answer what is wanted. With a large answer it is called in
                a thread, for a page of a thousand snapshots takes its time. What it raises as
                `CloudDownError` counts as an answer that was lost.

        Raises:
            CloudError: what the cloud said, or why it could not be asked.
        """
        # in a task, so that `close` can end it whatever it waits for
        task = asyncio.get_running_loop().create_task(self._ask(ask, auth, read))
        self._asking.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            this = asyncio.current_task()
            if task in self._asking or (this is not None and this.cancelling()):
                raise
            told: Exception = failures.closed(self.cloud, ask)
        except Exception as error:  # noqa: BLE001 - it is raised again
            told = error
        finally:
            self._asking.discard(task)
            del task  # it has the error, which has this frame
        try:
            raise failures.alone(told)
        finally:
            del told

    async def close(self) -> None:
        """End what is being asked, and give up the connections. It can be used again after."""
        self._names.forget()
        making, self._making = self._making, None
        asking, self._asking = self._asking, set()
        for task in asking:
            task.cancel()
        if asking:
            await asyncio.wait(asking)
        if making is None or making.get_loop().is_closed():
            return
        # a client that is just being made must be there before it can be closed
        await asyncio.wait([making])
        if not making.cancelled() and making.exception() is None:
            await making.result().aclose()

    async def _ask(
        self, ask: Ask, auth: httpx.Auth | None, read: Callable[[Answer], Result]
    ) -> Result:
        client = await self._ready()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience.overall
        silent = deadline if ask.lasting else loop.time() + self.patience.silent
        limit = self.patience.first_pause
        connects = self.patience.connects
        for attempt in range(1, self.patience.attempts + 1):
            try:
                try:
                    async with asyncio.timeout_at(deadline):
                        wait = min(self.patience.read, max(silent - loop.time(), 0.1))
                        answer = await self._exchange(client, ask, auth, wait)
                except TimeoutError:
                    raise failures.timed_out(self.cloud, ask) from None
                return await self._understood(answer, ask, read)
            except _Failure as failure:
                pause = self._pause(failure, ask, limit)
                if not failure.unheard and not ask.lasting:
                    silent = loop.time() + self.patience.silent
                last = silent if failure.unheard else deadline
                late = pause is not None and loop.time() + pause > last
                connects -= failure.before
                if pause is None or late or not connects or attempt == self.patience.attempts:
                    raise self._told(failure, ask) from None
            await self._sleep(pause)
            limit = min(limit * 2, self.patience.longest_pause)
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, failure: _Failure, ask: Ask, limit: float) -> float | None:
        """How long to wait before the next attempt; None when there is to be none."""
        again = failure.before or failure.throttled or (ask.repeatable and failure.passing)
        if not again:
            return None
        # full jitter: many clients that were refused at once do not come back at once
        jitter = random.uniform(0.0, limit)  # noqa: S311 - no secret
        if failure.after is None:
            return jitter
        return failure.after + jitter if failure.after <= self.patience.longest_pause else None

    def _told(self, failure: _Failure, ask: Ask) -> CloudError:
        """The error of the last attempt, with what is to be done about it."""
        if failure.after is not None and (failure.throttled or failure.passing):
            failures.try_again_in(failure.error, failure.after)
        if failure.passing and not ask.repeatable:
            failures.doubt(failure.error)
        return failure.error

    async def _understood(
        self, answer: Answer, ask: Ask, read: Callable[[Answer], Result]
    ) -> Result:
        if not answer.ok and answer.status not in ask.also:
            raise self._refusal(answer, ask)
        try:
            if len(answer.content) <= SMALL:
                return read(answer)
            return await asyncio.to_thread(read, answer)
        except GarbledError as error:
            told = failures.garbled(self.cloud, ask, error.request_id)
            raise _Failure(told, passing=True) from None
        except CloudDownError as error:
            raise _Failure(error, passing=True) from None

    def _refusal(self, answer: Answer, ask: Ask) -> _Failure:
        """What an answer means that is no success."""
        status = answer.status
        if status < 200:
            told = failures.garbled(self.cloud, ask, answer.request_id)
            return _Failure(told, passing=True)
        if status in {301, 302, 303, 307, 308}:
            location = answer.headers.get("location", "")
            return _Failure(failures.redirected(self.cloud, ask, location, answer.request_id))
        if status == 407:
            return _Failure(failures.proxy_refuses(self.cloud, ask, "407", answer.request_id))
        error = self._explain(answer, ask)
        if isinstance(error, GarbledError):
            error = failures.garbled(self.cloud, ask, error.request_id)
        after = answer.retry_after
        throttled = isinstance(error, ThrottledError)
        if isinstance(error, ThrottledError) and error.after is not None:
            after = error.after
        passing = isinstance(error, CloudDownError)
        return _Failure(error, passing=passing, throttled=throttled, after=after)

    async def _exchange(
        self, client: httpx.AsyncClient, ask: Ask, auth: httpx.Auth | None, read: float
    ) -> Answer:
        import httpx

        if not is_address(ask.url):
            raise _Failure(failures.no_address(self.cloud, ask))
        if self._transport is None:
            await self._find(ask)
        request_id = ""
        try:
            response = await client.send(_request(client, ask, read), auth=auth, stream=True)
            try:
                request_id = self._request_id(response)
                content = await self._body(response, ask, request_id)
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OverflowError) as error:
            raise await self._met(error, ask, request_id) from None
        except ExceptionGroup as group:
            # one error for each address of a host; only what is about addresses is meant here
            if group.split((ValueError, OverflowError))[1] is not None:
                raise
            raise self._failure(OverflowError(), ask, request_id) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(
            status=response.status_code, headers=headers, content=content, request_id=request_id
        )

    async def _met(self, error: Exception, ask: Ask, request_id: str) -> _Failure:
        """What an error of the HTTP library's means; where that is not certain, after a look."""
        import httpx

        doubtful = isinstance(error, httpx.ConnectError) and failures.may_be_plain(error)
        if doubtful and not proxy_of(ask.url):
            knows_no_tls = failures.answers_without_tls(error)
            if await is_plain(ask.url, knows_no_tls=knows_no_tls):
                return _Failure(failures.speaks_no_tls(self.cloud, ask))
        return self._failure(error, ask, request_id)

    def _failure(self, error: Exception, ask: Ask, request_id: str) -> _Failure:
        """What an error of the HTTP library's means."""
        import httpx

        match error:
            case httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.ConnectError():
                # nothing was sent yet
                self._names.forget(ask.url)
                told = failures.unreachable(self.cloud, ask, error, proxy=proxy_of(ask.url))
                return _Failure(told, before=not failures.hopeless(error))
            case httpx.ProxyError():
                told = failures.proxy_refuses(self.cloud, ask, str(error))
                # the proxy may not reach the cloud just now; it was not asked, either
                before = str(error).startswith(("502", "503", "504"))
                return _Failure(told, before=before)
            case httpx.TimeoutException():
                told = failures.timed_out(self.cloud, ask)
                return _Failure(told, passing=True, unheard=True)
            case httpx.LocalProtocolError() | UnicodeError():
                return _Failure(failures.unsendable(self.cloud, ask))
            case httpx.UnsupportedProtocol() | httpx.InvalidURL() | ValueError() | OverflowError():
                # where there is a proxy, its address is the one that is used
                return _Failure(failures.no_address(self.cloud, ask, proxy=proxy_of(ask.url)))
        return _Failure(failures.lost(self.cloud, ask, error, request_id), passing=True)

    def _make_client(self) -> httpx.AsyncClient:
        from snaptui.clouds.remote.client import make_client

        return make_client(
            self.cloud,
            self.patience,
            authorities=self._authorities,
            cert=self._cert,
            transport=self._transport,
            connections=self._connections,
        )

    async def _find(self, ask: Ask) -> None:
        try:
            await self._names.find(ask.url, self.patience.connect)
        except TimeoutError:
            raise _Failure(failures.not_found_in_time(self.cloud, ask), before=True) from None
        except OSError as error:
            told = failures.unreachable(self.cloud, ask, error)
            raise _Failure(told, before=not failures.hopeless(error)) from None

    def _request_id(self, response: httpx.Response) -> str:
        from snaptui.text import safe_text

        found = (response.headers.get(name, "") for name in self._request_id_headers)
        return safe_text(next((each for each in found if each), ""), 100)

    async def _body(self, response: httpx.Response, ask: Ask, request_id: str) -> bytes:
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in {"", "identity", "gzip", "deflate"}:
            # others were not asked for; some make gigabytes of a few bytes, two of them even more
            told = failures.garbled(self.cloud, ask, request_id)
            raise _Failure(told, passing=True)
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > LARGEST:
                raise _Failure(failures.too_large(self.cloud, LARGEST, request_id))
            parts.append(part)
        return b"".join(parts)

    async def _ready(self) -> httpx.AsyncClient:
        making = self._making
        # what belonged to a loop that ended without `close` is of no use
        if making is None or making.get_loop().is_closed():
            # the library is loaded and the certificates of all authorities are read, in a thread
            making = asyncio.get_running_loop().create_task(asyncio.to_thread(self._make_client))
            making.add_done_callback(self._made)
            self._making = making
        # it is for all who ask: one that is cancelled must not end it
        return await asyncio.shield(making)

    def _made(self, making: asyncio.Task[httpx.AsyncClient]) -> None:
        failed = making.cancelled() or making.exception() is not None
        if failed and self._making is making:
            self._making = None  # what was missing may be there the next time


class _Failure(Exception):  # noqa: N818 - it never leaves this module
    """An attempt that failed.

    Attributes:
        error: what is told when it was the last.
        before: nothing had been asked yet.
        passing: it may go well the next time; but it may have been done, too.
        throttled: it was not done, for it was one too many.
        unheard: there was no answer.
        after: how long the cloud wants to be left alone.
    """

    def __init__(
        self,
        error: CloudError,
        *,
        before: bool = False,
        passing: bool = False,
        throttled: bool = False,
        unheard: bool = False,
        after: float | None = None,
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.before = before
        self.passing = passing
        self.throttled = throttled
        self.unheard = unheard
        self.after = after


def _request(client: httpx.AsyncClient, ask: Ask, read: float) -> httpx.Request:
    timeout = {**client.timeout.as_dict(), "read": read}
    return client.build_request(
        ask.method,
        ask.url,
        params=ask.params or None,
        headers=dict(ask.headers),
        json=ask.json,
        content=ask.content,
        extensions={"timeout": timeout},
    )
