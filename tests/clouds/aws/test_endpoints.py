"""Where AWS is: by its own rules, or as its own config says."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from snaptui.clouds.aws.provider import AwsProvider
from snaptui.clouds.aws.session import Session
from snaptui.clouds.troubles import trouble_of
from snaptui.errors import CloudInvalidError
from snaptui.models import CloudTrouble


async def opened(region: str = "us-east-1", profile: str = "") -> Session:
    session = Session(profile, region)
    await session.open()
    return session


@pytest.mark.parametrize(
    "region", ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "ap-southeast-7"]
)
@pytest.mark.parametrize("service", ["ec2", "ebs", "sts"])
async def test_the_usual_address_is_botocores(region: str, service: str) -> None:
    theirs = boto3.client(service, region_name=region).meta.endpoint_url
    assert (await opened(region)).endpoint(service) == theirs


async def test_two_stacks_and_fips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "true")
    both = Config(use_dualstack_endpoint=True)
    theirs = boto3.client("ec2", region_name="us-west-2", config=both).meta.endpoint_url
    assert (await opened("us-west-2")).endpoint("ec2") == theirs
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "false")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    fips = Config(use_fips_endpoint=True)
    theirs = boto3.client("ebs", region_name="us-west-2", config=fips).meta.endpoint_url
    assert (await opened("us-west-2")).endpoint("ebs") == theirs


async def test_addresses_that_are_configured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile lab]\nendpoint_url=http://all.example/\nservices=mine\n"
        "[services mine]\nec2 =\n  endpoint_url = http://ec2.example/\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    session = await opened(profile="lab")
    assert session.endpoint("ec2") == "http://ec2.example"
    assert session.endpoint("ebs") == "http://all.example"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://env.example")
    monkeypatch.setenv("AWS_ENDPOINT_URL_EBS", "http://env-ebs.example")
    assert session.endpoint("ec2") == "http://env.example"
    assert session.endpoint("ebs") == "http://env-ebs.example"
    assert session.endpoint("ec2", "http://given.example") == "http://given.example"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert session.endpoint("ec2") == "https://ec2.us-east-1.amazonaws.com"


@pytest.mark.parametrize("region", ["nowhere at all\x1b[31m", "evil.example/", "-x", "US-EAST-1"])
async def test_a_region_of_no_form_is_told(region: str) -> None:
    session = await opened(region)
    with pytest.raises(CloudInvalidError, match="no region of AWS is called") as caught:
        session.endpoint("ec2")
    assert str(caught.value).isprintable()


NO_ADDRESSES = [
    "localhost:5567",
    "127.0.0.1:5567",
    "notaurl",
    "http://",
    "http://127.0.0.1:99999",
    "https://[::1",
    "http://127.0.0.1:x",
    "ftp://example.com",
    "http://a b.example",
]


@pytest.mark.parametrize("url", NO_ADDRESSES)
@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
async def test_what_is_no_address_is_told_with_what_says_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, url: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv(variable, url)
    provider = AwsProvider("aws", region="us-east-1")
    with pytest.raises(CloudInvalidError) as caught:
        await provider.connect()
    await provider.close()
    assert caught.value.message == f"{variable} is no address"
    assert "https://cloud.example.com" in caught.value.hint
    assert trouble_of(caught.value) is CloudTrouble.BAD_SETUP


@pytest.mark.parametrize(
    ("config", "setting"),
    [
        ("endpoint_url=localhost:5567", "endpoint_url of the AWS profile lab"),
        (
            "services=mine\n[services mine]\nec2 =\n  endpoint_url = localhost:5567",
            "endpoint_url of the AWS profile lab, for ec2,",
        ),
    ],
)
async def test_a_profile_without_an_address_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: str, setting: str
) -> None:
    path = tmp_path / "config"
    path.write_text(f"[profile lab]\n{config}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    monkeypatch.setenv("AWS_PROFILE", "lab")
    for session in (await opened(), await opened(profile="lab")):
        with pytest.raises(CloudInvalidError, match=f"^{setting} is no address"):
            session.endpoint("ec2")
