"""HTTP for remote clouds: one kept-alive client a cloud, time-outs, retries, errors of our own.

A provider says what to ask (`Ask`), how to sign it (an `httpx.Auth`, asked anew for each attempt,
because signatures and tokens age) and what an answer that is no success means (`explain`). What is
retried, how often and how long, is decided here:

- a connection that could not be made, always: nothing was asked yet;
- an answer that was lost, cut or not understood, a time-out and an error of the cloud's own, when
  the request is `repeatable`, which is said of those that do the same again when made twice;
- an answer that says "less often" (`ThrottledError`), always: it was not done.

Between two attempts it waits with full jitter (a random part of a limit that doubles), and as long
as the cloud's own `Retry-After` says.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from snaptui import __version__
from snaptui.clouds.remote.failures import lost, timed_out, too_large, unreachable
from snaptui.errors import CloudDownError, CloudError, ThrottledError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Mapping

    import httpx

Result = TypeVar("Result")

LARGEST = 64 * 1024 * 1024
"""No answer of a cloud has more bytes: a page of a listing has one, a block half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds, and how often to try.

    Attributes:
        connect: for a connection.
        read: for the next bytes of an answer.
        overall: for all attempts of one request together; the last may go beyond it.
        attempts: at most so many.
        first_pause: the limit of the pause after the first attempt; it doubles with each.
        longest_pause: no limit is longer, nor is a cloud's `Retry-After` obeyed that is.
    """

    connect: float = 10.0
    read: float = 30.0
    overall: float = 90.0
    attempts: int = 6
    first_pause: float = 0.5
    longest_pause: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request.

    Attributes:
        method: `GET`, `POST`…
        url: the whole of it, without the parameters.
        repeatable: it does the same when it arrives twice, so that it may be made again when
            nobody knows whether it arrived.
        what: what it is for, in words that fit after "cannot": `list the volumes`.
    """

    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None
    repeatable: bool = True
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a cloud answered, whole.

    Attributes:
        status: the HTTP status.
        headers: by lower-case names.
        content: the body.
        request_id: what the cloud calls the request; empty when it does not say.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    request_id: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float | None:
        """The seconds that the cloud asks to wait."""
        return retry_after(self.headers.get("retry-after", ""))

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            CloudDownError: it is none, so the answer was not the cloud's, or it was damaged.
        """
        import json

        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise garbled(self) from error


Explain = "Callable[[Answer, Ask], CloudError]"
"""Says what an answer means that is no success."""


def garbled(answer: Answer) -> CloudDownError:
    """The error for an answer that cannot be understood."""
    return CloudDownError(
        "the answer cannot be understood",
        "is there a proxy in between that answers in the cloud's place?",
        request_id=answer.request_id,
    )


def retry_after(header: str) -> float | None:
    """The seconds that a `Retry-After` header says (RFC 9110, 10.2.3: seconds or a date)."""
    header = header.strip()
    if header.isdecimal():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    from datetime import UTC, datetime

    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


class Transport:
    """Asks one cloud. To be used on one event loop at a time; `close` it there."""

    def __init__(
        self,
        cloud: str,
        explain: Callable[[Answer, Ask], CloudError],
        *,
        request_id_headers: tuple[str, ...] = (),
        patience: Patience | None = None,
        verify: str | ssl.SSLContext | bool = True,
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
            verify: TLS is always verified: True by the usual authorities (or those that
                `SSL_CERT_FILE` and `SSL_CERT_DIR` name), a string by the authorities in that file.
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
        self._request_id_headers = request_id_headers
        self.patience = patience or Patience()
        self._verify = verify
        self._cert = cert
        self._transport = transport
        self._sleep = sleep
        self._connections = connections
        self._client: httpx.AsyncClient | None = None
        self._making = asyncio.Lock()

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
            read: makes of a successful answer what is wanted. It is called in a thread, for a page
                of a thousand snapshots takes its time. What it raises as `CloudDownError` counts
                as an answer that was lost.

        Raises:
            CloudError: what the cloud said, or why it could not be asked.
        """
        deadline = asyncio.get_running_loop().time() + self.patience.overall
        limit = self.patience.first_pause
        for attempt in range(1, self.patience.attempts + 1):
            try:
                return await self._attempt(ask, auth, read)
            except _Failure as failure:
                pause = self._pause(failure, ask, limit)
                late = asyncio.get_running_loop().time() + (pause or 0.0) > deadline
                if pause is None or late or attempt == self.patience.attempts:
                    raise failure.error from failure.__cause__
            await self._sleep(pause)
            limit = min(limit * 2, self.patience.longest_pause)
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, failure: _Failure, ask: Ask, limit: float) -> float | None:
        """How long to wait before the next attempt; None when there is to be none."""
        error = failure.error
        throttled = isinstance(error, ThrottledError)
        again = throttled or failure.before or (ask.repeatable and failure.passing)
        if not again:
            return None
        wanted = error.after if isinstance(error, ThrottledError) else failure.after
        if wanted is None:
            # full jitter: many clients that were refused at once do not come back at once
            return random.uniform(0.0, limit)  # noqa: S311 - no secret
        if wanted > self.patience.longest_pause:
            return None
        return wanted + random.uniform(0.0, limit)  # noqa: S311 - likewise

    async def _attempt(
        self, ask: Ask, auth: httpx.Auth | None, read: Callable[[Answer], Result]
    ) -> Result:
        answer = await self._exchange(ask, auth)
        if not answer.ok:
            error = self._explain(answer, ask)
            passing = isinstance(error, CloudDownError)
            raise _Failure(error, passing=passing, after=answer.retry_after)
        try:
            return await asyncio.to_thread(read, answer)
        except CloudDownError as error:
            raise _Failure(error, passing=True) from error

    async def _exchange(self, ask: Ask, auth: httpx.Auth | None) -> Answer:
        import httpx

        client = await self._ready()
        try:
            request = client.build_request(
                ask.method,
                ask.url,
                params=ask.params or None,
                headers=dict(ask.headers),
                json=ask.json,
                content=ask.content,
            )
            response = await client.send(request, auth=auth, stream=True)
            try:
                content = await self._body(response)
            finally:
                await response.aclose()
        except (httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ConnectError) as error:
            # nothing was sent yet
            raise _Failure(unreachable(self.cloud, ask, error), before=True) from error
        except httpx.TimeoutException as error:
            raise _Failure(timed_out(self.cloud, ask), passing=True) from error
        except httpx.TransportError as error:
            raise _Failure(lost(self.cloud, ask, error), passing=True) from error
        except httpx.DecodingError as error:
            raise _Failure(lost(self.cloud, ask, error), passing=True) from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise _Failure(unreachable(self.cloud, ask, error)) from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        found = (headers.get(name) for name in self._request_id_headers)
        request_id = next((each for each in found if each), "")
        return Answer(
            status=response.status_code, headers=headers, content=content, request_id=request_id
        )

    async def _body(self, response: httpx.Response) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > LARGEST:
                raise _Failure(too_large(self.cloud, LARGEST))
            parts.append(part)
        return b"".join(parts)

    async def _ready(self) -> httpx.AsyncClient:
        async with self._making:
            if self._client is None:
                # the certificates of all authorities are read: that takes its time
                self._client = await asyncio.to_thread(self._make_client)
            return self._client

    def _make_client(self) -> httpx.AsyncClient:
        import ssl

        import httpx

        verify = self._verify
        if isinstance(verify, str):
            try:
                verify = ssl.create_default_context(cafile=verify)
            except OSError as error:  # ssl.SSLError is one
                raise CloudError(
                    f"the certificates in {self._verify} cannot be read ({error.strerror})",
                    "name a file of certificates in PEM form",
                ) from error
        if self._cert is not None and verify is True:
            verify = httpx.create_ssl_context()
        if self._cert is not None and isinstance(verify, ssl.SSLContext):
            chain = (self._cert,) if isinstance(self._cert, str) else self._cert
            verify.load_cert_chain(*chain)
        patience = self.patience
        return httpx.AsyncClient(
            verify=verify,
            timeout=httpx.Timeout(patience.read, connect=patience.connect),
            limits=httpx.Limits(
                max_connections=self._connections,
                max_keepalive_connections=self._connections,
                keepalive_expiry=60.0,
            ),
            headers={"user-agent": f"snaptui/{__version__}"},
            transport=self._transport,
            follow_redirects=False,  # a token must not be carried elsewhere
        )

    async def close(self) -> None:
        """Give up the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


class _Failure(Exception):  # noqa: N818 - it never leaves this module
    """An attempt that failed.

    Attributes:
        error: what is told when it was the last.
        before: nothing had been asked yet.
        passing: it may go well the next time; but it may have been done, too.
        after: how long the cloud wants to be left alone.
    """

    def __init__(
        self,
        error: CloudError,
        *,
        before: bool = False,
        passing: bool = False,
        after: float | None = None,
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.before = before
        self.passing = passing
        self.after = after
