"""The test volume: 2 GiB raw: 60 % incompressible, 20 % text-like, 20 % holes, in 1 MiB pieces."""

from __future__ import annotations

import os
import random
from pathlib import Path

MIB = 1024 * 1024


def make_volume(path: Path, size: int = 2048 * MIB, seed: int = 1) -> None:
    """Write the volume; the same for the same seed."""
    random_source = random.Random(seed)
    words = [
        bytes(random_source.choices(b"etaoinshrdlucmfwypvbgkqjxz", k=random_source.randint(2, 9)))
        for _ in range(4000)
    ]
    with path.open("wb") as file:
        file.truncate(size)
        for piece in range(size // MIB):
            kind = random_source.random()
            file.seek(piece * MIB)
            if kind < 0.6:
                file.write(random_source.randbytes(MIB))
            elif kind < 0.8:
                text = b" ".join(random_source.choices(words, k=MIB // 5))
                file.write(text[:MIB].ljust(MIB, b"."))
        os.fsync(file.fileno())


def change_volume(path: Path, extents: int = 200, length: int = 65536, seed: int = 2) -> int:
    """Overwrite scattered aligned extents with new bytes; returns how many bytes that were."""
    random_source = random.Random(seed)
    blocks = path.stat().st_size // length
    with path.open("r+b") as file:
        for block in random_source.sample(range(blocks), extents):
            file.seek(block * length)
            file.write(random_source.randbytes(length))
        os.fsync(file.fileno())
    return extents * length
