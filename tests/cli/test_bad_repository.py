"""Repositories that are none, too new, read-only or on a full disk: one line, nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.support import MIB, make_image, need

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli


# -- repositories


def test_a_repository_that_is_missing(cli: Cli, repository_path: Path) -> None:
    for command in (["volume", "list"], ["snapshot", "list"], ["job", "list"], ["check"]):
        cli(*command).refused(str(repository_path), "does not exist")
    assert not repository_path.exists()


def test_a_repository_that_is_none(cli: Cli, repository_path: Path, image: Path) -> None:
    repository_path.mkdir()
    (repository_path / "letter.txt").write_text("dear")
    for command in (["volume", "list"], ["volume", "add", str(image)], ["check"]):
        cli(*command).refused("is not a snaptui repository")
    assert [path.name for path in repository_path.iterdir()] == ["letter.txt"]
    shutil.rmtree(repository_path)
    repository_path.write_text("a file")
    for command in (["volume", "list"], ["volume", "add", str(image)]):
        cli(*command).refused("is not a directory")
    assert repository_path.read_text() == "a file"


def test_an_empty_directory_becomes_a_repository(
    cli: Cli, repository_path: Path, image: Path
) -> None:
    repository_path.mkdir()
    cli("volume", "add", image).done()
    assert len(cli("volume", "list", "--json").document) == 1


def test_a_repository_of_a_newer_format(cli: Cli, snap: str, repository_path: Path) -> None:
    (header,) = [
        path
        for path in repository_path.iterdir()
        if path.is_file() and b"blake3" in path.read_bytes()
    ]
    document = json.loads(header.read_text())
    header.write_text(json.dumps({**document, "version": 99}))
    for command in (["volume", "list"], ["snapshot", "create", "web", "--name", "b"], ["check"]):
        cli(*command).refused("format 99", "update snaptui")


def test_a_repository_that_is_read_only(
    program: Cli, clean_up: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("mount", root=True)
    real, seen = tmp_path / "real", tmp_path / "seen"
    image = make_image(tmp_path / "web.img")
    program("volume", "add", image, "--repository", real).done()
    program("snapshot", "create", "web", "--name", "a", "--repository", real).done()
    seen.mkdir()
    subprocess.run(["mount", "--bind", "-o", "ro", real, seen], check=True)
    clean_up.callback(subprocess.check_call, ["umount", seen])
    monkeypatch.setenv("SNAPTUI_REPOSITORY", str(seen))
    assert len(program("volume", "list", "--json").document) == 1
    assert len(program("snapshot", "list", "--json").document) == 1
    other = make_image(tmp_path / "b.img", seed=2)
    for command in (
        ["volume", "add", str(other)],
        ["volume", "create", "--name", "x", "--size", "1MiB"],
        ["volume", "delete", "web", "--yes"],
        ["snapshot", "create", "web", "--name", "b"],
        ["snapshot", "delete", "a", "--yes"],
        ["snapshot", "clone", "a", "--name", "x"],
        ["zone", "add", "x", str(tmp_path)],
    ):
        program(*command).refused("read-only")


@pytest.fixture
def small_disk(clean_up: ExitStack, tmp_path: Path) -> Path:
    need("mount", root=True)
    point = tmp_path / "small"
    point.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", point], check=True)
    clean_up.callback(subprocess.check_call, ["umount", point])
    return point


def test_a_repository_on_a_full_disk(
    program: Cli, small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAPTUI_REPOSITORY", str(small_disk / "repository"))
    image = make_image(tmp_path / "web.img", data=((0, 2 * MIB),))
    large = make_image(tmp_path / "large.img", 40 * MIB, data=((0, 40 * MIB),))
    program("volume", "add", image, "--name", "web").done()
    program("snapshot", "create", "web", "--name", "a").done()
    program("volume", "add", large, "--name", "large").done()
    program("snapshot", "create", "large", "--name", "b").refused("full")
    names = [each["name"] for each in program("snapshot", "list", "--json").document]
    assert names == ["a"]
    program("snapshot", "restore", "a", "--to", tmp_path / "a.img").done()
    assert (tmp_path / "a.img").read_bytes() == image.read_bytes()
    assert program("check").code == 0

    (small_disk / "ballast").write_bytes(bytes(1))
    free = os.statvfs(small_disk)
    with (small_disk / "ballast").open("wb") as file:
        try:
            file.write(bytes(free.f_bavail * free.f_frsize + MIB))
            file.flush()
        except OSError:
            pass
    program("snapshot", "delete", "a", "--yes").done()
    assert program("snapshot", "list", "--json").document == []
