"""Storing blocks: into packs of a job's own, which become part of the repository at its commit."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from snaptui.engine.blocks import BlockEncoder
from snaptui.engine.packs import MAX_SLOTS, TARGET_SIZE, PackWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from snaptui.engine.index import DigestIndex
    from snaptui.engine.packs import Entries


@dataclass(frozen=True, slots=True)
class SealedPack:
    """A pack that is complete and, once the session is finished, durable."""

    pack_id: str
    path: Path
    size: int
    block_count: int
    plain_bytes: int


class StoreSession:
    """Stores the blocks that neither the repository nor this session has yet.

    A full pack is made durable in the background while the next one is filled: waiting for the disk
    is most of the cost of a first snapshot.
    """

    def __init__(
        self, directory: Path, writer_id: str, index: DigestIndex, *, pack_size: int = TARGET_SIZE
    ) -> None:
        self._directory = directory
        self._writer_id = writer_id
        self._index = index
        self._pack_size = pack_size
        self._encoder = BlockEncoder()
        self._writer: PackWriter | None = None
        self._fresh: set[bytes] = set()  # digests in the open pack
        self._sealed: list[SealedPack] = []
        self._number = 0  # of the next pack
        self._syncing: list[Future[None]] = []
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync")

    @property
    def lacks_packs(self) -> bool:
        """Whether the repository has lost packs: a block it should have may not be there."""
        return self._index.lacks_packs

    @property
    def sealed(self) -> Sequence[SealedPack]:
        """The packs that are full, in order."""
        return self._sealed

    def take_in(self, path: Path, entries: Entries) -> None:
        """Take in a pack that an earlier session of the same writer has stored, and left whole."""
        plain = int(entries["plain"].sum(dtype="u8"))
        size = path.stat().st_size
        self._syncing.append(self._executor.submit(_sync, path))
        self._sealed.append(SealedPack(path.stem, path, size, len(entries), plain))
        self._index.add_pack(path.stem, entries)
        self._number = max(self._number, int(path.stem.rpartition("-")[2]) + 1)

    def store(self, blocks: Sequence[tuple[bytes, memoryview]]) -> int:
        """Store those of `blocks` (digest, plain bytes) that are new; returns their plain bytes.

        The buffers can be used again when this returns.
        """
        candidates: dict[bytes, memoryview] = {
            digest: block for digest, block in blocks if digest not in self._fresh
        }
        if not candidates:
            return 0
        digests = np.frombuffer(b"".join(candidates), dtype=np.uint8).reshape(-1, 32)
        known = self._index.find(digests)
        stored = 0
        for (digest, block), location in zip(candidates.items(), known, strict=True):
            if location is None:
                writer = self._writer or self._begin()
                codec, form = self._encoder.encode(block)
                writer.append(digest, codec, form, len(block))
                self._fresh.add(digest)
                stored += len(block)
        if self._writer is not None:
            self._writer.flush()
            if self._writer.size >= self._pack_size or self._writer.slot_count >= MAX_SLOTS:
                self._seal()
        return stored

    def _begin(self) -> PackWriter:
        pack_id = f"{self._writer_id}-{self._number:04d}"
        self._number += 1
        self._writer = PackWriter(self._directory / f"{pack_id}.pack", pack_id)
        return self._writer

    def _seal(self) -> None:
        writer = self._writer
        if writer is None:
            return
        writer.finish()
        self._sealed.append(
            SealedPack(
                writer.pack_id, writer.path, writer.size, writer.slot_count, writer.plain_bytes
            )
        )
        self._index.add_pack(writer.pack_id, writer.entries())
        self._writer = None
        self._fresh.clear()
        # One failed sync is enough to know; do not pile more work on a failing disk.
        for future in self._syncing:
            if future.done():
                future.result()
        self._syncing.append(self._executor.submit(writer.sync))

    def finish(self, waiting: Callable[[], None] | None = None) -> list[SealedPack]:
        """Make all that was stored durable, and say in which packs it is.

        Raises:
            OSError: a pack could not be written or synced.
        """
        self._seal()
        for future in self._syncing:
            if waiting is not None:
                waiting()
            future.result()
        self._syncing.clear()
        return list(self._sealed)

    def close(self) -> None:
        """Let go of everything; what was not finished is left in the directory."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        if self._writer is not None:
            self._writer.close()

    def __enter__(self) -> StoreSession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _sync(path: Path) -> None:
    """Make a file that another process wrote durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
