"""Roles: an instance's own, by its metadata service, and those that are assumed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from snaptui.clouds.aws import AwsProvider
from snaptui.errors import CredentialsError
from tests.clouds.aws.conftest import Make, fails
from tests.clouds.aws.script import (
    KEY,
    REGION,
    ROLE,
    Script,
    keys,
    no_sleep,
)


class Metadata:
    """An instance's metadata service on loopback."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                self._say("a-token")

            def do_GET(self) -> None:
                if self.path.endswith("security-credentials/"):
                    self._say("the-role")
                    return
                until = datetime.now(UTC) + timedelta(hours=6)
                self._say(
                    json.dumps(
                        {
                            "Code": "Success",
                            "AccessKeyId": "ASIAROLE",
                            "SecretAccessKey": "role-secret",
                            "Token": "role-token",
                            "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
                        }
                    )
                )

            def _say(self, text: str) -> None:
                outer.asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[Metadata]:
    service = Metadata()
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url)
    yield service
    service.server.shutdown()
    service.server.server_close()


async def test_the_metadata_service_is_not_asked_when_there_are_keys(
    scripted: Make, metadata: Metadata
) -> None:
    script = Script()
    await scripted(script).connect()
    assert keys(script) == [KEY]
    assert metadata.asked == []


async def test_an_instance_role_is_used_when_there_are_none(
    scripted: Make, metadata: Metadata, no_keys: None
) -> None:
    script = Script()
    await scripted(script).connect()
    assert keys(script) == ["ASIAROLE"]
    assert script.requests[0].headers["x-amz-security-token"] == "role-token"
    environ = {
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.url,
        "AWS_CONFIG_FILE": "/nowhere",
    }
    await scripted(script, environ=environ).connect()
    assert keys(script) == ["ASIAROLE", "ASIAROLE"]


async def test_a_role_is_assumed_and_its_session_shared_with_the_tools(
    moto: str,
    config: Callable[[str], Path],
    no_keys: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    config(ROLE.format(more=""))
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    used: list[str] = []

    class Watched(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            used.append(request.headers["authorization"].partition("Credential=")[2][:20])
            return await super().handle_async_request(request)

    for _ in range(2):
        provider = AwsProvider(
            "aws", region=REGION, profile="role", transport=Watched(), sleep=no_sleep
        )
        await provider.connect()
        await provider.close()
    assert used[0].startswith("ASIA")
    assert used[0] == used[1]  # the session was kept where AWS's tools keep it
    (cached,) = (tmp_path / ".aws/cli/cache").iterdir()
    assert cached.stat().st_mode & 0o077 == 0


async def test_a_second_factor_is_not_asked_for_on_the_screen(
    scripted: Make,
    no_keys: None,
    config: Callable[[str], Path],
    capfd: pytest.CaptureFixture[str],
) -> None:
    config(ROLE.format(more="mfa_serial = arn:aws:iam::123456789012:mfa/me\n"))
    error = await fails(scripted(Script(), profile="role"))
    assert type(error) is CredentialsError
    assert "the AWS profile role wants a code of a second factor" in error.message
    assert "aws sts get-caller-identity --profile role" in error.hint
    assert capfd.readouterr() == ("", "")
