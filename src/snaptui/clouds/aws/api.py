"""Asking AWS: by the service's model, signed, over our transport, and read in a thread."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from snaptui.clouds.aws.faults import Explainer
from snaptui.clouds.aws.services import Service, load
from snaptui.clouds.remote.transport import Transport, garbled
from snaptui.errors import CloudDownError, CredentialsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    import httpx

    from snaptui.clouds.aws.session import Session
    from snaptui.clouds.remote.transport import Answer, Patience

Result = TypeVar("Result")

CONNECTIONS = 16
"""At most so many requests are made at once; more wait for one of them."""


class Api:
    """AWS in one region, as one session's identity."""

    def __init__(
        self,
        cloud: str,
        session: Session,
        *,
        endpoint_url: str = "",
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Nothing is read, loaded or asked yet.

        Args:
            cloud: what it is called in errors.
            session: who we are.
            endpoint_url: one address for all services, in place of AWS's own.
            patience: how long and how often.
            transport: what moves the bytes, in place of the network.
            sleep: waits between two attempts.
        """
        self.cloud = cloud
        self.session = session
        self.sleep = sleep
        self.patience = patience
        self.endpoint_url = endpoint_url
        self._bytes = transport
        self._transport: Transport | None = None
        self._region = ""
        self._endpoints: dict[str, str] = {}
        self._services: dict[str, Service] = {}
        self._opening = asyncio.Lock()

    @property
    def region(self) -> str:
        """The region that is asked; empty until opened."""
        return self._region

    async def open(self) -> Transport:
        """Find out where to ask; cheap when that is done."""
        async with self._opening:
            if self._transport is None:
                await self.session.open()
                # httpx takes its time to import: a tenth of a second that the screen would stand
                await asyncio.to_thread(import_module, "snaptui.clouds.aws.signing")
                self._region = self.session.region
                explain = Explainer(
                    self.cloud, login=lambda: self.session.login, scrub=self.session.scrub
                )
                self._transport = Transport(
                    self.cloud,
                    explain,
                    request_id_headers=("x-amzn-requestid", "x-amz-request-id"),
                    patience=self.patience,
                    verify=self.session.setting("ca_bundle") or True,
                    transport=self._bytes,
                    sleep=self.sleep,
                    connections=CONNECTIONS,
                )
            return self._transport

    async def close(self) -> None:
        """Give up the connections."""
        transport, self._transport = self._transport, None
        self._endpoints.clear()
        if transport is not None:
            await transport.close()

    async def endpoint(self, service: str) -> str:
        """The address of a service."""
        await self.open()
        if service not in self._endpoints:
            # a file of rules is read
            found = await asyncio.to_thread(self.session.endpoint, service, self.endpoint_url)
            self._endpoints[service] = found
        return self._endpoints[service]

    async def service(self, name: str) -> Service:
        """A service's model."""
        if name not in self._services:
            await self.session.open()
            self._services[name] = await asyncio.to_thread(load, name)
        return self._services[name]

    async def call(
        self,
        action: str,
        parameters: Mapping[str, Any],
        read: Callable[[dict[str, Any]], Result],
        *,
        what: str,
        repeatable: bool = True,
    ) -> Result:
        """Ask for one thing.

        Args:
            action: as policies call it: `ec2:DescribeVolumes`.
            parameters: by the names of the service's model.
            read: makes of what AWS says what is wanted, in a thread. A `ValueError`, `KeyError` or
                `TypeError` of it says that it cannot be understood.
            what: what it is for, in words that fit after "refused to".
            repeatable: it does the same when it is asked twice.

        Raises:
            CloudError: what AWS said, or why it could not be asked.
        """
        transport = await self.open()
        name, _, operation = action.partition(":")
        service = await self.service(name)
        ask, signable = service.request(
            operation,
            parameters,
            endpoint=await self.endpoint(name),
            what=what,
            repeatable=repeatable,
        )

        def understand(answer: Answer) -> Result:
            parsed = service.parse(operation, answer)
            try:
                return read(parsed)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise garbled(answer) from error

        from snaptui.clouds.aws.signing import SigV4  # by `open`, in a thread

        auth = SigV4(self.session, signable, self._region)
        try:
            return await transport.ask(ask, auth=auth, read=understand)
        except CredentialsError:
            # it was not done; somebody may have logged in meanwhile
            if auth.used is None or not await self.session.renewed(auth.used):
                raise
        return await transport.ask(ask, auth=auth, read=understand)

    async def pages(
        self,
        action: str,
        parameters: Mapping[str, Any],
        read: Callable[[dict[str, Any]], Result],
        *,
        what: str,
    ) -> AsyncIterator[Result]:
        """What a listing says, page by page; arguments as for `call`."""
        token: str | None = None
        while True:
            more = {"NextToken": token} if token else {}

            def with_token(parsed: dict[str, Any]) -> tuple[Result, str | None]:
                following = parsed.get("NextToken")
                if following is not None and not isinstance(following, str):
                    raise TypeError("a token is a text")
                return read(parsed), following or None

            page, following = await self.call(action, {**parameters, **more}, with_token, what=what)
            yield page
            if following is None:
                return
            if following == token:
                raise CloudDownError(
                    f"{self.cloud} gives the same page again and again, asked to {what}",
                    "is there a cache in between?",
                )
            token = following
