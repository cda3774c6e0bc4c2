"""clouds.yaml, secure.yaml and OS_ variables: read as openstacksdk reads them."""

import os
from pathlib import Path
from typing import Any

import pytest

from snaptui.clouds.openstack.files import missing
from snaptui.clouds.openstack.finding import check, found
from snaptui.clouds.openstack.settings import Settings, read_settings
from snaptui.errors import CloudError, CloudInvalidError, CredentialsError

SECRET = "s3cr3t-Wort"

CLOUDS = """\
clouds:
  lab:
    auth:
      auth_url: https://lab.example:5000/v3
      username: ada
      project_name: web
      user_domain_name: People
      project_domain_id: d-1
    region_name: north
    interface: internal
    cacert: ~/lab.pem
  wide:
    profile: vendor
    auth:
      user-id: u-1
      password: "from clouds"
      tenant_name: old
    regions:
      - east
      - name: west
        values:
          auth: {auth_url: "https://west.example/identity"}
          interface: admin
  app:
    auth_type: v3applicationcredential
    auth:
      auth_url: http://app.example:5000
      application_credential_id: a-1
      application_credential_secret: s3cr3t-Wort
    block_storage_endpoint_override: https://cinder.example/v3
  ticket:
    auth_type: token
    auth: {auth_url: "http://t.example", token: s3cr3t-Wort, project_id: "12"}
"""
SECURE = f"""\
clouds:
  lab:
    auth: {{password: {SECRET}}}
"""
PROFILES = """\
public-clouds:
  vendor:
    auth: {auth_url: "https://vendor.example:5000/v3"}
    interface: public
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with config files, and a working directory without."""
    folder = tmp_path / "home" / ".config" / "openstack"
    folder.mkdir(parents=True)
    (folder / "clouds.yaml").write_text(CLOUDS)
    (folder / "secure.yaml").write_text(SECURE)
    (folder / "clouds-public.yaml").write_text(PROFILES)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "home"


def environ(home: Path, **variables: str) -> dict[str, str]:
    return {"HOME": str(home)} | variables


def oracle(
    home: Path, monkeypatch: pytest.MonkeyPatch, cloud: str | None, region: str | None
) -> dict[str, Any]:
    """What openstacksdk makes of the same files."""
    from openstack.config import OpenStackConfig

    folder = home / ".config" / "openstack"
    config = OpenStackConfig(
        config_files=[str(folder / "clouds.yaml")],
        secure_files=[str(folder / "secure.yaml")],
        vendor_files=[str(folder / "clouds-public.yaml")],
    )
    monkeypatch.setenv("HOME", str(home))  # for ~
    one = config.get_one(cloud=cloud, region_name=region)
    return dict(one.config)


@pytest.mark.parametrize(
    ("cloud", "region"),
    [("lab", ""), ("lab", "north"), ("wide", ""), ("wide", "west"), ("app", ""), ("ticket", "")],
)
def test_a_cloud_is_read_as_openstacksdk_reads_it(
    cloud: str, region: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in [each for each in os.environ if each.startswith("OS_")]:
        monkeypatch.delenv(variable)
    theirs = oracle(home, monkeypatch, cloud, region or None)
    ours = read_settings(cloud, region, environ(home))
    assert_same(ours, theirs)


def assert_same(ours: Settings, theirs: dict[str, Any]) -> None:
    auth = theirs["auth"]
    credentials = ours.credentials
    assert ours.auth_url == auth["auth_url"]
    assert ours.region == (theirs.get("region_name") or "")
    assert ours.interface == theirs.get("interface", "public")
    assert ours.volume_url == theirs.get("block_storage_endpoint_override", "")
    cacert = theirs.get("cacert")
    assert ours.cacert == (str(Path(cacert).expanduser()) if cacert else "")
    for key in (
        "username",
        "user_id",
        "password",
        "project_name",
        "project_id",
        "token",
        "application_credential_id",
        "application_credential_secret",
    ):
        assert getattr(credentials, key) == (auth.get(key) or ""), key
    for kind in ("user_domain", "project_domain"):
        for each in ("id", "name"):
            if f"{kind}_{each}" in auth:
                assert getattr(credentials, kind) == {each: auth[f"{kind}_{each}"]}


def test_the_environment_is_read_as_openstacksdk_reads_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {
        "OS_AUTH_URL": "https://env.example:5000/v3",
        "OS_USERNAME": "ada",
        "OS_PASSWORD": SECRET,
        "OS_TENANT_NAME": "web",
        "OS_USER_DOMAIN_NAME": "People",
        "OS_PROJECT_DOMAIN_ID": "d-2",
        "OS_REGION_NAME": "south",
        "OS_ENDPOINT_TYPE": "internalURL",
        "OS_CACERT": "/etc/lab.pem",
    }
    for name in [each for each in os.environ if each.startswith("OS_")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    theirs = oracle(home, monkeypatch, None, None)
    theirs["interface"] = theirs["interface"].removesuffix("URL")
    assert_same(read_settings("", "", environ(home, **variables)), theirs)


@pytest.mark.parametrize(
    ("variables", "method", "called"),
    [
        ({"OS_TOKEN": SECRET}, "token", "the token"),
        (
            {"OS_APPLICATION_CREDENTIAL_ID": "a-7", "OS_APPLICATION_CREDENTIAL_SECRET": SECRET},
            "application_credential",
            "application credential a-7 or its secret",
        ),
        ({"OS_USERNAME": "ada", "OS_PASSWORD": SECRET}, "password", "user ada or the password"),
    ],
)
def test_the_way_to_log_in_follows_from_what_there_is(
    variables: dict[str, str], method: str, called: str, home: Path
) -> None:
    settings = read_settings("", "", environ(home, OS_AUTH_URL="http://e.example", **variables))
    assert settings.credentials.method == method
    assert settings.credentials.called == called
    assert SECRET not in repr(settings)


def test_a_file_that_the_environment_names_goes_before_all_others(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(
        "clouds: {only: {auth: {auth_url: 'http://o.example', username: a, password: b}}}"
    )
    variables = environ(home, OS_CLIENT_CONFIG_FILE=str(tmp_path / "mine.yaml"))
    # the only one there would be, if secure.yaml did not name another
    assert read_settings("only", "", variables).auth_url == "http://o.example"
    with pytest.raises(CredentialsError, match="there is no auth_url"):
        read_settings("lab", "", variables)


def test_the_working_directory_goes_before_the_home_directory(home: Path) -> None:
    Path("clouds.yaml").write_text(
        "clouds: {here: {auth: {auth_url: 'http://h.example', username: a, password: b}}}"
    )
    assert read_settings("here", "", environ(home)).auth_url == "http://h.example"


def test_xdg_moves_the_user_s_files(home: Path, tmp_path: Path) -> None:
    (tmp_path / "xdg" / "openstack").mkdir(parents=True)
    (tmp_path / "xdg" / "openstack" / "clouds.yml").write_text(
        "clouds: {moved: {auth: {auth_url: 'http://m.example', token: t}}}"
    )
    variables = environ(home, XDG_CONFIG_HOME=str(tmp_path / "xdg"))
    assert read_settings("moved", "", variables).auth_url == "http://m.example"


def test_the_cloud_is_chosen_as_openstacksdk_chooses_it(home: Path) -> None:
    assert (
        read_settings("", "", environ(home, OS_CLOUD="app")).auth_url == "http://app.example:5000"
    )
    both = environ(home, OS_CLOUD="app", OS_AUTH_URL="http://e.example", OS_TOKEN="t")
    assert read_settings("", "", both).auth_url == "http://app.example:5000"
    assert read_settings("envvars", "", both).auth_url == "http://e.example"
    with pytest.raises(CredentialsError, match="several clouds.*lab, wide, app, ticket"):
        read_settings("", "", environ(home))


def test_all_clouds_are_found_each_region_by_itself(home: Path) -> None:
    variables = environ(home, OS_AUTH_URL="http://e.example", OS_REGION_NAME="south")
    clouds = found(variables)
    assert [(each.name, dict(each.options)) for each in clouds] == [
        ("openstack lab", {"cloud": "lab", "region": "north"}),
        ("openstack wide east", {"cloud": "wide", "region": "east"}),
        ("openstack wide west", {"cloud": "wide", "region": "west"}),
        ("openstack app", {"cloud": "app"}),
        ("openstack ticket", {"cloud": "ticket"}),
        ("openstack environment", {"cloud": "envvars", "region": "south"}),
    ]
    assert clouds[0].origin == "cloud lab in ~/.config/openstack/clouds.yaml"
    assert clouds[-1].origin == "the OS_ variables of the environment"
    assert {each.kind for each in clouds} == {"openstack"}
    for each in clouds[:-1]:  # what is found can be opened
        settings = read_settings(each.options["cloud"], each.options.get("region", ""), variables)
        assert settings.origin == each.origin


def test_where_there_is_nothing_nothing_is_found(tmp_path: Path) -> None:
    assert found({"HOME": str(tmp_path)}) == []
    with pytest.raises(CredentialsError, match="no clouds.yaml and no OS_AUTH_URL"):
        read_settings("", "", {"HOME": str(tmp_path)})


def test_a_file_that_is_named_and_not_there_is_told(home: Path) -> None:
    """The others are read all the same, as openstacksdk does."""
    variables = {"HOME": str(home), "OS_CLIENT_CONFIG_FILE": "/nowhere/mine.yaml"}
    assert missing(variables) == [
        "OS_CLIENT_CONFIG_FILE names /nowhere/mine.yaml, which is not there"
    ]
    assert found(variables) == found({"HOME": str(home)}) != []
    with pytest.raises(
        CredentialsError, match="no cloud 'mine'.*names /nowhere/mine.yaml.*it has: lab"
    ):
        read_settings("mine", "", variables)
    there = str(home / ".config/openstack/clouds.yaml")
    assert missing({"OS_CLIENT_CONFIG_FILE": there}) == missing({}) == []


def test_a_working_directory_that_is_not_there_any_more_hides_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = home / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert "openstack lab" in {each.name for each in found({"HOME": str(home)})}


def test_whoever_has_no_home_directory_still_has_clouds(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is in a container with a user that is a number only."""
    lab = home / ".config/openstack/clouds.yaml"
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 4242424)
    assert found({"OS_CLIENT_CONFIG_FILE": "~nobody-of-that-name/clouds.yaml"}) == []
    assert found({"OS_CLIENT_CONFIG_FILE": str(lab)}) != []


BAD = [
    ("clouds:\n  lab: {\n  x: [1\n", "line 4: expected"),
    ("clouds:\n  lab:\n    password: *s3cr3t-Wort\n", "line 3: found undefined alias …"),
    ("clouds:\n  lab:\n    password: !s3cr3t-Wort x\n", "line 3: could not determine a constr"),
    ("clouds:\n\tlab: 1\n", "line 2: found character …"),
    ("- a\n- b\n", "line 1: there is no mapping of clouds"),
    ("clouds:\n  lab: 7\n", "line 2: this cloud is no mapping"),
    ("clouds:\n  lab:\n    auth:\n      auth_url: 7\n", "line 4: the auth_url is read as a number"),
    ("clouds:\n  lab:\n    verify: false\n", "line 3: verify is false, but snaptui always"),
    ("clouds:\n  lab:\n    insecure: True\n", "line 3: insecure is true, but snaptui always"),
    ("clouds:\n  lab:\n    profile: nowhere\n", "line 3: the profile is in no clouds-public"),
    ("clouds:\n  lab:\n    auth: {auth_url: 'ftp://x'}\n", "line 3: the auth_url is no address"),
    (
        "clouds:\n  lab:\n    region_name: 5\n    auth: {auth_url: 'http://x', token: t}\n",
        "line 3: the region_name is no text",
    ),
    (
        "clouds:\n  lab:\n    auth: {auth_url: 'http://127.0.0.1:99999/v3'}\n",
        "line 3: the auth_url is no address",
    ),
    *(
        (
            f"clouds:\n  lab:\n    auth: {{auth_url: 'http://x', token: t}}\n    {key}: 'x:8776'\n",
            f"line 4: the {key} is no address",
        )
        for key in (
            "block_storage_endpoint_override",
            "volumev3_endpoint_override",
            "compute_endpoint_override",
        )
    ),
    (
        "clouds:\n  lab:\n    auth_type: v3oidcpassword\n    auth: {auth_url: 'http://x'}\n",
        "line 3: snaptui cannot log in with v3oidcpassword",
    ),
    (
        "clouds:\n  lab:\n    interface: secret\n    auth: {auth_url: 'http://x', token: t}\n",
        "line 3: there is no interface secret",
    ),
    (
        "clouds:\n  lab:\n    auth: {auth_url: 'http://x', username: a, password: 0123}\n",
        "line 3: the password is read as a number",
    ),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_a_mistake_is_told_with_file_and_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "clouds.yaml"
    path.write_text(text)
    with pytest.raises(CloudInvalidError) as caught:
        read_settings("lab", "", {"HOME": "/nowhere", "OS_CLIENT_CONFIG_FILE": str(path)})
    assert str(caught.value).startswith(f"{path}, {message}")
    assert caught.value.hint
    assert SECRET not in everything(caught.value)


def everything(error: BaseException | None) -> str:
    """All that a log could have of an error and of what led to it."""
    import traceback

    assert error is not None
    return "".join(traceback.format_exception(error)) + repr(error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clouds: {lab: {auth: {username: a}}}", "there is no auth_url"),
        ("clouds: {lab: {auth: {auth_url: 'http://x'}}}", "there is no user name"),
        ("clouds: {lab: {auth: {auth_url: 'http://x', username: a}}}", "there is no password"),
        ("clouds: {other: {}}", "there is no cloud 'lab' in .*: it has: other"),
        ("clouds: {}", "there is no cloud 'lab' in .*: it has none at all"),
        (
            "clouds: {lab: {auth_type: v3token, auth: {auth_url: 'http://x', password: p}}}",
            "there is no token",
        ),
        (
            "clouds: {lab: {auth_type: v3applicationcredential, auth: {auth_url: 'http://x'}}}",
            "there is no application_credential_secret",
        ),
    ],
)
def test_what_is_missing_is_told(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "clouds.yaml"
    path.write_text(text)
    with pytest.raises(CredentialsError, match=message) as caught:
        read_settings("lab", "", {"HOME": "/nowhere", "OS_CLIENT_CONFIG_FILE": str(path)})
    assert caught.value.hint


def test_a_region_that_the_cloud_lacks_is_told(home: Path) -> None:
    with pytest.raises(CloudInvalidError, match="has no region mars: it has: east, west"):
        read_settings("wide", "mars", environ(home))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "clouds.yaml").mkdir()
    for raw in (None, b"clouds:\n  \xff: 1\n", b"x" * 1024 * 1024 + b"xx"):
        path = tmp_path / "clouds.yaml"
        if raw is not None:
            path = tmp_path / "raw.yaml"
            path.write_bytes(raw)
        with pytest.raises(CloudError, match="cannot be read|line 2: this is not UTF-8|larger"):
            found({"HOME": "/nowhere", "OS_CLIENT_CONFIG_FILE": str(path)})


def test_which_of_several_clouds_must_be_said(tmp_path: Path) -> None:
    path = tmp_path / "clouds.yaml"
    path.write_text("clouds:\n  a: {region_name: r}\n  b: {region_name: r}\n")
    environ = {"HOME": "/nowhere", "OS_CLIENT_CONFIG_FILE": str(path)}
    with pytest.raises(CloudInvalidError, match="several clouds: say which one: a, b, with --os-c"):
        check({}, environ)
    assert check({}, {**environ, "OS_CLOUD": "b"}) == []
    assert check({"cloud": "a"}, environ) == []
