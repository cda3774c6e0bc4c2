"""A real repository with a real image file, and an app over it."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from snaptui.clouds.local import LocalCloud
from snaptui.engine import Repository
from snaptui.jobs import Jobs
from snaptui.requests import AddVolumeRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.glyphs import glyphs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from snaptui.models import Volume

SIZES = [(80, 24), (120, 40)]
MIB = 1024**2


@pytest.fixture(autouse=True)
def unicode_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SNAPTUI_ASCII", "0")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    glyphs.cache_clear()
    yield
    glyphs.cache_clear()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "web-data.img"
    with path.open("wb") as file:
        file.write(os.urandom(2 * MIB))
        file.truncate(8 * MIB)
    return path


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    repository = Repository.create(tmp_path / "repository")
    yield repository
    repository.close()


@pytest.fixture
def cloud(repository: Repository) -> LocalCloud:
    return LocalCloud(repository)


@pytest.fixture
def volume(cloud: LocalCloud, image: Path) -> Volume:
    return asyncio.run(cloud.add_volume(AddVolumeRequest(path=str(image))))


@pytest.fixture
def jobs(repository: Repository) -> Jobs:
    return Jobs(repository)


@pytest.fixture
def app(cloud: LocalCloud, jobs: Jobs) -> SnaptuiApp:
    return SnaptuiApp([cloud], jobs)
