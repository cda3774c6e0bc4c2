"""The block: its size, its digest, and the form it is stored in."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeAlias

import blake3
import zstandard

from snaptui.engine.sizes import MAX_BLOCK_SIZE
from snaptui.errors import DamagedError

Buffer: TypeAlias = bytes | bytearray | memoryview

DIGEST_SIZE = 32
HOLE = bytes(DIGEST_SIZE)
"""What a map holds for a block of zeros: no data of ours has this digest (BLAKE3 would have to
give 256 zero bits)."""

_LEVEL = 1
_PROBE_PIECE = 2048
_PROBE_MINIMUM = 16 * 1024


class Codec(IntEnum):
    """How a block's bytes are stored. Numbers are part of the format; encryption will add some."""

    RAW = 0
    ZSTD = 1


def block_digest(block: Buffer) -> bytes:
    """The address of a block: BLAKE3 over its plain bytes, 32 bytes."""
    return blake3.blake3(block).digest()


class BlockEncoder:
    """Compresses blocks where it pays. Not for several threads at once (nor is zstd's context)."""

    def __init__(self) -> None:
        self._zstd = zstandard.ZstdCompressor(
            level=_LEVEL, write_content_size=True, write_checksum=False
        )

    def encode(self, block: memoryview) -> tuple[Codec, Buffer]:
        """The stored form of a block; the raw one is the block itself, not a copy.

        Three small pieces are tried first: most volumes hold much that is compressed already, and
        finding that out on a tenth of the block costs a tenth. A sixteenth must be saved, or
        reading it back would cost more than the space is worth.
        """
        length = len(block)
        if length >= _PROBE_MINIMUM:
            middle = length // 2
            probe = b"".join(
                (block[:_PROBE_PIECE], block[middle : middle + _PROBE_PIECE], block[-_PROBE_PIECE:])
            )
            if len(self._zstd.compress(probe)) > len(probe) * 15 // 16:
                return Codec.RAW, block
        stored = self._zstd.compress(block)
        if len(stored) > length - length // 16:
            return Codec.RAW, block
        return Codec.ZSTD, stored


class BlockDecoder:
    """Turns stored blocks back into plain ones, and lets none through that is not what it was.

    Not for several threads at once.
    """

    def __init__(self) -> None:
        self._zstd = zstandard.ZstdDecompressor()

    def decode(self, codec: int, stored: Buffer, plain_length: int, digest: bytes) -> Buffer:
        """The plain block.

        Raises:
            DamagedError: the stored bytes are not those of the block with that digest.
        """
        plain: Buffer
        if codec == Codec.RAW:
            plain = stored
        elif codec == Codec.ZSTD:
            # A hostile pack must not be able to ask for all memory: a frame says how large it gets.
            try:
                if plain_length > MAX_BLOCK_SIZE or plain_length != zstandard.frame_content_size(
                    stored
                ):
                    raise DamagedError(f"block {digest.hex()[:16]} has another length than it says")
                plain = self._zstd.decompress(stored)
            except zstandard.ZstdError as error:
                raise DamagedError(f"block {digest.hex()[:16]} cannot be decompressed") from error
        else:
            raise DamagedError(
                f"block {digest.hex()[:16]} is stored in form {codec}, which is not known here",
                "was it written by a newer snaptui?",
            )
        if len(plain) != plain_length or blake3.blake3(plain).digest() != digest:
            raise DamagedError(f"block {digest.hex()[:16]} does not match its checksum")
        return plain
