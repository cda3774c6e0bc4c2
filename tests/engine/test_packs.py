import os
from pathlib import Path

import pytest

from snaptui.engine.blocks import BlockDecoder, block_digest
from snaptui.engine.packs import PackReader, PackWriter, entry_values, scan_slots
from snaptui.errors import DamagedError

BLOCKS = [b"a" * 1000, os.urandom(700), b"c"]


def write(path: Path) -> Path:
    writer = PackWriter(path, path.stem)
    for block in BLOCKS:
        writer.append(block_digest(block), 0, block, len(block))
    writer.finish()
    writer.sync()
    return path


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return write(tmp_path / "0123456789abcdef-0000.pack")


def read_all(path: Path) -> list[bytes]:
    decoder = BlockDecoder()
    with PackReader(path) as reader:
        result = []
        for entry in reader.entries:
            digest, offset, stored, plain, codec = entry_values(entry)
            result.append(bytes(decoder.decode(codec, reader.read(offset, stored), plain, digest)))
        return result


def test_a_pack_is_read_without_the_catalog(pack: Path) -> None:
    assert read_all(pack) == BLOCKS


def test_without_its_footer_the_slots_can_still_be_dug_out(pack: Path) -> None:
    data = pack.read_bytes()
    os.truncate(pack, len(data) - 70)
    slots = list(scan_slots(pack))
    assert [data[offset : offset + stored] for _, offset, stored, _, _ in slots] == BLOCKS
    assert [digest for digest, *_ in slots] == [block_digest(block) for block in BLOCKS]


def test_truncated_anywhere_it_is_refused(pack: Path) -> None:
    data = pack.read_bytes()
    for length in range(len(data)):
        pack.write_bytes(data[:length])
        with pytest.raises(DamagedError):
            read_all(pack)


def test_a_bit_flipped_anywhere_is_noticed_or_harmless(pack: Path) -> None:
    """Reading never gives other bytes; only a slot's own header may differ unnoticed here."""
    data = pack.read_bytes()
    unnoticed = 0
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 1 << position % 8
        pack.write_bytes(damaged)
        try:
            assert read_all(pack) == BLOCKS
            unnoticed += 1
        except DamagedError:
            pass
    assert unnoticed == 48 * len(BLOCKS)  # the slot headers, which `check` compares


def test_a_pack_under_another_name_is_not_taken_for_it(pack: Path) -> None:
    other = pack.with_name("fedcba9876543210-0000.pack")
    pack.rename(other)
    with pytest.raises(DamagedError, match="not its own"):
        PackReader(other)


def test_a_missing_pack_is_damage_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="missing"):
        PackReader(tmp_path / "gone.pack")
