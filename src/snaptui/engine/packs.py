"""Packs: immutable files of many blocks, readable without the catalog.

All numbers are little-endian.

    header   64 bytes  magic `SNPTPACK`, version u32, digest kind u32 (1 = BLAKE3), pack id (ASCII,
                       zero-padded, 32 bytes), 16 bytes zero (room for a digest key's id)
    slot               magic `SLOT`, codec u8, 3 bytes zero, plain length u32, stored length u32,
                       digest 32 bytes; then the stored bytes
    …
    footer             an entry of 56 bytes a slot (`ENTRY`), in the order of the slots
    trailer  64 bytes  magic `SNPTFOOT`, version u32, slot count u32, footer offset u64, BLAKE3 over
                       header + footer + the trailer so far, 8 bytes zero

The footer serves reading; the slot headers repeat it so that blocks can be dug out of a pack whose
footer is lost.
"""

from __future__ import annotations

import errno
import os
import struct
from typing import TYPE_CHECKING, Any

import blake3
import numpy as np
import numpy.typing as npt

from snaptui.engine.layout import write_all
from snaptui.engine.ownership import adopt
from snaptui.errors import DamagedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from snaptui.engine.blocks import Buffer

Entries = npt.NDArray[np.void]
"""A structured array of `ENTRY`."""

MAX_SLOTS = 65_536
"""A pack is closed when it has so many blocks, however small: its footer is kept in memory."""

TARGET_SIZE = 64 * 1024 * 1024
"""A pack is closed when it is at least this large."""

_VERSION = 1
_BLAKE3 = 1
_HEADER = struct.Struct("<8sII32s16x")
_SLOT = struct.Struct("<4sB3xII32s")
_TRAILER = struct.Struct("<8sIIQ")
_TRAILER_SIZE = 64
_HEADER_MAGIC = b"SNPTPACK"
_SLOT_MAGIC = b"SLOT"
_TRAILER_MAGIC = b"SNPTFOOT"

ENTRY = np.dtype(
    [
        ("digest", "u1", (32,)),
        ("offset", "<u8"),
        ("stored", "<u4"),
        ("plain", "<u4"),
        ("codec", "<u4"),
        ("reserved", "<u4"),
    ]
)


class PackWriter:
    """Writes one pack. Blocks are on disk for good only after `seal`."""

    def __init__(self, path: Path, pack_id: str) -> None:
        self.path = path
        self.pack_id = pack_id
        self.plain_bytes = 0
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        adopt(path, self._descriptor)
        self._header = _HEADER.pack(_HEADER_MAGIC, _VERSION, _BLAKE3, pack_id.encode("ascii"))
        self._pending: list[Buffer] = [self._header]
        self._entries: list[bytes] = []
        self._offset = len(self._header)

    @property
    def size(self) -> int:
        """Bytes so far, without the footer."""
        return self._offset

    @property
    def slot_count(self) -> int:
        """Blocks so far."""
        return len(self._entries)

    def append(self, digest: bytes, codec: int, stored: Buffer, plain_length: int) -> int:
        """Add a block and return its slot; `stored` is kept, not copied, until `flush`."""
        length = len(stored)
        self._pending.append(slot_header(codec, plain_length, length, digest))
        self._pending.append(stored)
        self._offset += _SLOT.size
        self._entries.append(
            digest + struct.pack("<QIIII", self._offset, length, plain_length, codec, 0)
        )
        self._offset += length
        self.plain_bytes += plain_length
        return len(self._entries) - 1

    def entries(self) -> Entries:
        """The footer as it is so far."""
        return np.frombuffer(b"".join(self._entries), dtype=ENTRY)

    def flush(self) -> None:
        """Hand what was appended to the kernel, so that the buffers can be used again."""
        pending, self._pending = self._pending, []
        write_all(self._descriptor, pending)

    def finish(self) -> None:
        """Write footer and trailer; nothing can be appended after this."""
        footer = b"".join(self._entries)
        trailer = _TRAILER.pack(_TRAILER_MAGIC, _VERSION, len(self._entries), self._offset)
        checksum = blake3.blake3(self._header + footer + trailer).digest()
        self._pending += [footer, (trailer + checksum).ljust(_TRAILER_SIZE, b"\0")]
        self.flush()
        self._offset += len(footer) + _TRAILER_SIZE

    def sync(self) -> None:
        """Make the pack durable and close it."""
        try:
            os.fsync(self._descriptor)
            # Nobody reads it soon: its pages serve the next pack, and push out nothing that the
            # host's own work has in memory.
            os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            self.close()

    def close(self) -> None:
        """Close the file; harmless to repeat."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            self.close()


class PackReader:
    """Reads blocks of one pack; `entries` is its verified footer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise DamagedError(f"pack {path.stem} is missing") from error
        except OSError as error:
            if error.errno != errno.EIO:
                raise  # not allowed, too many files open: that says nothing about the pack
            raise DamagedError(f"pack {path.stem} cannot be opened ({error.strerror})") from error
        try:
            self.size = os.fstat(self._descriptor).st_size
            self.entries: Entries = self._read_footer()
        except BaseException:
            self.close()
            raise

    def _read_footer(self) -> Entries:
        name = self.path.stem
        if self.size < _HEADER.size + _TRAILER_SIZE:
            raise DamagedError(f"pack {name} is too short to be one")
        header = self._read(0, _HEADER.size)
        trailer = self._read(self.size - _TRAILER_SIZE, _TRAILER_SIZE)
        magic, version, digest_kind, pack_id = _HEADER.unpack(header)
        if magic != _HEADER_MAGIC or pack_id.rstrip(b"\0") != name.encode("ascii", "replace"):
            raise DamagedError(f"pack {name} has a header that is not its own")
        if version != _VERSION or digest_kind != _BLAKE3:
            raise DamagedError(
                f"pack {name} is of format {version}, digest {digest_kind}", "update snaptui"
            )
        fields = trailer[: _TRAILER.size]
        magic, _version, count, offset = _TRAILER.unpack(fields)
        if magic != _TRAILER_MAGIC or offset + count * ENTRY.itemsize + _TRAILER_SIZE != self.size:
            raise DamagedError(f"pack {name} has no whole footer")
        footer = self._read(offset, count * ENTRY.itemsize)
        checksum = trailer[_TRAILER.size : _TRAILER.size + 32]
        if blake3.blake3(header + footer + fields).digest() != checksum or any(trailer[-8:]):
            raise DamagedError(f"the footer of pack {name} does not match its checksum")
        return np.frombuffer(footer, dtype=ENTRY)

    def _read(self, offset: int, length: int) -> bytes:
        try:
            data = os.pread(self._descriptor, length, offset)
        except OSError as error:
            raise DamagedError(
                f"pack {self.path.stem} cannot be read at byte {offset} ({error.strerror})",
                "look at the disk under the repository (dmesg, smartctl)",
            ) from error
        if len(data) != length:
            raise DamagedError(f"pack {self.path.stem} ends before byte {offset + length}")
        return data

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of the file; may span several slots.

        Raises:
            DamagedError: they are not there or the disk cannot read them.
        """
        return self._read(offset, length)

    def close(self) -> None:
        """Close the file; harmless to repeat."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> PackReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            self.close()


def scan_slots(path: Path) -> Iterator[tuple[bytes, int, int, int, int]]:
    """The slots of a pack by their own headers, without the footer: for a damaged pack.

    Yields:
        (digest, offset, stored length, plain length, codec) of every slot up to the first that is
        not whole.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        offset = _HEADER.size
        while offset + _SLOT.size <= size:
            file.seek(offset)
            magic, codec, plain, stored, digest = _SLOT.unpack(file.read(_SLOT.size))
            offset += _SLOT.size
            if magic != _SLOT_MAGIC or offset + stored > size:
                return
            yield digest, offset, stored, plain, codec
            offset += stored


def slot_header(codec: int, plain: int, stored: int, digest: bytes) -> bytes:
    """The bytes that stand before a block's stored form."""
    return _SLOT.pack(_SLOT_MAGIC, codec, plain, stored, digest)


def entry_values(entry: Any) -> tuple[bytes, int, int, int, int]:
    """(digest, offset, stored length, plain length, codec) of a footer entry."""
    return (
        entry["digest"].tobytes(),
        int(entry["offset"]),
        int(entry["stored"]),
        int(entry["plain"]),
        int(entry["codec"]),
    )
