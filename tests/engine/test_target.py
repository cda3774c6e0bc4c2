"""Writing a volume: what the kernel takes in part, zeros, and what is handed to the disk early."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from snaptui.engine.target import VolumeTarget
from tests.support import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return tmp_path / "volume.raw"


@pytest.fixture
def target(image: Path) -> Iterator[VolumeTarget]:
    with VolumeTarget(os.open(image, os.O_RDWR | os.O_CREAT)) as opened:
        yield opened


def test_what_the_kernel_takes_in_part_is_written_whole(
    target: VolumeTarget, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.pwrite
    monkeypatch.setattr(os, "pwritev", lambda fd, buffers, at: whole(fd, buffers[0][:3], at))
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: whole(fd, data[:5], at))
    assert target.write(10, [b"abcdefgh", memoryview(b"ijklmnop")]) == 16
    assert image.read_bytes() == bytes(10) + b"abcdefghijklmnop"


def test_zeros_go_over_what_was_there(target: VolumeTarget, image: Path) -> None:
    target.write(0, [b"\xff" * (3 * MIB)])
    assert target.write_zeros(1, 3 * MIB - 2) == 3 * MIB - 2
    assert image.read_bytes() == b"\xff" + bytes(3 * MIB - 2) + b"\xff"


def test_everything_behind_is_handed_over_twice(
    target: VolumeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once to have it written, once more to give its memory back."""
    advised: list[tuple[int, int]] = []
    monkeypatch.setattr(
        os, "posix_fadvise", lambda _fd, start, length, _what: advised.append((start, length))
    )
    for position in range(0, 128 * MIB, 4 * MIB):
        target.write(position, [b"x" * 4])
    assert len(advised) > 2
    for earlier, later in pairwise(advised):
        assert later[0] <= earlier[0] + earlier[1] < later[0] + later[1]  # no gap
    starts = [start for start, _ in advised]
    ends = [start + length for start, length in advised]
    assert starts[2:] == ends[:-2]  # each piece is in two of them
