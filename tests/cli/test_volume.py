"""`snaptui volume`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.terminal import Terminal
from tests.support import MIB, make_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Cli

UID = re.compile(r"vol-[0-9A-F]{8}")


def test_add_makes_the_repository_and_names_the_volume_by_its_file(
    cli: Cli, repository_path: Path, image: Path
) -> None:
    added = cli("volume", "add", image).done()
    sentence, uid = added.out.splitlines()
    assert sentence == "Volume web was successfully added."
    assert UID.fullmatch(uid)
    assert repository_path.is_dir()


def test_add_takes_name_zone_and_block_size(cli: Cli, image: Path, tmp_path: Path) -> None:
    (tmp_path / "pool").mkdir()
    cli("zone", "add", "rack-b", tmp_path / "pool").done()
    added = cli(
        "volume", "add", image, "--name", "Web Data", "--zone", "rack-b", "--block-size", "1MiB",
        "--json",
    ).done()  # fmt: skip
    document = added.document
    assert document["name"] == "Web Data"
    assert document["zone"] == "rack-b"
    assert document["block_size"] == MIB
    assert document["path"] == str(image)
    assert document["managed"] is False


def test_add_understands_a_relative_path(
    cli: Cli, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(image.parent)
    assert cli("volume", "add", image.name, "--json").document["path"] == str(image)


def test_create_makes_a_sparse_file(cli: Cli) -> None:
    document = cli("volume", "create", "--name", "blank", "--size", "1.5GiB", "--json").document
    assert document["size_bytes"] == 1536 * MIB
    assert document["managed"] is True
    status = Path(document["path"]).stat()
    assert status.st_size == 1536 * MIB
    assert status.st_blocks < 100
    again = cli("volume", "create", "--name", "blank two", "--size", "4096").done()
    assert again.out.startswith("Volume blank two was successfully created.\nvol-")


def test_list_is_an_aligned_table(cli: Cli, image: Path, tmp_path: Path) -> None:
    cli("volume", "add", image).done()
    cli("volume", "add", make_image(tmp_path / "b.img", seed=2), "--name", "名前").done()
    listed = cli("volume", "list").done()
    head, first, second = listed.out.splitlines()
    assert re.split(" {2,}", head) == [
        "NAME", "RESOURCE UID", "SIZE", "STATUS", "ZONE", "ATTACHED TO", "SNAPSHOTS", "LAST AGE"
    ]  # fmt: skip
    assert re.match(r"web   vol-[0-9A-F]{8}  8.0 MiB  available  default  -  +0 +-$", first)
    # two characters, four columns
    assert second.startswith("名前  vol-")


def test_list_as_json_has_the_models_fields(cli: Cli, image: Path) -> None:
    uid = cli("volume", "add", image, "--json").document["resource_uid"]
    cli("snapshot", "create", "web", "--name", "s").done()
    (document,) = cli("volume", "list", "--json").document
    assert document["resource_uid"] == uid
    assert document["snapshot_count"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", document["last_snapshot_at"])
    assert document == cli("--json", "volume", "show", uid).document


def test_show_tells_every_field(cli: Cli, image: Path) -> None:
    uid = cli("volume", "add", image, "--json").document["resource_uid"]
    shown = cli("volume", "show", "web").done().out
    for text in (f"Resource UID:  {uid}", f"Path:          {image}", "8388608 bytes", "64 KiB"):
        assert text in shown


def test_a_volume_is_found_by_uid_prefix_in_any_case_and_name(cli: Cli, image: Path) -> None:
    uid = cli("volume", "add", image, "--json").document["resource_uid"]
    for reference in (uid, uid[:9], uid.lower(), uid[4:10].lower(), "web"):
        assert cli("volume", "show", reference, "--json").document["resource_uid"] == uid


def test_delete_forgets_a_registered_file_and_keeps_the_snapshots(cli: Cli, image: Path) -> None:
    cli("volume", "add", image).done()
    cli("snapshot", "create", "web", "--name", "kept").done()
    deleted = cli("volume", "delete", "web", "--yes").done()
    assert deleted.out == "Volume web was successfully deleted.\n"
    assert image.exists()
    assert cli("volume", "list", "--json").document == []
    assert [each["name"] for each in cli("snapshot", "list", "--json").document] == ["kept"]


def test_delete_deletes_a_file_that_snaptui_made(cli: Cli) -> None:
    made = cli("volume", "create", "--name", "blank", "--size", "1MiB", "--json").document
    deletion = cli("volume", "delete", made["resource_uid"], "--yes", "--json").done().document
    assert deletion["resource_uid"] == made["resource_uid"]
    assert deletion["lost"]
    assert not Path(made["path"]).exists()


def test_delete_has_to_be_confirmed(cli: Cli, image: Path) -> None:
    cli("volume", "add", image).done()
    cli("volume", "delete", "web").refused("confirmed", "--yes", code=2)
    assert len(cli("volume", "list", "--json").document) == 1


def test_zones(cli: Cli, tmp_path: Path) -> None:
    assert cli("zone", "list").refused("does not exist").out == ""
    pool = tmp_path / "pool"
    pool.mkdir()
    assert cli("zone", "add", "rack-b", pool).out == "Zone rack-b was successfully added.\n"
    default, added = cli("zone", "list", "--json").done().document
    assert default["name"] == "default"
    assert (added["name"], added["path"]) == ("rack-b", str(pool))
    assert added["free_bytes"] > 0
    assert re.search(rf"^rack-b +{pool} .* 0  available$", cli("zone", "list").out, re.MULTILINE)
    cli("zone", "add", "rack-b", tmp_path).refused("already")
    cli("zone", "add", "x", tmp_path / "missing").refused("does not exist")
    cli("zone", "add", "", tmp_path).refused("the name is empty", code=2)


def test_an_empty_zone_is_forgotten(cli: Cli, tmp_path: Path) -> None:
    pool = tmp_path / "pool"
    pool.mkdir()
    cli("zone", "add", "fast", pool).done()
    cli("volume", "create", "--name", "x", "--size", "1MiB", "--zone", "fast").done()
    cli("zone", "delete", "fast").refused("the zone fast has 1 volume", "empty it first")
    cli("zone", "delete", "fast", "--read-only").refused("read-only")
    cli("zone", "delete", "default").refused("part of the repository")
    cli("zone", "delete", "slow").refused("there is no zone 'slow'", "known: default, fast")
    cli("volume", "delete", "x", "--yes").done()
    (pool / "letter.txt").write_text("dear")
    told = cli("zone", "delete", "fast").done().out
    assert told == f"Zone fast was successfully deleted; {pool} stays as it is.\n"
    assert [zone["name"] for zone in cli("zone", "list", "--json").document] == ["default"]
    assert (pool / "letter.txt").read_text() == "dear"
    newest = cli("event", "list", "--json").document[0]
    assert (newest["action"], newest["subject_uid"]) == ("delete-zone", "fast")
    cli("zone", "add", "fast", pool).done()
    assert cli("zone", "delete", "fast", "--json").done().document["path"] == str(pool)


def test_several_are_deleted_at_once(
    cli: Cli, image: Path, attach: Callable[[Path], str], repository_path: Path
) -> None:
    cli("volume", "add", image).done()
    for name in ("a", "b", "c"):
        cli("volume", "create", "--name", name, "--size", "1MiB").done()
    device = attach(image)
    cli("volume", "delete", "a", "b").refused("confirmed", "--yes", code=2)
    cli("volume", "delete", "a", "nothing", "--yes").refused("no volume")
    cli("volume", "delete", "a", "b", "--yes", "--read-only").refused("read-only")
    assert len(cli("volume", "list", "--json").document) == 4
    ran = cli("volume", "delete", "a", "b", "web", "b", "--yes")
    assert ran.code == 1
    assert ran.out == "2 volumes were successfully deleted.\n"
    assert re.fullmatch(
        rf"snaptui: web \(vol-\w+\) is left alone: it is in use by loop device {device}\n", ran.err
    )
    assert [each["name"] for each in cli("volume", "list", "--json").document] == ["c", "web"]
    assert [each.name for each in (repository_path / "volumes").iterdir()] == ["c.raw"]
    cli("volume", "create", "--name", "d", "--size", "1MiB").done()
    document = cli("volume", "delete", "c", "d", "--yes", "--json").done().document
    assert len(document["uids"]) == 2


def test_deleting_several_wants_it_typed(cli: Cli) -> None:
    for name in ("a", "b"):
        cli("volume", "create", "--name", name, "--size", "1MiB").done()
    for typed, code, left in (("y", 130, 2), ("delete 2", 0, 0)):
        terminal = Terminal("volume", "delete", "a", "b")
        shown = terminal.read_until("Type 'delete 2' to go on")
        assert "Deleting 2 volumes" in shown
        assert "lost: a: the volume's data: " in shown
        terminal.type(f"{typed}\n")
        assert terminal.end() == code
        assert len(cli("volume", "list", "--json").document) == left
