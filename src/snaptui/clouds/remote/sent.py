r"""What of a snapshot another cloud has acknowledged: a file that a retry goes on from.

    JSON\n      what was asked for, so that the same is asked for again
    44 bytes    for each block that arrived: its number, the digest of what was sent, and CRC-32

To send a block again does no harm, so nothing is synced: what a crash of the host takes is sent
again. What is not whole is not believed.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING

from snaptui.engine.ownership import adopt

if TYPE_CHECKING:
    from pathlib import Path

_ENTRY = struct.Struct("<Q32s")
_CHECK = struct.Struct("<I")
_SIZE = _ENTRY.size + _CHECK.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for.

    Attributes:
        token: what finds it again.
        name: the snapshot's.
        description: the snapshot's.
        parent_uid: the snapshot there that it differs from.
        base_uid: the same one here.
        uid: what it is there; empty before that is known.
    """

    token: str
    name: str
    description: str
    parent_uid: str | None
    base_uid: str | None
    uid: str = ""


class Sent:
    """The file of one export."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self.asked: Asked | None = None
        self.digests: dict[int, bytes] = {}
        self._read()

    def _read(self) -> None:
        try:
            head, _, body = self._path.read_bytes().partition(b"\n")
            self.asked = Asked(**json.loads(head))
        except (OSError, ValueError, TypeError):
            return
        for start in range(0, len(body) - _SIZE + 1, _SIZE):
            entry = body[start : start + _ENTRY.size]
            (check,) = _CHECK.unpack_from(body, start + _ENTRY.size)
            if zlib.crc32(entry) == check:
                number, digest = _ENTRY.unpack(entry)
                self.digests[number] = digest

    def begin(self, asked: Asked, *, keep: bool = False) -> None:
        """Write what is asked for, before it is; what arrived before counts only with `keep`."""
        self.close()
        if not keep:
            self.digests.clear()
        temporary = self._path.with_suffix(".new")
        with temporary.open("wb") as file:
            adopt(temporary, file.fileno())
            file.write(json.dumps(asdict(asked)).encode() + b"\n")
            for number, digest in self.digests.items():
                file.write(_record(number, digest))
        temporary.replace(self._path)
        self.asked = asked

    def add(self, number: int, digest: bytes) -> None:
        """A block arrived."""
        if self._file is None:
            self._file = self._path.open("ab", buffering=0)
        self._file.write(_record(number, digest))
        self.digests[number] = digest

    def close(self) -> None:
        """Close the file; harmless to repeat."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def forget(self) -> None:
        """There is nothing to go on from any more."""
        self.close()
        self._path.unlink(missing_ok=True)
        self.digests.clear()
        self.asked = None


def _record(number: int, digest: bytes) -> bytes:
    entry = _ENTRY.pack(number, digest)
    return entry + _CHECK.pack(zlib.crc32(entry))
