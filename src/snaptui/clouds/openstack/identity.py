"""Keystone v3: a login, and the token and the catalog that it gives."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from snaptui.clouds.openstack.catalog import Endpoint
from snaptui.clouds.openstack.settings import login_url
from snaptui.clouds.openstack.shapes import Shape
from snaptui.clouds.remote.transport import Ask, garbled
from snaptui.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from snaptui.clouds.openstack.settings import Credentials, Settings
    from snaptui.clouds.remote.transport import Answer, Transport

HELD = 60.0
"""So many seconds a refused login is not tried again: a few wrong passwords lock an account."""
EARLY = 60.0
"""So many seconds before a token expires it is renewed: a request may take a while to arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a login gives.

    Attributes:
        lifetime: the seconds that it is good for, by the cloud's own clock.
    """

    value: str = field(repr=False)
    lifetime: float
    project_id: str
    project_name: str
    catalog: tuple[Endpoint, ...] = field(repr=False)


class Session:
    """Keeps one token, and gets a new one when that is about to expire or is refused.

    However many requests want one at once, there is one login.
    """

    def __init__(
        self,
        transport: Transport,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._settings = settings
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: Token | None = None
        self._until = 0.0
        self._refused: CredentialsError | None = None
        self._refused_at = 0.0

    async def token(self) -> Token:
        """A token that is good for a while yet.

        Raises:
            CredentialsError: the login is refused.
        """
        if self._token is not None and self._clock() < self._until:
            return self._token
        return await self._renewed(self._token)

    async def renewed(self, refused: Token) -> Token:
        """Another token than one that was refused."""
        return await self._renewed(refused)

    async def _renewed(self, old: Token | None) -> Token:
        async with self._lock:
            if self._token is not None and self._token is not old:
                return self._token
            if self._refused is not None and self._clock() < self._refused_at + HELD:
                raise once_more(self._refused)
            try:
                token = await self._login()
            except CredentialsError as error:
                self._refused, self._refused_at = error, self._clock()
                raise
            self._refused = None
            self._token = token
            # the lifetime is by the cloud's clock, the end of it by ours, which may be wrong
            self._until = self._clock() + max(0.0, token.lifetime - EARLY)
            return token

    async def _login(self) -> Token:
        ask = Ask(
            method="POST",
            url=login_url(self._settings.auth_url),
            headers={"accept": "application/json"},
            json=login_body(self._settings.credentials),
            what="log in",
        )
        token = await self._transport.ask(ask, read=read_token)
        if not token.project_id:
            raise CredentialsError(
                f"{self._transport.cloud}: the login names no project",
                f"add project_name (or project_id) to {self._settings.origin}",
            )
        return token


def once_more(error: CredentialsError) -> CredentialsError:
    """The same error for somebody else; one object must not be raised in several tasks."""
    copy = CredentialsError(error.message, error.hint)
    copy.request_id = error.request_id  # it is in the hint already
    return copy


def login_body(credentials: Credentials) -> dict[str, Any]:
    """What Keystone is asked with; it has the secrets in it."""
    identity: dict[str, Any]
    user: dict[str, Any] = {}
    if credentials.user_id:
        user = {"id": credentials.user_id}
    elif credentials.username:
        user = {"name": credentials.username, "domain": dict(credentials.user_domain)}
    if credentials.method == "application_credential":
        proof: dict[str, Any] = {"secret": credentials.application_credential_secret}
        if credentials.application_credential_id:
            proof["id"] = credentials.application_credential_id
        else:
            proof |= {"name": credentials.application_credential_name, "user": user}
        identity = {"methods": ["application_credential"], "application_credential": proof}
        return {"auth": {"identity": identity}}  # it has its project with it
    if credentials.method == "token":
        identity = {"methods": ["token"], "token": {"id": credentials.token}}
    else:
        user["password"] = credentials.password
        identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity}}
    if credentials.project_id:
        body["auth"]["scope"] = {"project": {"id": credentials.project_id}}
    elif credentials.project_name:
        project = {"name": credentials.project_name, "domain": dict(credentials.project_domain)}
        body["auth"]["scope"] = {"project": project}
    return body


def read_token(answer: Answer) -> Token:
    """The token in an answer."""
    value = answer.headers.get("x-subject-token", "")
    if not value:
        raise garbled(answer)
    said = Shape(answer.json(), answer).object("token")
    issued = said.maybe_time("issued_at") or datetime.now(UTC)
    expires = said.time("expires_at")
    project = said.object("project") if "project" in said else None
    return Token(
        value=value,
        lifetime=(expires - issued).total_seconds(),
        project_id=project.text("id") if project else "",
        project_name=project.maybe("name") if project else "",
        catalog=tuple(
            Endpoint(
                service=service.maybe("type"),
                interface=endpoint.maybe("interface"),
                region=endpoint.maybe("region_id") or endpoint.maybe("region"),
                url=endpoint.maybe("url"),
            )
            for service in said.objects("catalog")
            for endpoint in service.objects("endpoints")
        ),
    )
