"""A real repository with a real image file, and an app over it."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
from textual.css.stylesheet import Stylesheet

from snaptui.clouds.local import LocalCloud
from snaptui.engine import Repository
from snaptui.jobs import Jobs
from snaptui.requests import AddVolumeRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.glyphs import glyphs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from textual.css.model import RuleSet

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


@pytest.fixture(scope="session", autouse=True)
def styles_are_parsed_once() -> Iterator[None]:
    """For all apps of the suite: a thousand of them are started, each with the same styles.

    An app itself keeps what it has parsed, so that nobody changes it.
    """
    parsed: dict[object, list[RuleSet]] = {}
    parse = Stylesheet._parse_rules

    def once(sheet: Stylesheet, *arguments: object, **options: object) -> list[RuleSet]:
        key = (arguments, tuple(options.items()), tuple(sheet._variables.items()))
        if key not in parsed:
            parsed[key] = parse(sheet, *arguments, **options)  # type: ignore[arg-type]
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", once)
        yield


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
