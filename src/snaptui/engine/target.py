"""Writing a volume: runs of blocks at their places, zeros, and making all of it durable."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.engine.blocks import Buffer

_BEHIND = 32 * 1024 * 1024
"""How far the kernel may lag with writing out before what is behind is handed to the disk."""

_ZEROS = bytes(1024 * 1024)


class VolumeTarget:
    """A file or block device that is written in ascending order, open until `close`.

    A volume is larger than memory, or takes all of it: what is written is handed to the disk soon,
    and its pages then serve what comes next. That keeps in memory what the host works with, makes
    the `sync` at the end short, and costs less than always taking new pages.
    """

    def __init__(self, descriptor: int) -> None:
        """Take over an open file descriptor."""
        self._descriptor = descriptor
        self._handed_over = 0  # up to here its pages are the disk's business
        self._dropped = 0  # up to here its pages are given back, as far as they were written out

    def fileno(self) -> int:
        """The file descriptor."""
        return self._descriptor

    def write(self, offset: int, buffers: Sequence[Buffer]) -> int:
        """Write `buffers` side by side from `offset` on; returns the bytes."""
        total = sum(len(buffer) for buffer in buffers)
        written = os.pwritev(self._descriptor, buffers, offset) if buffers else 0
        while written < total:  # rare: a signal, or a disk that is nearly full
            rest = memoryview(b"".join(buffers))[written:]
            written += os.pwrite(self._descriptor, rest, offset + written)
        self._hand_over(offset + total)
        return total

    def write_zeros(self, offset: int, length: int) -> int:
        """Make `length` bytes read as zeros; returns the bytes."""
        end = offset + length
        while offset < end:
            offset += os.pwrite(self._descriptor, memoryview(_ZEROS)[: end - offset], offset)
            self._hand_over(offset)
        return length

    def _hand_over(self, position: int) -> None:
        if position - self._handed_over < _BEHIND:
            return
        # On dirty pages the advice begins the writing, on clean ones it gives them back
        # (posix_fadvise(2)); the first comes now, the second when the next piece is handed over.
        start, self._dropped = self._dropped, self._handed_over
        os.posix_fadvise(self._descriptor, start, position - start, os.POSIX_FADV_DONTNEED)
        self._handed_over = position

    def sync(self) -> None:
        """Make all of it durable."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close it; harmless to repeat."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> VolumeTarget:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
