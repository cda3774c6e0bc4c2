"""Damage is detected, told, and never served."""

import os
import random
from pathlib import Path

import pytest

from snaptui.engine import Repository
from snaptui.errors import DamagedError
from snaptui.models import Snapshot, Volume
from tests.support import ACTOR, BLOCK, MIB, change, known, restored, take


@pytest.fixture
def snapshots(repository: Repository, volume: Volume, image: Path) -> list[tuple[Snapshot, bytes]]:
    states = [(take(repository, volume, "first"), image.read_bytes())]
    change(image, 5 * MIB, os.urandom(BLOCK))
    states.append((take(repository, volume, "second"), image.read_bytes()))
    return states


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1 << position % 8
    path.write_bytes(data)


def packs_by_size(repository: Repository) -> list[Path]:
    return sorted(repository.layout.packs.iterdir(), key=lambda path: path.stat().st_size)


def test_a_flipped_bit_anywhere_in_packs_and_maps_is_found_by_check(
    repository: Repository, snapshots: list[tuple[Snapshot, bytes]], tmp_path: Path
) -> None:
    chance = random.Random(7)
    files = [*repository.layout.packs.iterdir(), *repository.layout.maps.iterdir()]
    for path in files:
        whole = path.read_bytes()
        for position in {0, len(whole) - 1, *chance.sample(range(len(whole)), 12)}:
            flip(path, position)
            report = repository.check()
            assert not report.clean, (path, position)
            for snapshot, data in snapshots:
                try:
                    assert restored(repository, snapshot, tmp_path) == data
                except DamagedError:
                    assert not list(tmp_path.glob("*restored*"))
            path.write_bytes(whole)
    assert repository.check().clean


def test_check_names_the_snapshots_that_are_hit_and_the_others_still_restore(
    repository: Repository, snapshots: list[tuple[Snapshot, bytes]], tmp_path: Path
) -> None:
    (first, first_data), (second, _) = snapshots
    small = packs_by_size(repository)[0]  # the block that only the second snapshot has
    flip(small, 2000)
    report = repository.check()
    assert {uid for damage in report.damages for uid in damage.snapshot_uids} == {
        second.resource_uid
    }
    assert repository.verify(first.resource_uid).clean
    found = repository.verify(second.resource_uid)
    assert len(found.damages) == 1
    assert f"byte {5 * MIB}" in found.damages[0].problem
    assert restored(repository, first, tmp_path) == first_data
    with pytest.raises(DamagedError):
        restored(repository, second, tmp_path)


def test_a_clone_or_restore_of_a_damaged_snapshot_leaves_nothing_half_made(
    repository: Repository,
    snapshots: list[tuple[Snapshot, bytes]],
    image: Path,
    tmp_path: Path,
) -> None:
    flip(packs_by_size(repository)[-1], 200_000)
    before = sorted(os.listdir(tmp_path))
    uid = snapshots[0][0].resource_uid
    with pytest.raises(DamagedError):
        repository.clone(uid, name="c", zone="default", path=tmp_path / "c.raw", actor=ACTOR)
    with pytest.raises(DamagedError):
        repository.restore_to_file(uid, tmp_path / "r.raw", actor=ACTOR)
    assert sorted(os.listdir(tmp_path)) == before
    assert len(repository.volumes()) == 1
    assert not repository.catalog.rows("leases")


def test_a_missing_pack_or_map_is_found(
    repository: Repository, snapshots: list[tuple[Snapshot, bytes]]
) -> None:
    first, second = (snapshot.resource_uid for snapshot, _ in snapshots)
    repository.layout.map(first).rename(repository.layout.root / "aside")
    report = repository.check()
    hit = {uid for damage in report.damages for uid in damage.snapshot_uids}
    assert hit == {first, second}  # the second is a delta against the first
    (repository.layout.root / "aside").rename(repository.layout.map(first))
    packs_by_size(repository)[-1].unlink()
    report = repository.check()
    assert any("is missing" in damage.problem for damage in report.damages)
    assert {uid for damage in report.damages for uid in damage.snapshot_uids} == {first, second}


def test_blocks_of_a_damaged_pack_are_stored_again_by_the_next_snapshot(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    """A pack whose footer is gone counts as absent, so nothing new relies on it."""
    take(repository, volume)
    pack = packs_by_size(repository)[-1]
    os.truncate(pack, pack.stat().st_size - 100)
    other = tmp_path / "other.raw"
    other.write_bytes(image.read_bytes())
    from tests.support import add

    snapshot = take(repository, add(repository, other, "other"))
    assert known(snapshot.stored_bytes) > MIB
    assert restored(repository, snapshot, tmp_path) == image.read_bytes()


def test_files_that_belong_to_nothing_are_a_warning_not_damage(
    repository: Repository, snapshots: list[tuple[Snapshot, bytes]]
) -> None:
    (repository.layout.packs / "stray-0000.pack").write_bytes(b"x")
    report = repository.check()
    assert report.clean
    assert len(report.warnings) == 1
    assert "stray" in report.warnings[0]


def test_many_damaged_places_are_counted_not_listed(
    repository: Repository,
    snapshots: list[tuple[Snapshot, bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from snaptui.engine.operations import damages

    monkeypatch.setattr(damages, "PLACES_KEPT", 3)
    (first, _), _ = snapshots
    packs_by_size(repository)[-1].unlink()
    blocks = len(set(_digests(repository, first)))
    for report in (repository.verify(first.resource_uid), repository.check()):
        about = [each for each in report.damages if first.resource_uid in each.snapshot_uids]
        assert len(about) == 4
        count, _, rest = about[-1].problem.partition(" ")
        assert rest == "more blocks are missing or damaged"
        assert int(count) >= blocks - 3  # those that stand in several places count as often


def _digests(repository: Repository, snapshot: Snapshot) -> list[bytes]:
    with repository.load_map(snapshot.resource_uid) as block_map:
        rows = [row.tobytes() for _, window in block_map.windows() for row in window]
    return [row for row in rows if any(row)]
