"""How large a volume's blocks are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.errors import InvalidInputError
from snaptui.units import KIB, MIB, format_size

if TYPE_CHECKING:
    from snaptui.models import Snapshot, Volume

MIN_BLOCK_SIZE = 64 * KIB
MAX_BLOCK_SIZE = 4 * MIB
MAX_BLOCKS = 2_097_152
"""The two-million rule: small blocks make small snapshots, and this many keep the map small."""


def default_block_size(size_bytes: int) -> int:
    """The smallest power of two that keeps a volume's map at or under `MAX_BLOCKS` blocks."""
    block_size = MIN_BLOCK_SIZE
    while block_size < MAX_BLOCK_SIZE and block_size * MAX_BLOCKS < size_bytes:
        block_size *= 2
    return block_size


def checked_block_size(block_size: int) -> int:
    """`block_size`, if a volume may have it.

    Raises:
        InvalidInputError: it is no power of two between 64 KiB and 4 MiB.
    """
    if not MIN_BLOCK_SIZE <= block_size <= MAX_BLOCK_SIZE or block_size & (block_size - 1):
        raise InvalidInputError(
            f"a block size of {block_size} bytes is not possible",
            f"a power of two from {format_size(MIN_BLOCK_SIZE)} to {format_size(MAX_BLOCK_SIZE)}",
        )
    return block_size


def count_blocks(size_bytes: int, block_size: int) -> int:
    """How many blocks a volume has; the last one may be short."""
    return -(-size_bytes // block_size)


def block_size_of(thing: Volume | Snapshot) -> int:
    """The block size of a volume or snapshot that the engine keeps: it always has one."""
    assert thing.block_size is not None
    return thing.block_size
