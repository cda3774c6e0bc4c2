"""One pass over a volume: read, find zeros, hash; the reading is a step ahead in its own thread."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.engine.blocks import HOLE, block_digest
from snaptui.engine.sizes import MAX_BLOCK_SIZE, count_blocks
from snaptui.errors import VolumeChangedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from snaptui.engine.source import VolumeSource

PIECE_SIZE = 1024 * 1024
_BUFFERS = 8

assert MAX_BLOCK_SIZE % PIECE_SIZE == 0


@dataclass(slots=True)
class Piece:
    """Some blocks of a volume, side by side.

    Attributes:
        start: the number of the first block.
        count: how many blocks.
        digests: 32 bytes a block, zeros for a block of zeros; None when all of them are holes.
        data: the plain bytes; valid until the next piece is asked for.
    """

    start: int
    count: int
    digests: bytes | None
    data: memoryview


def became_shorter(path: Path) -> VolumeChangedError:
    """The error for a volume that lost its end while it was read."""
    return VolumeChangedError(
        f"{path} became shorter while it was read",
        "take the snapshot when nobody resizes the volume",
    )


class VolumeScan:
    """The pieces of a volume, in ascending order, without gaps."""

    def __init__(self, source: VolumeSource, size_bytes: int, block_size: int) -> None:
        self._source = source
        self._size = size_bytes
        self._block_size = block_size
        self._block_count = count_blocks(size_bytes, block_size)
        self._piece_blocks = max(1, PIECE_SIZE // block_size)
        self._zeros = bytes(block_size)
        self._free: queue.SimpleQueue[bytearray | None] = queue.SimpleQueue()
        self._ready: queue.SimpleQueue[tuple[Piece, bytearray | None] | BaseException | None] = (
            queue.SimpleQueue()
        )
        self._stopped = False

    def pieces(self) -> Iterator[Piece]:
        """Read the volume.

        Raises:
            SourceError: it cannot be read.
            VolumeChangedError: it ended before its size.
        """
        for _ in range(_BUFFERS):
            self._free.put(bytearray(self._piece_blocks * self._block_size))
        reader = threading.Thread(target=self._read, name="read-ahead", daemon=True)
        reader.start()
        try:
            while (item := self._ready.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                piece, buffer = item
                yield piece
                if buffer is not None:
                    piece.data.release()
                    self._free.put(buffer)
        finally:
            self._stopped = True
            self._free.put(None)
            reader.join()

    def _read(self) -> None:
        try:
            for start, end, hole in self._block_runs():
                if hole:
                    self._ready.put((Piece(start, end - start, None, memoryview(b"")), None))
                elif not self._read_run(start, end):
                    return
            self._ready.put(None)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that asked
            self._ready.put(error)

    def _block_runs(self) -> Iterator[tuple[int, int, bool]]:
        """(first block, end block, hole) in turn; a block that is partly data is data."""
        size = self._block_size
        done = 0
        pending: tuple[int, int] | None = None  # a data run that the next extent may add to
        for extent in self._source.extents(self._size):
            if extent.hole:
                continue
            first = max(done, extent.start // size)
            end = min(self._block_count, count_blocks(extent.end, size))
            if end <= first:
                continue
            if pending and first <= pending[1]:
                pending = (pending[0], end)
            else:
                if pending:
                    yield pending[0], pending[1], False
                gap = pending[1] if pending else 0
                if first > gap:
                    yield gap, first, True
                pending = (first, end)
            done = end
        if pending:
            yield pending[0], pending[1], False
        if done < self._block_count:
            yield done, self._block_count, True

    def _read_run(self, start: int, end: int) -> bool:
        size = self._block_size
        for first in range(start, end, self._piece_blocks):
            count = min(self._piece_blocks, end - first)
            length = min(count * size, self._size - first * size)
            buffer = self._free.get()
            if buffer is None or self._stopped:
                return False
            view = memoryview(buffer)[:length]
            if self._source.read_into(view, first * size) != length:
                raise became_shorter(self._source.path)
            digests = bytearray()
            for position in range(0, length, size):
                block_end = min(position + size, length)
                # memcmp in place, which ends at the first byte that is not zero
                zeros = self._zeros if block_end - position == size else bytes(block_end - position)
                if buffer.startswith(zeros, position, block_end):
                    digests += HOLE
                else:
                    digests += block_digest(view[position:block_end])
            self._ready.put((Piece(first, count, bytes(digests), view), buffer))
        return True
