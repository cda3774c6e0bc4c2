import os
from pathlib import Path

import numpy as np
import pytest

from snaptui.engine import index as index_module
from snaptui.engine.blocks import block_digest
from snaptui.engine.index import DigestIndex, PackCache
from snaptui.engine.packs import PackWriter


def make_pack(directory: Path, number: int, count: int) -> tuple[str, list[bytes]]:
    pack_id = f"{number:016x}-0000"
    writer = PackWriter(directory / f"{pack_id}.pack", pack_id)
    digests = []
    for item in range(count):
        block = f"{number} {item}".encode()
        digests.append(block_digest(block))
        writer.append(digests[-1], 0, block, len(block))
    writer.finish()
    writer.sync()
    return pack_id, digests


@pytest.fixture
def cache(tmp_path: Path) -> PackCache:
    return PackCache(lambda pack_id: tmp_path / f"{pack_id}.pack")


def rows(digests: list[bytes]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 32)


@pytest.mark.parametrize("at_once", [index_module._MERGE_BLOCKS, 40])
def test_blocks_are_found_in_the_right_place_by_footers_and_by_the_file(
    tmp_path: Path, cache: PackCache, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """However large the windows are in which the file is merged."""
    monkeypatch.setattr(index_module, "_MERGE_BLOCKS", at_once)
    packs = dict(make_pack(tmp_path, number, 50 + number) for number in range(20))
    index = DigestIndex.load(tmp_path, packs, cache)
    assert index.wants_merge
    killed = tmp_path / "merged.1.2.tmp"
    killed.touch()
    index.save(tmp_path)
    assert not killed.exists()
    from_file = DigestIndex.load(tmp_path, packs, cache)
    assert from_file.loose_count == 0
    for each in (index, from_file):
        assert each.block_count == sum(len(digests) for digests in packs.values())
        for pack_id, digests in packs.items():
            found = each.find(rows(digests))
            assert [(at.pack_id, at.slot) for at in found if at] == [
                (pack_id, slot) for slot in range(len(digests))
            ]
        assert each.find(rows([os.urandom(32), digests[0]]))[0] is None


def test_two_digests_that_agree_in_eight_bytes_are_told_apart(
    tmp_path: Path, cache: PackCache
) -> None:
    pack_id = f"{7:016x}-0000"
    writer = PackWriter(tmp_path / f"{pack_id}.pack", pack_id)
    twins = [b"samehead" + bytes([n]) * 24 for n in range(1, 4)]
    for twin in twins[:2]:
        writer.append(twin, 0, b"x", 1)
    writer.finish()
    writer.sync()
    index = DigestIndex.load(tmp_path, [pack_id], cache)
    found = index.find(rows(twins))
    assert [at and at.slot for at in found] == [0, 1, None]


def test_a_pack_that_came_since_is_covered_and_one_that_went_makes_the_file_useless(
    tmp_path: Path, cache: PackCache
) -> None:
    first = make_pack(tmp_path, 1, 10)
    second = make_pack(tmp_path, 2, 10)
    DigestIndex.load(tmp_path, [first[0]], cache).save(tmp_path)
    index = DigestIndex.load(tmp_path, [first[0], second[0]], cache)
    assert index.loose_count == 1
    assert all(index.find(rows(first[1] + second[1])))
    index = DigestIndex.load(tmp_path, [second[0]], cache)
    assert index.find(rows(first[1]))[0] is None
    assert all(index.find(rows(second[1])))


def test_a_damaged_file_is_made_anew(tmp_path: Path, cache: PackCache) -> None:
    pack_id, digests = make_pack(tmp_path, 1, 10)
    DigestIndex.load(tmp_path, [pack_id], cache).save(tmp_path)
    path = tmp_path / "merged.idx"
    data = path.read_bytes()
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 1
        path.write_bytes(damaged)
        assert all(DigestIndex.load(tmp_path, [pack_id], cache).find(rows(digests))), position
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert all(DigestIndex.load(tmp_path, [pack_id], cache).find(rows(digests))), length


def test_parts_grow_as_a_log_structured_tree(tmp_path: Path, cache: PackCache) -> None:
    index = DigestIndex(cache)
    for number in range(64):
        pack_id, _ = make_pack(tmp_path, number, 8)
        index.add_pack(pack_id, cache.reader(pack_id).entries)
    assert len(index._parts) <= 8
