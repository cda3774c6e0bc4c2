r"""What an import that was cut short had stored, kept for the one that goes on from it.

A directory of the job's, with

    record              JSON\n (what is imported, and whose packs), then 48 bytes a block: its
                        number, the digest of what it holds, eight bytes of a digest over both
    WRITER-NNNN.pack    hard links to the packs that were full

Nothing refers to it, so to remove it does no harm, and nothing of it is believed: a pack is taken
up only if every block in it is what its digest says, a line of the record only if it is whole and
its block is in such a pack. Whatever is not is fetched again. So nothing need be synced here.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

import blake3
import numpy as np
import numpy.typing as npt

from snaptui.engine.blocks import HOLE, BlockDecoder
from snaptui.engine.ownership import adopt
from snaptui.engine.packs import PackReader, entry_values
from snaptui.engine.reading import BlockReader
from snaptui.errors import DamagedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from snaptui.engine.blocks import Buffer
    from snaptui.engine.index import DigestIndex
    from snaptui.engine.leases import Lease
    from snaptui.engine.session import SealedPack, StoreSession
    from snaptui.progress import ProgressCallback

_LINE = struct.Struct("<Q32s")
_CHECK = 8
_LINE_TYPE = np.dtype([("number", "<u8"), ("digest", "u1", (32,)), ("check", "u1", (_CHECK,))])
_WINDOW = 4096
_PENDING = _WINDOW * _LINE_TYPE.itemsize
"""So many bytes of lines are held in memory at most; no pack may get full for a long time."""
_RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a record is about: packs and numbers mean something only for that.

    Attributes:
        kind: the kind of clouds.
        snapshot_uid: the snapshot there, which never changes.
        size_bytes: the volume's size.
        block_size: that of the blocks.
        writer_id: what the names of the packs begin with.
    """

    kind: str
    snapshot_uid: str
    size_bytes: int
    block_size: int
    writer_id: str


Lines = npt.NDArray[np.void]
"""An array of `_LINE_TYPE`."""


class Sized(Protocol):
    """Blocks that come: how many, and of what size."""

    @property
    def size_bytes(self) -> int:
        """The volume's size."""

    @property
    def block_size(self) -> int:
        """That of the blocks."""


class Known:
    """The blocks that need not come again, in order; each is read and verified when it is given."""

    def __init__(
        self, lines: Lines, places: npt.NDArray[np.intp], reader: BlockReader | None = None
    ) -> None:
        self._lines = lines
        self._places = places
        self._numbers: npt.NDArray[np.uint64] = lines["number"][places]
        self._reader = reader

    def has(self, number: int) -> bool:
        """Whether a block is among them."""
        at = int(np.searchsorted(self._numbers, number))
        return at < len(self._numbers) and int(self._numbers[at]) == number

    def __iter__(self) -> Iterator[tuple[int, Buffer | None]]:
        for place in self._places:
            line = self._lines[place]
            digest = line["digest"]
            if digest.tobytes() == HOLE:
                yield int(line["number"]), None
            else:
                assert self._reader is not None
                [data] = self._reader.read(digest.reshape(1, 32))
                yield int(line["number"]), data


NOTHING_KNOWN = Known(np.empty(0, dtype=_LINE_TYPE), np.empty(0, dtype=np.intp))


class Kept:
    """The directory of one import."""

    def __init__(self, directory: Path | None, origin: Mapping[str, str]) -> None:
        """What is in a directory, which need not be there.

        Args:
            directory: on the repository's own file system; None: nothing is kept.
            origin: what is imported.
        """
        self._directory = directory
        self._kind, self._snapshot_uid = origin["kind"], origin["snapshot_uid"]
        self._file: IO[bytes] | None = None
        self._pending = bytearray()
        self._seen = 0
        self._head = self._read_head()

    def _read_head(self) -> Head | None:
        if self._directory is None:
            return None
        try:
            with (self._directory / _RECORD).open("rb") as file:
                head = Head(**json.loads(file.readline(4096)))
        except (OSError, ValueError, TypeError):
            return None
        same = (head.kind, head.snapshot_uid) == (self._kind, self._snapshot_uid)
        return head if same else None

    @property
    def writer_id(self) -> str:
        """What the names of the kept packs begin with; empty when there is nothing kept."""
        return str(self._head.writer_id) if self._head is not None else ""

    # -- taking it up

    def take_up(
        self,
        lease: Lease,
        session: StoreSession,
        index: DigestIndex,
        supply: Sized,
        progress: ProgressCallback,
    ) -> Known:
        """Give a session the packs that are good, and say which blocks need not come; go on here.

        What is of another snapshot, or of a writer that the lease is not, is removed.
        """
        self._seen = 0
        if self._directory is None:
            return NOTHING_KNOWN
        head = Head(
            kind=self._kind,
            snapshot_uid=self._snapshot_uid,
            size_bytes=supply.size_bytes,
            block_size=supply.block_size,
            writer_id=lease.writer_id,
        )
        if head != self._head:
            shutil.rmtree(self._directory, ignore_errors=True)
            _begin(self._directory, head)
            self._head = head
            return NOTHING_KNOWN
        packs = _take_packs(self._directory, lease, session, progress)
        self._seen = len(session.sealed)
        count = -(-supply.size_bytes // supply.block_size)
        lines = _lines(self._directory / _RECORD)
        good = _good(lines, index, packs, count, lambda: progress("verifying", 0, 0))
        return Known(lines, good, BlockReader(index))

    # -- keeping

    def note(self, number: int, digest: bytes) -> None:
        """A block came."""
        if self._directory is not None:
            line = _LINE.pack(number, digest)
            self._pending += line + _check(line)

    def keep(self, sealed: Sequence[SealedPack]) -> None:
        """Keep the packs that are full since the last time, and what was noted."""
        fresh = sealed[self._seen :]
        if self._directory is None or not (fresh or len(self._pending) >= _PENDING):
            return
        self._seen = len(sealed)
        lines, self._pending = self._pending, bytearray()
        # a file system without hard links keeps nothing, and that does no harm
        try:
            for pack in fresh:
                os.link(pack.path, self._directory / pack.path.name)
            if self._file is None:
                self._file = _open_to_add(self._directory / _RECORD)
            whole = self._file.write(lines) == len(lines)
        except OSError:
            whole = False
        if not whole:
            self.close()  # opened again, it is cut to whole lines

    def close(self) -> None:
        """Close the file; harmless to repeat, and no reason to fail."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def forget(self) -> None:
        """Keep nothing any more."""
        self.close()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)


def has_any(directory: Path) -> bool:
    """Whether there is something in a directory to go on from."""
    return directory.is_dir() and any(directory.glob("*.pack"))


def _begin(directory: Path, head: Head) -> None:
    """Begin a record. Where that cannot be, nothing is kept, and all else goes on."""
    fields = {name: getattr(head, name) for name in Head.__slots__}
    with suppress(OSError):
        directory.mkdir(mode=0o700)
        adopt(directory)
        record = directory / _RECORD
        with record.open("xb") as file:
            adopt(record, file.fileno())
            file.write(json.dumps(fields).encode() + b"\n")


def _open_to_add(record: Path) -> IO[bytes]:
    """The record, to be added to; a line that was cut short would shift all that come after it."""
    file = record.open("r+b", buffering=0)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = len(file.readline(4096))
    file.truncate(size - (size - head) % _LINE_TYPE.itemsize)
    file.seek(0, os.SEEK_END)
    return file


def _take_packs(
    directory: Path, lease: Lease, session: StoreSession, progress: ProgressCallback
) -> set[str]:
    """Have the session take in all packs that are whole, and remove the others."""
    good: set[str] = set()
    paths = sorted(directory.glob(f"{lease.writer_id}-*.pack"))
    done, total = 0, sum(path.stat().st_size for path in paths)
    for path in paths:
        progress("verifying", done, total)
        done += path.stat().st_size
        linked = lease.directory / path.name
        try:
            with PackReader(path) as reader:
                _verify(reader)
                os.link(path, linked)
                session.take_in(linked, reader.entries)
        except (DamagedError, OSError):
            path.unlink(missing_ok=True)
        else:
            good.add(path.stem)
    return good


def _lines(record: Path) -> Lines:
    """The whole lines of a record; mapped, for a large volume has millions."""
    try:
        with record.open("rb") as file:
            start = len(file.readline(4096))
            whole = (os.fstat(file.fileno()).st_size - start) // _LINE_TYPE.itemsize
            if whole > 0:
                return np.memmap(file, dtype=_LINE_TYPE, mode="r", offset=start, shape=(whole,))
    except OSError:
        pass
    return np.empty(0, dtype=_LINE_TYPE)


def _good(
    lines: Lines, index: DigestIndex, packs: set[str], count: int, beat: Callable[[], None]
) -> npt.NDArray[np.intp]:
    """Which lines are as they were written, and of what is in the packs; by number.

    There may be millions: what beats meanwhile may end it by raising.
    """
    keep = np.zeros(len(lines), dtype=np.bool_)
    for first in range(0, len(lines), _WINDOW):
        beat()
        part = lines[first : first + _WINDOW]
        found = index.find(np.ascontiguousarray(part["digest"]))
        for at, (line, location) in enumerate(zip(part, found, strict=True)):
            number, digest = int(line["number"]), line["digest"].tobytes()
            keep[first + at] = (
                line["check"].tobytes() == _check(_LINE.pack(number, digest))
                and number < count
                and (digest == HOLE or (location is not None and location.pack_id in packs))
            )
    good = np.flatnonzero(keep)
    _, first_of_each = np.unique(lines["number"][good], return_index=True)
    return good[first_of_each]


def _check(line: bytes) -> bytes:
    return blake3.blake3(line).digest(_CHECK)


def _verify(reader: PackReader) -> None:
    """Raise unless every block of a pack is what it was."""
    decoder = BlockDecoder()
    for entry in reader.entries:
        digest, offset, stored, plain, codec = entry_values(entry)
        decoder.decode(codec, reader.read(offset, stored), plain, digest)
