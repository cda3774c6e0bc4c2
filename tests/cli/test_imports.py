"""What a command may import: only the app imports Textual, and listing loads nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.cli.conftest import Cli

HEAVY = {
    *("textual", "rich", "numpy", "blake3", "zstandard", "httpx", "pydantic"),
    *("botocore", "yaml", "tomlkit"),
}

PROBE = """
import json, sys
from snaptui.cli import main
code = main(json.loads(sys.argv[1]))
loaded = {name.partition(".")[0] for name in sys.modules}
print(json.dumps([code, sorted(loaded)]), file=sys.stderr)
"""


def loaded_by(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    code, loaded = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(loaded)


@pytest.fixture
def filled(cli: Cli, image: Path) -> None:
    cli("volume", "add", image).done()
    cli("snapshot", "create", "web", "--name", "a").done()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["volume", "list"],
        ["volume", "list", "--json"],
        ["volume", "show", "web"],
        ["snapshot", "list", "--volume", "web"],
        ["snapshot", "show", "a"],
        ["zone", "list"],
        ["job", "list"],
        ["job", "list", "--csv"],
        ["event", "list"],
        ["cloud", "list"],
    ],
    ids=" ".join,
)
def test_listing_loads_nothing_heavy(filled: None, arguments: Sequence[str]) -> None:
    assert loaded_by(*arguments) & HEAVY == set()


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["volume", "--help"]])
def test_help_loads_neither_catalog_nor_event_loop(arguments: Sequence[str]) -> None:
    assert loaded_by(*arguments) & {"tinydb", "asyncio", "subprocess"} == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["volume", "create", "--name", "x", "--size", "1MiB"],
        ["volume", "delete", "web", "--yes"],
        ["snapshot", "create", "web", "--name", "b"],
        ["snapshot", "create", "web", "--name", "b", "--detach"],
        ["snapshot", "diff", "a"],
        ["snapshot", "clone", "a", "--name", "c"],
        ["snapshot", "restore", "a", "--in-place", "--yes"],
        ["snapshot", "verify", "a"],
        ["snapshot", "delete", "a", "--yes"],
        ["check"],
    ],
    ids=" ".join,
)
def test_no_command_loads_the_screen(filled: None, arguments: Sequence[str]) -> None:
    assert loaded_by(*arguments) & {"textual", "rich", "httpx"} == set()
