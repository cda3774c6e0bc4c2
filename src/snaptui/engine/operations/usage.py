"""What a repository holds and what it costs."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from snaptui.models import Usage

if TYPE_CHECKING:
    from pathlib import Path

    from snaptui.engine.opened import OpenRepository


def measure_usage(repository: OpenRepository) -> Usage:
    """Sums over the catalog and the files; see `Repository.usage`."""
    rows = repository.catalog.rows
    segments, snapshots = rows("segments").values(), rows("snapshots").values()
    return Usage(
        path=str(repository.path),
        volume_count=len(rows("volumes")),
        snapshot_count=len(snapshots),
        block_count=sum(segment["block_count"] for segment in segments),
        volume_bytes=sum(snapshot["size_bytes"] for snapshot in snapshots),
        data_bytes=sum(snapshot["data_bytes"] for snapshot in snapshots),
        block_bytes=sum(segment["plain_bytes"] for segment in segments),
        pack_bytes=sum(segment["size"] for segment in segments),
        map_bytes=_bytes_under(repository.layout.maps),
        catalog_bytes=_bytes_under(repository.layout.catalog),
        index_bytes=_bytes_under(repository.layout.index),
        trashed_count=len(rows("trash")),
        free_bytes=shutil.disk_usage(repository.path).free,
    )


def _bytes_under(directory: Path) -> int:
    total = 0
    for entry in os.scandir(directory):
        with suppress(FileNotFoundError):  # a job may just have moved it
            total += entry.stat().st_size
    return total
