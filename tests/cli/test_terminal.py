"""Commands on a real terminal: questions, progress, narrow tables; and what is refused without."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snaptui.engine import Repository
from tests.cli.conftest import PROGRAM, Cli
from tests.cli.terminal import Terminal
from tests.support import BLOCK, MIB, change, make_image

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def web(cli: Cli, image: Path) -> str:
    uid: str = cli("volume", "add", image, "--json").document["resource_uid"]
    cli("snapshot", "create", "web", "--name", "a").done()
    return uid


def test_deleting_asks_and_tells_what_is_lost_and_kept(cli: Cli, web: str) -> None:
    terminal = Terminal("volume", "delete", "web")
    shown = terminal.read_until("[y/N]")
    assert f"Deleting web ({web})" in shown
    assert "lost: " in shown
    assert "kept: its 1 snapshot" in shown
    terminal.type("n\n")
    assert terminal.end() == 130
    assert "nothing was deleted" in terminal.seen
    assert len(cli("volume", "list", "--json").document) == 1

    terminal = Terminal("volume", "delete", "web")
    terminal.read_until("[y/N]")
    terminal.type("y\n")
    assert terminal.end() == 0
    assert "Volume web was successfully deleted." in terminal.seen
    assert cli("volume", "list", "--json").document == []


def test_deleting_several_tells_what_it_is_about(cli: Cli, web: str) -> None:
    for name in ("b", "c"):
        cli("snapshot", "create", "web", "--name", name).done()
    cli("snapshot", "pin", "c").done()
    terminal = Terminal("snapshot", "delete", "a", "b", "c")
    shown = " ".join(terminal.read_until("[y/N]").split())
    assert "Deleting 2 snapshots" in shown
    assert "lost: web as it was at 2 times" in shown
    assert "kept: the other 1 snapshot of web, whole" in shown
    assert "left alone: c: it is pinned" in shown
    assert "undo: until 2" in shown
    assert "space: 0 B that nothing else needs: free only after a purge" in shown
    terminal.type("y\n")
    assert terminal.end() == 1
    assert [each["name"] for each in cli("snapshot", "list", "--json").document] == ["c"]

    terminal = Terminal("trash", "purge")
    shown = " ".join(terminal.read_until("[y/N]").split())
    assert "Deleting 2 snapshots" in shown
    assert shown.count("gone for good") == 1
    assert "undo: none: what is deleted here is gone for good" in shown
    terminal.type("y\n")
    assert terminal.end() == 0
    assert cli("trash", "list", "--json").document == []


def test_overwriting_tells_what_is_odd_about_the_volume(
    cli: Cli, web: str, repository_path: Path
) -> None:
    """That it is half restored; that its device is not at its path any more, but elsewhere."""
    with (
        Repository.open(repository_path) as repository,
        repository.catalog.transaction() as transaction,
    ):
        document = transaction.get("volumes", web) or {}
        transaction.put("volumes", web, {**document, "restoring": "snap-00000000"})
    terminal = Terminal("snapshot", "restore", "a", "--in-place")
    shown = terminal.read_until("to go on")
    assert "now: the restore of snap-00000000 over it is not finished" in shown
    terminal.type("no\n")
    assert terminal.end() == 130


def test_a_damaged_map_keeps_nobody_from_deleting(
    cli: Cli, web: str, repository_path: Path
) -> None:
    """Not even the snapshot that it is of, nor any other."""
    for path in (repository_path / "maps").iterdir():
        os.truncate(path, path.stat().st_size - 1)
    for command in (("snapshot", "delete", "a"), ("trash", "purge")):
        terminal = Terminal(*command)
        shown = " ".join(terminal.read_until("[y/N]").split())
        assert "space: cannot be told: block map snap-" in shown
        terminal.type("y\n")
        assert terminal.end() == 0
    assert cli("trash", "list", "--json").document == []


def test_ctrl_c_at_a_question_deletes_nothing(cli: Cli, web: str) -> None:
    terminal = Terminal("snapshot", "delete", "a")
    terminal.read_until("[y/N]")
    terminal.interrupt()
    assert terminal.end() == 130
    assert "Traceback" not in terminal.seen
    assert len(cli("snapshot", "list", "--json").document) == 1


def test_restoring_in_place_wants_the_volumes_name(cli: Cli, web: str, image: Path) -> None:
    before = image.read_bytes()
    change(image, 0, b"spoilt")
    for answer, code in (("webb\n", 130), ("\n", 130), ("web\n", 0)):
        assert image.read_bytes() != before
        terminal = Terminal("snapshot", "restore", "a", "--in-place")
        terminal.read_until("to go on")
        terminal.type(answer)
        assert terminal.end() == code
    assert image.read_bytes() == before


def test_progress_is_one_line_that_is_gone_at_the_end(cli: Cli, tmp_path: Path) -> None:
    image = make_image(tmp_path / "big.img", 128 * MIB, data=((0, 64 * MIB), (64 * MIB, 64 * MIB)))
    cli("volume", "add", image).done()
    terminal = Terminal("snapshot", "create", "big", "--name", "b", columns=100)
    assert terminal.end() == 0
    *painted, rest = terminal.seen.split("\r\x1b[K")
    assert rest.startswith("Snapshot b was successfully created.\r\nsnap-")
    progress = "".join(painted)
    assert re.search(r"\rreading +[█░]+ +\d+%  \S+ .iB of 128 MiB", progress)
    assert "\n" not in progress
    assert max(len(line) for line in re.split(r"\r|\x1b\[K", progress)) < 100


def test_a_dumb_terminal_gets_no_progress(cli: Cli, web: str) -> None:
    terminal = Terminal("snapshot", "create", "web", "--name", "b", TERM="dumb")
    assert terminal.end() == 0
    assert re.fullmatch(
        r"Snapshot b was successfully created\.\r\nsnap-[0-9A-F]{8}\r\n", terminal.seen
    )


def test_a_pipe_gets_no_progress_and_no_questions(program: Cli, image: Path) -> None:
    program("volume", "add", image).done()
    made = program("snapshot", "create", "web", "--name", "b").done()
    assert "\r" not in made.out


def test_a_table_fits_a_narrow_terminal_and_is_whole_in_a_pipe(
    cli: Cli, program: Cli, image: Path
) -> None:
    name = "a rather long name " * 5 + "end"
    cli("volume", "add", image, "--name", name).done()
    terminal = Terminal("volume", "list", columns=80)
    assert terminal.end() == 0
    lines = terminal.seen.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert "…" in lines[1]
    assert name in program("volume", "list").done().out


def test_many_ranges_are_cut_on_a_terminal_only(cli: Cli, program: Cli, image: Path) -> None:
    cli("volume", "add", image).done()
    cli("snapshot", "create", "web", "--name", "a").done()
    for number in range(30):
        change(image, 2 * number * BLOCK, b"changed")
    cli("snapshot", "create", "web", "--name", "b").done()
    terminal = Terminal("snapshot", "diff", "b")
    assert terminal.end() == 0
    assert "10 more with --all" in terminal.seen
    assert len(program("snapshot", "diff", "b").out.splitlines()) == 6 + 1 + 1 + 30
    every = Terminal("snapshot", "diff", "b", "--all")
    assert every.end() == 0
    assert "more with" not in every.seen


def test_an_empty_list_says_what_to_do_on_a_terminal_only(program: Cli, own_home: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "SNAPTUI_REPOSITORY"}
    for noun in ("volume", "snapshot", "job", "zone"):
        ran = program(noun, "list", env=environment)
        assert ran.done().out == ""
        assert program(noun, "list", "--json", env=environment).document == []
    terminal = Terminal("volume", "list", SNAPTUI_REPOSITORY="")
    assert terminal.end() == 0
    assert "snaptui volume add PATH" in terminal.seen
    assert list(own_home.rglob("repository")) == []


def test_the_app_needs_a_terminal(program: Cli, repository_path: Path) -> None:
    for command in ([], ["demo"], ["demo", "--if-empty"]):
        program(*command).refused("needs a terminal", "snaptui volume list", code=2)
    assert not repository_path.exists()


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_the_app_needs_a_terminal_that_can(repository_path: Path, term: str) -> None:
    terminal = Terminal(TERM=term)
    assert terminal.end() == 2
    assert "snaptui: the app needs a terminal that can" in terminal.seen
    assert not repository_path.exists()


def test_hostile_names_reach_no_terminal_but_stay_whole_in_json(
    cli: Cli, tmp_path: Path, write_name: Callable[[str], None]
) -> None:
    evil = "a\x1b]52;c;ZXZpbA==\x07b\u202ec\nd[/b]"
    write_name(evil)
    for command in (["volume", "list"], ["volume", "show", "vol-"]):
        shown = cli(*command).done().out
        assert "\x1b" not in shown
        assert "\x07" not in shown
        assert "\u202e" not in shown
        assert "a]52;c;ZXZpbA==bc d[/b]" in shown
    assert cli("volume", "list", "--json").document[0]["name"] == evil
    assert cli("volume", "list", "--json").out.isascii()


@pytest.fixture
def write_name(cli: Cli, repository_path: Path, image: Path) -> Callable[[str], None]:
    """Give a volume a name that our own verbs would refuse, as another program might."""
    from snaptui.engine.catalog import Catalog

    def write(name: str) -> None:
        uid = cli("volume", "add", image, "--json").document["resource_uid"]
        with Catalog.open(repository_path / "catalog") as catalog, catalog.transaction() as change:
            document = change.get("volumes", uid)
            assert document is not None
            change.put("volumes", uid, {**document, "name": name})

    return write


def test_a_reader_that_has_seen_enough_is_no_error(program: Cli, image: Path) -> None:
    program("volume", "add", image).done()
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        [*PROGRAM, "volume", "list"], stdout=writing, stderr=subprocess.PIPE, text=True
    )
    os.close(writing)
    _, err = process.communicate(timeout=60)
    assert err == ""
    assert process.returncode == 141


def test_a_full_disk_is_one_line_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # the buffer is what stays unwritten
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "cloud", "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "snaptui: No space left on device\n")


def test_a_locale_without_the_characters_is_no_error(program: Cli, image: Path) -> None:
    program("volume", "add", image, "--name", "データ").done()
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    listed = program("volume", "list", env=environment).done()
    assert "???  vol-" in listed.out
    assert program("volume", "list", "--json", env=environment).document[0]["name"] == "データ"
