"""Single sign-on: the token that `aws sso login` left behind gets the keys of a role."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ASK = """
import asyncio, httpx
from snaptui.clouds.aws import AwsProvider
from tests.clouds.aws.script import Script
script = Script()
provider = AwsProvider("aws", region="us-east-1", profile="work", transport=script.transport)
asyncio.run(provider.connect())
print(script.requests[0].headers["authorization"].partition("Credential=")[2].partition("/")[0])
print(script.requests[0].headers["x-amz-security-token"])
"""


@pytest.fixture
def portal() -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A sign-on portal on loopback, and what it was asked."""
    asked: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["x-amz-sso_bearer_token"]))
            keys = {
                "accessKeyId": "ASIASSO",
                "secretAccessKey": "sso-secret",
                "sessionToken": "sso-session",
                "expiration": int((time.time() + 3600) * 1000),
            }
            body = json.dumps({"roleCredentials": keys}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


def test_a_sign_on_that_is_good_is_used(
    portal: tuple[str, list[tuple[str, str | None]]], tmp_path: Path
) -> None:
    url, asked = portal
    cache = tmp_path / ".aws/sso/cache"
    cache.mkdir(parents=True)
    (tmp_path / ".aws/config").write_text(
        "[profile work]\nsso_session=corp\nsso_account_id=123456789012\nsso_role_name=ops\n"
        "[sso-session corp]\nsso_start_url=https://corp.example/start\nsso_region=us-east-1\n"
    )
    until = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    # sha1 of the session's name: where AWS's tools put it
    name = hashlib.sha1(b"corp", usedforsecurity=False).hexdigest()
    (cache / f"{name}.json").write_text(json.dumps({"accessToken": "portal", "expiresAt": until}))
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environ |= {"HOME": str(tmp_path), "AWS_ENDPOINT_URL_SSO": url, "NO_PROXY": "127.0.0.1"}
    # in a process of its own: botocore looks once where the home is
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["ASIASSO", "sso-session"]
    ((path, token),) = asked
    assert "account_id=123456789012" in path
    assert "role_name=ops" in path
    assert token == "portal"
