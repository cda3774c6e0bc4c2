import os

import blake3
import pytest

from snaptui.engine.blocks import BlockDecoder, BlockEncoder, Codec, block_digest
from snaptui.engine.sizes import checked_block_size, count_blocks, default_block_size
from snaptui.errors import DamagedError, InvalidInputError
from snaptui.units import GIB, KIB, MIB, TIB

TEXT = b"all work and no play makes jack a dull boy " * 1525
RANDOM = os.urandom(64 * KIB)


@pytest.mark.parametrize(
    ("plain", "codec"), [(TEXT, Codec.ZSTD), (RANDOM, Codec.RAW)], ids=["text", "noise"]
)
def test_a_block_comes_back_as_it_was_and_is_compressed_where_it_pays(
    plain: bytes, codec: Codec
) -> None:
    used, stored = BlockEncoder().encode(memoryview(plain))
    assert used is codec
    assert (len(stored) < len(plain) // 2) == (codec is Codec.ZSTD)
    decoded = BlockDecoder().decode(used, bytes(stored), len(plain), block_digest(plain))
    assert bytes(decoded) == plain


def test_a_block_of_noise_with_little_text_is_stored_raw_if_it_saves_too_little() -> None:
    plain = RANDOM[: 63 * KIB] + TEXT[:KIB]
    codec, stored = BlockEncoder().encode(memoryview(plain))
    assert codec is Codec.RAW
    assert bytes(stored) == plain


def test_the_digest_is_blake3() -> None:
    assert block_digest(TEXT) == blake3.blake3(TEXT).digest()


@pytest.mark.parametrize("position", [0, 30, -1])
@pytest.mark.parametrize("plain", [TEXT, RANDOM], ids=["compressed", "raw"])
def test_a_flipped_bit_is_noticed(plain: bytes, position: int) -> None:
    codec, stored = BlockEncoder().encode(memoryview(plain))
    damaged = bytearray(stored)
    damaged[position] ^= 4
    with pytest.raises(DamagedError):
        BlockDecoder().decode(codec, bytes(damaged), len(plain), block_digest(plain))


def test_a_form_of_a_later_version_is_refused() -> None:
    with pytest.raises(DamagedError, match="newer"):
        BlockDecoder().decode(9, TEXT, len(TEXT), block_digest(TEXT))


@pytest.mark.parametrize(
    ("size", "block_size"),
    [
        (1, 64 * KIB),
        (128 * GIB, 64 * KIB),
        (128 * GIB + 1, 128 * KIB),
        (1 * TIB, 512 * KIB),
        (8 * TIB, 4 * MIB),
        (100 * TIB, 4 * MIB),
    ],
)
def test_the_two_million_rule(size: int, block_size: int) -> None:
    assert default_block_size(size) == block_size
    if size <= 8 * TIB:
        assert count_blocks(size, block_size) <= 2_097_152


@pytest.mark.parametrize("size", [0, 1, 65535, 65537, 96 * KIB, 8 * MIB, -65536])
def test_other_block_sizes_are_refused(size: int) -> None:
    with pytest.raises(InvalidInputError, match="power of two"):
        checked_block_size(size)
