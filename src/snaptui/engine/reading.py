"""Reading a snapshot's blocks back: found by digest, read in runs, each verified."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from snaptui.engine.blockmap import BlockMap, is_data
from snaptui.engine.blocks import BlockDecoder, Buffer
from snaptui.errors import DamagedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import numpy.typing as npt

    from snaptui.engine.index import DigestIndex, Location
    from snaptui.engine.mapfile import Digests

CHUNK_SIZE = 4 * 1024 * 1024
_READ_GAP = 4096
_READ_MAX = 8 * 1024 * 1024
_WORKERS = 2  # more gain nothing on two cores, and what they do releases the interpreter lock

Result = TypeVar("Result")


class BlockReader:
    """Gives plain, verified blocks by their digests; safe for several threads."""

    def __init__(self, index: DigestIndex) -> None:
        self._index = index
        self._local = threading.local()

    def _decoder(self) -> BlockDecoder:
        decoder: BlockDecoder | None = getattr(self._local, "decoder", None)
        if decoder is None:
            decoder = self._local.decoder = BlockDecoder()
        return decoder

    def read(self, digests: Digests) -> list[Buffer]:
        """The blocks with these digests (shape (n, 32), no holes among them), in their order.

        Raises:
            DamagedError: one of them is not in the repository, or not as it was stored.
        """
        locations = self._index.find(digests)
        blocks: list[Buffer] = [b""] * len(locations)
        wanted: list[tuple[Location, int]] = []
        for number, location in enumerate(locations):
            if location is None:
                raise DamagedError(
                    f"block {digests[number].tobytes().hex()[:16]} is missing from the repository"
                )
            wanted.append((location, number))
        wanted.sort(key=lambda item: (item[0].pack_id, item[0].offset))
        for run in _runs(wanted):
            try:
                self._read_run(run, digests, blocks)
            except DamagedError:
                # perhaps one block of many, and perhaps there is another copy
                for _, number in run:
                    blocks[number] = self._read_any_copy(digests[number])
        return blocks

    def _read_run(
        self, run: list[tuple[Location, int]], digests: Digests, blocks: list[Buffer]
    ) -> None:
        first, last = run[0][0], run[-1][0]
        reader = self._index.cache.reader(first.pack_id)
        start = first.offset
        data = memoryview(reader.read(start, last.offset + last.stored - start))
        decoder = self._decoder()
        for location, number in run:
            begin = location.offset - start
            blocks[number] = decoder.decode(
                location.codec,
                data[begin : begin + location.stored],
                location.plain,
                digests[number].tobytes(),
            )

    def _read_any_copy(self, digest: npt.NDArray[np.uint8]) -> Buffer:
        problem = DamagedError(f"block {digest.tobytes().hex()[:16]} is missing")
        for location in self._index.find_all(digest):
            try:
                stored = self._index.cache.reader(location.pack_id).read(
                    location.offset, location.stored
                )
                return self._decoder().decode(
                    location.codec, stored, location.plain, digest.tobytes()
                )
            except DamagedError as error:
                problem = error
        raise problem


def _runs(wanted: list[tuple[Location, int]]) -> Iterator[list[tuple[Location, int]]]:
    """Blocks that stand side by side in a pack, so that they are read in one go."""
    if not wanted:
        return
    run = [wanted[0]]
    for previous, item in pairwise(wanted):
        before, here = previous[0], item[0]
        near = (
            before.pack_id == here.pack_id
            and here.offset - (before.offset + before.stored) <= _READ_GAP
            and here.offset + here.stored - run[0][0].offset <= _READ_MAX
        )
        if near:
            run.append(item)
        else:
            yield run
            run = [item]
    yield run


def chunks(block_map: BlockMap) -> Iterator[tuple[int, Digests]]:
    """(first block, digests) of the whole volume in chunks of about 4 MiB of volume."""
    step = max(1, CHUNK_SIZE // block_map.block_size)
    window_blocks = step * max(1, 4096 // step)
    for start, window in block_map.windows(window_blocks):
        for offset in range(0, len(window), step):
            yield start + offset, window[offset : offset + step]


def in_parallel(
    block_map: BlockMap,
    work: Callable[[int, Digests], Result],
    done: Callable[[int, Result | None], None],
    *,
    holes: bool = False,
) -> None:
    """Do `work(first block, digests)` for every chunk that has data, a few at a time, in threads.

    With `holes`, for every chunk.

    `done(bytes of the volume, result)` is called in order in this thread, with None for a chunk
    that is all holes; what it raises stops the rest.
    """
    pending: deque[tuple[int, Future[Result] | None]] = deque()

    def settle() -> None:
        length, future = pending.popleft()
        done(length, None if future is None else future.result())

    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="blocks") as executor:
        try:
            for start, digests in chunks(block_map):
                end = (start + len(digests)) * block_map.block_size
                length = min(end, block_map.size_bytes) - start * block_map.block_size
                wanted = holes or digests.any()
                future = executor.submit(work, start, digests) if wanted else None
                pending.append((length, future))
                if len(pending) > 2 * _WORKERS:
                    settle()
            while pending:
                settle()
        except BaseException:
            executor.shutdown(wait=True, cancel_futures=True)
            raise


class Run(NamedTuple):
    """Blocks that stand side by side in a volume."""

    offset: int
    buffers: list[Buffer]


def read_runs(reader: BlockReader, block_size: int, start: int, digests: Digests) -> list[Run]:
    """The data among these blocks, which begin at block `start` of their volume."""
    numbers = is_data(digests).nonzero()[0]
    runs: list[Run] = []
    expected = -1
    for number, block in zip(numbers.tolist(), reader.read(digests[numbers]), strict=True):
        if number != expected:
            runs.append(Run((start + number) * block_size, []))
        runs[-1].buffers.append(block)
        expected = number + 1
    return runs
