"""Tab in real shells, and what it offers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from snaptui.cli.completion import Typed
from tests.cli.terminal import Terminal
from tests.support import make_image, need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Cli

BREAKS = " \t\n\"'@><=;|&(:"
EVIL = "it's $(touch owned) `x` a\\b"


@pytest.fixture
def shell_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that has `snaptui` as a command, first in PATH; the tests stand in it."""
    command = tmp_path / "bin" / "snaptui"
    command.parent.mkdir()
    command.write_text(
        '#!/bin/sh\n[ -z "$SHOW_WORDS$_SNAPTUI_COMPLETE" ] || [ -n "$_SNAPTUI_COMPLETE" ] || '
        '[ "$1" = completion ] || { printf BEGIN; printf "<%s>" "$@"; echo END; exit; }\n'
        f'exec "{sys.executable}" -m snaptui "$@"\n'
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:{os.environ['PATH']}")
    source = os.pathsep.join(path for path in sys.path if path)
    monkeypatch.setenv("PYTHONPATH", source)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def filled(cli: Cli, shell_path: Path, image: Path) -> dict[str, str]:
    """Volumes web and one with a hostile name, a snapshot of each."""
    uids: dict[str, str] = {}
    for name in ("web", EVIL, "a:b c"):
        path = make_image(shell_path / f"{len(uids)}.raw", seed=len(uids))
        made = cli("volume", "add", path, "--name", name, "--json").document
        uids[name] = made["resource_uid"]
    for volume, name in ((uids["web"], "nightly"), (uids["web"], "before"), (uids[EVIL], "other")):
        made = cli("snapshot", "create", volume, "--name", name, "--json").document
        uids[name] = made["resource_uid"]
    return uids


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, cli: Cli) -> Callable[..., list[str]]:
    """What is offered for the last of some words."""

    def ask(*words: str) -> list[str]:
        monkeypatch.setenv("_SNAPTUI_COMPLETE", "zsh")
        ran = cli(*words)
        monkeypatch.delenv("_SNAPTUI_COMPLETE")
        assert ran.err == ""
        return [line.split("\t")[1] if "\t" in line else line for line in ran.out.splitlines()]

    return ask


def test_nouns_verbs_and_options(offered: Callable[..., list[str]]) -> None:
    assert {"volume", "snapshot", "zone", "job", "check"} <= set(offered(""))
    assert offered("sna") == ["snapshot"]
    assert offered("snapshot", "cl") == ["clone"]
    assert offered("snapshot", "clone", "--na") == ["--name"]
    assert offered("completion", "") == ["bash", "zsh", "fish"]
    assert offered("help", "zone", "a") == ["add"]


def test_paths_are_left_to_the_shell(offered: Callable[..., list[str]]) -> None:
    assert offered("volume", "add", "/va") == ["file"]
    assert offered("zone", "add", "fast", "/va") == ["dir"]
    assert offered("--repository", "/va") == ["dir"]


def test_names_and_uids(offered: Callable[..., list[str]], filled: dict[str, str]) -> None:
    assert offered("volume", "show", "w") == ["web"]
    assert offered("volume", "show", filled["web"][:8].lower()) == [filled["web"]]
    assert set(offered("volume", "show", "")) == {"web", EVIL, "a:b c"}
    assert offered("snapshot", "show", "") == ["other", "before", "nightly"]
    assert offered("snapshot", "list", "--volume", "we") == ["web"]
    assert offered("snapshot", "list", "--volume=we") == ["--volume=web"]
    assert offered("snapshot", "clone", "nightly", "--zone", "") == ["default"]
    # only what it can be compared with
    assert offered("snapshot", "diff", "nightly", "--from", "") == ["before"]


def test_jobs(offered: Callable[..., list[str]], filled: dict[str, str]) -> None:
    assert len(offered("job", "show", "job-")) == 3
    assert offered("job", "cancel", "job-") == []


def test_the_repository_is_the_one_on_the_line(
    offered: Callable[..., list[str]], filled: dict[str, str], tmp_path: Path
) -> None:
    assert offered("--repository", str(tmp_path / "none"), "volume", "show", "") == []
    assert "web" in offered("--repository", os.environ["SNAPTUI_REPOSITORY"], "volume", "show", "")


def test_a_name_that_two_have_is_offered_as_uids(
    cli: Cli, offered: Callable[..., list[str]], filled: dict[str, str], shell_path: Path
) -> None:
    again = cli(
        "volume", "add", make_image(shell_path / "again.raw"), "--name", "web", "--json"
    ).document["resource_uid"]
    found = offered("volume", "show", "")
    assert "web" not in found
    assert {again, filled["web"]} <= set(found)


@pytest.mark.parametrize("content", [None, "", "{", '{"format": "another"}'])
def test_a_missing_or_broken_repository_offers_and_says_nothing(
    offered: Callable[..., list[str]], repository_path: Path, content: str | None
) -> None:
    if content is not None:
        repository_path.mkdir()
        (repository_path / "snaptui-repository.json").write_text(content)
    assert offered("volume", "show", "") == []
    assert repository_path.exists() == (content is not None)


def test_a_torn_catalog_offers_and_says_nothing(
    offered: Callable[..., list[str]], filled: dict[str, str], repository_path: Path
) -> None:
    for path in (repository_path / "catalog").glob("[cj]*-*"):
        path.write_bytes(b"\x00garbage\n" + path.read_bytes()[9:])
    assert offered("volume", "show", "") == []


def test_names_that_cannot_be_written_here_are_left_out(
    cli: Cli, shell_path: Path, program: Cli
) -> None:
    cli("volume", "add", make_image(shell_path / "x.raw"), "--name", "データ").done()
    environment = {**os.environ, "_SNAPTUI_COMPLETE": "zsh", "PYTHONIOENCODING": "latin-1"}
    assert program("volume", "show", "", env=environment).done().out == ""
    environment["PYTHONIOENCODING"] = "utf-8"
    assert "データ" in program("volume", "show", "", env=environment).out


def test_it_loads_nothing_heavy(filled: dict[str, str]) -> None:
    code = (
        "import sys; from snaptui.cli import main; main(['volume', 'show', 'w']);"
        "print({m.partition('.')[0] for m in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "_SNAPTUI_COMPLETE": "zsh"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("plain\tweb\t")
    for heavy in ("textual", "rich", "numpy", "pydantic", "httpx", "asyncio", "blake3"):
        assert f"'{heavy}'" not in done.stderr


@pytest.mark.parametrize(
    ("line", "before", "word", "reply"),
    [
        ("snaptui volume show we", ["volume", "show"], "we", r"a\ b\$x"),
        ("snaptui volume show 'a ", ["volume", "show"], "a ", "a b$x"),
        ('snaptui volume show "a', ["volume", "show"], "a", r"a b\$x"),
        (r"snaptui volume show a\ ", ["volume", "show"], "a ", r"a\ b\$x"),
        ("snaptui x --volume=a", ["x"], "--volume=a", r"a\ b\$x"),
        ("snaptui ", [], "", r"a\ b\$x"),
    ],
)
def test_lines_of_bash(line: str, before: list[str], word: str, reply: str) -> None:
    typed = Typed.of_line(line, BREAKS)
    assert (typed.before, typed.word) == (before, word)
    assert typed.reply("a b$x") == reply


def test_bash_keeps_what_comes_before_a_colon() -> None:
    assert Typed.of_line("snaptui volume show a:", BREAKS).reply("a:b c") == r"b\ c"
    assert Typed.of_line("snaptui volume show x:", BREAKS).reply("a:b") is None


STARTS = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}
SETUPS = {
    "bash": 'eval "$(snaptui completion bash)"',
    "zsh": "autoload -U compinit; compinit -u -D; source <(snaptui completion zsh)",
}


@pytest.fixture(params=STARTS)
def shell(request: pytest.FixtureRequest, filled: dict[str, str]) -> Iterator[Terminal]:
    """An interactive shell that completes for a `snaptui` that shows its words."""
    need(request.param)
    terminal = Terminal(
        program=STARTS[request.param], columns=200, INPUTRC="/dev/null", HISTFILE="", SHOW_WORDS="1"
    )
    terminal.type(f"PS1=; {SETUPS[request.param]}; echo rea''dy\n")
    terminal.read_until("ready\r\n", seconds=20)
    yield terminal
    terminal.process.kill()
    terminal.end()


def words_after(terminal: Terminal, line: str) -> list[str]:
    """The words that the command gets when this is typed, and Enter."""
    terminal.seen = ""
    terminal.type(f"{line}\n")
    shown = terminal.read_until(">END", seconds=20).replace("\r\n", "")
    return re.findall("<([^<>]*)>", shown.rpartition("BEGIN")[2])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("sna\tdi\tnig\t--fr\tbef\t", "snapshot diff nightly --from before"),
        ("volume show w\t", "volume show web"),
        ("snapshot list --volume=w\t", "snapshot list --volume=web"),
        ("snapshot list --volume w\t", "snapshot list --volume web"),
        ("volume add 0\t", "volume add 0.raw"),
    ],
)
def test_tab_in_a_shell(shell: Terminal, typed: str, words: str) -> None:
    assert words_after(shell, f"snaptui {typed}") == words.split()


@pytest.mark.parametrize("typed", ["it\t", "'it\t", '"it\t', "it\\'s\\ \t"])
def test_a_hostile_name_is_one_word_and_runs_nothing(
    shell: Terminal, typed: str, shell_path: Path
) -> None:
    assert words_after(shell, f"snaptui volume show {typed}") == ["volume", "show", EVIL]
    assert not (shell_path / "owned").exists()


def test_a_name_with_a_colon(shell: Terminal) -> None:
    assert words_after(shell, "snaptui volume show a\t") == ["volume", "show", "a:b c"]
    assert words_after(shell, "snaptui volume show a:\t") == ["volume", "show", "a:b c"]


def test_fish(filled: dict[str, str], shell_path: Path) -> None:
    need("fish")

    def fish(line: str) -> list[str]:
        script = "snaptui completion fish | source; complete -C $argv[1]"
        done = subprocess.run(
            ["fish", "--no-config", "-c", script, line],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return [each.split("\t")[0] for each in done.stdout.splitlines()]

    assert fish("snaptui sna") == ["snapshot"]
    assert fish("snaptui volume show w") == ["web"]
    assert fish("snaptui snapshot diff nightly --from ") == ["before"]
    assert fish("snaptui snapshot list --volume=w") == ["--volume=web"]
    assert fish("snaptui volume add 0") == ["0.raw"]
    assert EVIL in fish("snaptui volume show ")
