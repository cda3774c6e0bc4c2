"""Deleting several snapshots, taking them back, purging, pinning: from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from snaptui.clouds.local import LocalCloud
from snaptui.models import Snapshot
from tests.cli.conftest import Cli
from tests.support import MIB, change


@pytest.fixture
def three(cli: Cli, web: str, image: Path) -> dict[str, str]:
    """Three snapshots, by name."""
    made = {}
    for number, name in enumerate("abc"):
        change(image, number * MIB, name.encode() * 70000)
        made[name] = cli("snapshot", "create", "web", "--name", name, "--json").document[
            "resource_uid"
        ]
    return made


def names(cli: Cli) -> list[str]:
    return sorted(each["name"] for each in cli("snapshot", "list", "--json").done().document)


def trashed(cli: Cli) -> list[str]:
    found = cli("trash", "list", "--json").done().document
    return sorted(each["snapshot"]["name"] for each in found)


def test_several_are_deleted_and_taken_back(
    cli: Cli, three: dict[str, str], image: Path, tmp_path: Path
) -> None:
    cli("snapshot", "delete", "a", "b").refused("confirmed", "--yes", code=2)
    done = cli("snapshot", "delete", "a", three["b"], "a", "--yes", "--json").done().document
    assert done["uids"] == [three["a"], three["b"]]
    assert done["left_out"] == []
    assert done["until"]
    assert names(cli) == ["c"]
    assert trashed(cli) == ["a", "b"]
    (volume,) = cli("volume", "list", "--json").document
    assert volume["snapshot_count"] == 1
    cli("snapshot", "show", three["a"]).refused("in the trash", f"snapshot undelete {three['a']}")
    back = cli("snapshot", "undelete", "a", three["b"][:10], "--json").done().document
    assert [each["resource_uid"] for each in back] == [three["a"], three["b"]]
    assert names(cli) == ["a", "b", "c"]
    assert trashed(cli) == []
    cli("snapshot", "undelete", "a").refused("in the trash", "trash list")
    cli("snapshot", "restore", "c", "--to", tmp_path / "c.img").done()
    assert (tmp_path / "c.img").read_bytes() == image.read_bytes()


def test_what_is_said_for_people(cli: Cli, three: dict[str, str]) -> None:
    first, second = cli("snapshot", "delete", "a", "--yes").done().out.splitlines()
    assert first == "Snapshot a was successfully deleted."
    assert second.endswith(f"snaptui snapshot undelete {three['a']}")
    table = cli("trash", "list").done().out.splitlines()
    assert table[0].split()[:2] == ["NAME", "RESOURCE"]
    assert table[1].split()[:3] == ["a", three["a"], "web"]
    assert table[1].endswith("7 d")
    head, row = cli("trash", "list", "--csv").done().out.splitlines()
    assert head.split(",")[0] == "snapshot.resource_uid"
    assert row.split(",")[0] == three["a"]
    assert cli("snapshot", "undelete", "a").done().out == (
        "Snapshot a was successfully taken back.\n"
    )
    out = cli("snapshot", "delete", "a", "b", "--yes").done().out
    assert out.startswith("2 snapshots were successfully deleted.\n")


def test_a_purge_is_for_good(cli: Cli, three: dict[str, str], repository_path: Path) -> None:
    cli("snapshot", "delete", "a", "b", "--yes").done()
    cli("trash", "purge", "a").refused("confirmed", "--yes", code=2)
    cli("trash", "purge", "c", "--yes").refused("no snapshot 'c' in the trash")
    cli("trash", "purge", "--older-than", "1h", "--yes").done()
    assert trashed(cli) == ["a", "b"]
    cli("trash", "purge", "--older-than", "soon", "--yes").refused("not a duration", code=2)
    for age in ("9999y", "999999999y"):
        assert "nothing to purge" in cli("trash", "purge", "--older-than", age, "--yes").done().out
    assert cli("trash", "purge", "a", "--yes").done().out == (
        "Snapshot a was successfully purged.\n"
    )
    assert trashed(cli) == ["b"]
    done = cli("trash", "purge", "--older-than", "0s", "--yes", "--json").done().document
    assert done["uids"] == [three["b"]]
    assert trashed(cli) == []
    assert cli("trash", "purge", "--yes").done().out == "There is nothing to purge.\n"
    assert cli("check").done().out == "Check found no damage in 1 snapshot.\n"
    assert len(list((repository_path / "maps").iterdir())) == 3  # c is a delta against them


def test_pinned_ones_are_left_alone_unless_forced(cli: Cli, three: dict[str, str]) -> None:
    assert cli("snapshot", "pin", "a", "b").done().out == "2 snapshots are pinned now.\n"
    assert cli("snapshot", "unpin", "b").done().out == "Snapshot b is not pinned now.\n"
    (pinned,) = cli("snapshot", "pin", "a", "--json").done().document
    assert pinned["pinned"]
    assert "Pinned:        yes" in cli("snapshot", "show", "a").done().out
    assert "completed, pinned" in cli("snapshot", "list").done().out
    ran = cli("snapshot", "delete", "a", "b", "--yes")
    assert ran.code == 1
    assert "is pinned" in ran.err
    assert "Snapshot b was successfully deleted." in ran.out
    assert names(cli) == ["a", "c"]
    cli("snapshot", "delete", "a", "--yes").refused("pinned")
    cli("snapshot", "delete", "a", "--yes", "--force").done()
    assert names(cli) == ["c"]
    cli("snapshot", "undelete", "a").done()
    assert cli("snapshot", "show", "a", "--json").document["pinned"]


def test_how_long_it_is_kept_is_set_in_the_config(
    cli: Cli, three: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    monkeypatch.setenv("SNAPTUI_CONFIG", str(file))
    file.write_text("[clouds.local]\ntrash_days = 30\n")
    cli("snapshot", "delete", "a", "--yes").done()
    file.write_text("[clouds.local]\ntrash_days = 0\n")
    # no word of taking back what is gone at once
    assert cli("snapshot", "delete", "b", "--yes").done().out == (
        "Snapshot b was successfully deleted.\n"
    )
    # what was promised when it was deleted holds
    assert trashed(cli) == ["a"]
    assert cli("trash", "list").out.splitlines()[1].endswith("30 d")
    shown = cli("config", "show", "--json").document["values"]["clouds.local.trash_days"]
    assert shown == {"value": 0, "origin": str(file)}
    file.write_text("[clouds.local]\ntrash_days = -1\n")
    cli("trash", "list").refused("2:1", "a number of days from 0", code=2)


def test_an_empty_trash(cli: Cli, repository_path: Path) -> None:
    cli("trash", "list").refused("does not exist")
    cli("volume", "create", "--name", "v", "--size", "1MiB").done()
    assert cli("trash", "list", "--json").done().document == []
    assert cli("trash", "list").done().out == ""


def test_what_to_do_about_a_pin_is_told(cli: Cli, three: dict[str, str]) -> None:
    cli("snapshot", "pin", "a").done()
    cli("snapshot", "delete", "a", "--yes").refused("it is pinned", "snapshot unpin", "--force")
    ran = cli("snapshot", "delete", "a", "b", "--yes")
    assert ran.code == 1
    assert "a (" in ran.err
    assert "--force" in ran.err
    cli("snapshot", "delete", "a", "--yes", "--force").done()


def test_what_was_purged_before_it_could_be_taken_back_is_told(
    cli: Cli, three: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("snapshot", "delete", "a", "b", "--yes").done()
    undelete = LocalCloud.undelete

    async def late(cloud: LocalCloud, uids: Sequence[str]) -> list[Snapshot]:
        await cloud.purge([three["a"]])
        return await undelete(cloud, uids)

    monkeypatch.setattr(LocalCloud, "undelete", late)
    ran = cli("snapshot", "undelete", "a", "b")
    assert ran.code == 1
    assert ran.out == "Snapshot b was successfully taken back.\n"
    assert ran.err == f"snaptui: a ({three['a']}) is not in the trash any more\n"
