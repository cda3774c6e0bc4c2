"""Digest > (pack, slot): which of the blocks at hand the repository has already, and where.

Sorted arrays of 16 bytes a block, not a Python dict: the first eight bytes of the digest, the pack
and the slot. Eight bytes only find candidates (whoever wants to can make two blocks that agree in
them); the whole digest is compared with the pack's footer each time.

One file under `index/` covers most packs and is mapped into memory; packs that came since are
covered by arrays made from their footers, and merged into a new file when there are many. All of
it is derived: without the file, or with a damaged one, the index is made again from the footers.
"""

from __future__ import annotations

import json
import os
import struct
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

import blake3
import numpy as np
import numpy.typing as npt

from snaptui.engine.ownership import adopt
from snaptui.engine.packs import Entries, PackReader
from snaptui.errors import DamagedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from snaptui.engine.mapfile import Digests

_OPEN_PACKS = 128
_LOOSE_MAX = 16
_MERGE_BLOCKS = 262_144
_HASHED_AT_ONCE = 1024 * 1024
_MAGIC = b"SNPTIDX1"
_HEADER = struct.Struct("<8sQQ32s8x")


class Location(NamedTuple):
    """Where a block is stored."""

    pack_id: str
    slot: int
    offset: int
    stored: int
    plain: int
    codec: int


class PackCache:
    """Open packs, the least recently used closed first; safe for several threads."""

    def __init__(self, path_of: Callable[[str], Path]) -> None:
        self._path_of = path_of
        self._readers: OrderedDict[str, PackReader] = OrderedDict()
        self._lock = threading.Lock()

    def reader(self, pack_id: str) -> PackReader:
        """A pack, opened if need be.

        A reader that falls out of the cache is closed when its last user lets go of it.
        """
        with self._lock:
            reader = self._readers.get(pack_id)
            if reader is None:
                reader = PackReader(self._path_of(pack_id))
                self._readers[pack_id] = reader
                if len(self._readers) > _OPEN_PACKS:
                    self._readers.popitem(last=False)
            else:
                self._readers.move_to_end(pack_id)
            return reader


class _Part(NamedTuple):
    """Some packs' blocks, sorted by prefix."""

    prefixes: npt.NDArray[np.uint64]
    packs: npt.NDArray[np.uint32]
    slots: npt.NDArray[np.uint32]


def prefixes_of(digests: Digests) -> npt.NDArray[np.uint64]:
    """The first eight bytes of each digest as one number, big-endian so that it sorts like them."""
    return np.ascontiguousarray(digests[:, :8]).view(">u8").reshape(-1).astype(np.uint64)


class DigestIndex:
    """Finds blocks by their digests in the packs it was given."""

    def __init__(self, cache: PackCache) -> None:
        self.cache = cache
        self._pack_ids: list[str] = []
        self._parts: list[_Part] = []
        self._loose = 0
        self._unreadable: set[str] = set()
        self.lacks_packs = False
        """Whether a pack that should be there is missing, cut short or unreadable."""
        self._mapped = 0  # how many parts, from the first on, are the file's

    @property
    def block_count(self) -> int:
        """How many blocks it knows (one stored twice counts twice)."""
        return sum(len(part.prefixes) for part in self._parts)

    @property
    def pack_ids(self) -> tuple[str, ...]:
        """The packs it covers."""
        return tuple(self._pack_ids)

    @property
    def loose_count(self) -> int:
        """How many packs are not covered by the file."""
        return self._loose

    @property
    def wants_merge(self) -> bool:
        """Whether the file should be written anew."""
        return self._loose > _LOOSE_MAX

    def add_pack(self, pack_id: str, entries: Entries) -> None:
        """Cover one more pack."""
        number = len(self._pack_ids)
        self._pack_ids.append(pack_id)
        prefixes = prefixes_of(entries["digest"])
        order = np.argsort(prefixes, kind="stable")
        self._parts.append(
            _Part(
                prefixes[order],
                np.full(len(order), number, dtype=np.uint32),
                order.astype(np.uint32),
            )
        )
        self._loose += 1
        # As in a log-structured merge tree: parts double in size, so few have to be searched. Not
        # without end: merging takes memory of several times what is merged.
        while len(self._parts) - self._mapped > 1:
            older, newer = self._parts[-2:]
            together = len(older.prefixes) + len(newer.prefixes)
            if len(older.prefixes) > 2 * len(newer.prefixes) or together > _MERGE_BLOCKS:
                break
            self._parts[-2:] = [_merge([older, newer])]

    def find(self, digests: Digests) -> list[Location | None]:
        """Where each of `digests` (shape (n, 32)) is stored; None where it is not.

        A pack whose footer cannot be read counts as absent, so that what it held is stored again.
        """
        found: list[Location | None] = [None] * len(digests)
        if not self._parts or not len(digests):
            return found
        wanted = prefixes_of(digests)
        for part in self._parts:
            low = np.searchsorted(part.prefixes, wanted, side="left")
            inside = np.flatnonzero(low < len(part.prefixes))
            candidates = inside[part.prefixes[low[inside]] == wanted[inside]]
            for number in candidates.tolist():
                if found[number] is None:
                    found[number] = self._confirm(part, int(low[number]), digests[number])
        return found

    def _confirm(
        self, part: _Part, position: int, digest: npt.NDArray[np.uint8]
    ) -> Location | None:
        prefix = part.prefixes[position]
        wanted = digest.tobytes()
        while position < len(part.prefixes) and part.prefixes[position] == prefix:
            location = self._look(part, position, wanted)
            if location is not None:
                return location
            position += 1
        return None

    def _look(self, part: _Part, position: int, wanted: bytes) -> Location | None:
        """The block at a place in the index, if it is the one that is wanted."""
        pack_id = self._pack_ids[int(part.packs[position])]
        slot = int(part.slots[position])
        if pack_id in self._unreadable:
            return None
        try:
            entries = self.cache.reader(pack_id).entries
        except DamagedError:
            self._unreadable.add(pack_id)
            return None
        if slot >= len(entries) or entries[slot]["digest"].tobytes() != wanted:
            return None
        entry = entries[slot]
        return Location(
            pack_id,
            slot,
            int(entry["offset"]),
            int(entry["stored"]),
            int(entry["plain"]),
            int(entry["codec"]),
        )

    def find_all(self, digest: npt.NDArray[np.uint8]) -> Iterator[Location]:
        """All places where a block is stored: two snapshots at once may both have stored it."""
        wanted = prefixes_of(digest.reshape(1, -1))[0]
        for part in self._parts:
            position = int(np.searchsorted(part.prefixes, wanted, side="left"))
            while position < len(part.prefixes) and part.prefixes[position] == wanted:
                location = self._look(part, position, digest.tobytes())
                if location is not None:
                    yield location
                position += 1

    def save(self, directory: Path) -> None:
        """Write everything it covers into one file under `directory`, in place of the old one.

        Merged window by window, so that memory does not grow with the repository. Not fsynced: it
        is derived, and its checksum tells a torn one.
        """
        names = json.dumps(self._pack_ids).encode()
        names = names.ljust(-(-len(names) // 8) * 8)
        count = self.block_count
        for stale in directory.glob("merged.*.tmp"):  # of merges that were killed
            stale.unlink(missing_ok=True)
        temporary = directory / f"merged.{os.getpid()}.{threading.get_ident()}.tmp"
        try:
            with temporary.open("w+b") as file:
                adopt(temporary, file.fileno())
                file.write(bytes(_HEADER.size) + names)
                file.truncate(_HEADER.size + len(names) + 16 * count)
                self._write_merged(file.fileno(), _HEADER.size + len(names), count)
                checksum = _checksum_from(file.fileno(), _HEADER.size)
                file.seek(0)
                file.write(_HEADER.pack(_MAGIC, len(names), count, checksum))
            temporary.replace(directory / "merged.idx")
        finally:
            temporary.unlink(missing_ok=True)

    def _write_merged(self, descriptor: int, start: int, count: int) -> None:
        """Write the three sections (prefixes, packs, slots), sorted, from `start` on."""
        done = 0
        for window in self._windows(count):
            merged = _merge(window)
            for section, (array, width) in enumerate(zip(merged, (8, 4, 4), strict=True)):
                # after the sections before this one, of 8, 4 and 4 bytes a block
                at = start + (0, 8, 12)[section] * count + width * done
                os.pwrite(descriptor, np.ascontiguousarray(array).tobytes(), at)
            done += len(merged.prefixes)

    def _windows(self, count: int) -> Iterator[list[_Part]]:
        """All parts, cut at the same prefixes into windows of about `_MERGE_BLOCKS` blocks."""
        pieces = max(1, count // _MERGE_BLOCKS)
        # digests are as good as random, so equal ranges hold about equally many
        edges = [piece * (2**64 // pieces) for piece in range(1, pieces)]
        lows = [0] * len(self._parts)
        for edge in [*edges, None]:
            highs = [
                len(part.prefixes)
                if edge is None
                else int(np.searchsorted(part.prefixes, np.uint64(edge), side="left"))
                for part in self._parts
            ]
            yield [
                _Part(part.prefixes[low:high], part.packs[low:high], part.slots[low:high])
                for part, low, high in zip(self._parts, lows, highs, strict=True)
            ]
            lows = highs

    @classmethod
    def load(cls, directory: Path, pack_ids: Iterable[str], cache: PackCache) -> DigestIndex:
        """The index of these packs: from the file as far as it goes, from footers for the rest.

        A pack whose footer is damaged is left out, so its blocks count as absent and are stored
        again when they come by; `check` reports it.
        """
        index = cls(cache)
        wanted = set(pack_ids)
        covered = index._load_file(directory / "merged.idx", wanted)
        for pack_id in sorted(wanted - covered):
            try:
                index.add_pack(pack_id, cache.reader(pack_id).entries)
            except DamagedError:
                index.lacks_packs = True
        return index

    def _load_file(self, path: Path, wanted: set[str]) -> set[str]:
        try:
            with path.open("rb") as file:
                magic, names_length, count, checksum = _HEADER.unpack(file.read(_HEADER.size))
                size = os.fstat(file.fileno()).st_size
                if magic != _MAGIC or size != _HEADER.size + names_length + count * 16 or not count:
                    return set()
                # read, not mapped: all pages of a map that was walked through count as ours
                whole = _checksum_from(file.fileno(), _HEADER.size) == checksum
                content = np.memmap(file, dtype=np.uint8, mode="r", offset=_HEADER.size)
            pack_ids: list[str] = json.loads(content[:names_length].tobytes())
        except (OSError, ValueError, struct.error):
            return set()
        # A pack that is gone would give locations that are not there: make the index anew.
        if not whole or not wanted.issuperset(pack_ids):
            return set()
        packs_at = names_length + 8 * count
        self._parts = [
            _Part(
                content[names_length:packs_at].view("<u8"),
                content[packs_at : packs_at + 4 * count].view("<u4"),
                content[packs_at + 4 * count :].view("<u4"),
            )
        ]
        self._pack_ids = pack_ids
        self._mapped = 1
        return set(pack_ids)


def _checksum_from(descriptor: int, start: int) -> bytes:
    """BLAKE3 over a file from `start` to its end."""
    checksum = blake3.blake3()
    while piece := os.pread(descriptor, _HASHED_AT_ONCE, start):
        checksum.update(piece)
        start += len(piece)
    digest: bytes = checksum.digest()
    return digest


def _merge(parts: list[_Part]) -> _Part:
    if not parts:
        empty = np.empty(0, dtype=np.uint32)
        return _Part(np.empty(0, dtype=np.uint64), empty, empty)
    prefixes = np.concatenate([part.prefixes for part in parts])
    order = np.argsort(prefixes, kind="stable")
    return _Part(
        prefixes[order],
        np.concatenate([part.packs for part in parts])[order],
        np.concatenate([part.slots for part in parts])[order],
    )
