"""An OpenStack that answers from memory, for what the real one cannot be made to show.

The shapes are those of a real Keystone and Cinder, recorded.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from snaptui.clouds.openstack import OpenStackProvider
from snaptui.clouds.remote.transport import Patience

PROJECT = "41e983511629481b99298e688079a150"
KEYSTONE = "https://keystone.example/v3"
CINDER = "https://cinder.example/v3"
NOVA = "https://nova.example/v2.1"
PASSWORD = "s3cr3t-Wort"
VERSIONS = {
    "versions": [
        {"id": "v2.0", "status": "DEPRECATED", "version": "", "min_version": ""},
        {"id": "v3.0", "status": "CURRENT", "version": "3.70", "min_version": "3.0"},
    ]
}
Handler = Callable[[httpx.Request], httpx.Response]


def reply(status: int, body: Any = None, **headers: str) -> httpx.Response:
    """A JSON answer, or one of bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return httpx.Response(
        status,
        content=content,
        headers={"content-type": "application/json", "x-openstack-request-id": "req-7"} | named,
    )


def again(answer: httpx.Response) -> httpx.Response:
    """The same answer once more: a response can be sent once."""
    return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def refusal(status: int, message: str, kind: str = "badRequest", **headers: str) -> httpx.Response:
    """An error as Cinder writes it."""
    return reply(status, {kind: {"code": status, "message": message}}, **headers)


def volume(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "status": "available",
        "size": 1,
        "availability_zone": "nova",
        "created_at": "2026-11-25T20:58:12.000000",
        "name": f"volume {number}",
        "description": None,
        "volume_type": "nfs",
        "snapshot_id": None,
        "metadata": {},
        "encrypted": False,
        "attachments": [],
        "os-vol-tenant-attr:tenant_id": PROJECT,
    } | more


def snapshot(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-4000-9000-{number:012}",
        "status": "available",
        "size": 1,
        "created_at": "2026-11-25T20:58:16.000000",
        "name": f"snapshot {number}",
        "description": "dd",
        "volume_id": "00000000-0000-4000-8000-000000000001",
        "metadata": {},
        "os-extended-snapshot-attributes:project_id": PROJECT,
        "os-extended-snapshot-attributes:progress": "100%",
    } | more


@dataclass
class FakeOpenStack:
    """It.

    Attributes:
        answers: by method and path, beginning with the first that fits: an answer, several to be
            given one after the other (the last for ever), or what makes one.
        logins: how often somebody logged in.
        asked: all requests but logins.
        slept: the pauses that were made.
    """

    answers: dict[str, httpx.Response | list[httpx.Response] | Handler] = field(
        default_factory=dict
    )
    cinder: str = f"{CINDER}/{PROJECT}"
    nova: str = ""
    lifetime: str = "2026-11-25T21:58:11.000000Z"
    good_tokens: set[str] | None = None
    login: Handler | None = None
    logins: int = 0
    asked: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def provider(self, **options: Any) -> OpenStackProvider:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        environ = {
            "HOME": "/nowhere",
            "OS_AUTH_URL": KEYSTONE,
            "OS_USERNAME": "demo",
            "OS_PASSWORD": PASSWORD,
            "OS_PROJECT_NAME": "demo",
        } | options.pop("variables", {})
        return OpenStackProvider(
            "openstack lab",
            environ=environ,
            transport=httpx.MockTransport(self.answer),
            sleep=sleep,
            patience=Patience(attempts=3),
            **options,
        )

    def paths(self) -> list[str]:
        """What was asked, in short."""
        return [f"{each.method} {each.url.path}" for each in self.asked]

    def answer(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == f"{KEYSTONE}/auth/tokens":
            self.logins += 1
            return self.login(request) if self.login is not None else self.token()
        self.asked.append(request)
        token = request.headers["x-auth-token"]
        if self.good_tokens is not None and token not in self.good_tokens:
            return reply(401, {"error": {"code": 401, "message": "authentication is required"}})
        for key, given in self.answers.items():
            method, _, path = key.partition(" ")
            if request.method == method and request.url.path.endswith(path):
                if callable(given):
                    return given(request)
                if isinstance(given, list):
                    return again(given.pop(0) if len(given) > 1 else given[0])
                return again(given)
        if request.url.path.rstrip("/").endswith("/v3"):
            return reply(200, VERSIONS)
        return refusal(404, "The resource could not be found.", "itemNotFound")

    def token(self, **more: Any) -> httpx.Response:
        catalog = [self._service("volumev3", self.cinder)]
        if self.nova:
            catalog.append(self._service("compute", self.nova))
        said = {
            "issued_at": "2026-11-25T20:58:11.000000Z",
            "expires_at": self.lifetime,
            "project": {"id": PROJECT, "name": "demo"},
            "catalog": catalog,
        } | more
        return reply(201, {"token": said}, x_subject_token=f"token-{self.logins}")

    @staticmethod
    def _service(kind: str, url: str) -> dict[str, Any]:
        endpoints = [
            {"interface": interface, "region_id": "north", "region": "north", "url": url}
            for interface in ("admin", "internal", "public")
        ]
        return {"type": kind, "name": kind, "endpoints": endpoints}


def pages(kind: str, things: list[dict[str, Any]], host: str = "http://inside.example") -> Handler:
    """A listing as Cinder gives it, a page after another; its links lead to where nobody gets."""

    def answer(request: httpx.Request) -> httpx.Response:
        ids = [each["id"] for each in things]
        marker = request.url.params.get("marker", "")
        if marker and marker not in ids:
            return refusal(404, f"Volume {marker} could not be found.", "itemNotFound")
        start = ids.index(marker) + 1 if marker else 0
        limit = min(int(request.url.params["limit"]), 400)  # what its operator allows
        page = things[start : start + limit]
        body: dict[str, Any] = {kind: page}
        if len(page) == limit:
            href = f"{host}{request.url.path}?limit={limit}&marker={page[-1]['id']}"
            body[f"{kind}_links"] = [{"rel": "next", "href": href}]
        return reply(200, body)

    return answer
