"""Bad input: one line that says what is wrong and what to do, and nothing lost or half-made."""

from __future__ import annotations

import gzip
import os
import struct
from typing import TYPE_CHECKING

import pytest

from tests.support import MIB, make_image, need

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Cli


# -- what cannot be registered


def test_a_path_that_is_missing(cli: Cli, repository_path: Path, tmp_path: Path) -> None:
    cli("volume", "add", tmp_path / "missing.img").refused("missing.img does not exist")
    assert not repository_path.exists()


def test_a_path_that_is_empty_text(cli: Cli) -> None:
    cli("volume", "add", "").refused("path", code=2)


def test_a_directory(cli: Cli, tmp_path: Path) -> None:
    cli("volume", "add", tmp_path).refused("is a directory", "give")


def test_an_empty_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty.img").touch()
    cli("volume", "add", tmp_path / "empty.img").refused("is empty")


def test_what_is_neither_file_nor_device(cli: Cli, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    cli("volume", "add", tmp_path / "pipe").refused("neither a file nor a block device")
    cli("volume", "add", "/dev/null").refused("neither a file nor a block device")


def test_a_dangling_link_and_a_circle(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.img").symlink_to("b.img")
    cli("volume", "add", tmp_path / "a.img").refused("a link to nothing")
    (tmp_path / "b.img").symlink_to("a.img")
    cli("volume", "add", tmp_path / "a.img").refused("a.img")


def test_an_unreadable_file(program: Cli, image: Path, repository_path: Path) -> None:
    need("setpriv", root=True)
    os.chown(image, 65534, 65534)
    image.chmod(0o600)
    # root without the right to read everything
    prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    program("volume", "add", image, prefix=prefix).refused("web.raw", "ermission denied")
    assert not repository_path.exists()


def test_the_repositorys_own_files(cli: Cli, web: str, repository_path: Path) -> None:
    inside = make_image(repository_path / "x.img")
    cli("volume", "add", inside).refused("is inside the repository", code=2)


def test_a_volume_that_is_registered_already(
    cli: Cli, web: str, image: Path, tmp_path: Path, unharmed: None
) -> None:
    (tmp_path / "soft.img").symlink_to(image)
    (tmp_path / "hard.img").hardlink_to(image)
    for path in (image, tmp_path / "soft.img", tmp_path / "hard.img"):
        cli("volume", "add", path, "--name", "again").refused("registered already", web)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"QFI\xfb" + struct.pack(">I", 3), ("qcow2", "qemu-img convert -O raw")),
        (b"KDMV" + bytes(4), ("VMDK", "qemu-img convert -O raw")),
        (b"vhdxfile" + bytes(8), ("VHDX", "qemu-img convert -O raw")),
        (gzip.compress(b"disk", mtime=0), ("gzip", "gunzip -c")),
    ],
)
def test_what_is_not_raw(
    cli: Cli, web: str, tmp_path: Path, unharmed: None, head: bytes, words: tuple[str, ...]
) -> None:
    path = tmp_path / "disk.img"
    path.write_bytes(head + bytes(MIB))
    cli("volume", "add", path).refused(*words, "not a raw image")


@pytest.mark.parametrize("size", ["100", "8MiB", "96KiB", "0", "-1", "1MB", "many"])
def test_a_block_size_that_cannot_be(
    cli: Cli, image: Path, repository_path: Path, size: str
) -> None:
    cli("volume", "add", image, "--block-size", size).refused(code=2)
    assert not repository_path.exists()


@pytest.mark.parametrize("size", ["0", "1MB", "-5", "large", "", "9999EiB"])
def test_a_size_that_cannot_be(cli: Cli, web: str, unharmed: None, size: str) -> None:
    cli("volume", "create", "--name", "x", "--size", size).refused(code=2)


def test_a_size_that_no_file_system_here_holds(cli: Cli, web: str, unharmed: None) -> None:
    cli("volume", "create", "--name", "x", "--size", "4EiB").refused("cannot hold so large a file")


# -- names


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", ("the name is empty",)),
        ("   ", ("the name is empty",)),
        ("x" * 1000, ("1000 characters", "255")),
        ("a\nb", ("control characters",)),
        ("a\x1b]52;c;eA==\x07", ("control characters",)),
        ("a\u202eb", ("control characters",)),
        ("a\udcff", ("undecodable",)),
    ],
)
def test_a_name_that_cannot_be(
    cli: Cli, snap: str, tmp_path: Path, unharmed: None, name: str, words: tuple[str, ...]
) -> None:
    other = make_image(tmp_path / "other.img", seed=4)
    cli("snapshot", "create", "web", "--name", name).refused(*words, code=2)
    cli("snapshot", "clone", snap, "--name", name).refused(*words, code=2)
    cli("volume", "create", "--size", "1MiB", "--name", name).refused(*words, code=2)
    cli("volume", "add", other, "--name", name).refused(*words, code=2)
    cli("zone", "add", name, tmp_path).refused(*words, code=2)


def test_a_description_that_cannot_be(cli: Cli, web: str, unharmed: None) -> None:
    for description in ("a\x07b", "x" * 5000):
        cli("snapshot", "create", "web", "--name", "b", "--description", description).refused(
            "description", code=2
        )


# -- references


def test_a_reference_to_nothing(cli: Cli, snap: str, unharmed: None, tmp_path: Path) -> None:
    for command in (
        ["volume", "show", "vol-00000000"],
        ["volume", "delete", "nothing", "--yes"],
        ["snapshot", "create", "nothing", "--name", "x"],
        ["snapshot", "list", "--volume", "nothing"],
        ["snapshot", "show", "snap-XYZ"],
        ["snapshot", "diff", "nothing"],
        ["snapshot", "diff", snap, "--from", "nothing"],
        ["snapshot", "delete", "nothing", "--yes"],
        ["snapshot", "clone", "nothing", "--name", "x"],
        ["snapshot", "restore", "nothing", "--to", str(tmp_path / "x")],
        ["snapshot", "verify", "nothing"],
        ["job", "show", "nothing"],
        ["job", "cancel", "nothing"],
    ):
        cli(*command).refused("there is no", "see `snaptui")
    assert not (tmp_path / "x").exists()


def test_an_empty_reference(cli: Cli, snap: str) -> None:
    cli("volume", "show", "").refused("no volume is named", code=2)
    cli("snapshot", "show", "").refused("no snapshot is named", code=2)


def test_an_ambiguous_reference(cli: Cli, snap: str, web: str, tmp_path: Path) -> None:
    cli("snapshot", "create", "web", "--name", "a").done()
    other = make_image(tmp_path / "o.img", seed=3)
    cli("volume", "add", other, "--name", "web").done()
    cli("snapshot", "show", "a").refused("could be 2 snapshots", snap, code=2)
    cli("snapshot", "delete", "snap-", "--yes").refused("could be 2 snapshots", code=2)
    cli("volume", "delete", "web", "--yes").refused("could be 2 volumes", web, code=2)
    assert len(cli("snapshot", "list", "--json").document) == 2


def test_a_deleted_reference(cli: Cli, snap: str, web: str) -> None:
    cli("snapshot", "delete", snap, "--yes").done()
    cli("snapshot", "delete", snap, "--yes").refused("is in the trash", "undelete")
    cli("trash", "purge", snap, "--yes").done()
    cli("snapshot", "delete", snap, "--yes").refused("there is no snapshot")
    cli("volume", "delete", web, "--yes").done()
    cli("volume", "show", web).refused("there is no volume")


# -- sources that change


@pytest.mark.parametrize("size", [MIB, 12 * MIB])
def test_a_volume_that_shrank_or_grew_has_its_new_size(
    cli: Cli, snap: str, image: Path, tmp_path: Path, size: int
) -> None:
    with image.open("r+b") as file:
        file.truncate(size)
    document = cli("snapshot", "create", "web", "--name", "b", "--json").done().document
    assert document["size_bytes"] == size
    cli("snapshot", "restore", "b", "--to", tmp_path / "b.img").done()
    assert (tmp_path / "b.img").read_bytes() == image.read_bytes()
    cli("snapshot", "restore", "a", "--to", tmp_path / "a.img").done()
    assert (tmp_path / "a.img").stat().st_size == 8 * MIB


def test_a_source_that_vanished(cli: Cli, snap: str, image: Path) -> None:
    image.unlink()
    cli("snapshot", "create", "web", "--name", "b").refused("web.raw")
    (volume,) = cli("volume", "list", "--json").document
    assert volume["status"] == "error"
    assert "No such file" in volume["reason"]
    assert len(cli("snapshot", "list", "--json").document) == 1


def test_a_source_that_was_emptied(cli: Cli, snap: str, image: Path) -> None:
    image.write_bytes(b"")
    cli("snapshot", "create", "web", "--name", "b").refused("empty")
    assert len(cli("snapshot", "list", "--json").document) == 1


def test_a_read_error_in_mid_snapshot(
    cli: Cli, tmp_path: Path, attach: Callable[[Path], str]
) -> None:
    # a disk whose second half does not answer any more
    backing = make_image(tmp_path / "backing", data=((0, 8 * MIB),))
    device = attach(backing)
    cli("volume", "add", device, "--name", "disk").done()
    os.truncate(backing, 4 * MIB)
    cli("snapshot", "create", "disk", "--name", "b").refused(device, "cannot be read")
    assert cli("snapshot", "list", "--json").document == []
    assert cli("check").code == 0
