"""What other processes do in the tests; they are started by name, so they are functions here."""

from multiprocessing.connection import Connection
from pathlib import Path

from tinydb.table import Document

from snaptui.engine.catalog import Catalog, writer


def _compact_often() -> None:
    writer.COMPACT_FROM = 3000


def insert(directory: Path, name: str, count: int, start: Connection) -> None:
    """Insert through transactions and through TinyDB, as fast as it goes."""
    _compact_often()
    with Catalog.open(directory) as catalog:
        start.send("ready")
        start.recv()
        table = catalog.table("snapshots")
        for number in range(count):
            uid = f"{name}-{number}"
            if number % 3:
                with catalog.transaction() as transaction:
                    transaction.put("snapshots", uid, {"volume_uid": name, "number": number})
                    counter = transaction.get("volumes", "total") or {"count": 0}
                    transaction.put("volumes", "total", {"count": counter["count"] + 1})
            else:
                document = {"volume_uid": name, "number": number}
                table.insert(Document(document, doc_id=uid))  # type: ignore[arg-type]


def commit_until_killed(directory: Path, name: str, acknowledge: Connection) -> None:
    """Commit, say so, and so on."""
    _compact_often()
    with Catalog.open(directory) as catalog:
        number = 0
        while True:
            with catalog.transaction() as transaction:
                transaction.put("snapshots", f"{name}-{number}", {"number": number})
                if number > 20:
                    transaction.delete("snapshots", f"{name}-{number - 20}")
            acknowledge.send((number, catalog.sequence))
            number += 1


def change_all_together(directory: Path, rounds: int) -> None:
    """Every transaction sets all documents of two tables to one value."""
    _compact_often()
    with Catalog.open(directory) as catalog:
        for value in range(1, rounds + 1):
            with catalog.transaction() as transaction:
                for table in ("volumes", "snapshots"):
                    for number in range(10):
                        row = {"value": value, "volume_uid": f"at-{value}"}
                        transaction.put(table, f"doc-{number}", row)
