import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from snaptui.engine import Repository
from snaptui.models import Volume
from tests.support import add, make_image


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: each waits a third of its time.

    For the disk, for servers, for other processes.
    """
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_finish() -> None:
    """Keep the garbage collector from what stays to the end: a quarter of the time went there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test touches the user's own repository or configuration."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for variable in (
        "XDG_DATA_HOME",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "XDG_CACHE_HOME",
        "SNAPTUI_REPOSITORY",
        "SNAPTUI_CONFIG",
        "SNAPTUI_CLOUD",
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "OS_AUTH_URL",
        "OS_CLIENT_CONFIG_FILE",
    ):
        monkeypatch.delenv(variable, raising=False)
    return home


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Repository.create(tmp_path / "repository") as repository:
        yield repository


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return make_image(tmp_path / "web.raw")


@pytest.fixture
def volume(repository: Repository, image: Path) -> Volume:
    return add(repository, image)
