"""What the catalog's tests share."""

import multiprocessing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snaptui.engine.catalog import Catalog

PROCESSES = multiprocessing.get_context("forkserver")
WAIT = 60

State = dict[str, dict[str, dict[str, Any]]]


def state_of(catalog: Catalog) -> State:
    """All documents; empty tables do not count."""
    tables = {name: dict(catalog.rows(name)) for name in sorted(catalog.table_names())}
    return {name: rows for name, rows in tables.items() if rows}


def read_state(directory: Path) -> tuple[int, State]:
    """The number and the documents that a fresh handle sees."""
    with Catalog.open(directory, read_only=True) as catalog:
        return catalog.sequence, state_of(catalog)


def put(catalog: Catalog, uid: str, table: str = "volumes", **fields: Any) -> None:
    with catalog.transaction() as transaction:
        transaction.put(table, uid, fields)


def snapshot_document(number: int, volumes: int = 100) -> Mapping[str, Any]:
    """A document as the engine makes them, in size and shape."""
    return {
        "name": f"nightly-{number:06d}",
        "description": "before the upgrade",
        "created_at": "2026-03-01T02:00:00+00:00",
        "owner": "admin",
        "volume_uid": f"vol-{number % volumes:08X}",
        "parent_uid": f"snap-{number - volumes:08X}" if number >= volumes else None,
        "size_bytes": 20 << 30,
        "new_bytes": number * 65536,
        "digest": {"map": f"{number:064x}", "chain": [number, number + 1]},
    }
