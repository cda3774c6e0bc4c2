"""A real file system that is full, and one that is mounted read-only."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from snaptui.engine.catalog import Catalog
from snaptui.errors import NoSpaceError, ReadOnlyError

from .helpers import put, read_state, state_of

pytestmark = [
    pytest.mark.needs_root,
    pytest.mark.skipif(os.geteuid() != 0, reason="mounting a file system needs root"),
]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    point = tmp_path / "small"
    point.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(point)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
    yield point
    subprocess.run(["umount", str(point)], check=True)


def fill(point: Path) -> Path:
    filler = point / "filler"
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(descriptor, bytes(4096))
    except OSError:
        os.close(descriptor)
    return filler


def test_deleting_works_on_a_full_disk(small: Path) -> None:
    with Catalog.create(small / "catalog") as catalog:
        for number in range(200):
            put(catalog, f"vol-{number}", name="x" * 200)
        filler = fill(small)
        added = 0
        with pytest.raises(NoSpaceError, match="no space left") as caught:
            for number in range(200, 1000):
                put(catalog, f"vol-{number}", name="x" * 200)
                added += 1
        assert "make room" in caught.value.hint
        # What the last page of the journal still had room for, and no more.
        assert added < 40
        assert len(catalog.rows("volumes")) == 200 + added
        assert read_state(catalog.directory) == (200 + added, state_of(catalog))

        with pytest.raises(NoSpaceError):
            catalog.compact()
        for number in range(200):
            with catalog.transaction() as transaction:
                transaction.delete("volumes", f"vol-{number}")
                transaction.put("events", f"event-{number}", {"text": "deleted"})
        assert not (catalog.directory / "reserve").exists()
        with pytest.raises(NoSpaceError, match="is full"):
            put(catalog, "vol-new")
        assert read_state(catalog.directory) == (400 + added, state_of(catalog))

        filler.unlink()
        put(catalog, "vol-new")
        assert (catalog.directory / "reserve").stat().st_blocks * 512 >= 1 << 20
        catalog.compact()
        assert read_state(catalog.directory) == (401 + added, state_of(catalog))


def test_a_catalog_is_not_half_made_on_a_full_disk(small: Path) -> None:
    filler = fill(small)
    with pytest.raises(NoSpaceError, match="cannot be made"):
        Catalog.create(small / "catalog")
    filler.unlink()
    Catalog.create(small / "catalog").close()


def test_a_read_only_file_system(small: Path) -> None:
    with Catalog.create(small / "catalog") as catalog:
        put(catalog, "vol-1", name="a")
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    with Catalog.open(small / "catalog") as catalog:
        assert catalog.read_only
        assert "read-only" in catalog.warnings[0]
        assert catalog.get("volumes", "vol-1") == {"name": "a"}
        assert catalog.table("volumes").count(lambda row: row["name"] == "a") == 1
        assert not catalog.refresh()
        with pytest.raises(ReadOnlyError):
            put(catalog, "vol-2")
        with pytest.raises(ReadOnlyError):
            Catalog.create(small / "another")


def test_a_file_system_that_becomes_read_only(small: Path) -> None:
    with Catalog.create(small / "catalog") as catalog:
        put(catalog, "vol-1")
        # Kept open for writing, the file system cannot be remounted; so the next best thing.
        catalog.close()
    with Catalog.open(small / "catalog", read_only=True) as reader:
        subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
        assert not reader.refresh()
        subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)
        with Catalog.open(small / "catalog") as writer:
            put(writer, "vol-2")
        assert reader.refresh()
