"""`snaptui snapshot`, and the main job end to end on a real file system."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import BLOCK, MIB, change, make_image, need

if TYPE_CHECKING:
    from tests.cli.conftest import Cli


def test_create_says_the_sentence_and_the_uid(cli: Cli, web: str) -> None:
    made = cli("snapshot", "create", "web", "--name", "Test Snapshot").done()
    sentence, uid = made.out.splitlines()
    assert sentence == "Snapshot Test Snapshot was successfully created."
    assert re.fullmatch(r"snap-[0-9A-F]{8}", uid)


def test_create_as_json_is_the_snapshot(cli: Cli, web: str) -> None:
    made = cli(
        "snapshot", "create", web, "--name", "a", "--description", "two\nlines", "--json"
    ).done()
    document = made.document
    assert document["description"] == "two\nlines"
    assert document["volume_uid"] == web
    assert document["visibility"] == "private"
    assert document["status"] == "completed"
    assert document["parent_uid"] is None
    assert document["size_bytes"] == 8 * MIB
    assert 0 < document["stored_bytes"] <= document["new_bytes"] == document["data_bytes"]
    assert document["consistency"] in {"stable", "frozen"}
    assert document == cli("snapshot", "show", document["resource_uid"], "--json").document


def test_a_second_snapshot_stores_what_changed(cli: Cli, web: str, image: Path) -> None:
    first = cli("snapshot", "create", "web", "--name", "a", "--json").document
    change(image, BLOCK * 3 + 5, os.urandom(10))
    second = cli("snapshot", "create", "web", "--name", "b", "--json").document
    assert second["parent_uid"] == first["resource_uid"]
    assert second["new_bytes"] == BLOCK


def test_list_is_newest_first_and_can_be_one_volumes(cli: Cli, web: str, tmp_path: Path) -> None:
    cli("volume", "add", make_image(tmp_path / "db.img", seed=9)).done()
    for volume, name in (("web", "first"), ("db", "other"), ("web", "second")):
        cli("snapshot", "create", volume, "--name", name).done()
    names = [each["name"] for each in cli("snapshot", "list", "--json").document]
    assert names == ["second", "other", "first"]
    only = cli("snapshot", "list", "--volume", "db", "--json").document
    assert [each["name"] for each in only] == ["other"]
    table = cli("snapshot", "list").done().out.splitlines()
    assert len(table) == 4
    assert re.match(r"second  snap-[0-9A-F]{8}  web     2\d\d\d-.* completed$", table[1])


def test_show_tells_every_field(cli: Cli, web: str) -> None:
    cli("snapshot", "create", "web", "--name", "a", "--description", "why\nso").done()
    shown = cli("snapshot", "show", "a").done().out
    for label in (
        "Name", "Resource UID", "Description", "Created At", "Owner", "Visibility", "Status",
        "Volume", "Volume size", "Parent", "New", "Stored", "Consistency", "Read",
    ):  # fmt: skip
        assert re.search(rf"^{label}: +\S", shown, re.MULTILINE), label
    assert "why so" in shown
    assert f"web ({web})" in shown


def test_diff_is_with_the_parent_or_another(cli: Cli, web: str, image: Path) -> None:
    cli("snapshot", "create", "web", "--name", "a").done()
    change(image, 5 * MIB, b"x" * (2 * BLOCK))
    cli("snapshot", "create", "web", "--name", "b").done()
    change(image, 0, bytes(BLOCK))
    cli("snapshot", "create", "web", "--name", "c").done()

    from_parent = cli("snapshot", "diff", "b", "--json").done().document
    assert from_parent["added_bytes"] == 2 * BLOCK
    assert from_parent["ranges"] == [{"offset": 5 * MIB, "length": 2 * BLOCK, "kind": "added"}]
    from_first = cli("snapshot", "diff", "c", "--from", "a", "--json").document
    assert (from_first["added_bytes"], from_first["removed_bytes"]) == (2 * BLOCK, BLOCK)
    from_nothing = cli("snapshot", "diff", "a", "--json").document
    assert from_nothing["from_uid"] is None

    text = cli("snapshot", "diff", "b").done().out
    assert "In all:   128 KiB in 1 range of 64 KiB blocks" in text
    assert re.search(rf"^{5 * MIB}  128 KiB  added$", text, re.MULTILINE)
    assert "an empty volume" in cli("snapshot", "diff", "a").out


def test_clone_makes_a_volume_of_its_own(cli: Cli, web: str, image: Path, tmp_path: Path) -> None:
    (tmp_path / "pool").mkdir()
    cli("zone", "add", "rack-b", tmp_path / "pool").done()
    cli("snapshot", "create", "web", "--name", "a").done()
    cloned = cli("snapshot", "clone", "a", "--name", "copy", "--zone", "rack-b").done()
    sentence, uid = cloned.out.splitlines()
    assert sentence == "Volume copy was successfully cloned from snapshot a."
    volume = cli("volume", "show", uid, "--json").document
    assert volume["zone"] == "rack-b"
    assert Path(volume["path"]).read_bytes() == image.read_bytes()
    larger = cli("snapshot", "clone", "a", "--name", "large", "--size", "16MiB", "--json").document
    assert larger["size_bytes"] == 16 * MIB
    assert larger["source_snapshot_uid"] == volume["source_snapshot_uid"]


def test_restore_writes_a_new_file(
    cli: Cli, web: str, image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("snapshot", "create", "web", "--name", "a").done()
    monkeypatch.chdir(tmp_path)
    restored = cli("snapshot", "restore", "a", "--to", "out.img").done()
    assert restored.out == f"Snapshot a was successfully restored to {tmp_path / 'out.img'}.\n"
    assert (tmp_path / "out.img").read_bytes() == image.read_bytes()


def test_restore_in_place_writes_what_differs(cli: Cli, web: str, image: Path) -> None:
    cli("snapshot", "create", "web", "--name", "a").done()
    before = image.read_bytes()
    change(image, 7 * MIB, b"spoilt")
    cli("snapshot", "restore", "a", "--in-place").refused("confirmed", "--yes", code=2)
    assert image.read_bytes() != before
    report = cli("snapshot", "restore", "a", "--in-place", "--yes", "--json").done().document
    assert image.read_bytes() == before
    assert report["written_bytes"] == BLOCK


def test_delete_leaves_the_others(cli: Cli, web: str, image: Path, tmp_path: Path) -> None:
    for name in "abc":
        change(image, 0, name.encode() * 100)
        cli("snapshot", "create", "web", "--name", name).done()
    cli("snapshot", "delete", "b").refused("confirmed", code=2)
    out = cli("snapshot", "delete", "b", "--yes").done().out
    assert out.startswith("Snapshot b was successfully deleted.\n")
    cli("snapshot", "restore", "c", "--to", tmp_path / "c.img").done()
    assert (tmp_path / "c.img").read_bytes() == image.read_bytes()
    assert cli("check").done().out == ("Check found no damage in 2 snapshots and 1 in the trash.\n")


def test_verify_and_check_tell_damage(cli: Cli, web: str, repository_path: Path) -> None:
    uid = cli("snapshot", "create", "web", "--name", "a", "--json").document["resource_uid"]
    assert cli("snapshot", "verify", "a").done().out == "Check found no damage in snapshot a.\n"
    assert cli("check", "--json").done().document["damages"] == []
    (pack,) = repository_path.rglob("*.pack")
    pack.chmod(0o600)
    change(pack, pack.stat().st_size // 2, b"\xff\x00\xff\x00")
    for command in (["check"], ["snapshot", "verify", "a"]):
        found = cli(*command)
        assert found.code == 3
        assert "damage" in found.err
        assert found.err.count("\n") == 1
        assert "packs" in found.out
        assert uid in found.out
        document = cli(*command, "--json")
        assert document.code == 3
        hit = [damage["snapshot_uids"] for damage in document.document["damages"]]
        assert [uid] in hit


def test_the_main_job_on_a_real_file_system(program: Cli, tmp_path: Path) -> None:
    need("mkfs.ext4", "debugfs", "e2fsck")
    tree = tmp_path / "tree"
    tree.mkdir()
    for number in range(20):
        (tree / f"{number}.bin").write_bytes(os.urandom(300_000))
    image = make_image(tmp_path / "root.img", 64 * MIB, data=((0, 1),))
    subprocess.run(["mkfs.ext4", "-qF", "-d", tree, image], check=True, capture_output=True)
    original = image.read_bytes()
    (tmp_path / "pool").mkdir()

    program("volume", "add", image, "--name", "root").done()
    program("zone", "add", "other", tmp_path / "pool").done()
    program("snapshot", "create", "root", "--name", "Test Snapshot").done()
    (tmp_path / "new.bin").write_bytes(os.urandom(1_000_000))
    subprocess.run(
        ["debugfs", "-w", "-R", f"write {tmp_path / 'new.bin'} new.bin", image],
        check=True,
        capture_output=True,
    )
    second = program("snapshot", "create", "root", "--name", "second", "--json").done().document
    assert 1_000_000 <= second["new_bytes"] < 1_000_000 + 16 * BLOCK

    clone = program(
        "snapshot", "clone", "Test Snapshot", "--name", "c", "--zone", "other", "--json"
    )
    path = Path(clone.done().document["path"])
    assert path.parent == tmp_path / "pool"
    assert path.read_bytes() == original
    subprocess.run(["e2fsck", "-fn", path], check=True, capture_output=True)
    program("snapshot", "restore", "Test Snapshot", "--in-place", "--yes").done()
    assert image.read_bytes() == original
    assert program("check").done().out == "Check found no damage in 2 snapshots.\n"


def test_what_a_deleted_volume_has_left_is_listed(cli: Cli, web: str, snap: str) -> None:
    cli("volume", "delete", "web", "--yes").done()
    for reference in ("web", web, web[:8], web[4:9].lower()):
        found = cli("snapshot", "list", "--volume", reference, "--json").done().document
        assert [each["resource_uid"] for each in found] == [snap], reference
    cli("snapshot", "list", "--volume", "wen").refused("no volume")
    cli("snapshot", "list", "--volume", "").refused("no volume is named", code=2)
    # another one of that name: it is what is meant, until it has gone, too
    cli("volume", "create", "--name", "web", "--size", "1MiB").done()
    assert cli("snapshot", "list", "--volume", "web", "--json").done().document == []
    second = cli("snapshot", "create", "web", "--name", "b", "--json").document["volume_uid"]
    cli("volume", "delete", "web", "--yes").done()
    cli("snapshot", "list", "--volume", "web").refused(web, second, "say which", code=2)
    assert len(cli("snapshot", "list", "--volume", second, "--json").document) == 1
