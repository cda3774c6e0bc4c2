"""`snaptui cloud`: listing, testing, adding, removing."""

from __future__ import annotations

import asyncio
import re
import stat
import sys
import tomllib
from pathlib import Path

import pytest

from snaptui.clouds import registry
from snaptui.clouds.base import Capability
from snaptui.clouds.registry import remembered_inventory
from snaptui.config import inventory_path, read_config
from snaptui.errors import CloudDownError, CredentialsError, InvalidInputError
from snaptui.installing import how_to_install
from tests.cli.conftest import Cli
from tests.cli.terminal import Terminal
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume, install

HOSTILE = "x\x1b]52;c;ZXZpbA==\x07\u202ey"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config" / "config.toml"
    monkeypatch.setenv("SNAPTUI_CONFIG", str(path))
    return path


@pytest.fixture
def nothing_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither AWS's nor OpenStack's tools are set up here."""
    (tmp_path / "none").touch()
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    (tmp_path / "clouds.yaml").write_text("clouds: {}\n")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_REGION", "OS_AUTH_URL", "OS_CLOUD"):
        monkeypatch.delenv(name, raising=False)


def configure(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)


# -- list, show


def test_list_tells_each_cloud_and_where_it_is_from_and_asks_nobody(
    cli: Cli, file: Path, repository_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers = {"prod": FakeProvider(), "work": FakeProvider(kind="aws")}
    install(monkeypatch, providers)
    text = '[clouds.work]\nkind = "aws"\nregion = "eu-1"\nread_only = true\nrefresh = 0\n'
    configure(file, text)
    shown = cli("cloud", "list").done().out.splitlines()
    assert shown[0].split() == ["NAME", "KIND", "WHERE", "READ-ONLY", "FROM"]
    assert [line.split()[0] for line in shown[1:]] == ["local", "work", "prod"]
    assert str(repository_path) in shown[1]
    assert shown[2].split() == ["work", "aws", "region", "eu-1", "yes", str(file)]
    assert shown[3].split() == ["prod", "openstack", "test", "prod", "no", "the", "test"]
    local, work, prod = cli("cloud", "list", "--json").document
    assert local["kind"] == "local"
    assert work == {
        "name": "work",
        "kind": "aws",
        "read_only": True,
        "origin": str(file),
        "is_set": True,
        "refresh": 0,
        "options": {"region": "eu-1"},
        "lacks": "",
    }
    assert prod["is_set"] is False
    assert cli("cloud", "list", "--csv").out.splitlines()[2].startswith("work,aws,true,")
    assert "Name: prod\nKind: openstack\nWhere: test prod\n" in cli("cloud", "list", "--plain").out
    assert all(each["read_only"] for each in cli("cloud", "list", "--json", "--read-only").document)
    assert [provider.calls for provider in providers.values()] == [[], []]
    assert not repository_path.exists()


def test_a_file_of_clouds_that_cannot_be_read_hides_only_its_own(
    cli: Cli, file: Path, nothing_found: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "clouds.yaml"
    bad.write_text("clouds: [what")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(bad))
    configure(file, '[clouds.work]\nkind = "aws"\nregion = "eu-1"\n')
    ran = cli("cloud", "list")
    assert ran.code == 0
    assert "\nwork " in ran.out
    assert ran.err.startswith(f"snaptui: {bad}")
    assert ran.err.count("\n") == 1
    assert len(cli("cloud", "list", "--json").document) == 2
    terminal = Terminal()
    terminal.wait_for("mend the file")  # the app says so, too
    terminal.type("q")
    assert terminal.end() == 0


def test_what_has_no_region_is_there_and_says_so(
    cli: Cli, file: Path, nothing_found: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text("[work]\naws_access_key_id = AKIA1\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    listed = cli("cloud", "list")
    assert re.search("aws work +aws +profile work, no region", listed.out)
    assert "no region is set of aws work" in listed.err
    assert [each["lacks"] for each in cli("cloud", "list", "--json").document] == ["", "region"]
    assert re.search("Region: +none is set", cli("cloud", "show", "aws work").out)
    tried = cli("cloud", "test", "aws work")
    assert tried.code == 1
    assert "bad setup" in tried.out
    assert "no region is set for AWS: set region in the profile work, or" in tried.err
    assert "bad setup: no region is set for AWS" in cli("doctor", "--clouds").out
    terminal = Terminal()
    terminal.wait_for("▸ aws work")
    terminal.type("0G\r")
    terminal.wait_for("bad setup: no region")
    terminal.type("q")
    assert terminal.end() == 0


def test_hostile_names_reach_no_terminal(
    cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = FakeProvider(place=HOSTILE)
    provider.fails("connect", CloudDownError(HOSTILE), times=None)
    install(monkeypatch, {HOSTILE: provider})
    for command in (["list"], ["show", HOSTILE], ["test"], ["list", "--plain"], ["list", "--csv"]):
        ran = cli("cloud", *command)
        for bad in ("\x1b", "\x07", "\u202e"):
            assert bad not in ran.out + ran.err
    assert cli("cloud", "list", "--json").document[1]["name"] == HOSTILE


def test_show_tells_what_is_known_without_asking(
    cli: Cli, file: Path, prod: FakeProvider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shown = cli("cloud", "show", "prod").done().out
    assert "Known of it:  nothing yet" in shown
    web = a_volume()
    kept = remembered_inventory(registry.known_clouds(read_config()).get("prod"))
    kept.write([web], [a_snapshot(web), a_snapshot(web)])
    shown = cli("cloud", "show", "prod").done().out
    assert "Known of it:  1 volume, 2 snapshots, listed " in shown
    assert cli("cloud", "show", "prod", "--json").document["options"] == {"test": "prod"}
    assert "Kind:        local" in cli("cloud", "show", "local").done().out
    cli("cloud", "show", "prd").refused("there is no cloud 'prd'", "local, prod")
    assert prod.calls == []


def test_show_tells_what_a_kind_cannot_do(cli: Cli, file: Path, nothing_found: None) -> None:
    configure(file, '[clouds.work]\nkind = "aws"\nregion = "eu-1"\n')
    shown = cli("cloud", "show", "work").done().out
    assert "Cannot:" in shown
    assert "restore in place: EBS cannot put a snapshot back into its volume" in shown
    words = "keep deleted snapshots for a while, take deleted snapshots back, purge deleted"
    assert words in " ".join(shown.split())
    assert not {str(each) for each in Capability if "-" in each} & set(re.findall(r"[\w-]+", shown))
    cannot = cli("cloud", "show", "work", "--json").document["cannot"]
    assert cannot["restore-in-place"].startswith("EBS cannot put a snapshot back")
    assert "snapshot" not in cannot


# -- test


def test_each_is_tried_and_who_does_not_answer_is_told_with_the_reason(
    cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, closed, broken = FakeProvider(place="project a"), FakeProvider(), FakeProvider()
    closed.fails("connect", CredentialsError("wrong password", "look at it", request_id="r-1"))
    broken.fails("*", RuntimeError("a defect"), times=None)
    install(monkeypatch, {"good": good, "closed": closed, "broken": broken})
    ran = cli("cloud", "test")
    assert ran.code == 1
    rows = {line.split()[0]: line for line in ran.out.splitlines()[1:]}
    assert rows["good"].split()[1:3] == ["openstack", "available"]
    assert rows["good"].endswith("project a")
    assert rows["closed"].split()[2:4] == ["no", "access"]
    assert rows["broken"].split()[2] == "down"
    assert "snaptui: closed: wrong password: look at it (request r-1)\n" in ran.err
    assert "snaptui: broken: snaptui failed: RuntimeError: a defect\n" in ran.err
    assert ran.err.count("broken:") == 1
    assert [each.asked for each in (good, closed, broken)] == [["connect", "close"]] * 3
    ran = cli("cloud", "test", "good", "good", "--json").done()
    (tried,) = ran.document
    assert tried["available"] is True
    assert 0 <= tried["seconds"] < 10
    closed.fails("connect", CredentialsError("wrong password", "look at it"))
    states = [each["state"] for each in cli("cloud", "test", "--json").document]
    assert states == ["available", "no-access", "down"]
    assert cli("cloud", "test", "--csv").out.startswith("name,kind,available,state,reason,")
    cli("cloud", "test", "nope").refused("there is no cloud 'nope'")
    cli("cloud", "test", "good", "local").refused("this host", "snaptui doctor", code=2)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("shut cannot be asked to log in", "cannot be asked to log in"),
        ("shut: no region", "no region"),
        ("no connection to x: shut cannot be asked", "no connection to x: it cannot be asked"),
        ("shuttle cannot fly", "shuttle cannot fly"),
    ],
)
def test_the_name_of_a_cloud_is_not_told_twice(
    cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch, said: str, told: str
) -> None:
    shut = FakeProvider()
    shut.fails("connect", CloudDownError(said), times=None)
    install(monkeypatch, {"shut": shut})
    assert cli("cloud", "test").err == f"snaptui: shut: {told}\n"


def test_paths_are_told_with_a_tilde_wherever_they_are_from(
    cli: Cli, file: Path, nothing_found: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SNAPTUI_REPOSITORY", str(tmp_path / "here"))
    (tmp_path / "clouds.yaml").write_text("clouds: {demo: {region_name: a}}\n")
    configure(file, '[clouds.work]\nkind = "aws"\nregion = "eu-1"\n')
    for words in (["list"], ["list", "--plain"], ["show", "work"], ["show", "local"]):
        shown = cli("cloud", *words).done().out
        assert str(tmp_path) not in shown
        assert "~/" in shown
    listed = cli("cloud", "list").out
    assert all(path in listed for path in ("~/here", "~/config/config.toml", "~/clouds.yaml"))
    assert cli("cloud", "list", "--json").document[1]["origin"] == str(file)


def test_all_are_tried_at_once_and_none_waits_for_ever(
    cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[str] = []
    together = asyncio.Event()

    class Meeting(FakeProvider):
        async def connect(self) -> None:
            waiting.append("here")
            if len(waiting) == 2:
                together.set()
            await together.wait()

    slow = FakeProvider()
    slow.hangs("connect")
    install(monkeypatch, {"a": Meeting(), "slow": slow, "b": Meeting()})
    ran = cli("cloud", "test", "--timeout", "0.2")
    assert ran.code == 1
    assert ran.out.count("available") == 2
    assert "snaptui: slow: no answer within 0.2 s" in ran.err
    assert slow.asked == ["connect", "close"]


def test_none_is_nothing_to_try(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, {})
    ran = cli("cloud", "test")
    assert (ran.code, ran.out) == (0, "")
    assert "snaptui cloud add" in ran.err
    assert cli("cloud", "test", "--json").document == []


# -- add


def test_a_cloud_is_added_and_everything_else_stays(
    cli: Cli, file: Path, nothing_found: None, tmp_path: Path
) -> None:
    (tmp_path / "none").write_text("[profile w]\n")
    (tmp_path / "clouds.yaml").write_text("clouds: {demo: {region_name: R}}\n")
    text = "# mine\ntheme = 'light'   # bright\n\n[clouds.local]\ntrash_days = 3 # days\n\n[keys]\n"
    configure(file, text)
    ran = cli("cloud", "add", "my work", "--kind", "aws", "--region", "eu-west-1", "--profile", "w")
    assert ran.done().out == "Cloud my work was successfully added.\n"
    assert file.read_text() == (
        f'{text}\n[clouds."my work"]\nkind = "aws"\nregion = "eu-west-1"\nprofile = "w"\n'
    )
    made = cli(
        *("cloud", "add", "os", "--kind", "openstack", "--os-cloud", "demo", "--region", "R"),
        *("--read-only", "--refresh", "0", "--json"),
    ).document
    assert made["options"] == {"cloud": "demo", "region": "R"}
    assert (made["read_only"], made["refresh"], made["is_set"]) == (True, 0, True)
    assert [each["name"] for each in cli("cloud", "list", "--json").document] == [
        "local",
        "my work",
        "os",
    ]
    assert file.read_text().startswith(text)


def test_the_first_cloud_makes_the_file_and_no_one_else_can_write_it(
    cli: Cli, file: Path, nothing_found: None
) -> None:
    ran = cli("cloud", "add", "os", "--kind", "openstack")
    assert (ran.code, ran.err) == (0, "snaptui: clouds.yaml has no clouds: add one to it\n")
    assert tomllib.loads(file.read_text()) == {"clouds": {"os": {"kind": "openstack"}}}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_what_was_found_is_told_to_be_replaced_and_its_name_means_what_took_its_place(
    cli: Cli, file: Path, nothing_found: None, tmp_path: Path
) -> None:
    (tmp_path / "clouds.yaml").write_text(
        "clouds: {demo: {region_name: a}, demo2: {region_name: b}}\n"
    )
    ran = cli("cloud", "add", "rol", "--kind", "openstack", "--os-cloud", "demo2", "--read-only")
    assert (ran.code, ran.out) == (0, "Cloud rol was successfully added.\n")
    note = "it takes the place of openstack demo2, which was found in"
    assert ran.err == f"snaptui: {note} cloud demo2 in {tmp_path / 'clouds.yaml'}\n"
    for name in ("openstack demo2", "demo2"):
        assert cli("cloud", "show", name, "--json").document["name"] == "rol"
    refused = cli("cloud", "remove", "openstack demo2")
    assert (refused.code, "cloud remove rol" in refused.err) == (1, True)
    again = cli("cloud", "add", "more", "--kind", "openstack", "--os-cloud", "demo", "--json")
    assert (again.document["name"], "of openstack demo," in again.err) == ("more", True)


def test_a_cloud_that_is_named_by_nothing_is_not_the_local_one(
    cli: Cli,
    file: Path,
    nothing_found: None,
    repository_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A script's variable that is not set must not turn what it does on this host."""
    for nothing in ("", " "):
        for words in (
            ("--cloud", nothing, "volume", "list"),
            ("volume", "list", "--cloud", nothing),
        ):
            ran = cli(*words)
            assert (ran.code, ran.out) == (2, "")
            assert ran.err == "snaptui: --cloud is empty: give a name (see: snaptui cloud list)\n"
    monkeypatch.setenv("SNAPTUI_CLOUD", "")
    assert cli("cloud", "list").code == 0
    cli("volume", "list").refused("repository does not exist")  # the local one, then


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["local", "--kind", "openstack"], "this host"),
        (["", "--kind", "openstack"], "the name is empty"),
        ([HOSTILE, "--kind", "openstack"], "control characters"),
        ([" a", "--kind", "openstack"], "blank"),
        (["--kind", "openstack", "--", "-a"], "dash"),
        (["a", "--kind", "azure"], "azure"),
        (["a"], "--kind"),
        (["a", "--kind", "aws"], "--region"),
        (["a", "--kind", "aws", "--region", " "], "--region is empty"),
        (["a", "--kind", "aws", "--region", HOSTILE], "--region is empty or"),
        (["a", "--kind", "aws", "--region", "r", "--os-cloud", "x"], "--os-cloud is not for aws"),
        (["a", "--kind", "openstack", "--profile", "x"], "--profile is not for openstack"),
        (["a", "--kind", "openstack", "--refresh", "-1"], "--refresh"),
        (["a", "--kind", "openstack", "--refresh", "nan"], "--refresh"),
        (["a", "--kind", "aws", "--region", "r", "--endpoint-url", "ftp://x"], "no address"),
        (["a", "--kind", "aws", "--region", "r", "--endpoint-url", "http://[x"], "no address"),
        (["a", "--kind", "aws", "--region", "r", "--endpoint-url", "http://x:65536"], "no address"),
        (["a", "--kind", "aws", "--region", "r", "--endpoint-url", "http://u:hush@x"], "credent"),
        (["a", "--kind", "aws", "--region", "r", "--endpoint-url", "http://x?k=hush"], "credent"),
    ],
)
def test_what_cannot_be_added_is_refused(
    cli: Cli, file: Path, nothing_found: None, arguments: list[str], words: str
) -> None:
    code = 1 if arguments[0] == "local" else 2
    ran = cli("cloud", "add", *arguments).refused(words, code=code)
    assert "hush" not in ran.err
    assert not file.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--kind", "aws", "--region", "us-east-1", "--profile", "wrok"],
            "there are default, work",
        ),
        (["--kind", "aws", "--region", "us-esat-1", "--profile", "work"], "us-east-1"),
        (["--kind", "aws", "--region", "useast1"], "there is no region 'useast1' of AWS"),
        (["--kind", "aws", "--region", "us_east_1"], "write it as AWS does"),
        (["--kind", "openstack", "--os-cloud", "labb"], "it has: lab, other"),
        (["--kind", "openstack", "--os-cloud", "lab", "--region", "C"], "it has: A, B"),
    ],
)
def test_what_the_clouds_own_tools_do_not_know_is_told_and_nobody_is_asked(
    cli: Cli,
    file: Path,
    nothing_found: None,
    tmp_path: Path,
    arguments: list[str],
    words: str,
) -> None:
    (tmp_path / "none").write_text("[default]\n[work]\n")
    (tmp_path / "clouds.yaml").write_text("clouds: {lab: {regions: [A, B]}, other: {}}\n")
    if "us-esat-1" in arguments:  # AWS may have it since this botocore was made
        ran = cli("cloud", "add", "a", *arguments)
        assert ran.code == 0
        assert words in ran.err
        return
    cli("cloud", "add", "a", *arguments).refused(words, code=2)
    assert not file.exists()


def test_without_botocore_it_is_added_and_told_how_to_install_that(
    cli: Cli, file: Path, nothing_found: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "botocore.loaders", None)
    ran = cli("cloud", "add", "a", "--kind", "aws", "--region", "us-east-1", "--json")
    assert ran.code == 0
    assert f"botocore, which is not installed: {how_to_install('aws')}" in ran.err
    assert ran.document["options"] == {"region": "us-east-1"}


def test_a_name_that_is_taken_is_refused(cli: Cli, file: Path, prod: FakeProvider) -> None:
    cli("cloud", "add", "a", "--kind", "openstack").done()
    before = file.read_bytes()
    cli("cloud", "add", "a", "--kind", "aws", "--region", "r").refused("already", str(file))
    assert file.read_bytes() == before
    # one that was only found gives way to what is said of it
    ran = cli("cloud", "add", "prod", "--kind", "openstack", "--read-only")
    assert ran.err == "snaptui: it takes the place of prod, which was found in the test\n"


def test_in_read_only_mode_the_file_is_not_changed(
    cli: Cli, file: Path, prod: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("cloud", "add", "a", "--kind", "openstack", "--read-only").done()
    before = file.read_bytes()
    cli("--read-only", "cloud", "add", "b", "--kind", "openstack").refused("read-only mode")
    cli("--read-only", "cloud", "remove", "a").refused("read-only mode", "--read-only")
    cli("cloud", "remove", "a", "--read-only").refused("read-only mode")
    monkeypatch.setenv("SNAPTUI_READ_ONLY", "1")
    cli("cloud", "add", "b", "--kind", "openstack").refused("SNAPTUI_READ_ONLY")
    assert file.read_bytes() == before


# -- remove


def test_a_cloud_is_removed_and_what_it_had_is_forgotten(
    cli: Cli, file: Path, nothing_found: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text = "# mine\n[clouds.local]\ntrash_days = 3 # days\n"
    configure(file, text)
    assert cli("cloud", "add", "a", "--kind", "openstack").code == 0
    kept = remembered_inventory(registry.known_clouds(read_config()).get("a"))
    kept.write([a_volume()], [])
    assert kept.path.is_file()
    assert kept.path.parent == inventory_path()
    assert cli("cloud", "remove", "a").done().out == "Cloud a was successfully removed.\n"
    assert file.read_text() == text
    assert not kept.path.exists()
    cli("cloud", "remove", "a").refused("there is no cloud 'a'")
    cli("cloud", "remove", "local").refused("this host")


def test_one_that_was_found_cannot_be_removed(cli: Cli, file: Path, prod: FakeProvider) -> None:
    cli("cloud", "remove", "prod").refused("found in the test", "find_clouds = false")
    assert not file.exists()
    assert cli("cloud", "add", "prod", "--kind", "openstack").code == 0
    out = cli("cloud", "remove", "prod").done().out
    assert out.endswith("It is still listed as prod, found in the test.\n")


def test_the_next_step_is_told_on_a_terminal(cli: Cli, file: Path, nothing_found: None) -> None:
    terminal = Terminal("cloud", "add", "my work", "--kind", "openstack")
    assert terminal.end() == 0
    assert "Cloud my work was successfully added." in terminal.seen
    assert "snaptui cloud test 'my work'" in terminal.seen


def test_a_config_file_with_a_mistake_is_left_alone(
    cli: Cli, file: Path, nothing_found: None
) -> None:
    for text, word in (
        ("calm = 'yes'\n", "calm cannot be"),
        ("[clouds.a]\n", "no cloud of ours"),
        ("what?", "expected"),
        ("x = 1\nx = 2\n", "overwrite"),
    ):
        configure(file, text)
        ran = cli("cloud", "add", "b", "--kind", "openstack")
        assert ran.code == InvalidInputError.exit_code
        assert word in ran.err
        assert file.read_text() == text
