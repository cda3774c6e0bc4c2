"""The config file: what it may say, and what is told of what it may not."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from snaptui.config import THEMES, CloudConfig, Config, config_path, read_config
from snaptui.errors import InvalidInputError
from tests.test_house import HEAVY


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_without_a_file_or_with_an_empty_one_everything_is_as_usual(file: Path) -> None:
    assert read_config(file) == Config()
    file.write_text("# nothing is set\n\n")
    assert read_config(file) == Config()
    assert Config().theme == "snaptui"
    assert Config().origin("theme") == "default"


def test_everything_can_be_set(file: Path) -> None:
    file.write_text(
        """
theme = "high-contrast"
ascii = true
mouse = false
calm = true
times = "exact"
timezone = "Europe/Berlin"
restore_state = false

[keys]
"do.snapshot" = "S,f5"
do.clone = "C"

[clouds.local]
read_only = true
repository = "~/snapshots"
"""
    )
    config = read_config(file)
    assert config.theme == "high-contrast"
    assert config.ascii is True
    assert config.mouse is False
    assert config.calm is True
    assert config.times == "exact"
    assert config.timezone == "Europe/Berlin"
    assert str(config.zone) == "Europe/Berlin"
    assert config.restore_state is False
    assert config.keys == {"do.snapshot": "S,f5", "do.clone": "C"}
    assert config.local == CloudConfig(read_only=True, repository=Path.home() / "snapshots")
    assert config.cloud("another") == CloudConfig()
    for key in ("theme", "keys.do.clone", "clouds.local.read_only"):
        assert config.origin(key) == str(file)


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_can_be_named(file: Path, theme: str) -> None:
    file.write_text(f'theme = "{theme}"')
    assert read_config(file).theme == theme


def test_auto_is_what_the_locale_says(file: Path) -> None:
    for text, value in (('"auto"', None), ("true", True), ("false", False)):
        file.write_text(f"ascii = {text}")
        assert read_config(file).ascii is value


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        (
            "[clouds.locale]\nread_only = true",
            "1:2",
            "clouds.locale is no cloud of ours: use local, or give it a kind: 'aws' or 'openstack'",
        ),
        (
            "[clouds.lab]\nkind = 'azure'",
            "2:1",
            "clouds.lab.kind cannot be 'azure': use 'aws' or 'openstack'",
        ),
        ("[clouds.east]\nkind = 'aws'", "1:2", "clouds.east.region is missing: give a region"),
        (
            "[clouds.lab]\nkind = 'openstack'\npassword = 'x'",
            "3:1",
            "clouds.lab.password is no key of ours: use kind, read_only, refresh, cloud or region",
        ),
        ("[clouds.lab]\nkind = 'openstack'\nrefresh = -1", "3:1", "use a number of seconds"),
        ("[clouds]\nlab = 1", "2:1", "clouds.lab cannot be 1: use a table"),
        (
            "# a\n[clouds.local]\n  read_only = 1",
            "3:3",
            "clouds.local.read_only cannot be 1: use true or false",
        ),
        ("clouds = {local = {read_only = 0}}", "1:1", "clouds.local.read_only cannot be 0"),
        ('[clouds.local]\nrepository = "here"', "2:1", "cannot be 'here': use a whole path"),
        ('[clouds.local]\nrepository = "~nobody-x/r"', "2:1", "use a whole path"),
        ('[clouds.local]\ntrash_days = "x"', "2:1", "use a number of days"),
        # what may have been meant to protect something
        ("read_only = true", "1:1", "read_only is no key of ours"),
        ("readonly = true", "1:1", "readonly is no key of ours"),
        ('repositry = "/x"', "1:1", "repositry is no key of ours"),
        ("[cloud.local]\nread_only = true", "1:", "cloud is no key of ours"),
        ("[key]\ndo.snapshot = 's'", "1:", "key is no key of ours"),
        ("something = 1", "1:1", "something is no key of ours"),
        (
            'theme = "blue"\n[clouds.local]\nread_only = 1',
            "3:1",
            "clouds.local.read_only cannot be 1: use true or false; 1 more is wrong",
        ),
        ("a\n", "1:2", "expected '=' after a key"),
        (
            'theme = "light"\ncalm = tru',
            "2:8",
            "invalid value in calm = tru: the file has to be TOML",
        ),
        # what only Unicode calls the end of a line
        ("# a\u2028b\ncalm = tru\nascii = true", "2:8", "invalid value in calm = tru:"),
        ("# a\u2028b\n[clouds.local]\nread_only = 1", "3:1", "read_only cannot be 1"),
        ("[clouds.a]\nendpoint_url = http://u:hush@x", "2:", "value: the file has to be TOML"),
        ("theme = '''", "1:1", "the file has to be TOML"),
        ("calm = true\ncalm = true", "2:", "the file has to be TOML"),
    ],
)
def test_what_protects_has_to_be_understood(file: Path, text: str, place: str, told: str) -> None:
    file.write_text(text)
    with pytest.raises(InvalidInputError) as caught:
        read_config(file)
    message = str(caught.value)
    assert message.startswith(f"{file}:{place}")
    assert told in message
    assert "\n" not in message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ('theme = "blue"', "1:1", "theme cannot be 'blue': use 'snaptui', 'light'"),
        ("\nmouse = 3", "2:1", "mouse cannot be 3: use true or false"),
        ('ascii = "no"', "1:1", "ascii cannot be 'no': use 'auto', true or false"),
        ('thme = "light"', "1:1", "thme is no key of ours: use theme, ascii"),
        ("Mouse = false", "1:1", "Mouse is no key of ours"),
        ('timezone = "Europe/Nowhere"', "1:1", "use 'local' or a name like 'Europe/Berlin'"),
        ('timezone = "Europe"', "1:1", "timezone cannot be 'Europe'"),
        ('timezone = "../../etc/passwd"', "1:1", "use 'local'"),
        ('[keys]\n"do.snapshot" = 3', "2:1", "keys.do.snapshot cannot be 3: use keys in quotes"),
        ("[keys]\ndo.snapshot = true", "2:1", "keys.do.snapshot cannot be true"),
        ('keys = "s"', "1:1", "keys cannot be 's': use a table"),
        ("calm = {a = 1}", "1:1", "calm cannot be a table: use true or false"),
    ],
)
def test_one_can_go_on_with_a_mistake_that_is_about_looks(
    file: Path, text: str, place: str, told: str
) -> None:
    file.write_text(text)
    config = read_config(file)
    (problem,) = config.problems
    assert problem.startswith(f"{file}:{place}")
    assert told in problem
    assert "\n" not in problem
    assert replace(config, problems=(), clouds={}) == Config()


def test_what_is_right_is_taken_beside_what_is_wrong(file: Path) -> None:
    file.write_text(
        'calm = 1\nmouse = false\ntimes = "x"\n[keys]\n"do.snapshot" = 3\n"do.clone" = "C"\n'
        "[clouds.local]\nread_only = true\n"
    )
    config = read_config(file)
    assert len(config.problems) == 3
    assert (config.calm, config.mouse, config.times) == (False, False, "relative")
    assert config.keys == {"do.clone": "C"}
    assert config.local.read_only
    assert config.origin("calm") == "default"
    assert config.origin("mouse") == str(file)


def test_what_is_no_text_is_told(file: Path) -> None:
    file.write_bytes(b"# fine\n# bad \xff\n")
    with pytest.raises(InvalidInputError, match=r":2:1: this is not UTF-8"):
        read_config(file)
    file.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(InvalidInputError, match="larger than 1 MiB"):
        read_config(file)
    file.write_text("a = " + "[" * 100_000)
    with pytest.raises(InvalidInputError, match="nested too deeply"):
        read_config(file)
    file.unlink()
    file.mkdir()
    with pytest.raises(InvalidInputError, match="cannot be read: Is a directory"):
        read_config(file)


def test_hostile_values_reach_no_terminal(file: Path) -> None:
    file.write_text('theme = "\\u001b]52;c;ZXZpbA==\\u0007\\u202e"\n')
    (problem,) = read_config(file).problems
    assert problem.isprintable()
    file.write_text('"\\u001b]52;c;ZXZpbA==\\u0007" = 1\n[clouds.local]\nrepository = "\\u001b[2J"')
    with pytest.raises(InvalidInputError) as caught:
        read_config(file)
    assert str(caught.value).isprintable()


def test_where_the_file_is(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config_path() == own_home / ".config/snaptui/config.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "/elsewhere")
    assert config_path() == Path("/elsewhere/snaptui/config.toml")
    monkeypatch.setenv("SNAPTUI_CONFIG", "~/mine.toml")
    assert config_path() == own_home / "mine.toml"


@pytest.mark.parametrize("mistaken", ["", "them = 1\n"])
def test_nothing_heavy_is_loaded_to_read_it(file: Path, mistaken: str) -> None:
    file.write_text(
        mistaken + 'calm = true\n[clouds.local]\nrepository = "/r"\n[clouds.a]\nkind = "aws"\n'
        'region = "eu-1"\nendpoint_url = "http://a"\n[clouds.b]\nkind = "openstack"\n'
    )
    code = (
        "import sys; from pathlib import Path; from snaptui.config import read_config;"
        "read_config(Path(sys.argv[1])); print(sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, file], capture_output=True, text=True, check=True
    )
    loaded = set(ast.literal_eval(done.stdout))
    assert "tomllib" in loaded
    assert not loaded & HEAVY


_ANYTHING = ("true", "1", "-1", "0.5", "nan", "inf", '""', '"x"', "[]", '["x"]', "{}", "2026-01-01")
_YES_OR_NO = {"true"}
_WORDS = {'""', '"x"'}
_AWS = '[clouds.x]\nkind = "aws"\nregion = "eu-1"\n'
_LAB = '[clouds.x]\nkind = "openstack"\n'


@pytest.mark.parametrize(
    ("before", "key", "good"),
    [
        ("", "theme", set()),
        ("", "ascii", _YES_OR_NO),
        ("", "mouse", _YES_OR_NO),
        ("", "calm", _YES_OR_NO),
        ("", "times", set()),
        ("", "timezone", set()),
        ("", "restore_state", _YES_OR_NO),
        ("", "keys", {"{}"}),
        ("", "find_clouds", _YES_OR_NO),
        ("", "clouds", {"{}"}),
        ("[keys]\n", "do.clone", _WORDS),
        ("[clouds.local]\n", "read_only", _YES_OR_NO),
        ("[clouds.local]\n", "repository", set()),
        ("[clouds.local]\n", "trash_days", {"1"}),
        (_AWS, "read_only", _YES_OR_NO),
        (_AWS, "refresh", {"1", "0.5"}),
        (_AWS, "profile", _WORDS),
        (_AWS, "endpoint_url", {'""'}),
        ('[clouds.x]\nkind = "aws"\n', "region", {'"x"'}),
        ('[clouds.x]\nregion = "eu-1"\n', "kind", set()),
        (_LAB, "cloud", _WORDS),
        (_LAB, "region", _WORDS),
        (_LAB, "trash_days", set()),
    ],
)
def test_a_value_of_another_type_is_told_for_every_key(
    file: Path, before: str, key: str, good: set[str]
) -> None:
    for value in _ANYTHING:
        file.write_text(f"{before}{key} = {value}\n")
        try:
            told = "".join(read_config(file).problems)
        except InvalidInputError as error:
            told = str(error)
        assert bool(told) == (value not in good), value
        if told:
            assert key.rsplit(".", maxsplit=1)[-1] in told


def test_the_limits_of_numbers(file: Path) -> None:
    for text in ("trash_days = 0", "trash_days = 3650"):
        file.write_text(f"[clouds.local]\n{text}\n")
        assert not read_config(file).problems
    file.write_text(f"{_LAB}refresh = 86400\n")
    assert read_config(file).cloud("x").refresh == 86400
    for text in ("[clouds.local]\ntrash_days = 3651\n", f"{_LAB}refresh = 86401\n"):
        file.write_text(text)
        with pytest.raises(InvalidInputError):
            read_config(file)


def test_an_override_says_where_it_comes_from() -> None:
    config = Config().overridden("--calm", calm=True).overridden("--theme", theme="light")
    assert (config.calm, config.origin("calm")) == (True, "--calm")
    assert (config.theme, config.origin("theme")) == ("light", "--theme")
    assert config.origin("mouse") == "default"


def test_remote_clouds_are_tables_with_a_kind(file: Path) -> None:
    file.write_text(
        "find_clouds = false\n"
        '[clouds."aws us-east-1"]\nkind = "aws"\nregion = "us-east-1"\nprofile = "work"\n'
        'read_only = true\n[clouds.lab]\nkind = "openstack"\ncloud = "lab"\nrefresh = 0\n'
    )
    config = read_config(file)
    assert not config.find_clouds
    assert list(config.clouds) == ["aws us-east-1", "lab"]
    aws, lab = config.cloud("aws us-east-1"), config.cloud("lab")
    assert (aws.kind, aws.read_only, aws.refresh) == ("aws", True, 60)
    assert aws.options == {"region": "us-east-1", "profile": "work"}
    assert (lab.kind, lab.read_only, lab.refresh) == ("openstack", False, 0)
    assert lab.options == {"cloud": "lab"}


@pytest.mark.parametrize(
    "url", ["https://ada:hush@ec2.example.com", "https://hush@x", "https://x/?k=hush", "hush", "7"]
)
def test_an_address_that_would_be_shown_has_no_secret_in_it(file: Path, url: str) -> None:
    file.write_text(f'[clouds.work]\nkind = "aws"\nregion = "us-east-1"\nendpoint_url = "{url}"\n')
    with pytest.raises(
        InvalidInputError, match=":4:1: clouds.work.endpoint_url cannot be"
    ) as caught:
        read_config(file)
    assert "hush" not in str(caught.value)
    file.write_text(file.read_text().replace(url, "http://127.0.0.1:5000"))
    assert read_config(file).cloud("work").options["endpoint_url"] == "http://127.0.0.1:5000"
