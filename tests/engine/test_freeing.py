"""What a deletion frees, measured before it is made."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from snaptui.engine import Repository
from snaptui.engine.index import prefixes_of
from snaptui.engine.operations import freeing
from snaptui.engine.packs import PackReader
from snaptui.models import Snapshot, TrashedSnapshot, Volume
from snaptui.progress import no_progress
from tests.support import ACTOR, BLOCK, MIB, add, change, take


def needed_by(repository: Repository, staying: set[str]) -> set[bytes]:
    """The blocks that some snapshots name, the long way round."""
    found: set[bytes] = set()
    for uid in staying:
        with repository.load_map(uid) as block_map:
            for _, digests in block_map.windows():
                found.update(row.tobytes() for row in digests if row.any())
    return found


def stored_besides(repository: Repository, leaving: set[str], staying: set[str]) -> int:
    lost = needed_by(repository, leaving) - needed_by(repository, staying)
    total = 0
    for pack_id in repository.catalog.rows("segments"):
        with PackReader(repository.layout.pack(pack_id)) as reader:
            for entry in reader.entries:
                if entry["digest"].tobytes() in lost:
                    total += int(entry["stored"])
    return total


@pytest.mark.parametrize("part", [freeing.PART, 7])
def test_what_a_deletion_frees_is_what_nothing_else_needs(
    repository: Repository,
    volume: Volume,
    image: Path,
    tmp_path: Path,
    part: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(freeing, "PART", part)
    monkeypatch.setattr(freeing, "_STEP", 5)
    monkeypatch.setattr(freeing, "_PENDING", 3)
    chance = random.Random(7)
    other = tmp_path / "other.raw"
    other.write_bytes(image.read_bytes())
    second = add(repository, other, "other")
    for number in range(6):
        for volume_path in (image, other):
            change(volume_path, chance.randrange(0, 7) * MIB, chance.randbytes(2 * BLOCK))
        change(image, 3 * MIB, bytes(BLOCK * (number % 3)))
        take(repository, volume, f"a{number}")
        take(repository, second, f"b{number}")
    everything = {each.resource_uid for each in repository.snapshots()}
    for _ in range(12):
        chosen = set(chance.sample(sorted(everything), chance.randrange(1, 8)))
        expected = stored_besides(repository, chosen, everything - chosen)
        assert repository.trash.measure(sorted(chosen), no_progress) == expected
    everything_at_once = repository.trash.measure(sorted(everything), no_progress)
    assert everything_at_once == stored_besides(repository, everything, set()) > MIB


def test_what_is_in_the_trash_counts_as_gone_before_what_is_not(
    repository: Repository, volume: Volume, image: Path
) -> None:
    before = image.read_bytes()
    first = take(repository, volume, "first")
    change(image, 5 * MIB, os.urandom(BLOCK))
    second = take(repository, volume, "second")
    third = take(repository, volume, "third")
    image.write_bytes(before)
    take(repository, volume, "as the first")

    def measure(snapshots: Sequence[Snapshot | TrashedSnapshot]) -> int:
        uids = [snapshot.resource_uid for snapshot in snapshots]
        return repository.trash.measure(uids, no_progress)

    assert measure([first]) == 0
    assert measure([second]) == 0
    both = measure([second, third])
    assert both >= BLOCK
    repository.delete_snapshot(third.resource_uid, ACTOR)
    assert measure([second]) == both
    assert measure([repository.trash.find("third")]) == 0
    repository.delete_snapshot(second.resource_uid, ACTOR)
    assert measure(repository.trash.list()) == both


def test_a_lost_pack_does_not_stop_the_measuring(repository: Repository, volume: Volume) -> None:
    snapshot = take(repository, volume)
    assert repository.trash.measure([snapshot.resource_uid], no_progress) > 0
    for path in repository.layout.packs.iterdir():
        path.unlink()
    assert repository.trash.measure([snapshot.resource_uid], no_progress) == 0


def test_digests_are_told_apart_by_their_beginnings(repository: Repository, volume: Volume) -> None:
    """What the measuring rests on."""
    take(repository, volume)
    (path,) = repository.layout.packs.iterdir()
    with PackReader(path) as reader:
        prefixes = prefixes_of(reader.entries["digest"])
        assert len(set(prefixes.tolist())) == len(reader.entries)
