"""An environment with made-up keys, a moto server on loopback, and providers that ask it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from snaptui.clouds.aws import AwsProvider
from snaptui.errors import CloudError
from tests.clouds.aws.script import ACCOUNT, KEY, REGION, SECRET, TOKEN, Script, no_sleep

Make = Callable[..., AwsProvider]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keys that are nobody's, and nothing else that AWS's tools would find on this machine."""
    for name in os.environ:
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it would keep another test's keys
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """A moto server's address. It has no AMIs: those have hundreds of snapshots of strangers."""
    before = os.environ.get("MOTO_EC2_LOAD_DEFAULT_AMIS")
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
    if before is None:
        del os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"]
    else:
        os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = before


@pytest.fixture
def moto(moto_server: str) -> str:
    """The same, empty."""
    httpx.post(f"{moto_server}/moto-api/reset").raise_for_status()
    return moto_server


@pytest.fixture
def ec2(moto: str) -> Any:
    """The oracle: boto3's own client of the same server."""
    return boto3.client("ec2", region_name=REGION, endpoint_url=moto)


@pytest.fixture
async def provider(moto: str) -> AsyncIterator[AwsProvider]:
    """A provider that asks moto."""
    made = AwsProvider("aws us-east-1", region=REGION, endpoint_url=moto, sleep=no_sleep)
    yield made
    await made.close()


@pytest.fixture
async def scripted() -> AsyncIterator[Make]:
    """Makes providers that are answered by a script."""
    made: list[AwsProvider] = []

    def make(script: Script, **options: Any) -> AwsProvider:
        options = {"region": REGION, "sleep": no_sleep, **options}
        provider = AwsProvider("aws test", transport=script.transport, **options)
        made.append(provider)
        return provider

    yield make
    for each in made:
        await each.close()


__all__ = ["ACCOUNT"]


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], Path]:
    """Writes `~/.aws/config`."""

    def write(text: str) -> Path:
        path = tmp_path / ".aws/config"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


async def fails(provider: AwsProvider) -> CloudError:
    with pytest.raises(CloudError) as caught:
        await provider.connect()
    return caught.value
