import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from snaptui.engine import Repository
from snaptui.engine.catalog import Catalog
from snaptui.engine.layout import Layout
from snaptui.errors import (
    AmbiguousError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    ReadOnlyError,
    RepositoryError,
)
from snaptui.models import Consistency, RangeKind, ReadMethod, SnapshotStatus, Visibility, Volume
from tests.support import ACTOR, BLOCK, MIB, add, change, known, make_image, purge, restored, take


def test_a_snapshot_keeps_what_the_vocabulary_says(repository: Repository, volume: Volume) -> None:
    snapshot = repository.take_snapshot(
        volume.resource_uid, name="Test Snapshot", description="before\nthe upgrade", actor=ACTOR
    )
    assert snapshot.name == "Test Snapshot"
    assert snapshot.description == "before\nthe upgrade"
    assert snapshot.owner == "tester"
    assert snapshot.visibility is Visibility.PRIVATE
    assert snapshot.status is SnapshotStatus.COMPLETED
    assert snapshot.consistency is Consistency.STABLE
    assert snapshot.read_method is ReadMethod.DATA_ONLY
    assert snapshot.volume_uid == volume.resource_uid
    assert snapshot.size_bytes == 8 * MIB
    assert snapshot.parent_uid is None
    stored, new = known(snapshot.stored_bytes), known(snapshot.new_bytes)
    assert 0 < stored < new == known(snapshot.data_bytes) < 8 * MIB
    prefix, _, digits = snapshot.resource_uid.partition("-")
    assert prefix == "snap"
    assert len(digits) == 8
    assert digits == digits.upper()
    assert repository.snapshots() == [snapshot]
    again = Repository.open(repository.path)
    assert again.snapshot(snapshot.resource_uid) == snapshot
    listed = again.volume(volume.resource_uid)
    assert listed.snapshot_count == 1
    assert listed.last_snapshot_at == snapshot.created_at


def test_each_snapshot_restores_byte_for_byte_and_stores_only_what_changed(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    first, first_bytes = take(repository, volume), image.read_bytes()
    change(image, 5 * MIB + 10, os.urandom(100))
    change(image, 0, bytes(BLOCK))  # data becomes zeros
    second, second_bytes = take(repository, volume), image.read_bytes()
    third = take(repository, volume)
    assert second.parent_uid == first.resource_uid
    assert second.new_bytes == BLOCK
    assert known(second.stored_bytes) < BLOCK * 1.2
    assert third.new_bytes == third.stored_bytes == 0
    assert third.data_bytes == second.data_bytes == first.data_bytes
    assert restored(repository, first, tmp_path) == first_bytes
    assert restored(repository, second, tmp_path) == second_bytes
    assert restored(repository, third, tmp_path) == second_bytes
    assert repository.check().clean


def test_many_snapshots_go_through_full_and_delta_maps(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    states = []
    for number in range(40):
        change(image, (number * 7 % 100) * BLOCK, os.urandom(2000) if number % 3 else bytes(BLOCK))
        states.append((take(repository, volume, f"s{number}"), image.read_bytes()))
    rows = repository.catalog.rows("snapshots")
    full = [uid for uid, row in rows.items() if row["map_base"] is None]
    assert len(full) == 2
    for snapshot, data in states:
        assert restored(repository, snapshot, tmp_path) == data


@pytest.mark.parametrize("size", [1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * MIB + 5])
def test_volumes_of_any_size(repository: Repository, tmp_path: Path, size: int) -> None:
    path = make_image(tmp_path / "odd.raw", size, data=((0, 1), (size - 1, 1)))
    snapshot = take(repository, add(repository, path))
    assert snapshot.size_bytes == size
    assert restored(repository, snapshot, tmp_path) == path.read_bytes()
    summary = repository.blocks(snapshot.resource_uid, 8)
    assert summary.new_bytes + summary.shared_bytes + summary.hole_bytes == size


@pytest.mark.parametrize("new_size", [2 * MIB + 3, 12 * MIB + 5])
def test_a_volume_that_grew_or_shrank_has_the_new_size(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path, new_size: int
) -> None:
    first, before = take(repository, volume), image.read_bytes()
    os.truncate(image, new_size)
    change(image, new_size - 10, b"0123456789")
    second = take(repository, volume)
    assert second.size_bytes == new_size
    assert repository.volume(volume.resource_uid).size_bytes == new_size
    assert restored(repository, second, tmp_path) == image.read_bytes()
    assert restored(repository, first, tmp_path) == before
    report = repository.restore_in_place(first.resource_uid, actor=ACTOR)
    assert image.read_bytes() == before
    assert report.size_bytes == 8 * MIB
    assert repository.check().clean


def test_a_volume_that_shrank_and_grew_again_has_lost_what_was_cut_off(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    states = []
    for size in (8 * MIB, 4 * MIB, 8 * MIB, 1 * MIB + 7, 9 * MIB):
        os.truncate(image, size)
        states.append((take(repository, volume), image.read_bytes()))
    for snapshot, data in states:
        assert restored(repository, snapshot, tmp_path) == data
    grown = states[2][0].resource_uid
    assert repository.diff(states[1][0].resource_uid, grown).total_bytes == 0


def test_equal_blocks_are_stored_once_in_the_repository(
    repository: Repository, tmp_path: Path
) -> None:
    path = make_image(tmp_path / "a.raw", 4 * MIB, data=((0, MIB),))
    data = path.read_bytes()[:MIB]
    change(path, 2 * MIB, data)
    first = take(repository, add(repository, path, "a"))
    assert first.data_bytes == 2 * MIB
    assert known(first.stored_bytes) < 1.1 * MIB
    other = make_image(tmp_path / "b.raw", 4 * MIB, data=((0, 1),))
    change(other, MIB, data)
    second = take(repository, add(repository, other, "b"))
    assert known(second.stored_bytes) < 2 * BLOCK
    assert repository.usage().block_count == MIB // BLOCK + 1


def test_zeros_are_never_stored_whether_hole_or_written(
    repository: Repository, tmp_path: Path
) -> None:
    path = tmp_path / "z.raw"
    path.write_bytes(bytes(4 * MIB))
    snapshot = take(repository, add(repository, path))
    assert snapshot.data_bytes == snapshot.stored_bytes == 0
    assert restored(repository, snapshot, tmp_path) == bytes(4 * MIB)


def test_a_clone_is_sparse_and_equal_and_its_first_snapshot_is_against_its_origin(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    origin = take(repository, volume)
    path = tmp_path / "clone.raw"
    clone = repository.clone(
        origin.resource_uid, name="copy", zone="default", path=path, actor=ACTOR
    )
    assert path.read_bytes() == image.read_bytes()
    assert path.stat().st_blocks * 512 < 4 * MIB
    assert clone.source_snapshot_uid == origin.resource_uid
    assert clone.managed
    first = take(repository, clone)
    assert first.parent_uid == origin.resource_uid
    assert first.new_bytes == 0
    larger = repository.clone(
        origin.resource_uid,
        name="larger",
        zone="default",
        path=tmp_path / "larger.raw",
        size_bytes=10 * MIB + 1,
        actor=ACTOR,
    )
    data = (tmp_path / "larger.raw").read_bytes()
    assert data == image.read_bytes() + bytes(2 * MIB + 1)
    assert larger.size_bytes == 10 * MIB + 1


def test_a_clone_onto_a_file_or_too_small_leaves_nothing(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    snapshot = take(repository, volume)
    before = image.read_bytes()

    def clone(path: Path, size: int | None = None) -> None:
        repository.clone(
            snapshot.resource_uid,
            name="c",
            zone="default",
            path=path,
            size_bytes=size,
            actor=ACTOR,
        )

    with pytest.raises(ConflictError, match="exists already"):
        clone(image)
    with pytest.raises(InvalidInputError, match="smaller than its snapshot"):
        clone(tmp_path / "small.raw", 8 * MIB - 1)
    with pytest.raises(NotFoundError, match="directory"):
        clone(tmp_path / "nowhere" / "c.raw")
    assert image.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["repository", "web.raw"]
    assert len(repository.volumes()) == 1
    assert not list(repository.layout.staging.iterdir())


def test_in_place_writes_only_what_differs_and_zeros_too(
    repository: Repository, volume: Volume, image: Path
) -> None:
    snapshot, before = take(repository, volume), image.read_bytes()
    change(image, 100, b"damage")
    change(image, 5 * MIB, os.urandom(BLOCK))  # a hole before
    report = repository.restore_in_place(snapshot.resource_uid, actor=ACTOR)
    assert image.read_bytes() == before
    assert report.written_bytes == 2 * BLOCK
    assert repository.restore_in_place(snapshot.resource_uid, actor=ACTOR).written_bytes == 0


def test_diff_and_blocks_say_where(repository: Repository, volume: Volume, image: Path) -> None:
    first = take(repository, volume)
    change(image, 4 * MIB, os.urandom(2 * BLOCK))
    change(image, BLOCK, os.urandom(10))
    change(image, 0, bytes(BLOCK))
    second = take(repository, volume)
    diff = repository.diff(first.resource_uid, second.resource_uid)
    assert [(item.offset, item.length, item.kind) for item in diff.ranges] == [
        (0, BLOCK, RangeKind.REMOVED),
        (BLOCK, BLOCK, RangeKind.CHANGED),
        (4 * MIB, 2 * BLOCK, RangeKind.ADDED),
    ]
    assert (diff.changed_bytes, diff.added_bytes, diff.removed_bytes) == (BLOCK, 2 * BLOCK, BLOCK)
    whole = repository.diff(None, second.resource_uid)
    assert whole.added_bytes == whole.total_bytes == second.data_bytes
    summary = repository.blocks(second.resource_uid, 8)
    assert summary.new_bytes == second.new_bytes == 3 * BLOCK
    assert summary.shared_bytes == second.data_bytes - 3 * BLOCK
    assert [cell > 0 for cell in summary.new_cells] == [True, *[False] * 3, True, *[False] * 3]
    assert summary.new_cells[4] == 2 / 16


def test_a_deleted_snapshot_leaves_all_others_whole(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    states = []
    for number in range(5):
        change(image, number * MIB, os.urandom(BLOCK))
        states.append((take(repository, volume, f"s{number}"), image.read_bytes()))
    for position in (2, 0, 2, 0):  # in mid-chain, the first, the last, the first again
        snapshot, _ = states.pop(position)
        purge(repository, snapshot)
        with pytest.raises(NotFoundError):
            repository.snapshot(snapshot.resource_uid)
        uids = {each.resource_uid for each, _ in states}
        for left, data in states:
            assert restored(repository, left, tmp_path) == data
            parent = repository.snapshot(left.resource_uid).parent_uid
            assert parent is None or parent in uids
        assert repository.check().clean
        assert not repository.check().warnings
    purge(repository, states[0][0])
    assert not list(repository.layout.maps.iterdir())
    assert not repository.catalog.rows("retained_maps")
    assert take(repository, volume).parent_uid is None


def test_names_prefixes_and_what_is_ambiguous(repository: Repository, tmp_path: Path) -> None:
    volumes = [
        add(repository, make_image(tmp_path / f"{n}.raw", MIB), name)
        for n, name in enumerate(("web", "db", "web"))
    ]
    uid = volumes[1].resource_uid
    assert repository.volume("db").resource_uid == uid
    assert repository.volume(uid.lower()).resource_uid == uid
    assert repository.volume(uid[4:].lower()).resource_uid == uid
    with pytest.raises(AmbiguousError, match="could be 2 volumes"):
        repository.volume("web")
    with pytest.raises(AmbiguousError):
        repository.volume("vol-")
    with pytest.raises(NotFoundError):
        repository.volume("mail")
    with pytest.raises(InvalidInputError):
        repository.volume("")


def test_a_file_is_registered_once_by_any_name(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    hard = tmp_path / "hard.raw"
    hard.hardlink_to(image)
    for path in (image, hard):
        with pytest.raises(ConflictError, match=f"registered already, as volume {volume.name}"):
            add(repository, path)


def test_two_handles_see_each_other(repository: Repository, volume: Volume, image: Path) -> None:
    other = Repository.open(repository.path)
    snapshot = take(other, volume)
    assert repository.snapshots() == []
    assert repository.refresh()
    assert repository.snapshots() == [snapshot]
    assert not repository.refresh()


def test_what_is_no_repository_says_so(tmp_path: Path, repository: Repository) -> None:
    with pytest.raises(RepositoryError, match="does not exist"):
        Repository.open(tmp_path / "none")
    with pytest.raises(RepositoryError, match="is not a snaptui repository"):
        Repository.open(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(RepositoryError, match="not a directory"):
        Repository.open(tmp_path / "file")
    with pytest.raises(ConflictError, match="is a repository already"):
        Repository.create(repository.path)
    with pytest.raises(ConflictError, match="no empty directory"):
        Repository.create(tmp_path)


def test_two_that_make_one_at_once_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new"
    inside, go_on, begun = threading.Event(), threading.Event(), threading.Semaphore(0)
    create, complete = Catalog.create, Layout.complete

    def create_slowly(directory: Path) -> Catalog:
        inside.set()
        assert go_on.wait(30)
        return create(directory)

    def complete_and_tell(layout: Layout) -> None:
        complete(layout)
        begun.release()

    monkeypatch.setattr(Catalog, "create", create_slowly)
    monkeypatch.setattr(Layout, "complete", complete_and_tell)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(Repository.create, path)
        assert inside.wait(30)
        second = pool.submit(Repository.create, path)
        assert begun.acquire(timeout=30)
        assert begun.acquire(timeout=30)
        go_on.set()
        with first.result() as made, pytest.raises(ConflictError, match="is a repository already"):
            second.result()
        assert json.loads(made.layout.header.read_text())["repository_uid"] == made.uid


def test_a_newer_format_is_refused(repository: Repository) -> None:
    header = json.loads(repository.layout.header.read_text())
    repository.layout.header.write_text(json.dumps({**header, "version": 2}))
    with pytest.raises(RepositoryError, match="of format 2, this snaptui knows 1: update snaptui"):
        Repository.open(repository.path)
    repository.layout.header.write_text("{")
    with pytest.raises(RepositoryError, match="damaged"):
        Repository.open(repository.path)


def test_read_only_lists_and_reads_but_does_not_write(
    repository: Repository, volume: Volume, image: Path
) -> None:
    snapshot = take(repository, volume)
    reader = Repository.open(repository.path, read_only=True)
    assert reader.snapshots() == [snapshot]
    assert reader.check().clean
    assert reader.blocks(snapshot.resource_uid).new_bytes == snapshot.new_bytes
    with pytest.raises(ReadOnlyError):
        take(reader, volume)
    with pytest.raises(ReadOnlyError):
        reader.delete_snapshot(snapshot.resource_uid, ACTOR)
    with pytest.raises(ReadOnlyError):
        add(reader, image)


def test_a_repository_is_nobody_elses_business(repository: Repository) -> None:
    assert repository.path.stat().st_mode & 0o077 == 0


def test_events_tell_who_did_what(repository: Repository, volume: Volume) -> None:
    snapshot = take(repository, volume, "nightly")
    repository.delete_snapshot(snapshot.resource_uid, ACTOR)
    events = repository.events(volume.resource_uid)
    assert [event.action for event in events] == ["delete-snapshot", "snapshot", "add-volume"]
    assert {event.user for event in events} == {"tester"}
    assert {event.origin for event in events} == {"the suite"}
    assert [event.action for event in repository.events(snapshot.resource_uid)] == [
        "delete-snapshot",
        "snapshot",
    ]


def test_the_map_alone_can_name_the_snapshot_again(repository: Repository, volume: Volume) -> None:
    snapshot = take(repository, volume, "precious")
    from snaptui.engine.mapfile import MapFile

    record = MapFile(repository.layout.map(snapshot.resource_uid)).record()
    assert record["snapshot"]["name"] == "precious"
    assert record["volume"]["name"] == "web"
    assert record["base"] is None
