"""Clones, restores and commands that cannot be: one line, and nothing lost or half-made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import MIB, change

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Cli


# -- clones and restores


def test_a_clone_that_cannot_be(cli: Cli, snap: str, unharmed: None, repository_path: Path) -> None:
    cli("snapshot", "clone", snap, "--name", "c", "--size", "4MiB").refused("smaller", code=2)
    cli("snapshot", "clone", snap, "--name", "c", "--zone", "moon").refused("no zone 'moon'")
    (repository_path / "volumes/c.raw").write_bytes(b"somebody's")
    try:
        cli("snapshot", "clone", snap, "--name", "c").refused("c.raw", "exists")
        assert (repository_path / "volumes/c.raw").read_bytes() == b"somebody's"
    finally:
        (repository_path / "volumes/c.raw").unlink()


def test_a_restore_needs_one_target(cli: Cli, snap: str, tmp_path: Path) -> None:
    cli("snapshot", "restore", snap).refused("--to PATH", code=2)
    cli("snapshot", "restore", snap, "--to", tmp_path / "x", "--in-place").refused(code=2)
    cli("snapshot", "restore", snap, "--to", "").refused("empty", code=2)
    assert not (tmp_path / "x").exists()


def test_a_restore_onto_what_is_there(
    cli: Cli, snap: str, image: Path, tmp_path: Path, repository_path: Path, unharmed: None
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    before = image.read_bytes()
    for path, words in (
        (tmp_path / "mine.txt", "is no volume"),
        (tmp_path, "exists already"),
        (tmp_path / "link", "exists already"),
        (image, "is the volume web"),
        (repository_path / "x.img", "inside the repository"),
        (tmp_path / "missing/x.img", "missing"),
    ):
        cli("snapshot", "restore", snap, "--to", path).refused(words)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert image.read_bytes() == before


def test_a_restore_onto_a_volume_in_use(
    cli: Cli, snap: str, image: Path, attach: Callable[[Path], str]
) -> None:
    before = image.read_bytes()
    attach(image)
    (volume,) = cli("volume", "list", "--json").document
    assert volume["status"] == "in-use"
    change(image, MIB, b"later")
    later = image.read_bytes()
    cli("snapshot", "restore", snap, "--in-place", "--yes").refused("in use", "--force")
    cli("volume", "delete", "web", "--yes").refused("in use")
    assert image.read_bytes() == later
    cli("snapshot", "restore", snap, "--in-place", "--yes", "--force").done()
    assert image.read_bytes() == before


def test_a_restore_in_place_of_a_deleted_volume(cli: Cli, snap: str) -> None:
    cli("volume", "delete", "web", "--yes").done()
    cli("snapshot", "restore", snap, "--in-place", "--yes").refused("is deleted")
    cli("snapshot", "restore", snap, "--in-place").refused("no volume")


# -- the command line itself


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "no such command"),
        (["volume", "nonsense"], "no such command"),
        (["volume", "list", "--nonsense"], "no such option"),
        (["volume", "list", "extra"], "unexpected extra argument"),
        (["volume", "create", "--name", "x"], "missing option '--size'"),
        (["volume", "add"], "missing argument"),
        (["snapshot", "create", "web"], "missing option '--name'"),
        (["volume", "show"], "missing argument"),
        (["--repository"], "requires an argument"),
        (["--repository", "", "volume", "list"], "--repository is empty"),
    ],
)
def test_a_command_that_is_not_understood(cli: Cli, arguments: list[str], words: str) -> None:
    refused = cli(*arguments).refused(code=2)
    assert words in refused.err.lower()


def test_a_noun_alone_shows_its_verbs(cli: Cli) -> None:
    for noun in ("volume", "snapshot", "zone", "job"):
        shown = cli(noun)
        assert shown.code == 2
        assert f"Usage: snaptui {noun}" in shown.out + shown.err
        assert "list" in shown.out + shown.err


def test_errors_as_json(cli: Cli, web: str) -> None:
    ran = cli("volume", "show", "nothing", "--json").refused("there is no volume")
    assert ran.document == {
        "error": {
            "type": "not-found",
            "message": "there is no volume 'nothing'",
            "hint": "see `snaptui volume list`",
            "exit_code": 1,
        }
    }
    usage = cli("--json", "volume", "nonsense").refused(code=2)
    assert usage.document["error"]["exit_code"] == 2
    assert usage.document["error"]["type"] == "invalid-input"


def test_a_word_that_is_near_a_command_is_told(cli: Cli) -> None:
    for words, said, meant in (
        (["volum"], "volum", "volume"),
        (["volume", "lst"], "lst", "list"),
        (["snapshot", "delte", "x"], "delte", "delete"),
        (["zones"], "zones", "zone"),
        (["help", "volum"], "volum", "volume"),
        (["help", "volume", "lst"], "lst", "list"),
    ):
        told = cli(*words).refused(f"no such command {said!r}", f"(did you mean {meant}", code=2)
        assert " --help'" in told.err
    assert "did you mean" not in cli("xyzzy").err
