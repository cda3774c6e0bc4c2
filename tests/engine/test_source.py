import mmap
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from snaptui.engine.scan import VolumeScan
from snaptui.engine.source import Extent, VolumeSource
from snaptui.errors import SourceError
from tests.support import BLOCK, MIB, change, make_image, need


def test_holes_are_known_and_the_extents_have_no_gaps(tmp_path: Path) -> None:
    path = make_image(tmp_path / "i", 16 * MIB, data=((4 * MIB, MIB), (10 * MIB, 5)))
    with VolumeSource(path) as source:
        extents = list(source.extents(16 * MIB))
        assert source.knows_holes
    assert extents[0] == Extent(0, 4 * MIB, hole=True)
    assert [extent.hole for extent in extents] == [True, False, True, False, True]
    assert all(a.end == b.start for a, b in pairwise(extents))
    assert extents[-1].end == 16 * MIB


@pytest.mark.parametrize("block_size", [BLOCK, 4 * MIB])
def test_a_scan_names_every_block_once_and_gives_its_bytes(tmp_path: Path, block_size: int) -> None:
    size = 9 * MIB + 777
    path = make_image(
        tmp_path / "i", size, data=((100, 5), (3 * MIB - 9, 3 * BLOCK), (size - 700, 700))
    )
    data = path.read_bytes()
    seen = 0
    with VolumeSource(path) as source:
        for piece in VolumeScan(source, size, block_size).pieces():
            assert piece.start == seen
            begin = piece.start * block_size
            if piece.digests is None:
                length = min(piece.count * block_size, size - begin)
                assert not any(data[begin : begin + length])
            else:
                assert bytes(piece.data) == data[begin : begin + len(piece.data)]
                assert len(piece.digests) == 32 * piece.count
            seen += piece.count
    assert seen == -(-size // block_size)


def test_leaving_a_scan_early_ends_its_thread(tmp_path: Path) -> None:
    import threading

    path = make_image(tmp_path / "i", 32 * MIB, data=((0, 32 * MIB),))
    before = threading.active_count()
    with VolumeSource(path) as source:
        pieces = VolumeScan(source, 32 * MIB, BLOCK).pieces()
        next(pieces)
        pieces.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


@pytest.mark.parametrize("how", ["write", "same size and place", "truncate", "mmap"])
def test_every_kind_of_write_is_noticed(image: Path, how: str) -> None:
    with VolumeSource(image) as source:
        with image.open("r+b") as file, mmap.mmap(file.fileno(), 0) as view:
            view[5] = 1  # dirty already: without a sync, a further store moves no time stamp
            before = source.fingerprint()
            assert not source.moved_since(before)
            if how == "write":
                change(image, MIB, b"x" * 10)
            elif how == "same size and place":
                change(image, 0, image.read_bytes()[:1])
            elif how == "truncate":
                os.truncate(image, image.stat().st_size - 1)
            else:
                view[5] = 2
        assert source.moved_since(before)


def test_reading_is_no_write(image: Path) -> None:
    with VolumeSource(image) as source:
        before = source.fingerprint()
        image.read_bytes()
        assert not source.moved_since(before)


WRITER = """
import mmap, sys, time
with open(sys.argv[1], "r+b") as file, mmap.mmap(file.fileno(), 0) as view:
    print("go", flush=True)
    end = time.monotonic() + 60
    number = 0
    while time.monotonic() < end:
        number += 1
        for place in (0, len(view) // 2, len(view) - 8):
            view[place:place + 8] = number.to_bytes(8, "big")
        time.sleep(0.001)
"""


def test_a_writer_through_a_memory_map_is_always_noticed(image: Path) -> None:
    """Its stores to a page that is dirty already move no time stamp."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(image)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "go\n"
        with VolumeSource(image) as source:
            for _ in range(10):
                before = source.fingerprint()
                time.sleep(0.02)  # the writer's time, twenty rounds of it
                assert source.moved_since(before)
    finally:
        process.kill()
        process.communicate()


def test_a_file_that_was_replaced_is_not_there_any_more(image: Path) -> None:
    with VolumeSource(image) as source:
        assert source.still_there()
        image.rename(image.with_name("old"))
        assert not source.still_there()
        make_image(image)
        assert not source.still_there()


def test_what_is_no_volume_is_refused_with_a_reason(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, reason in (
        (tmp_path / "gone", "does not exist"),
        (tmp_path, "is a directory"),
        (fifo, "neither a file nor a block device"),
        (Path("/dev/null"), "neither a file nor a block device"),
    ):
        with pytest.raises(SourceError, match=reason):
            VolumeSource(path)


@pytest.fixture
def loop_device(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    need("losetup", root=True)
    backing = make_image(tmp_path / "backing", 8 * MIB)
    name = subprocess.run(
        ["losetup", "--find", "--show", str(backing)], check=True, capture_output=True, text=True
    ).stdout.strip()
    yield Path(name), backing
    subprocess.run(["losetup", "--detach", name], check=True)


@pytest.mark.needs_root
def test_a_block_device_is_read_and_watched(loop_device: tuple[Path, Path]) -> None:
    device, backing = loop_device
    with VolumeSource(device) as source:
        assert source.size() == 8 * MIB
        assert list(source.extents(8 * MIB)) == [Extent(0, 8 * MIB, hole=False)]
        buffer = bytearray(MIB)
        assert source.read_into(memoryview(buffer), 0) == MIB
        assert buffer == backing.read_bytes()[:MIB]
        before = source.fingerprint()
        assert before.certain
        assert not source.moved_since(before)
        with device.open("r+b", buffering=0) as file:
            file.write(b"x" * 4096)
        assert source.moved_since(before)
