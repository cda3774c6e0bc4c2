"""`snaptui config`, and what the config file does to commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from snaptui.units import tell_times_in
from tests.cli.conftest import Cli


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("SNAPTUI_CONFIG", str(path))
    return path


def test_path_tells_where_the_file_would_be(cli: Cli, file: Path) -> None:
    assert cli("config", "path").done().out == f"{file}\n"
    assert cli("config", "path", "--json").document == {"path": str(file), "exists": False}
    file.write_text("what? no TOML")
    assert cli("config", "path").done().out == f"{file}\n"
    assert cli("config", "path", "--json").document == {"path": str(file), "exists": True}


def test_show_tells_every_value_and_where_it_comes_from(
    cli: Cli, file: Path, repository_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('theme = "light"\n[keys]\n"do.snapshot" = "S,f5"\n')
    shown = cli("config", "show", "--calm", "--json").document["values"]
    assert shown["theme"] == {"value": "light", "origin": str(file)}
    assert shown["keys.do.snapshot"] == {"value": "S,f5", "origin": str(file)}
    assert shown["calm"] == {"value": True, "origin": "--calm"}
    assert shown["mouse"] == {"value": True, "origin": "default"}
    assert shown["ascii"] == {"value": "auto", "origin": "default"}
    assert shown["clouds.local.repository"] == {
        "value": str(repository_path),
        "origin": "SNAPTUI_REPOSITORY",
    }
    monkeypatch.setenv("SNAPTUI_ASCII", "1")
    shown = cli("--theme", "ansi", "config", "show", "--no-mouse", "--json").document["values"]
    assert shown["ascii"] == {"value": True, "origin": "SNAPTUI_ASCII=1"}
    assert shown["theme"] == {"value": "ansi", "origin": "--theme"}
    assert shown["mouse"] == {"value": False, "origin": "--no-mouse"}
    text = cli("config", "show").done().out
    assert f"theme                    light{' ' * 8}" in text
    assert "keys.do.snapshot" in text


def test_a_mistake_is_one_line_and_exit_code_2(cli: Cli, file: Path) -> None:
    file.write_text("\n[clouds.local]\nread_only = 'yes'")
    told = f"{file}:3:1: clouds.local.read_only cannot be 'yes': use true or false"
    for command in (["config", "show"], ["volume", "list"], ["check"]):
        cli(*command).refused(told, code=2)
    cli("--version").done()
    cli("config", "show", "--theme", "blue").refused("blue", code=2)


def test_a_mistake_about_looks_stops_nothing_and_is_told_once(
    cli: Cli, file: Path, image: Path
) -> None:
    file.write_text("\ncalm = 'yes'\n[clouds.local]\ntrash_days = 3\n")
    told = f"{file}:2:1: calm cannot be 'yes': use true or false; it is left out"
    assert cli("volume", "create", "--name", "x", "--size", "1MiB").code == 0  # makes a repository
    for command in (
        ["volume", "add", image],
        ["snapshot", "create", "web", "--name", "a"],
        ["snapshot", "delete", "a", "--yes"],
        ["volume", "list", "--filter", "web", "--json"],
        ["check"],
    ):
        ran = cli(*command)
        assert (ran.code, ran.err) == (0, f"snaptui: {told}\n"), command
    shown = cli("config", "show")
    assert (shown.code, shown.err) == (2, f"snaptui: {told}\n")
    as_json = cli("config", "show", "--json")
    assert as_json.code == 2
    assert as_json.document["problems"] == [told]
    assert as_json.document["values"]["calm"] == {"value": False, "origin": "default"}
    assert as_json.document["values"]["clouds.local.trash_days"]["value"] == 3


def test_the_repository_of_the_file_is_used_unless_another_is_named(
    cli: Cli, file: Path, tmp_path: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine"
    file.write_text(f'[clouds.local]\nrepository = "{mine}"')
    cli("volume", "list").refused("repository")  # the environment's comes first, and is not there
    monkeypatch.delenv("SNAPTUI_REPOSITORY")
    cli("volume", "add", image).done()
    assert (mine / "catalog").is_dir()
    assert len(cli("volume", "list", "--json").document) == 1
    assert cli("config", "show", "--json").document["values"]["clouds.local.repository"] == {
        "value": str(mine),
        "origin": str(file),
    }
    other = tmp_path / "other"
    cli("volume", "create", "--name", "x", "--size", "1MiB", "--repository", other).done()
    assert len(cli("volume", "list", "--json", "--repository", other).document) == 1


def test_a_read_only_cloud_lets_nothing_be_changed(cli: Cli, file: Path, image: Path) -> None:
    cli("volume", "add", image).done()
    cli("snapshot", "create", "web", "--name", "a").done()
    file.write_text("[clouds.local]\nread_only = true")
    for command in (
        ["volume", "create", "--name", "x", "--size", "1MiB"],
        ["volume", "add", image],
        ["volume", "delete", "web", "--yes"],
        ["snapshot", "create", "web", "--name", "b"],
        ["snapshot", "delete", "a", "--yes"],
        ["zone", "add", "z", image.parent],
    ):
        cli(*command).refused("read-only")
    assert [each["name"] for each in cli("snapshot", "list", "--json").document] == ["a"]
    assert [each["name"] for each in cli("volume", "list", "--json").document] == ["web"]
    assert (
        cli("config", "show", "--json").document["values"]["clouds.local.read_only"]["value"]
        is True
    )


def test_a_read_only_cloud_makes_no_repository(cli: Cli, file: Path, repository_path: Path) -> None:
    file.write_text("[clouds.local]\nread_only = true")
    command = ("volume", "create", "--name", "x", "--size", "1MiB")
    cli(*command).refused("no repository", f"read-only by {file}")
    cli(*command, "--read-only").refused("read-only by --read-only")
    assert not repository_path.exists()


def test_times_are_told_in_the_zone_of_the_file(cli: Cli, file: Path, image: Path) -> None:
    cli("volume", "add", image).done()
    try:
        for zone, word in (("Asia/Tokyo", "JST"), ("UTC", "UTC")):
            file.write_text(f'timezone = "{zone}"')
            assert word in cli("volume", "show", "web").done().out
    finally:
        tell_times_in(None)


def test_keys_tells_what_a_key_map_can_name(cli: Cli, file: Path) -> None:
    usual = {row["id"]: row for row in cli("config", "keys", "--json").document}
    assert usual["do.snapshot"]["keys"] == "s"
    assert usual["go.back"]["keys"] == "escape,backspace"
    assert not any(row["changed"] for row in usual.values())
    file.write_text('[keys]\n"do.snapshot" = "S,f5"\n')
    mine = {row["id"]: row for row in cli("config", "keys", "--json").document}
    assert mine["do.snapshot"] == {**usual["do.snapshot"], "keys": "S,f5", "changed": True}
    assert "do.snapshot" in cli("config", "keys").done().out
    assert cli("config", "keys", "--csv").done().out.startswith("id,keys,changed,meaning")


def test_show_tells_what_is_wrong_with_the_keys(cli: Cli, file: Path) -> None:
    file.write_text('[keys]\n"do.snapshot" = "c"\n"do.snapshoot" = "x"\n')
    shown = cli("config", "show")
    assert shown.code == 0
    assert "c is for do.snapshot, instead of do.clone, which has no key now." in shown.err
    assert "No binding is called do.snapshoot; do.snapshot is near" in shown.err
    assert len(cli("config", "show", "--json").document["problems"]) == 2
    file.write_text('[keys]\n"do.snapshot" = "f5"\n')
    assert cli("config", "show", "--json").document["problems"] == []
