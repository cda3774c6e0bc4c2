"""Editing a snapshot's name and description: what changes, what is told, what stays."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from snaptui.engine import Repository
from snaptui.engine.mapfile import MapFile
from snaptui.errors import InvalidInputError, NotFoundError, ReadOnlyError
from snaptui.models import Snapshot, Volume
from snaptui.requests import EditSnapshotRequest
from tests.support import ACTOR, restored, take


@pytest.fixture
def snapshot(repository: Repository, volume: Volume) -> Snapshot:
    return take(repository, volume, "nightly")


def edit(
    repository: Repository,
    snapshot: Snapshot,
    name: str | None = None,
    description: str | None = None,
) -> Snapshot:
    uid = snapshot.resource_uid
    request = EditSnapshotRequest(snapshot_uid=uid, name=name, description=description)
    return repository.edit_snapshot(request, ACTOR)


def texts(repository: Repository, snapshot: Snapshot) -> list[str]:
    """What was done to it, the first thing first, but for the taking."""
    events = repository.events(snapshot.resource_uid)
    assert {each.subject_uid for each in events} == {snapshot.volume_uid}
    return [each.text for each in reversed(events) if each.action == "edit-snapshot"]


def test_only_what_is_given_changes_and_all_else_stays(
    repository: Repository, snapshot: Snapshot, image: Path, tmp_path: Path
) -> None:
    renamed = edit(repository, snapshot, name="weekly")
    assert (renamed.name, renamed.description) == ("weekly", "")
    described = edit(repository, snapshot, description="two\nlines")
    assert (described.name, described.description) == ("weekly", "two\nlines")
    with Repository.open(repository.path) as other:
        assert other.snapshots() == [described]
        assert other.snapshot("weekly") == described
        with pytest.raises(NotFoundError):
            other.snapshot("nightly")
    assert described == replace(snapshot, name="weekly", description="two\nlines")
    assert restored(repository, described, tmp_path) == image.read_bytes()
    report = repository.check()
    assert (report.clean, report.warnings) == (True, ())


def test_the_event_says_word_by_word_what_changed(
    repository: Repository, snapshot: Snapshot
) -> None:
    edit(repository, snapshot, name="weekly")
    edit(repository, snapshot, description="keep")
    edit(repository, snapshot, name="yearly", description="for ever")
    edit(repository, snapshot, description="")
    assert texts(repository, snapshot) == [
        "renamed snapshot nightly to weekly",
        'changed the description of snapshot weekly from nothing to "keep"',
        'renamed snapshot weekly to yearly; changed its description from "keep" to "for ever"',
        'changed the description of snapshot yearly from "for ever" to nothing',
    ]


def test_what_changes_nothing_writes_nothing(repository: Repository, snapshot: Snapshot) -> None:
    before = repository.catalog.sequence
    assert edit(repository, snapshot, name="nightly", description="") == snapshot
    assert repository.catalog.sequence == before
    assert texts(repository, snapshot) == []


def test_a_name_need_not_be_unique_but_must_be_one(
    repository: Repository, volume: Volume, snapshot: Snapshot
) -> None:
    other = take(repository, volume, "weekly")
    assert edit(repository, snapshot, name="weekly").name == other.name
    for wrong in ("", " ", " x", "a\x1b[31m", "x" * 256):
        with pytest.raises(InvalidInputError):
            edit(repository, snapshot, name=wrong)
    with pytest.raises(InvalidInputError, match="control characters"):
        edit(repository, snapshot, description="\x07")
    with pytest.raises(InvalidInputError, match="nothing is to be changed: give a name"):
        edit(repository, snapshot)
    assert repository.snapshot(snapshot.resource_uid).name == "weekly"


def test_two_who_edit_different_things_both_have_their_way(
    repository: Repository, snapshot: Snapshot
) -> None:
    """The second has not looked since: what the first wrote is not taken back."""
    with Repository.open(repository.path) as other:
        edit(repository, snapshot, name="weekly")
        described = edit(other, snapshot, description="by the other")
        assert (described.name, described.description) == ("weekly", "by the other")
    repository.refresh()
    assert repository.snapshot(snapshot.resource_uid) == described
    assert texts(repository, snapshot)[-1] == (
        'changed the description of snapshot weekly from nothing to "by the other"'
    )


def test_one_that_is_deleted_is_not_edited(repository: Repository, snapshot: Snapshot) -> None:
    with Repository.open(repository.path) as other:
        repository.delete_snapshot(snapshot.resource_uid, ACTOR)
        with pytest.raises(NotFoundError, match="any more"):  # it has not looked since
            edit(other, snapshot, name="weekly")
    with pytest.raises(NotFoundError, match="in the trash: take it back"):
        edit(repository, snapshot, name="weekly")
    repository.trash.take_back([snapshot.resource_uid], ACTOR)
    assert edit(repository, snapshot, name="weekly").name == "weekly"
    repository.delete_snapshot(snapshot.resource_uid, ACTOR)
    assert repository.trash.find("weekly").name == "weekly"


def test_read_only_nothing_is_edited(repository: Repository, snapshot: Snapshot) -> None:
    with (
        Repository.open(repository.path, read_only=True) as other,
        pytest.raises(ReadOnlyError),
    ):
        edit(other, snapshot, name="weekly")
    assert repository.snapshot(snapshot.resource_uid) == snapshot


def test_the_map_keeps_the_record_of_when_it_was_taken(
    repository: Repository, snapshot: Snapshot
) -> None:
    before = repository.layout.map(snapshot.resource_uid).read_bytes()
    edit(repository, snapshot, name="weekly")
    assert repository.layout.map(snapshot.resource_uid).read_bytes() == before
    with closing(MapFile(repository.layout.map(snapshot.resource_uid))) as file:
        assert file.record()["snapshot"]["name"] == "nightly"


def test_others_are_told_of_it_as_a_change(repository: Repository, snapshot: Snapshot) -> None:
    since = repository.catalog.sequence
    edited = edit(repository, snapshot, name="weekly")
    changes = repository.changes_since(since)
    assert changes is not None
    assert changes.snapshots == (edited,)
