"""The floors of the house: imports only go down, and nothing heavy is imported early."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import snaptui

HEAVY = {"numpy", "blake3", "zstandard", "httpx", "pydantic", "asyncio", "rich", "textual"}


def test_the_import_contracts_are_kept() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def imported_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has after a statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    return set(output.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import snaptui.models, snaptui.requests, snaptui.errors, snaptui.text", set()),
        ("from snaptui.engine import Repository", set()),
        ("from snaptui.jobs import Jobs", set()),
        ("from snaptui.clouds.local import LocalCloud", {"asyncio"}),
        ("import snaptui.clouds.remote.transport", {"asyncio"}),
        ("import snaptui.cli", set()),
        ("import snaptui.tui.app", {"asyncio", "rich", "textual"}),
    ],
)
def test_nothing_heavy_is_imported_early(statement: str, allowed: set[str]) -> None:
    assert not (imported_by(statement) & HEAVY) - allowed


def test_listing_reads_the_catalog_and_nothing_else(tmp_path: object) -> None:
    statement = (
        "from snaptui.engine import Repository\n"
        f"with Repository.create('{tmp_path}/r') as r: r.volumes(), r.snapshots(), r.events()"
    )
    assert not imported_by(statement) & HEAVY


def test_a_worker_that_may_be_cancelled_before_it_begins_is_given_no_coroutine() -> None:
    """It would never be awaited, and Python warns of that in the middle of something else."""
    calls = [
        (path.name, call.args[0])
        for path in (Path(snaptui.__file__).parent / "tui").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".run_worker")
        if any(each.arg == "exclusive" for each in call.keywords)
    ]
    assert len(calls) > 5
    made = [(name, ast.unparse(work)) for name, work in calls if isinstance(work, ast.Call)]
    assert [each for each in made if not each[1].startswith("later(")] == []
