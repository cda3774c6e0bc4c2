"""What leaves is signed as AWS wants it: beside botocore's own, and computed anew from the wire."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

import boto3
import botocore.auth
import httpx
import pytest

from snaptui.clouds.aws.services import Signable
from snaptui.clouds.aws.session import Frozen
from snaptui.clouds.aws.signing import presigned, sign
from snaptui.clouds.base import collect
from tests.clouds.aws.conftest import Make
from tests.clouds.aws.script import (
    KEY,
    REGION,
    SECRET,
    TOKEN,
    Script,
    refused,
    volume_item,
    volumes,
)
from tests.clouds.aws.test_ebs import blocks_page

NOW = datetime(2026, 11, 25, 21, 0, 0, tzinfo=UTC)
FROZEN = Frozen(KEY, SECRET, TOKEN)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_: NOW)


def verified(request: httpx.Request, secret: str = SECRET) -> bool:
    """Whether a request that was sent is signed: AWS's own computation, from the wire."""
    header = request.headers["authorization"]
    match = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
        r"SignedHeaders=([^,]+), Signature=([0-9a-f]{64})",
        header,
    )
    assert match, header
    _, day, region, service, names, signature = match.groups()
    raw_path, _, raw_query = request.url.raw_path.decode().partition("?")
    pairs = sorted(
        tuple(quote(unquote(part), safe="-_.~") for part in pair.partition("=")[::2])
        for pair in raw_query.split("&")
        if pair
    )
    payload = request.headers.get("x-amz-content-sha256")
    canonical = "\n".join(
        [
            request.method,
            quote(raw_path, safe="/~-_."),
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{request.headers[name].strip()}" for name in names.split(";")),
            "",
            names,
            payload or hashlib.sha256(request.content).hexdigest(),
        ]
    )
    scope = f"{day}/{region}/{service}/aws4_request"
    to_sign = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            request.headers["x-amz-date"],
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest() == signature


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("ec2", "describe_snapshots", {"OwnerIds": ["self"], "NextToken": "a+b/c=~ ü"}),
        ("ebs", "list_snapshot_blocks", {"SnapshotId": "snap-1", "NextToken": "a+b/c=~ ü"}),
        ("ebs", "start_snapshot", {"VolumeSize": 1, "ClientToken": "t", "Timeout": 60}),
        (
            "ebs",
            "put_snapshot_block",
            {
                "SnapshotId": "snap-1",
                "BlockIndex": 7,
                "BlockData": b"x" * 512,
                "DataLength": 512,
                "Checksum": "q8+/=",
                "ChecksumAlgorithm": "SHA256",
            },
        ),
    ],
)
def test_the_signature_is_botocores_own(
    now: None, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    client = boto3.client(service, region_name=REGION)
    theirs: list[Any] = []

    class Caught(Exception):  # noqa: N818
        pass

    def catch(request: Any, **_: Any) -> None:
        theirs.append(request)
        raise Caught

    client.meta.events.register("before-send", catch)
    with pytest.raises(Caught):
        getattr(client, operation)(**parameters)
    (request,) = theirs
    body = request.body.read() if hasattr(request.body, "read") else request.body or b""
    body = body.encode() if isinstance(body, str) else body
    plain = {name: _text(value) for name, value in request.headers.items()}
    ours = sign(
        FROZEN,
        Signable(service, unsigned_body=operation == "put_snapshot_block"),
        REGION,
        method=request.method,
        url=request.url,
        headers=plain,
        content=body,
    )
    ours = {name.lower(): value for name, value in ours.items()}
    names = re.search("SignedHeaders=([^,]+)", plain["Authorization"])
    assert names is not None
    assert not any(name.startswith("amz-sdk") for name in names[1].split(";"))
    assert ours["authorization"] == plain["Authorization"]
    assert ours["x-amz-date"] == plain["X-Amz-Date"]
    assert ours["x-amz-security-token"] == plain["X-Amz-Security-Token"]
    assert ours.get("x-amz-content-sha256") == plain.get("X-Amz-Content-SHA256")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


async def test_what_is_on_the_wire_is_signed(scripted: Make) -> None:
    token = "Ab+/9==&x=~ ü%2F"
    script = Script()
    script.on("DescribeVolumes", volumes([], token), volumes([volume_item()]))
    script.on("ListSnapshotBlocks", blocks_page([], token=token), blocks_page([(0, token)]))
    provider = scripted(script)
    await collect(provider.volumes())
    async for page in provider.ebs.blocks("snap-1"):
        for block in page.blocks:
            assert block.token == token
    assert script.of("DescribeVolumes")[1]["NextToken"] == token
    assert script.of("ListSnapshotBlocks")[1]["pageToken"] == token
    assert len(script.requests) == 5
    assert all(verified(request) for request in script.requests)
    assert not any(verified(request, "another") for request in script.requests)
    for request in script.requests:
        assert request.headers["x-amz-security-token"] == TOKEN
        assert SECRET not in str(request.headers)


async def test_each_attempt_is_signed_anew(scripted: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(60))
    monkeypatch.setattr(
        botocore.auth, "get_current_datetime", lambda *_: NOW.replace(second=next(seconds))
    )
    busy = refused("RequestLimitExceeded", status=503)
    script = Script().on("DescribeVolumes", busy, busy, volumes([volume_item()]))
    await collect(scripted(script).volumes())
    sent = [each for each in script.requests if b"DescribeVolumes" in each.content]
    assert len({request.headers["x-amz-date"] for request in sent}) == 3
    assert all(verified(request) for request in sent)


def test_an_address_that_is_signed_is_botocores_own(now: None) -> None:
    client = boto3.client("ec2", region_name=REGION)
    parameters = {
        "SourceRegion": REGION,
        "SourceSnapshotId": "snap-1",
        "DestinationRegion": "eu-west-1",
    }
    theirs = client.generate_presigned_url(
        "copy_snapshot", Params=parameters, ExpiresIn=3600, HttpMethod="GET"
    )
    ours = presigned(
        FROZEN,
        REGION,
        endpoint=f"https://ec2.{REGION}.amazonaws.com",
        parameters={"Action": "CopySnapshot", "Version": "2016-11-15"} | parameters,
    )
    theirs_by_name = httpx.URL(theirs).params
    ours_by_name = httpx.URL(ours).params
    assert ours_by_name["X-Amz-SignedHeaders"] == "host"
    assert set(ours_by_name) == set(theirs_by_name) - {"PresignedUrl"}
    assert httpx.URL(ours).host == httpx.URL(theirs).host
