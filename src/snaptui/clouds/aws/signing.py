"""Signature Version 4 on httpx's requests: each attempt is signed anew, by the credentials of then.

Imported when a cloud is opened, for httpx and botocore are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from snaptui.clouds.aws.services import Signable
    from snaptui.clouds.aws.session import Frozen, Session

_ADDED = ("authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256")


class SigV4(httpx.Auth):
    """Signs for one service in one region."""

    requires_request_body = True

    def __init__(self, session: Session, signable: Signable, region: str) -> None:
        self._session = session
        self._signable = signable
        self._region = region
        self.used: Frozen | None = None

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign and send."""
        self.used = await self._session.credentials()
        headers = sign(
            self.used,
            self._signable,
            self._region,
            method=request.method,
            url=str(request.url),
            headers=request.headers,
            content=request.content,
        )
        request.headers.update(headers)
        yield request


def sign(
    credentials: Frozen,
    signable: Signable,
    region: str,
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: bytes,
) -> dict[str, str]:
    """The headers that make a request ours.

    Signed are its content type and AWS's own headers, besides the host: what a proxy may change,
    or httpx adds, is not.
    """
    signed = {
        name: value
        for name, value in headers.items()
        if name.lower() == "content-type" or name.lower().startswith("x-amz-")
    }
    theirs = AWSRequest(method=method, url=url, headers=signed, data=content)
    theirs.context["payload_signing_enabled"] = not signable.unsigned_body
    SigV4Auth(_keys(credentials), signable.service, region).add_auth(theirs)
    return {name: value for name, value in theirs.headers.items() if name.lower() in _ADDED}


def presigned(
    credentials: Frozen, region: str, *, endpoint: str, parameters: Mapping[str, str]
) -> str:
    """An address that may be asked in our name for a while, by EC2 of another region."""
    theirs = AWSRequest(method="GET", url=f"{endpoint}/", params=dict(parameters))
    SigV4QueryAuth(_keys(credentials), "ec2", region, expires=3600).add_auth(theirs)
    return str(theirs.url)


def _keys(credentials: Frozen) -> Any:
    return ReadOnlyCredentials(credentials.access_key, credentials.secret_key, credentials.token)
