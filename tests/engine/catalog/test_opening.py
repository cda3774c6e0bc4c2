"""Making and opening a catalog: where there is one already, and where one may not write."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB
from tinydb.table import Table

from snaptui.engine.catalog import Catalog, files, mounts
from snaptui.errors import ConflictError, ReadOnlyError, RepositoryError

from .helpers import put, read_state


def test_there_is_one_catalog_in_a_directory(catalog: Catalog) -> None:
    put(catalog, "vol-1")
    with pytest.raises(ConflictError, match="holds a catalog already"):
        Catalog.create(catalog.directory)
    assert read_state(catalog.directory)[0] == 1


def test_create_does_not_wipe_a_catalog_whose_snapshot_file_was_lost(catalog: Catalog) -> None:
    put(catalog, "vol-1")
    (catalog.directory / "catalog-000001.json").unlink()
    with pytest.raises(ConflictError):
        Catalog.create(catalog.directory)
    assert read_state(catalog.directory)[0] == 1


def test_create_goes_on_where_a_killed_one_stopped(directory: Path) -> None:
    Catalog.create(directory).close()
    (directory / "catalog-000001.json").rename(directory / "catalog-000001.json.tmp")
    with pytest.raises(RepositoryError, match="holds no catalog"):
        Catalog.open(directory)
    with Catalog.create(directory) as catalog:
        put(catalog, "vol-1")
    assert sorted(path.name for path in directory.iterdir()) == [
        "catalog-000001.json",
        "journal-000001.log",
        "lock",
        "reserve",
    ]


@pytest.mark.parametrize("name", ["", "nowhere", "file"])
def test_where_there_is_no_catalog_that_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RepositoryError, match="holds no catalog"):
        Catalog.open(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_modes_let_nobody_else_read(directory: Path) -> None:
    old = os.umask(0)
    try:
        with Catalog.create(directory) as catalog:
            put(catalog, "vol-1")
            catalog.compact()
    finally:
        os.umask(old)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}


def test_a_newer_format_is_not_touched(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snaptui.engine.catalog.generation.FORMAT", 2)
    put(catalog, "vol-1")
    catalog.compact()
    with pytest.raises(RepositoryError, match=r"format 2.*up to 1.*newer version"):
        Catalog.open(catalog.directory)


def test_read_only_refuses_to_write_and_follows_all_the_same(catalog: Catalog) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in catalog.directory.iterdir()}
    with Catalog.open(catalog.directory, read_only=True) as reader:
        assert reader.read_only
        assert reader.warnings == []
        for change in (
            reader.transaction,
            reader.compact,
            lambda: reader.table("volumes").insert({}),
            reader.database.drop_tables,
        ):
            with pytest.raises(ReadOnlyError, match="read-only"):
                change()
        after = {path.name: path.stat().st_mtime_ns for path in catalog.directory.iterdir()}
        assert after == before
        put(catalog, "vol-1")
        assert reader.refresh()
        assert reader.get("volumes", "vol-1") == {}


def test_what_cannot_be_written_is_opened_read_only(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(catalog, "vol-1")
    monkeypatch.setattr(files, "is_writable", lambda _: False)
    with Catalog.open(catalog.directory) as reader:
        assert reader.read_only
        assert "opened read-only" in reader.warnings[0]
        assert reader.get("volumes", "vol-1") == {}
        with pytest.raises(ReadOnlyError):
            reader.transaction()


def test_a_journal_of_somebody_else_is_opened_read_only(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(catalog, "vol-1")
    real = os.open

    def not_ours(path: Any, flags: int, *rest: int) -> int:
        if str(path).endswith(".log") and flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *rest)

    monkeypatch.setattr(os, "open", not_ours)
    with Catalog.open(catalog.directory) as reader:
        assert reader.read_only
        assert reader.get("volumes", "vol-1") == {}


def test_stock_tinydb_opens_a_compacted_catalog(catalog: Catalog) -> None:
    """Without our classes; only that ids are strings has to be said to it."""
    for number in range(1200):
        catalog._follower.memory.tables.setdefault("snapshots", {})[f"snap-{number}"] = {
            "n": number
        }
    put(catalog, "vol-1", name="ü", tags={"a": [1]})
    catalog.table("empty").insert({})
    catalog.table("empty").truncate()
    catalog.compact()

    class StringTable(Table):
        document_id_class = str  # type: ignore[assignment]

    path = catalog.directory / "catalog-000002.json"
    with TinyDB(path, access_mode="r") as stock:
        assert stock.tables() == {"volumes", "snapshots", "empty"}
        assert stock.table("volumes").get(doc_id="vol-1") == {"name": "ü", "tags": {"a": [1]}}
        table = StringTable(stock.storage, "snapshots")
        assert {str(d.doc_id): dict(d) for d in table} == dict(catalog.rows("snapshots"))
    with path.open() as file:
        assert json.load(file)["volumes"] == dict(catalog.rows("volumes"))


MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/nfs\040share rw,relatime shared:9 - nfs4 server:/export rw,vers=4.2
31 30 8:2 / /srv/nfs\040share/local rw - xfs /dev/sdb1 rw
32 22 8:3 / /over rw - ext4 /dev/sdc1 rw
33 22 0:41 / /over rw - nfs server:/over rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home", "ext4"),
        ("/srv/nfs share/x", "nfs4"),
        ("/srv/nfs share/local/x", "xfs"),
        ("/srv/nfs sharelike", "ext4"),
        ("/over", "nfs"),
    ],
)
def test_the_file_system_is_looked_up(tmp_path: Path, path: str, kind: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    assert mounts.file_system_of(Path(path), table) == kind
    warning = mounts.network_warning(Path(path), table)
    assert (warning is not None) == kind.startswith("nfs")


def test_a_network_file_system_is_warned_of(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert catalog.warnings == []
    monkeypatch.setattr(mounts, "file_system_of", lambda *_: "nfs4")
    with Catalog.open(catalog.directory) as other:
        assert len(other.warnings) == 1
        assert "network file system (nfs4)" in other.warnings[0]
