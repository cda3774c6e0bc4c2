"""What EBS direct tells about a snapshot's blocks, as the Blocks tab and the comparison show it.

Listings are added up as they come: a volume of 16 TiB has 33 million blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.errors import CloudDownError
from snaptui.models import BlockSummary, Diff, DiffRange, RangeKind

if TYPE_CHECKING:
    from snaptui.clouds.aws.ebs import ChangedBlock, EbsDirect


class _Cells:
    """How much of each of some equal pieces of a volume has been seen."""

    def __init__(self, size_bytes: int, cells: int) -> None:
        self.size_bytes = size_bytes
        self.total = 0
        self._seen = [0] * max(1, cells)

    def add(self, index: int, block_size: int) -> None:
        """See a block."""
        offset = index * block_size
        end = min(offset + block_size, self.size_bytes)
        if offset >= end:
            return
        self.total += end - offset
        count = len(self._seen)
        # by whole numbers: cell n begins at n * size / count, rounded down
        cell = (offset * count) // self.size_bytes
        while offset < end:
            upto = min(end, self._begin(cell + 1))
            self._seen[cell] += upto - offset
            offset = upto
            cell += 1

    def _begin(self, cell: int) -> int:
        return -(-cell * self.size_bytes // len(self._seen))

    def fractions(self) -> tuple[float, ...]:
        """How much of each piece, 0 to 1."""
        return tuple(
            seen / max(1, self._begin(cell + 1) - self._begin(cell))
            for cell, seen in enumerate(self._seen)
        )


async def summarise(ebs: EbsDirect, uid: str, parent_uid: str | None, cells: int) -> BlockSummary:
    """How much of a snapshot is new since its parent, and where. Without one, all of it is."""
    data: _Cells | None = None
    block_size = 0
    async for page in ebs.blocks(uid):
        if data is None:
            data, block_size = _Cells(page.size_bytes, cells), page.block_size
        for block in page.blocks:
            data.add(block.index, page.block_size)
    if data is None:
        raise CloudDownError(f"the blocks of {uid} were not told")
    new = data
    if parent_uid is not None:
        new = _Cells(data.size_bytes, cells)
        async for changed in ebs.changed_blocks(parent_uid, uid):
            for each in changed.blocks:
                if each.to_token is not None:
                    new.add(each.index, changed.block_size)
    return BlockSummary(
        snapshot_uid=uid,
        size_bytes=data.size_bytes,
        block_size=block_size,
        new_bytes=new.total,
        shared_bytes=data.total - new.total,
        hole_bytes=data.size_bytes - data.total,
        stored_bytes=None,  # EBS does not tell
        new_cells=new.fractions(),
        data_cells=data.fractions(),
    )


async def compare(ebs: EbsDirect, from_uid: str | None, to_uid: str) -> Diff:
    """What differs between two snapshots of a volume, in runs of blocks."""
    runs = _Runs()
    block_size = 0
    if from_uid is None:
        async for page in ebs.blocks(to_uid):
            block_size = page.block_size
            for block in page.blocks:
                runs.add(block.index * block_size, block_size, RangeKind.ADDED)
    else:
        async for changed in ebs.changed_blocks(from_uid, to_uid):
            block_size = changed.block_size
            for each in changed.blocks:
                kind = _kind(each)
                if kind is not None:
                    runs.add(each.index * block_size, block_size, kind)
    return Diff(
        from_uid=from_uid,
        to_uid=to_uid,
        block_size=block_size,
        changed_bytes=runs.total[RangeKind.CHANGED],
        added_bytes=runs.total[RangeKind.ADDED],
        removed_bytes=runs.total[RangeKind.REMOVED],
        ranges=runs.finished(),
    )


def _kind(block: ChangedBlock) -> RangeKind | None:
    if block.to_token is None:
        return RangeKind.REMOVED if block.from_token is not None else None
    return RangeKind.CHANGED if block.from_token is not None else RangeKind.ADDED


class _Runs:
    """Joins blocks that follow one another and differ alike."""

    def __init__(self) -> None:
        self.total = dict.fromkeys(RangeKind, 0)
        self._ranges: list[DiffRange] = []
        self._offset = self._end = 0
        self._kind: RangeKind | None = None

    def add(self, offset: int, length: int, kind: RangeKind) -> None:
        """The next block."""
        self.total[kind] += length
        if kind is self._kind and offset == self._end:
            self._end += length
            return
        self._close()
        self._offset, self._end, self._kind = offset, offset + length, kind

    def _close(self) -> None:
        if self._kind is not None:
            self._ranges.append(
                DiffRange(offset=self._offset, length=self._end - self._offset, kind=self._kind)
            )

    def finished(self) -> tuple[DiffRange, ...]:
        """All of them."""
        self._close()
        self._kind = None
        return tuple(self._ranges)
