"""Keys that come in one write, as from a macro or over a slow line, in a real terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli


@pytest.fixture
def volume(cli: Cli, image: Path) -> str:
    uid: str = cli("volume", "add", image, "--json").document["resource_uid"]
    return uid


def snapshots(cli: Cli) -> list[str]:
    return [each["name"] for each in cli("snapshot", "list", "--json").document]


def opened_volume() -> Terminal:
    """The app, at the only volume's tabs."""
    terminal = Terminal(LC_ALL="C.UTF-8")
    terminal.wait_for("web")
    terminal.type("\t\r")
    terminal.wait_for(" Info ")
    return terminal


def test_a_snapshot_is_taken_with_one_write(cli: Cli, volume: str) -> None:
    terminal = opened_volume()
    terminal.type("sTest qT\r")
    terminal.wait_for("Snapshot Test qT was successfully created.")
    terminal.type("q")
    assert terminal.end() == 0, terminal.seen[-3000:]
    assert snapshots(cli) == ["Test qT"]


def test_nothing_is_deleted_with_one_write(cli: Cli, volume: str) -> None:
    cli("snapshot", "create", "web", "--name", "base").done()
    terminal = opened_volume()
    terminal.wait_for("base")
    terminal.type("\x04\t\r\t\r")
    terminal.wait_for("Delete snapshot")
    terminal.type("\x1b")
    terminal.wait_for("Delete snapshot", gone=True)
    terminal.type("q")
    assert terminal.end() == 0, terminal.seen[-3000:]
    assert snapshots(cli) == ["base"]
