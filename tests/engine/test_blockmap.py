import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snaptui.engine.blockmap import BlockMap, EmptyMap, compare, runs_of
from snaptui.engine.mapfile import MapFile, MapWriter
from snaptui.errors import DamagedError
from snaptui.models import DiffRange, RangeKind

BLOCK = 65536


def digest(number: int) -> bytes:
    """A digest that is no hole, for any number."""
    return (number + 1).to_bytes(32, "big")


def write_map(
    directory: Path,
    uid: str,
    blocks: dict[int, bytes | None],
    *,
    base: str | None = None,
    count: int = 100,
    size: int | None = None,
) -> None:
    """A map with these blocks, None being a hole."""
    writer = MapWriter(
        directory / f"{uid}.map",
        delta=base is not None,
        block_size=BLOCK,
        block_count=count,
        size_bytes=count * BLOCK if size is None else size,
    )
    for number, value in sorted(blocks.items()):
        if value is None:
            writer.add_hole(number, 1)
        else:
            writer.add_data(number, value)
    checksum = None
    if base not in (None, uid) and (directory / f"{base}.map").exists():
        checksum = MapFile(directory / f"{base}.map").checksum
    record = {"base": base, "base_checksum": checksum, "snapshot": {"resource_uid": uid}}
    writer.finish(record)


def load(directory: Path, uid: str) -> BlockMap:
    return BlockMap.load(uid, lambda name: directory / f"{name}.map")


def content(block_map: BlockMap) -> dict[int, bytes]:
    result = {}
    for start, window in block_map.windows(7):
        for number, row in enumerate(window):
            if row.any():
                result[start + number] = row.tobytes()
    return result


blocks = st.dictionaries(
    st.integers(0, 99), st.one_of(st.none(), st.integers(0, 5).map(digest)), max_size=60
)


@settings(max_examples=60, deadline=None)
@given(chain=st.lists(blocks, min_size=1, max_size=6), start=st.integers(0, 99))
def test_a_chain_of_deltas_reads_as_the_plain_model_does(
    tmp_path_factory: pytest.TempPathFactory, chain: list[dict[int, bytes | None]], start: int
) -> None:
    directory = tmp_path_factory.mktemp("maps")
    model: dict[int, bytes] = {}
    before: dict[int, bytes] = {}
    for number, layer in enumerate(chain):
        base = f"m{number - 1}" if number else None
        write_map(directory, f"m{number}", layer, base=base)
        before = dict(model)
        for block, value in layer.items():
            if value is None:
                model.pop(block, None)
            else:
                model[block] = value
    with load(directory, f"m{len(chain) - 1}") as block_map:
        assert content(block_map) == model
        assert block_map.chain_length == len(chain) - 1
        raw = block_map.slice(start, 100 - start)
        assert [raw[i : i + 32] for i in range(0, len(raw), 32)] == [
            model.get(block, bytes(32)) for block in range(start, 100)
        ]
        old: BlockMap | EmptyMap = EmptyMap()
        if len(chain) > 1:
            old = load(directory, f"m{len(chain) - 2}")
        else:
            before = {}
        difference = compare(old, block_map)
    expected = {
        block: kind
        for block in range(100)
        if (kind := _kind(before.get(block), model.get(block))) is not None
    }
    found = {}
    for item in difference.ranges:
        for block in range(item.offset // BLOCK, (item.offset + item.length) // BLOCK):
            found[block] = item.kind
    assert found == expected
    assert sum(difference.bytes_of.values()) == len(expected) * BLOCK


def _kind(before: bytes | None, now: bytes | None) -> RangeKind | None:
    if before == now:
        return None
    if before is None:
        return RangeKind.ADDED
    return RangeKind.REMOVED if now is None else RangeKind.CHANGED


def test_neighbouring_blocks_are_one_run_and_holes_cost_nothing(tmp_path: Path) -> None:
    write_map(tmp_path, "m", {n: digest(n) for n in (*range(50), 90)}, count=2_000_000)
    file = MapFile(tmp_path / "m.map")
    assert len(file.starts) == 2
    assert file.file_size < 51 * 32 + 500
    assert file.record()["snapshot"] == {"resource_uid": "m"}
    file.close()


def test_ranges_end_where_the_volume_ends_and_what_was_cut_off_is_removed(tmp_path: Path) -> None:
    write_map(tmp_path, "long", {n: digest(n) for n in range(10)}, count=10, size=9 * BLOCK + 7)
    write_map(tmp_path, "short", {n: digest(n) for n in range(4)}, count=4)
    with load(tmp_path, "long") as long, load(tmp_path, "short") as short:
        assert compare(long, short).ranges == (
            DiffRange(offset=4 * BLOCK, length=5 * BLOCK + 7, kind=RangeKind.REMOVED),
        )
        assert compare(short, long).ranges == (
            DiffRange(offset=4 * BLOCK, length=5 * BLOCK + 7, kind=RangeKind.ADDED),
        )


def test_damage_anywhere_is_noticed(tmp_path: Path) -> None:
    write_map(tmp_path, "m", {1: digest(1), 2: digest(2), 5: digest(5)})
    path = tmp_path / "m.map"
    data = path.read_bytes()
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        with pytest.raises(DamagedError):
            MapFile(path)
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(DamagedError):
            MapFile(path)


def test_a_chain_with_a_missing_map_or_a_circle_is_refused(tmp_path: Path) -> None:
    write_map(tmp_path, "a", {1: digest(1)}, base="gone")
    with pytest.raises(DamagedError, match="gone is missing"):
        load(tmp_path, "a")
    write_map(tmp_path, "b", {}, base="b")
    with pytest.raises(DamagedError, match="against itself"):
        load(tmp_path, "b")


def test_a_long_or_heavy_chain_asks_for_a_full_map(tmp_path: Path) -> None:
    write_map(tmp_path, "m0", {n: digest(n) for n in range(100)})
    for number in range(1, 32):
        with load(tmp_path, f"m{number - 1}") as block_map:
            assert not block_map.wants_full
        write_map(tmp_path, f"m{number}", {number: digest(0)}, base=f"m{number - 1}")
    with load(tmp_path, "m31") as block_map:
        assert block_map.wants_full
    write_map(tmp_path, "h0", {n: digest(n) for n in range(9000)}, count=9000)
    write_map(tmp_path, "h1", {n: digest(n + 1) for n in range(4600)}, count=9000, base="h0")
    with load(tmp_path, "h1") as block_map:
        assert block_map.wants_full


def test_runs_of_a_mask() -> None:
    mask = np.array([1, 1, 0, 1, 0, 0, 1], dtype=bool)
    assert list(runs_of(mask)) == [(0, 2), (3, 4), (6, 7)]
    assert list(runs_of(np.zeros(3, dtype=bool))) == []


def test_closing_lets_go_of_the_files(tmp_path: Path) -> None:
    write_map(tmp_path, "m", {1: digest(1)})
    before = len(os.listdir("/proc/self/fd"))
    with load(tmp_path, "m"):
        assert len(os.listdir("/proc/self/fd")) == before + 1
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_was_cut_off_is_gone_when_the_volume_grows_again(tmp_path: Path) -> None:
    write_map(tmp_path, "m0", {n: digest(n) for n in range(10)}, count=10)
    write_map(tmp_path, "m1", {}, base="m0", count=4)
    write_map(tmp_path, "m2", {7: digest(70)}, base="m1", count=10)
    with load(tmp_path, "m2") as block_map, load(tmp_path, "m1") as shrunk:
        assert content(block_map) == {**{n: digest(n) for n in range(4)}, 7: digest(70)}
        assert [item.offset for item in compare(shrunk, block_map).ranges] == [7 * BLOCK]


def test_a_map_under_another_name_or_against_another_base_is_refused(tmp_path: Path) -> None:
    write_map(tmp_path, "a", {1: digest(1)})
    write_map(tmp_path, "b", {1: digest(2)})
    write_map(tmp_path, "d", {2: digest(3)}, base="a")
    (tmp_path / "b.map").rename(tmp_path / "c.map")
    with pytest.raises(DamagedError, match="another snapshot's"):
        load(tmp_path, "c")
    (tmp_path / "a.map").unlink()
    write_map(tmp_path, "a", {1: digest(4)})
    with pytest.raises(DamagedError, match="not the one that the next is against"):
        load(tmp_path, "d")
