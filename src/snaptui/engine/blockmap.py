"""A snapshot's block map: a full map file and the deltas on top of it, seen as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from snaptui.engine.mapfile import Digests, MapFile
from snaptui.engine.sizes import count_blocks
from snaptui.errors import DamagedError
from snaptui.models import DiffRange, RangeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHAIN_MAX = 32
"""After this many deltas the next map is a full one."""

WINDOW = 4096
"""Blocks looked at together: 128 KiB of digests."""

_HEAVY_MINIMUM = 4096


class BlockMap:
    """Block number > digest for one snapshot, read window by window: memory stays flat."""

    def __init__(self, files: list[MapFile]) -> None:
        self._files = files  # the full one first
        newest = files[-1]
        self.block_size = newest.block_size
        self.block_count = newest.block_count
        self.size_bytes = newest.size_bytes
        self._window_start = -1
        self._window = b""

    @classmethod
    def load(cls, map_uid: str, path_of: Callable[[str], Path]) -> BlockMap:
        """Open a map and all it is a delta against.

        Raises:
            DamagedError: one of them is missing or not as it was written.
        """
        files: list[MapFile] = []
        seen: set[str] = set()
        uid = map_uid
        expected: str | None = None  # the checksum that the map above says this one has
        try:
            while True:
                if uid in seen:
                    raise DamagedError(f"block map {uid} is a delta against itself")
                seen.add(uid)
                file = MapFile(path_of(uid))
                files.insert(0, file)
                record = file.record()
                if record["snapshot"]["resource_uid"] != uid:
                    raise DamagedError(f"block map {uid} is another snapshot's under its name")
                if expected not in (None, file.checksum):
                    raise DamagedError(f"block map {uid} is not the one that the next is against")
                if not file.delta:
                    break
                uid, expected = record["base"], record["base_checksum"]
        except (KeyError, TypeError) as error:
            for file in files:
                file.close()
            raise DamagedError(f"block map {uid} has a record that is not whole") from error
        except BaseException:
            for file in files:
                file.close()
            raise
        return cls(files)

    @property
    def checksum(self) -> str:
        """The checksum of the newest map file; a delta against it repeats it."""
        return self._files[-1].checksum

    @property
    def chain_length(self) -> int:
        """How many deltas stand on the full map."""
        return len(self._files) - 1

    @property
    def wants_full(self) -> bool:
        """Whether the next map should be a full one: the chain is long, or its deltas heavy."""
        deltas = sum(file.digest_count for file in self._files[1:])
        return self.chain_length + 1 >= CHAIN_MAX or deltas > max(
            _HEAVY_MINIMUM, self._files[0].digest_count // 2
        )

    def window(self, start: int, count: int) -> Digests:
        """The digests of `count` blocks from `start` on, shape (count, 32); zeros are holes.

        Blocks past the end of the volume are holes.
        """
        window = np.zeros((count, 32), dtype=np.uint8)
        inside = min(count, self.block_count - start)
        if inside > 0:
            view = window[:inside]
            for file in self._files:
                # What lay past the end of one of these volumes was cut off then, and is a hole for
                # every map above it until that one says otherwise.
                kept = max(0, min(inside, file.block_count - start))
                view[kept:] = 0
                if kept:
                    file.overlay(start, view[:kept])
        return window

    def slice(self, start: int, count: int) -> bytes:
        """As `window`, as bytes; meant for walking through the map in ascending order."""
        parts: list[bytes] = []
        while count > 0:
            base = start - start % WINDOW
            if base != self._window_start:
                self._window = self.window(base, WINDOW).tobytes()
                self._window_start = base
            take = min(count, base + WINDOW - start)
            parts.append(self._window[(start - base) * 32 : (start - base + take) * 32])
            start += take
            count -= take
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def windows(self, size: int = WINDOW * 4) -> Iterator[tuple[int, Digests]]:
        """(first block, digests) for the whole volume, in windows of `size` blocks."""
        for start in range(0, self.block_count, size):
            yield start, self.window(start, min(size, self.block_count - start))

    def close(self) -> None:
        """Close all files."""
        for file in self._files:
            file.close()

    def __enter__(self) -> BlockMap:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class EmptyMap:
    """The map of nothing: what a first snapshot is compared with."""

    block_count = 0

    def window(self, _start: int, count: int) -> Digests:
        """Holes."""
        return np.zeros((count, 32), dtype=np.uint8)


def is_data(digests: Digests) -> npt.NDArray[np.bool_]:
    """Which rows are data, as a mask; the others are holes."""
    # eight bytes at a time; four comparisons instead of thirty-two
    words = np.ascontiguousarray(digests).view(np.uint64)
    return np.asarray(words.any(axis=1), dtype=np.bool_)


def differs(left: Digests, right: Digests) -> npt.NDArray[np.bool_]:
    """Which rows differ, as a mask."""
    a = np.ascontiguousarray(left).view(np.uint64)
    b = np.ascontiguousarray(right).view(np.uint64)
    result: npt.NDArray[np.bool_] = (a != b).any(axis=1)
    return result


def runs_of(mask: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """`[first, end)` of each run of True."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


@dataclass(frozen=True)
class MapDifference:
    """What `compare` found."""

    ranges: tuple[DiffRange, ...]
    bytes_of: dict[RangeKind, int]


_KINDS = (None, RangeKind.CHANGED, RangeKind.ADDED, RangeKind.REMOVED)


def compare(old: BlockMap | EmptyMap, new: BlockMap) -> MapDifference:
    """The ranges in which two maps of one block size differ, in bytes, ascending.

    A range ends where the volume does; if the volume shrank, what was cut off is `REMOVED` data.
    """
    block_size = new.block_size
    old_size = old.size_bytes if isinstance(old, BlockMap) else 0
    size = max(old_size, new.size_bytes)
    total = count_blocks(size, block_size)
    runs: list[tuple[int, int, int]] = []  # kind, first block, end block
    step = WINDOW * 4
    for start in range(0, total, step):
        count = min(step, total - start)
        before, after = old.window(start, count), new.window(start, count)
        was, now = is_data(before), is_data(after)
        kinds = np.zeros(count, dtype=np.int8)
        kinds[differs(before, after)] = 1
        kinds[~was & now] = 2
        kinds[was & ~now] = 3
        edges = np.flatnonzero(np.diff(kinds)) + 1
        for low, high in zip([0, *edges.tolist()], [*edges.tolist(), count], strict=True):
            kind = int(kinds[low])
            if not kind:
                continue
            if runs and runs[-1][0] == kind and runs[-1][2] == start + low:
                runs[-1] = (kind, runs[-1][1], start + high)
            else:
                runs.append((kind, start + low, start + high))
    sums = dict.fromkeys(RangeKind, 0)
    ranges: list[DiffRange] = []
    for kind, low, high in runs:
        name = _KINDS[kind]
        assert name is not None
        length = min(high * block_size, size) - low * block_size
        sums[name] += length
        ranges.append(DiffRange(offset=low * block_size, length=length, kind=name))
    return MapDifference(tuple(ranges), sums)
