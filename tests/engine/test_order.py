"""What is durable before what, and what is held while it is needed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snaptui.engine import Repository
from snaptui.engine.operations import deleting
from snaptui.models import Volume
from tests.support import ACTOR, MIB, change, purge, restored, take


class Recorder:
    """The order of the calls that make things durable, by the names of the files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, str]] = []
        for name in ("fsync", "fdatasync", "rename", "link"):
            self._wrap(monkeypatch, name)

    def _wrap(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        original: Callable[..., Any] = getattr(os, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            subject = args[0]
            path = (
                os.readlink(f"/proc/self/fd/{subject}")
                if isinstance(subject, int)
                else os.fspath(subject)
            )
            result = original(*args, **kwargs)
            self.calls.append((name, path))
            return result

        monkeypatch.setattr(os, name, call)

    def first(self, name: str, ending: str) -> int:
        """Where a call stands; it must be there."""
        for number, (called, path) in enumerate(self.calls):
            if called == name and path.endswith(ending):
                return number
        raise AssertionError(f"no {name} of {ending} in {self.calls}")

    def last(self, name: str, part: str) -> int:
        found = [
            number
            for number, (called, path) in enumerate(self.calls)
            if called == name and part in path
        ]
        assert found, f"no {name} of {part} in {self.calls}"
        return found[-1]


def test_a_snapshot_is_durable_piece_by_piece_before_its_commit(
    repository: Repository, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(monkeypatch)
    take(repository, volume)
    # the commit is the sync after the last that counts; the lease's own came before
    commit = recorder.last("fdatasync", "journal-")
    order = [
        recorder.first("fsync", "-0000.pack"),
        recorder.first("rename", "-0000.pack"),
        recorder.first("fsync", "/packs"),
        commit,
    ]
    assert order == sorted(order)
    order = [
        recorder.first("fsync", "attempt-1.map"),
        recorder.first("rename", "attempt-1.map"),
        recorder.first("fsync", "/maps"),
        commit,
    ]
    assert order == sorted(order)


def test_a_clone_is_durable_before_it_is_a_volume(
    repository: Repository, volume: Volume, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    snapshot = take(repository, volume)
    pool = tmp_path / "pool"
    pool.mkdir()
    recorder = Recorder(monkeypatch)
    repository.clone(
        snapshot.resource_uid, name="c", zone="default", path=pool / "c.raw", actor=ACTOR
    )
    published = recorder.first("link", ".partial")
    assert recorder.first("fsync", ".partial") < published < recorder.first("fsync", "/pool")
    commits = [
        number
        for number, (name, path) in enumerate(recorder.calls)
        if name == "fdatasync" and "journal-" in path
    ]
    assert any(number > recorder.first("fsync", "/pool") for number in commits)


def test_a_volume_written_over_is_synced_before_it_counts_as_restored(
    repository: Repository, volume: Volume, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = take(repository, volume)
    change(image, 0, b"damage")
    recorder = Recorder(monkeypatch)
    repository.restore_in_place(snapshot.resource_uid, actor=ACTOR)
    assert recorder.first("fsync", "web.raw") < recorder.last("fdatasync", "journal-")


def test_a_failed_sync_of_a_pack_fails_the_snapshot(
    repository: Repository, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def failing(descriptor: int) -> None:
        if os.readlink(f"/proc/self/fd/{descriptor}").endswith(".pack"):
            raise OSError(5, "Input/output error")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    from snaptui.errors import RepositoryError

    with pytest.raises(RepositoryError, match="Input/output error"):
        take(repository, volume)
    assert repository.snapshots() == []


@pytest.mark.parametrize("what", ["snapshot", "clone", "restore", "in place"])
def test_what_a_job_counts_on_is_not_deleted_under_it(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path, what: str
) -> None:
    """The parent and all below it are deleted by another process in the middle of the work."""
    first = take(repository, volume, "first")
    change(image, 5 * MIB, os.urandom(100))
    second, data = take(repository, volume, "second"), image.read_bytes()
    change(image, 6 * MIB, os.urandom(100))
    done = False

    def delete_all(_phase: str, _done: int, _total: int) -> None:
        nonlocal done
        if not done:
            done = True
            with Repository.open(repository.path) as other:
                for snapshot in (first, second):
                    purge(other, snapshot)
                held = {document["map_base"] for document in other.catalog.rows("leases").values()}
                assert held == {second.resource_uid}
                for uid in (first.resource_uid, second.resource_uid):
                    assert other.layout.map(uid).exists()

    uid = second.resource_uid
    if what == "snapshot":
        third = repository.take_snapshot(
            volume.resource_uid, name="third", actor=ACTOR, progress=delete_all
        )
        repository.refresh()
        assert restored(repository, third, tmp_path) == image.read_bytes()
        assert repository.check().clean
    elif what == "in place":
        repository.restore_in_place(uid, actor=ACTOR, progress=delete_all)
        assert image.read_bytes() == data
    else:
        path = tmp_path / "out.raw"
        if what == "clone":
            repository.clone(
                uid, name="c", zone="default", path=path, actor=ACTOR, progress=delete_all
            )
        else:
            repository.restore_to_file(uid, path, actor=ACTOR, progress=delete_all)
        assert path.read_bytes() == data
    assert done


def test_maps_go_after_the_commit_that_makes_them_useless(
    repository: Repository, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = take(repository, volume)
    unlink = Path.unlink
    committed: list[bool] = []

    def watching(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".map":
            with Repository.open(repository.path, read_only=True) as other:
                committed.append(snapshot.resource_uid not in other.catalog.rows("trash"))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", watching)
    repository.delete_snapshot(snapshot.resource_uid, ACTOR)
    assert committed == []
    deleting.purge(repository, [snapshot.resource_uid], ACTOR)
    assert committed == [True]


def test_a_strangers_file_by_a_clones_name_is_never_deleted(
    repository: Repository, volume: Volume, tmp_path: Path
) -> None:
    """It was made while the clone was written; the clone fails, the file stays."""
    from snaptui.errors import ConflictError

    snapshot = take(repository, volume)
    path = tmp_path / "c.raw"

    def meanwhile(_phase: str, _done: int, _total: int) -> None:
        path.write_text("a stranger's")

    with pytest.raises(ConflictError, match="exists already"):
        repository.clone(
            snapshot.resource_uid,
            name="c",
            zone="default",
            path=path,
            actor=ACTOR,
            progress=meanwhile,
        )
    assert path.read_text() == "a stranger's"
    assert list(tmp_path.glob(".*partial")) == []
