"""What is found in AWS's own files and variables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from snaptui.clouds.aws.discovery import found, missing
from snaptui.clouds.remote.found import FoundCloud

CONFIG = """
[default]
region = eu-central-1

[profile work]
region = us-east-1
sso_session = corp

[profile "two words"]
region = us-west-2
role_arn = arn:aws:iam::1:role/x

[profile bare]
region = us-east-2

[profile nowhere]
credential_process = /bin/true

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
"""
CREDENTIALS = """
[default]
aws_access_key_id = AKIAFILE
aws_secret_access_key = filesecret
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text(CONFIG)
    (tmp_path / ".aws/credentials").write_text(CREDENTIALS)
    return tmp_path


def named(clouds: list[FoundCloud]) -> dict[str, dict[str, str]]:
    assert all(cloud.kind == "aws" for cloud in clouds)
    return {cloud.name: dict(cloud.options) for cloud in clouds}


def test_each_profile_with_credentials_is_a_cloud(home: Path) -> None:
    clouds = found({"HOME": str(home)})
    assert named(clouds) == {
        "aws eu-central-1": {"region": "eu-central-1", "profile": "default"},
        "aws two words us-west-2": {"region": "us-west-2", "profile": "two words"},
        "aws work us-east-1": {"region": "us-east-1", "profile": "work"},
        "aws nowhere": {"profile": "nowhere"},
    }
    assert [bool(cloud.lacks) for cloud in clouds] == [False, False, False, True]
    assert clouds[0].origin == "profile default in ~/.aws/config and ~/.aws/credentials"
    assert clouds[2].origin == "profile work in ~/.aws/config"


def test_the_environment_comes_first(home: Path) -> None:
    clouds = found(
        {
            "HOME": str(home),
            "AWS_ACCESS_KEY_ID": "AKIAENV",
            "AWS_SECRET_ACCESS_KEY": "envsecret",
            "AWS_REGION": "ap-south-1",
            "AWS_PROFILE": "work",
        }
    )
    assert clouds[0].name == "aws ap-south-1"
    assert dict(clouds[0].options) == {"region": "ap-south-1"}
    assert clouds[0].origin == "the keys in AWS_ACCESS_KEY_ID"
    # the chosen profile is in the environment's region, too, but the name is taken
    assert named(clouds)["aws work ap-south-1"] == {"region": "ap-south-1", "profile": "work"}
    assert "aws default eu-central-1" in named(clouds)
    assert "aws nowhere ap-south-1" in named(clouds)


def test_no_region_is_guessed_and_what_has_none_is_there_to_say_so(home: Path) -> None:
    """After all others; what only gives its keys to another profile is left out."""
    (home / ".aws/config").write_text(
        "[default]\n[profile base]\naws_access_key_id = AKIABASE\n"
        "[profile up]\nsource_profile = base\nrole_arn = arn:aws:iam::1:role/x\nregion = eu-1\n"
        "[profile self]\nsource_profile = self\naws_access_key_id = AKIASELF\n"
    )
    keys = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "envsecret"}
    clouds = found({"HOME": str(home), **keys})
    assert named(clouds) == {
        "aws up eu-1": {"region": "eu-1", "profile": "up"},
        "aws environment": {},
        "aws default": {"profile": "default"},
        "aws self": {"profile": "self"},
    }
    assert [cloud.name for cloud in clouds if "region" in cloud.lacks] == [*named(clouds)][1:]
    assert clouds[1].origin == "the keys in AWS_ACCESS_KEY_ID"
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        assert all("region" in each.options for each in found({"HOME": str(home), variable: "x-1"}))


@pytest.mark.parametrize("chosen", ["default", "environment"])
def test_what_is_called_alike_is_numbered_and_not_left_out(home: Path, chosen: str) -> None:
    """A profile keeps its name, whether there are keys in the environment or not."""
    (home / ".aws/config").write_text(
        "[profile environment]\naws_access_key_id = AKIAA\n"
        "[profile us-1]\naws_access_key_id = AKIAB\n"
        "[profile other]\naws_access_key_id = AKIAC\nregion = us-1\n"
    )
    (home / ".aws/credentials").unlink()
    environ = {"HOME": str(home), "AWS_PROFILE": chosen}
    keys = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "envsecret"}
    profiles = {
        "aws other us-1": {"region": "us-1", "profile": "other"},
        "aws environment": {"profile": "environment"},
        "aws us-1": {"profile": "us-1"},
    }
    assert named(found(environ)) == profiles
    clouds = found(environ | keys)
    assert named(clouds) == profiles | {"aws environment 2": {}}
    assert [cloud.name for cloud in clouds][:2] == ["aws other us-1", "aws environment 2"]
    (home / ".aws/config").write_text(
        "[default]\naws_access_key_id = AKIAA\nregion = us-1\n"
        "[profile us-1]\naws_access_key_id = AKIAB\n"
    )
    assert named(found({"HOME": str(home)})) == {
        "aws us-1": {"region": "us-1", "profile": "default"},
        "aws us-1 2": {"profile": "us-1"},
    }


def test_a_number_is_never_what_a_profile_is_called_by_itself(home: Path) -> None:
    (home / ".aws/config").write_text(
        "[profile a]\naws_access_key_id = AKIAA\nregion = b\n"
        "[profile a b]\naws_access_key_id = AKIAB\n"
        "[profile a b 2]\naws_access_key_id = AKIAC\n"
    )
    (home / ".aws/credentials").unlink()
    assert named(found({"HOME": str(home)})) == {
        "aws a b": {"region": "b", "profile": "a"},
        "aws a b 2": {"profile": "a b 2"},
        "aws a b 3": {"profile": "a b"},
    }


def test_files_can_be_elsewhere(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.ini"
    other.write_text("[profile far]\nregion=sa-east-1\nlogin_session=x\n")
    environ = {"HOME": str(home), "AWS_CONFIG_FILE": str(other)}
    environ["AWS_SHARED_CREDENTIALS_FILE"] = str(tmp_path / "missing")
    assert named(found(environ)) == {"aws far sa-east-1": {"region": "sa-east-1", "profile": "far"}}


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"no section", b"[default\nregion", b"[a]\n[a]\nx", b""]
)
def test_what_cannot_be_read_finds_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_bytes(content)
    (tmp_path / ".aws/credentials").mkdir()
    assert found({"HOME": str(tmp_path)}) == []


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert found({"HOME": str(tmp_path)}) == []
    assert found({"HOME": str(tmp_path), "AWS_ACCESS_KEY_ID": "A", "AWS_REGION": "r"}) == []


def test_no_secret_is_in_what_is_found(home: Path) -> None:
    environ = {"HOME": str(home), "AWS_REGION": "x", "AWS_ACCESS_KEY_ID": "AKIAENV"}
    environ["AWS_SECRET_ACCESS_KEY"] = "envsecret"
    assert "secret" not in repr(found(environ))
    assert "AKIA" not in repr(found(environ))


def test_finding_loads_nothing_heavy() -> None:
    code = (
        "import sys; from snaptui.clouds.aws.discovery import found; found({'HOME': '/nowhere'});"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"botocore", "boto3", "httpx", "asyncio", "yaml", "pydantic"}


def test_a_provider_that_is_not_used_loads_nothing_heavy() -> None:
    code = (
        "import sys; from snaptui.clouds.aws import AwsProvider;"
        "AwsProvider('aws', region='us-east-1').cannot;"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"botocore", "boto3", "httpx", "urllib3"}


def test_files_that_are_named_and_not_there_are_told(home: Path, tmp_path: Path) -> None:
    environ = {"HOME": str(home)}
    assert missing(environ) == []  # the usual ones need not be there
    environ["AWS_CONFIG_FILE"] = "~/.aws/config"
    environ["AWS_SHARED_CREDENTIALS_FILE"] = str(tmp_path / "credentails")
    assert missing(environ) == [
        f"AWS_SHARED_CREDENTIALS_FILE names {tmp_path / 'credentails'}, which is not there"
    ]
