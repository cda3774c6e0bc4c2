"""What a cloud is asked and what it answers, and how patiently.

None of it shows its headers, parameters or bodies: they may have secrets in them, and what is shown
ends in logs and tracebacks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from snaptui.clouds.remote.failures import PROXY_ANSWERS, host_of
from snaptui.errors import CloudDownError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds, and how often to try.

    Attributes:
        connect: for a connection.
        read: for the next bytes of an answer.
        silent: for the next bytes, the attempts of one request together: who is not answered at all
            wants to know. What is `Ask.lasting` is tried for longer.
        overall: for one request, its attempts, their pauses and its whole answer together.
        attempts: at most so many.
        connects: at most so many failed connections: who waits at a closed door wants to know.
        first_pause: the limit of the pause after the first attempt; it doubles with each.
        longest_pause: no limit is longer, nor is a cloud's `Retry-After` obeyed that is.
    """

    connect: float = 10.0
    read: float = 30.0
    silent: float = 40.0
    overall: float = 90.0
    attempts: int = 6
    connects: int = 3
    first_pause: float = 0.5
    longest_pause: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Ask:
    """One request.

    Attributes:
        method: `GET`, `POST`…
        url: the whole of it, without the parameters.
        repeatable: it does the same when it arrives twice, so that it may be made again when
            nobody knows whether it arrived.
        what: what it is for, in words that fit after "cannot": `list the volumes`.
        lasting: it is one of the many requests of a long work, which one of them must not end.
        also: statuses that are a success too, beside 2xx: a 300 that lists versions.
    """

    method: str
    # what is kept out of the repr here is out of that of a subclass, too, which makes its own
    url: str = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    repeatable: bool = True
    what: str = ""
    lasting: bool = False
    also: frozenset[int] = frozenset()

    def __repr__(self) -> str:
        return f"<Ask {self.method} {host_of(self.url)} to {self.what or '?'}>"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Answer:
    """What a cloud answered, whole.

    Attributes:
        status: the HTTP status.
        headers: by lower-case names.
        content: the body.
        request_id: what the cloud calls the request; empty when it does not say.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    request_id: str = ""

    def __repr__(self) -> str:
        return f"<Answer {self.status}, {len(self.content)} bytes, request {self.request_id!r}>"

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
        except (ValueError, RecursionError):
            pass
        # raised out here: the parser's error has the whole body with it
        raise garbled(self)

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            CloudDownError: it is none, or other JSON: a list, a number, `null`.
        """
        found = self.json()
        if not isinstance(found, dict):
            raise garbled(self)
        return found


class GarbledError(CloudDownError):
    """An answer that cannot be understood. `Transport` says whose it was and what was asked."""


def garbled(answer: Answer) -> GarbledError:
    """The error for an answer that cannot be understood, for whoever reads or explains it."""
    return GarbledError(
        "the answer cannot be understood", PROXY_ANSWERS, request_id=answer.request_id
    )


def retry_after(header: str) -> float | None:
    """The seconds that a `Retry-After` header says (RFC 9110, 10.2.3: seconds or a date)."""
    header = header.strip()
    if not header:
        return None
    if header.isdecimal():
        return float(header)
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        at = parsedate_to_datetime(header)
        at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        return max(0.0, (at - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
