"""What changed between two snapshots, and where a snapshot's bytes are."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import numpy as np

from snaptui.engine.blockmap import EmptyMap, compare, differs, is_data
from snaptui.errors import InvalidInputError
from snaptui.models import BlockSummary, Diff, RangeKind, Snapshot

if TYPE_CHECKING:
    from snaptui.engine.opened import OpenRepository


def diff_snapshots(repository: OpenRepository, old: Snapshot | None, new: Snapshot) -> Diff:
    """The ranges that differ; see `Repository.diff`."""
    if old is not None and old.block_size != new.block_size:
        raise InvalidInputError(
            f"{old.resource_uid} and {new.resource_uid} have blocks of different sizes",
            "compare snapshots of one volume, or of a clone and its origin",
        )
    with ExitStack() as stack:
        new_map = stack.enter_context(closing(repository.load_map(new.resource_uid)))
        old_map = (
            stack.enter_context(closing(repository.load_map(old.resource_uid)))
            if old is not None
            else EmptyMap()
        )
        difference = compare(old_map, new_map)
        block_size = new_map.block_size
    return Diff(
        from_uid=old.resource_uid if old else None,
        to_uid=new.resource_uid,
        block_size=block_size,
        changed_bytes=difference.bytes_of[RangeKind.CHANGED],
        added_bytes=difference.bytes_of[RangeKind.ADDED],
        removed_bytes=difference.bytes_of[RangeKind.REMOVED],
        ranges=difference.ranges,
    )


def summarize_blocks(
    repository: OpenRepository, snapshot: Snapshot, parent_uid: str | None, cells: int
) -> BlockSummary:
    """New, shared and holes, in all and in `cells` cells; see `Repository.blocks`."""
    with ExitStack() as stack:
        block_map = stack.enter_context(closing(repository.load_map(snapshot.resource_uid)))
        parent = (
            stack.enter_context(closing(repository.load_map(parent_uid)))
            if parent_uid is not None
            else EmptyMap()
        )
        block_size, size = block_map.block_size, block_map.size_bytes
        total = block_map.block_count
        cells = max(1, min(cells, total))
        new_of = np.zeros(cells, dtype=np.int64)
        data_of = np.zeros(cells, dtype=np.int64)
        new_blocks = data_blocks = 0
        last_is_data = last_is_new = False
        for start, digests in block_map.windows():
            data = is_data(digests)
            new = data & differs(digests, parent.window(start, len(digests)))
            cell = np.arange(start, start + len(digests), dtype=np.int64) * cells // total
            data_of += np.bincount(cell[data], minlength=cells)
            new_of += np.bincount(cell[new], minlength=cells)
            data_blocks += int(data.sum())
            new_blocks += int(new.sum())
            last_is_data, last_is_new = bool(data[-1]), bool(new[-1])
    short = total * block_size - size  # what the last block lacks
    data_bytes = data_blocks * block_size - (short if last_is_data else 0)
    new_bytes = new_blocks * block_size - (short if last_is_new else 0)
    edges = -(-np.arange(cells + 1, dtype=np.int64) * total // cells)
    capacity = np.maximum(1, np.diff(edges))
    return BlockSummary(
        snapshot_uid=snapshot.resource_uid,
        size_bytes=size,
        block_size=block_size,
        new_bytes=new_bytes,
        shared_bytes=data_bytes - new_bytes,
        hole_bytes=size - data_bytes,
        stored_bytes=snapshot.stored_bytes or 0,
        new_cells=tuple((new_of / capacity).tolist()),
        data_cells=tuple((data_of / capacity).tolist()),
    )
