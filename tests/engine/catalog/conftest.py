import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from snaptui.engine.catalog import Catalog, loading


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "catalog"


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """A directory in memory where there is such a thing.

    For tests that open thousands of catalogs and in which what is durable is not up to the disk.
    """
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="snaptui-", dir=memory) as path:
        yield Path(path)


@pytest.fixture
def catalog(directory: Path) -> Iterator[Catalog]:
    with Catalog.create(directory) as catalog:
        yield catalog


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where thousands of damaged catalogs are opened, do not look twice at each."""
    monkeypatch.setattr(loading, "_ATTEMPTS", 1)
