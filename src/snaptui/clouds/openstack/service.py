"""One service of a cloud: its address, the microversion that is spoken, and listings in pages."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from snaptui.clouds.openstack.explaining import NotSpokenError
from snaptui.clouds.openstack.shapes import Shape
from snaptui.clouds.openstack.versions import LOWEST, Microversion, chosen, read_range
from snaptui.clouds.remote.transport import Ask, garbled
from snaptui.errors import (
    CloudDownError,
    CloudError,
    CloudInvalidError,
    CloudNotFoundError,
    NotAllowedError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import httpx

    from snaptui.clouds.remote.transport import Answer, Transport

Result = TypeVar("Result")

PAGE = 500
"""Things a page: a thousand is what a server gives at most, and the first ones come sooner."""
_RESTARTS = 3
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}", re.ASCII)


class Service:
    """Cinder or Nova, as one project asks it."""

    def __init__(self, transport: Transport, auth: httpx.Auth, base: str, project: str) -> None:
        """A service; nothing is asked of it yet.

        Args:
            transport: asks.
            auth: signs.
            base: the root of the API's version: `https://…/v3`.
            project: the part of the path that follows, with a slash before it; empty for none.
        """
        self._transport = transport
        self._auth = auth
        self._base = base
        self._root = base + project
        self._discovering = asyncio.Lock()
        self.microversion: Microversion | None = None

    async def discover(self) -> None:
        """Find out what microversions it speaks.

        Raises:
            CloudError: none that we speak, too.
        """
        ask = Ask(
            method="GET",
            url=f"{self._base}/",
            headers={"accept": "application/json"},
            what="tell its versions",
            also=frozenset({300}),
        )
        try:
            lowest, highest = await self._transport.ask(ask, auth=self._auth, read=read_range)
        except (CloudNotFoundError, NotAllowedError):
            lowest = highest = LOWEST  # some operators hide it
        self.microversion = chosen(self._transport.cloud, lowest, highest)

    def speaks(self, version: Microversion) -> bool:
        """Whether what came with a microversion can be asked for."""
        return self.microversion is not None and self.microversion >= version

    def need(self, version: Microversion, what: str) -> None:
        """Raise unless what came with a microversion can be asked for.

        Raises:
            CloudError: it cannot.
        """
        if not self.speaks(version):
            raise CloudError(
                f"this Cinder cannot {what}",
                f"that came with its API {version}, and it speaks {self.microversion}",
            )

    async def ask(
        self,
        method: str,
        path: str,
        read: Callable[[Answer], Result],
        *,
        what: str,
        params: dict[str, str] | None = None,
        json: Any = None,
        repeatable: bool | None = None,
    ) -> Result:
        """Ask it; POST is not made again when the answer is lost, unless it is `repeatable`."""
        ask = Ask(
            method=method,
            url=f"{self._root}/{path}",
            params=params or {},
            json=json,
            repeatable=method != "POST" if repeatable is None else repeatable,
            what=what,
        )
        version = self.microversion
        try:
            return await self._ask(ask, version, read)
        except NotSpokenError:
            # one of several servers is older than the others, or it was put back to an older one
            await self._discover_again(version)
            if version is None or not self.microversion or self.microversion >= version:
                raise
            return await self._ask(ask, self.microversion, read)

    async def _ask(
        self, ask: Ask, version: Microversion | None, read: Callable[[Answer], Result]
    ) -> Result:
        headers = {"accept": "application/json"}
        if version is not None:
            headers["openstack-api-version"] = f"volume {version}"
        return await self._transport.ask(replace(ask, headers=headers), auth=self._auth, read=read)

    async def _discover_again(self, version: Microversion | None) -> None:
        async with self._discovering:
            if self.microversion == version:  # nobody else has meanwhile
                await self.discover()

    async def pages(
        self,
        path: str,
        key: str,
        read: Callable[[Shape], Result],
        *,
        what: str,
        params: dict[str, str] | None = None,
    ) -> AsyncIterator[list[Result]]:
        """A listing, a page at a time, without those that are empty.

        Args:
            path: what to list.
            key: what the list is called in the answer, and with `_links` where it goes on.
            read: makes a thing of what is said of it.
            what: what it is for, in words.
            params: what to list of it.
        """
        seen: set[str] = set()
        markers: list[str] = [""]
        restarts = 0
        while True:
            asked = {**(params or {}), "limit": str(PAGE)}
            if markers[-1]:
                asked["marker"] = markers[-1]
            try:
                things, following = await self.ask(
                    "GET", path, lambda answer: _page(answer, key, read), what=what, params=asked
                )
            except (CloudNotFoundError, CloudInvalidError):
                # the thing that the page was to begin after was deleted meanwhile: once more
                if not markers[-1] or restarts == _RESTARTS:
                    raise
                restarts += 1
                markers = [""]
                continue
            fresh = [thing for uid, thing in things if uid not in seen]
            seen.update(uid for uid, _ in things)
            if fresh:
                yield fresh
            if not following:
                return
            if following in markers:
                raise CloudDownError(
                    f"{self._transport.cloud} cannot {what}: its pages go round in a circle",
                    "is there a proxy in between that answers in the cloud's place?",
                )
            markers.append(following)

    async def get(
        self, kind: str, uid: str, key: str, read: Callable[[Shape], Result], *, what: str
    ) -> Result | None:
        """One thing of a kind (`volumes`); None when it is not there."""
        try:
            path = f"{kind}/{segment(uid)}"
            return await self.ask("GET", path, lambda answer: _one(answer, key, read), what=what)
        except CloudNotFoundError:
            return None

    async def post(
        self, path: str, key: str, read: Callable[[Shape], Result], json: Any, *, what: str
    ) -> Result:
        """Have it make something, and read what it made."""
        return await self.ask(
            "POST", path, lambda answer: _one(answer, key, read), what=what, json=json
        )

    async def act(
        self, path: str, json: Any, *, what: str, method: str = "POST", repeatable: bool = False
    ) -> None:
        """Have it do something that it answers nothing of interest to."""
        await self.ask(method, path, lambda _: None, what=what, json=json, repeatable=repeatable)

    async def delete(self, kind: str, uid: str, *, what: str) -> None:
        """Have it delete something. When it is not there, that is no error."""
        try:
            await self.ask("DELETE", f"{kind}/{segment(uid)}", lambda _: None, what=what)
        except CloudNotFoundError:
            return


def segment(uid: str) -> str:
    """An identifier as a part of a path.

    Raises:
        CloudNotFoundError: it is none, and could lead elsewhere.
    """
    if not _IDENTIFIER.fullmatch(uid):
        raise CloudNotFoundError("nothing has such an identifier", "it is a UUID as a rule")
    return uid


def _one(answer: Answer, key: str, read: Callable[[Shape], Result]) -> Result:
    return read(Shape(answer.json(), answer).object(key))


def _page(
    answer: Answer, key: str, read: Callable[[Shape], Result]
) -> tuple[list[tuple[str, Result]], str]:
    """The things on a page by their identifiers, and the marker of the next page."""
    body = Shape(answer.json(), answer)
    shapes = body.objects(key, needed=True)
    things = [(shape.text("id"), read(shape)) for shape in shapes]
    for link in body.objects(f"{key}_links"):
        if link.maybe("rel") == "next":
            # of the address only the marker is used: behind a gateway the rest is often wrong
            marker = parse_qs(urlsplit(link.text("href")).query).get("marker")
            if not marker:
                raise garbled(answer)
            return things, marker[0]
    return things, things[-1][0] if len(things) >= PAGE else ""
