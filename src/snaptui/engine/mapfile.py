r"""One block map file: the runs of a volume's blocks and their digests.

All numbers are little-endian.

    header   64 bytes  magic `SNPTMAP\\0`, version u32, kind u32 (0 full, 1 delta), block size u32,
                       digest kind u32 (1 = BLAKE3), block count u64, volume size u64, zeros
    digests            32 bytes for each block of the data runs, in order
    runs               16 bytes a run (`RUN`): first block u64, block count u32, kind u32
                       (0 hole, 1 data), ascending, never overlapping
    record             JSON: the snapshot's and the volume's record as they were when it was taken
                       and the map this one is a delta against, so that a lost catalog can be
                       rebuilt whole, names and all (those of that time: an edit is not in it)
    trailer  96 bytes  magic `SNPTMEND`, run count u64, digest count u64, record length u64, zeros,
                       BLAKE3 over everything before these last 32 bytes

Blocks that no run names are holes in a full map, and in a delta as they are in the map it is
against. Blocks past a map's block count are holes for every map above it: a volume that shrank and
grew again has lost what was cut off. The record names its own snapshot, and the checksum of the map
it is against, so that files that were swapped are noticed.
"""

from __future__ import annotations

import json
import os
import struct
from array import array
from typing import TYPE_CHECKING, Any

import blake3
import numpy as np
import numpy.typing as npt

from snaptui.engine.blocks import DIGEST_SIZE
from snaptui.engine.layout import write_all
from snaptui.engine.ownership import adopt
from snaptui.errors import DamagedError

if TYPE_CHECKING:
    from pathlib import Path

Digests = npt.NDArray[np.uint8]
"""An array of shape (blocks, 32); a row of zeros is a hole."""

RUN = np.dtype([("start", "<u8"), ("count", "<u4"), ("kind", "<u4")])
RUN_HOLE = 0
RUN_DATA = 1

_VERSION = 1
_BLAKE3 = 1
_HEADER = struct.Struct("<8sIIIIQQ24x")
_TRAILER = struct.Struct("<8sQQQ32x")
_TRAILER_SIZE = _TRAILER.size + DIGEST_SIZE
_HEADER_MAGIC = b"SNPTMAP\0"
_TRAILER_MAGIC = b"SNPTMEND"
_BUFFER_SIZE = 1024 * 1024
_RUN_MAX = 2**32 - 1


class MapWriter:
    """Writes one map file, run by run, in constant memory but for the list of runs."""

    def __init__(
        self, path: Path, *, delta: bool, block_size: int, block_count: int, size_bytes: int
    ) -> None:
        self.path = path
        self.delta = delta
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        adopt(path, self._descriptor)
        self._hasher = blake3.blake3()
        self._buffer = bytearray()
        self._runs = array(
            "Q"
        )  # start, count, kind of each; a list of tuples takes five times that
        self._last: tuple[int, int, int] | None = None
        self._digest_count = 0
        self._write(
            _HEADER.pack(
                _HEADER_MAGIC, _VERSION, int(delta), block_size, _BLAKE3, block_count, size_bytes
            )
        )

    @property
    def digest_count(self) -> int:
        """How many digests the map holds so far."""
        return self._digest_count

    def add_data(self, start: int, digests: bytes) -> None:
        """Blocks from `start` on have these digests (32 bytes each, none of them a hole)."""
        count = len(digests) // DIGEST_SIZE
        self._add_run(start, count, RUN_DATA)
        self._digest_count += count
        self._write(digests)

    def add_hole(self, start: int, count: int) -> None:
        """Blocks from `start` on are holes; in a full map that need not be said."""
        if self.delta:
            self._add_run(start, count, RUN_HOLE)

    def _add_run(self, start: int, count: int, kind: int) -> None:
        if self._last is not None:
            last_start, last_count, last_kind = self._last
            if start < last_start + last_count:
                raise AssertionError("the runs of a map must ascend")
            adjoining = kind == last_kind and last_start + last_count == start
            if adjoining and last_count + count <= _RUN_MAX:
                self._last = (last_start, last_count + count, kind)
                return
            self._runs.extend(self._last)
        self._last = (start, count, kind)

    def _write(self, data: bytes) -> None:
        self._hasher.update(data)
        self._buffer += data
        if len(self._buffer) >= _BUFFER_SIZE:
            self._flush()

    def _flush(self) -> None:
        write_all(self._descriptor, [self._buffer])
        self._buffer = bytearray()

    def finish(self, record: dict[str, Any]) -> int:
        """Write the runs and the record, make the file durable, close it; returns its size."""
        try:
            if self._last is not None:
                self._runs.extend(self._last)
                self._last = None
            columns = np.frombuffer(self._runs, dtype=np.uint64).reshape(-1, 3)
            runs = np.empty(len(columns), dtype=RUN)
            for number, name in enumerate(("start", "count", "kind")):
                runs[name] = columns[:, number]
            self._write(runs.tobytes())
            text = json.dumps(record, separators=(",", ":"), sort_keys=True).encode()
            self._write(text)
            self._write(_TRAILER.pack(_TRAILER_MAGIC, len(runs), self._digest_count, len(text)))
            self._buffer += self._hasher.digest()
            self._flush()
            os.fsync(self._descriptor)
            return os.fstat(self._descriptor).st_size
        finally:
            self.close()

    def close(self) -> None:
        """Close the file; harmless to repeat."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class MapFile:
    """One map file, open and verified; digests are read from it when they are asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise DamagedError(f"block map {path.stem} is missing") from error
        try:
            self._load()
        except OSError as error:
            self.close()
            raise DamagedError(
                f"block map {path.stem} cannot be read ({error.strerror})",
                "look at the disk under the repository (dmesg, smartctl)",
            ) from error
        except BaseException:
            self.close()
            raise

    def _load(self) -> None:
        name = self.path.stem
        size = os.fstat(self._descriptor).st_size
        if size < _HEADER.size + _TRAILER_SIZE:
            raise DamagedError(f"block map {name} is too short to be one")
        checksum = blake3.blake3()
        position = 0
        end = size - DIGEST_SIZE
        while position < end:
            piece = os.pread(self._descriptor, min(_BUFFER_SIZE, end - position), position)
            if not piece:
                raise DamagedError(f"block map {name} ended while it was read")
            checksum.update(piece)
            position += len(piece)
        self.checksum = checksum.hexdigest()
        if bytes.fromhex(self.checksum) != os.pread(self._descriptor, DIGEST_SIZE, end):
            raise DamagedError(f"block map {name} does not match its checksum")
        header = os.pread(self._descriptor, _HEADER.size, 0)
        magic, version, kind, block_size, digest, block_count, size_bytes = _HEADER.unpack(header)
        if magic != _HEADER_MAGIC:
            raise DamagedError(f"block map {name} is not a block map")
        if version != _VERSION or digest != _BLAKE3:
            raise DamagedError(
                f"block map {name} is of format {version}, digest {digest}", "update snaptui"
            )
        trailer = os.pread(self._descriptor, _TRAILER.size, size - _TRAILER_SIZE)
        magic, run_count, digest_count, record_length = _TRAILER.unpack(trailer)
        self.digest_offset = _HEADER.size
        runs_offset = self.digest_offset + digest_count * DIGEST_SIZE
        record_offset = runs_offset + run_count * RUN.itemsize
        if magic != _TRAILER_MAGIC or record_offset + record_length != size - _TRAILER_SIZE:
            raise DamagedError(f"block map {name} has parts of impossible lengths")
        self.delta = bool(kind)
        self.block_size = int(block_size)
        self.block_count = int(block_count)
        self.size_bytes = int(size_bytes)
        self.digest_count = int(digest_count)
        self.file_size = size
        runs = os.pread(self._descriptor, run_count * RUN.itemsize, runs_offset)
        self._runs = np.frombuffer(runs, dtype=RUN)
        self.starts = self._runs["start"].astype(np.int64)
        self.counts = self._runs["count"].astype(np.int64)
        self.ends = self.starts + self.counts
        is_data = self._runs["kind"] == RUN_DATA
        data_counts = np.where(is_data, self.counts, 0)
        # for each run, where its first digest stands; holes have none
        self._positions = np.cumsum(data_counts) - data_counts
        self._is_data = is_data
        if int(data_counts.sum()) != digest_count:
            raise DamagedError(f"block map {name} has runs that do not add up")
        self._record = (record_offset, int(record_length))

    def record(self) -> dict[str, Any]:
        """The snapshot's and the volume's record as they were when it was taken."""
        offset, length = self._record
        document: dict[str, Any] = json.loads(os.pread(self._descriptor, length, offset))
        return document

    def digests(self, first: int, count: int) -> bytes:
        """`count` of the stored digests from the `first` on, in the order of the file."""
        data = os.pread(
            self._descriptor, count * DIGEST_SIZE, self.digest_offset + first * DIGEST_SIZE
        )
        if len(data) != count * DIGEST_SIZE:
            raise DamagedError(f"block map {self.path.stem} ended while it was read")
        return data

    def overlay(self, start: int, window: Digests) -> None:
        """Write what this file says of the blocks from `start` on into `window`, in place."""
        end = start + len(window)
        low = int(np.searchsorted(self.ends, start, side="right"))
        high = int(np.searchsorted(self.starts, end, side="left"))
        if low >= high:
            return
        # The digests of neighbouring runs stand side by side in the file: one read for all.
        skip = max(0, start - int(self.starts[low])) if self._is_data[low] else 0
        first = int(self._positions[low]) + skip
        last_run = high - 1
        last = int(self._positions[last_run])
        if self._is_data[last_run]:
            last += min(end, int(self.ends[last_run])) - int(self.starts[last_run])
        digests = np.frombuffer(self.digests(first, last - first), dtype=np.uint8).reshape(-1, 32)
        for run in range(low, high):
            run_start = max(start, int(self.starts[run]))
            run_end = min(end, int(self.ends[run]))
            if self._is_data[run]:
                position = int(self._positions[run]) + run_start - int(self.starts[run]) - first
                window[run_start - start : run_end - start] = digests[
                    position : position + run_end - run_start
                ]
            else:
                window[run_start - start : run_end - start] = 0

    def close(self) -> None:
        """Close the file; harmless to repeat."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            self.close()
