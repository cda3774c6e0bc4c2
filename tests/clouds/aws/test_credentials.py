"""Who we are: all the ways of AWS's tools, and what is said when there is none."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from snaptui.clouds.aws import AwsProvider
from snaptui.clouds.aws.session import Frozen, Session
from snaptui.clouds.base import collect
from snaptui.clouds.troubles import trouble_of
from snaptui.errors import CloudDownError, CloudError, CloudInvalidError, CredentialsError
from snaptui.installing import how_to_install
from snaptui.models import CloudTrouble
from tests.clouds.aws.conftest import Make, fails
from tests.clouds.aws.script import (
    ACCOUNT,
    KEY,
    REGION,
    ROLE,
    SECRET,
    TOKEN,
    Script,
    identity,
    keys,
    no_sleep,
    refused_sts,
    volume_item,
    volumes,
)


async def test_without_credentials_it_says_how_to_get_some(scripted: Make, no_keys: None) -> None:
    error = await fails(scripted(Script()))
    assert type(error) is CredentialsError
    assert error.message == "no credentials for AWS were found"
    assert "aws configure sso" in error.hint


async def test_half_of_a_key_is_told(scripted: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    error = await fails(scripted(Script()))
    assert type(error) is CredentialsError
    assert "incomplete" in error.message


async def test_a_profile_that_is_not_there_is_told(scripted: Make) -> None:
    error = await fails(scripted(Script(), profile="nobody\x1b[31m"))
    assert type(error) is CredentialsError
    assert "nobody[31m" in error.message
    assert "aws configure list-profiles" in error.hint


async def test_a_config_that_cannot_be_read_is_told(
    scripted: Make, config: Callable[[str], Path]
) -> None:
    config("[default\nregion")
    error = await fails(scripted(Script()))
    assert type(error) is CloudInvalidError
    assert "cannot be read" in error.message


async def test_a_sign_on_that_is_over_is_told_by_its_profile(
    scripted: Make, no_keys: None, config: Callable[[str], Path]
) -> None:
    config(
        "[profile work]\nsso_session=corp\nsso_account_id=1\nsso_role_name=ops\n"
        "[sso-session corp]\nsso_start_url=https://127.0.0.1:9/start\nsso_region=us-east-1\n"
    )
    error = await fails(scripted(Script(), profile="work"))
    assert type(error) is CredentialsError
    assert error.hint == "run: aws sso login --profile work"


async def test_without_botocore_it_says_what_to_install(
    scripted: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    error = await fails(scripted(Script()))
    assert str(error) == (f"AWS needs botocore, which is not installed: {how_to_install('aws')}")


async def test_without_a_region_it_says_where_to_name_one(
    scripted: Make, config: Callable[[str], Path]
) -> None:
    config("[profile two]\naws_access_key_id = A\naws_secret_access_key = s\n")
    add = "or add the cloud with its region: snaptui cloud add NAME --kind aws --region REGION"
    for profile, hint in (
        ("", f"set AWS_REGION; {add}"),
        ("two", f"set region in the profile two, or AWS_REGION; {add} --profile two"),
    ):
        script = Script()
        error = await fails(scripted(script, region="", profile=profile))
        assert isinstance(error, CloudInvalidError)
        assert (error.message, error.hint) == ("no region is set for AWS", hint)
        assert trouble_of(error) is CloudTrouble.BAD_SETUP
        assert script.requests == []


@pytest.mark.parametrize(
    ("given", "variables", "expected"),
    [
        ("eu-west-1", {"AWS_REGION": "us-west-1"}, "eu-west-1"),
        ("", {"AWS_REGION": "us-west-1", "AWS_DEFAULT_REGION": "us-west-2"}, "us-west-1"),
        ("", {"AWS_DEFAULT_REGION": "us-west-2"}, "us-west-2"),
        ("", {}, "eu-north-1"),
    ],
)
async def test_the_region_is_looked_for(
    scripted: Make,
    config: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    variables: dict[str, str],
    expected: str,
) -> None:
    config("[default]\nregion=eu-north-1\n")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    script = Script()
    provider = scripted(script, region=given)
    await provider.connect()
    assert provider.place == f"account {ACCOUNT}, {expected}"
    assert script.requests[0].url.host == f"sts.{expected}.amazonaws.com"
    assert f"/{expected}/sts/" in script.requests[0].headers["authorization"]


async def test_an_environment_can_be_given(
    scripted: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = tmp_path / "given"
    given.write_text("[profile far]\naws_access_key_id=AKIAFAR\naws_secret_access_key=s\n")
    environ = {"AWS_CONFIG_FILE": str(given), "AWS_EC2_METADATA_DISABLED": "true"}
    script = Script()
    with pytest.raises(CredentialsError, match="no credentials for AWS were found"):
        await scripted(script, environ=environ).connect()
    await scripted(script, environ=environ, profile="far").connect()
    await scripted(script, environ={**environ, "AWS_PROFILE": "far"}).connect()
    own = {"AWS_ACCESS_KEY_ID": "AKIAOWN", "AWS_SECRET_ACCESS_KEY": "x"}
    await scripted(script, environ={**environ, **own}).connect()
    assert keys(script) == ["AKIAFAR", "AKIAFAR", "AKIAOWN"]


async def test_connecting_again_asks_nobody(scripted: Make) -> None:
    script = Script()
    provider = scripted(script)
    await provider.connect()
    await provider.connect()
    assert len(script.requests) == 1


async def test_credentials_that_expire_are_renewed_in_time(
    scripted: Make,
    no_keys: None,
    config: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A program gives keys that are good for five minutes; AWS's tools renew at ten."""
    count = tmp_path / "count"
    count.write_text("0")
    until = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    program = tmp_path / "program.py"
    program.write_text(
        "import json, pathlib\n"
        f"count = pathlib.Path({str(count)!r})\n"
        "n = int(count.read_text()) + 1\n"
        "count.write_text(str(n))\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'ASIA{n}', 'SecretAccessKey': 's',"
        f" 'SessionToken': 't', 'Expiration': {until!r}}}))\n"
    )
    config(f"[profile p]\ncredential_process={sys.executable} {program}\n")
    script = Script().on("DescribeVolumes", volumes([volume_item()]))
    provider = scripted(script, profile="p")
    threads: set[int] = set()
    frozen = Session._frozen

    def watched(self: Session, credentials: object) -> Frozen:
        threads.add(threading.get_ident())
        return frozen(self, credentials)

    monkeypatch.setattr(Session, "_frozen", watched)
    await collect(provider.volumes())
    await collect(provider.volumes())
    used = keys(script)
    assert len(used) == len(set(used)) == 3
    assert threading.get_ident() not in threads  # the program takes its time


async def test_a_login_in_another_terminal_is_noticed(
    scripted: Make, no_keys: None, config: Callable[[str], Path]
) -> None:
    def write(key: str) -> None:
        config(f"[default]\naws_access_key_id={key}\naws_secret_access_key=s\n")

    write("AKIAOLD")
    script = Script()

    def answer(_: dict[str, str]) -> httpx.Response:
        if keys(script)[-1] == "AKIAOLD":
            write("AKIANEW")
            return refused_sts("ExpiredToken", "The security token is expired")
        return identity()

    script.on("GetCallerIdentity", answer)
    await scripted(script).connect()
    assert keys(script) == ["AKIAOLD", "AKIANEW"]


async def test_credentials_that_stay_expired_are_asked_for_once(scripted: Make) -> None:
    script = Script().on("GetCallerIdentity", refused_sts("ExpiredToken", "expired"))
    provider = scripted(script)
    error = await fails(provider)
    assert "have expired" in error.message
    assert "aws sso login" in error.hint
    assert len(script.requests) == 1
    script.on("GetCallerIdentity", identity())
    await provider.connect()


async def test_a_program_that_fails_is_told_and_nothing_is_written_on_the_screen(
    scripted: Make,
    no_keys: None,
    config: Callable[[str], Path],
    capfd: pytest.CaptureFixture[str],
) -> None:
    config("[profile p]\ncredential_process=/bin/false\n")
    error = await fails(scripted(Script(), profile="p"))
    assert type(error) is CredentialsError
    assert error.message.startswith("no credentials could be had from AWS")
    assert capfd.readouterr() == ("", "")


def test_a_program_that_hangs_keeps_nobody_from_leaving(
    no_keys: None, config: Callable[[str], Path]
) -> None:
    """The event loop waits for its own threads when it ends."""
    config("[profile p]\ncredential_process=sleep 40\n")

    async def ask() -> None:
        async with asyncio.timeout(0.5):
            await Session("p", REGION).credentials()

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(ask())
    assert time.monotonic() - began < 30


async def test_an_authority_that_is_not_there_is_told(
    moto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    provider = AwsProvider("aws", region=REGION, endpoint_url=moto)
    error = await fails(provider)
    assert "/nowhere/ca.pem" in error.message
    await provider.close()


async def test_no_secret_is_logged_while_credentials_are_found(
    moto: str,
    config: Callable[[str], Path],
    no_keys: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    config(ROLE.format(more=""))
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    provider = AwsProvider("aws", region=REGION, profile="role", sleep=no_sleep)
    await collect(provider.volumes())
    await provider.close()
    (cached,) = (tmp_path / ".aws/cli/cache").iterdir()
    given = json.loads(cached.read_text())["Credentials"]
    for secret in ("basesecret", given["SecretAccessKey"], given["SessionToken"]):
        assert secret not in caplog.text


def test_credentials_show_nothing() -> None:
    frozen = Frozen(KEY, SECRET, TOKEN)
    assert repr(frozen) == "Frozen(…)"
    assert f"{frozen}" == "Frozen(…)"
    assert frozen == Frozen(KEY, SECRET, TOKEN)
    assert frozen != Frozen(KEY, SECRET, None)


def nobody(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no network")


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "no credentials for AWS were found"),
        ({"AWS_ACCESS_KEY_ID": "AKIA"}, "the credentials of .* are incomplete"),
    ],
)
async def test_that_there_are_no_credentials_is_told_where_there_is_no_network_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    environ = {
        "HOME": str(tmp_path),
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
        **variables,
    }
    provider = AwsProvider("w", region="us-east-1", environ=environ)
    with pytest.raises(CredentialsError, match=told):
        await provider.connect()
    await provider.close()


@pytest.mark.parametrize(
    ("region", "kind", "told"),
    [
        ("us-esat-1", CloudInvalidError, "knows no region 'us-esat-1': .* us-east-1"),
        ("us-east-1", CloudDownError, "no connection to sts.us-east-1.amazonaws.com"),
    ],
)
async def test_where_nobody_is_there_a_region_that_may_be_none_is_told(
    region: str, kind: type[CloudError], told: str
) -> None:
    async def sleep(_seconds: float) -> None:
        pass

    environ = {
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": "hush",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    transport = httpx.MockTransport(nobody)
    provider = AwsProvider("w", region=region, environ=environ, transport=transport, sleep=sleep)
    with pytest.raises(kind, match=told) as caught:
        await provider.connect()
    assert type(caught.value) is kind
    assert "hush" not in str(caught.value)
    await provider.close()
