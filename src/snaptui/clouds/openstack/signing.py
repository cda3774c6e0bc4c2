"""Puts the token on each request, and a new one when it is refused. Imports httpx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from snaptui.clouds.openstack.identity import Session


class TokenAuth(httpx.Auth):
    """Signs with a session's token."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """The request with a token; once more with another one, when that is refused."""
        token = await self._session.token()
        request.headers["x-auth-token"] = token.value
        response = yield request
        if response.status_code == 401:
            # the connection must be free before the login needs one
            await response.aread()
            token = await self._session.renewed(token)
            request.headers["x-auth-token"] = token.value
            yield request
