import os
from pathlib import Path
from typing import Any

import pytest

from snaptui.engine.catalog import Catalog, generation
from snaptui.engine.catalog.writer import Writer
from snaptui.errors import NotFoundError, RepositoryError

from .helpers import put, read_state, snapshot_document, state_of


def test_what_is_committed_is_seen_by_a_fresh_handle(catalog: Catalog) -> None:
    with catalog.transaction() as transaction:
        transaction.put("volumes", "vol-1", {"name": "web", "tags": {"a": [1, None, 2.5]}})
        transaction.put("snapshots", "snap-1", {"volume_uid": "vol-1"})
    with Catalog.open(catalog.directory) as other:
        assert other.sequence == catalog.sequence == 1
        assert state_of(other) == state_of(catalog)
        assert other.get("volumes", "vol-1") == {"name": "web", "tags": {"a": [1, None, 2.5]}}


def test_an_exception_inside_leaves_everything_as_it_was(catalog: Catalog) -> None:
    put(catalog, "vol-1", name="web")
    journal = (catalog.directory / "journal-000001.log").read_bytes()
    with pytest.raises(ZeroDivisionError), catalog.transaction() as transaction:
        transaction.put("volumes", "vol-2", {})
        transaction.delete("volumes", "vol-1")
        raise ZeroDivisionError
    assert state_of(catalog) == {"volumes": {"vol-1": {"name": "web"}}}
    assert (catalog.directory / "journal-000001.log").read_bytes() == journal
    put(catalog, "vol-3")
    assert catalog.sequence == 2


def test_a_transaction_sees_its_own_changes(catalog: Catalog) -> None:
    put(catalog, "snap-1", "snapshots", volume_uid="vol-1")
    put(catalog, "snap-2", "snapshots", volume_uid="vol-1")
    with catalog.transaction() as transaction:
        transaction.put("snapshots", "snap-3", {"volume_uid": "vol-1"})
        transaction.put("snapshots", "snap-1", {"volume_uid": "vol-2"})
        transaction.delete("snapshots", "snap-2")
        assert transaction.get("snapshots", "snap-3") == {"volume_uid": "vol-1"}
        assert transaction.get("snapshots", "snap-2") is None
        assert set(transaction.rows("snapshots")) == {"snap-1", "snap-3"}
        assert len(transaction.rows("snapshots")) == 2
        assert transaction.related("snapshots", "volume_uid", "vol-1") == ["snap-3"]
        assert transaction.related("snapshots", "volume_uid", "vol-2") == ["snap-1"]
        transaction.put("snapshots", "snap-2", {"volume_uid": "vol-1", "again": True})
        assert set(transaction.related("snapshots", "volume_uid", "vol-1")) == {"snap-2", "snap-3"}
        # Nobody else does, before it is committed.
        assert catalog.get("snapshots", "snap-3") is None
        assert read_state(catalog.directory)[0] == 2
    assert set(catalog.related("snapshots", "volume_uid", "vol-1")) == {"snap-2", "snap-3"}


def test_deleting_what_is_not_there_is_an_error(catalog: Catalog) -> None:
    told = pytest.raises(NotFoundError, match="no vol-1 in volumes")
    with told, catalog.transaction() as transaction:
        transaction.delete("volumes", "vol-1")
    assert catalog.sequence == 0


def test_a_transaction_without_changes_writes_nothing(catalog: Catalog) -> None:
    with catalog.transaction() as transaction:
        transaction.put("volumes", "vol-1", {})
        transaction.delete("volumes", "vol-1")
    assert catalog.sequence == 0
    assert (catalog.directory / "journal-000001.log").read_bytes().count(b"\n") == 1


def test_a_transaction_is_over_when_its_block_is(catalog: Catalog) -> None:
    with catalog.transaction() as transaction:
        pass
    for call in (
        lambda: transaction.put("volumes", "vol-1", {}),
        lambda: transaction.get("volumes", "vol-1"),
        lambda: transaction.related("snapshots", "volume_uid", "vol-1"),
    ):
        with pytest.raises(RuntimeError, match="has ended"):
            call()


def test_transactions_do_not_nest(catalog: Catalog) -> None:
    with catalog.transaction() as outer:
        with pytest.raises(RuntimeError, match="already"), catalog.transaction():
            pass
        outer.put("volumes", "vol-1", {})
    assert catalog.get("volumes", "vol-1") == {}


def test_documents_share_nothing_with_what_was_given_or_handed_out(catalog: Catalog) -> None:
    given: dict[str, Any] = {"tags": {"a": [1]}}
    with catalog.transaction() as transaction:
        transaction.put("volumes", "vol-1", given)
        given["tags"]["a"].append(2)
        inside = transaction.get("volumes", "vol-1")
        assert inside is not None
        inside["tags"]["a"].append(3)
    outside = catalog.get("volumes", "vol-1")
    assert outside is not None
    outside["tags"]["b"] = 4
    assert catalog.get("volumes", "vol-1") == {"tags": {"a": [1]}}
    assert read_state(catalog.directory)[1] == {"volumes": {"vol-1": {"tags": {"a": [1]}}}}


class Odd:
    pass


@pytest.mark.parametrize(
    "document",
    [
        {"x": float("nan")},
        {"x": [float("inf")]},
        {"x": Odd()},
        {"x": b"bytes"},
        {"x": {1, 2}},
        {"x": (1, 2)},
        {1: "x"},
        {"x": {None: 1}},
        {"x": 10**5000},
    ],
    ids=["nan", "inf", "object", "bytes", "set", "tuple", "number-key", "null-key", "huge"],
)
def test_what_is_not_json_is_refused_before_anything_is_written(
    catalog: Catalog, document: Any
) -> None:
    refused = pytest.raises(ValueError, match="must be JSON")
    with refused, catalog.transaction() as transaction:
        transaction.put("volumes", "vol-1", {})
        transaction.put("volumes", "vol-2", document)
    with pytest.raises(ValueError, match="must be JSON"):
        catalog.table("volumes").insert(document)
    circle: dict[str, Any] = {}
    circle["x"] = circle
    with pytest.raises(ValueError, match="must be JSON"):
        catalog.table("volumes").insert(circle)
    assert (catalog.sequence, state_of(catalog)) == (0, {})


@pytest.mark.parametrize("uid", ["", 5, None])
def test_a_uid_is_a_string_with_something_in_it(catalog: Catalog, uid: Any) -> None:
    with pytest.raises(ValueError, match="A uid must be"), catalog.transaction() as transaction:
        transaction.put("volumes", uid, {})
    with pytest.raises(ValueError, match="A table's name"), catalog.transaction() as transaction:
        transaction.put(uid, "vol-1", {})


def test_any_text_comes_back_as_it_was(catalog: Catalog) -> None:
    text = 'ü \n \x00 \x1b[31m 🂡 \udc80 \u2028 "quoted" 00000000 1 [1]'
    put(catalog, text, text, name=text)
    assert read_state(catalog.directory)[1] == {text: {text: {"name": text}}}
    catalog.compact()
    assert read_state(catalog.directory)[1] == {text: {text: {"name": text}}}


def test_new_uids_are_in_no_table_and_not_given_twice(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(catalog, "vol-00000001", "snapshots")
    digits = iter([1, 2, 2, 3, 4])
    monkeypatch.setattr(os, "urandom", lambda count: next(digits).to_bytes(count, "big"))
    with catalog.transaction() as transaction:
        assert transaction.new_uid("volumes", "vol") == "vol-00000002"
        assert transaction.new_uid("volumes", "vol") == "vol-00000003"
        transaction.put("jobs", "vol-00000004", {})
        monkeypatch.setattr(os, "urandom", lambda _: b"\xab\xcd\xef\x01")
        assert transaction.new_uid("volumes", "vol") == "vol-ABCDEF01"


def test_rows_are_a_mapping(catalog: Catalog) -> None:
    put(catalog, "vol-1", name="a")
    rows = catalog.rows("volumes")
    assert rows is catalog.rows("volumes")
    assert rows == {"vol-1": {"name": "a"}}
    assert rows.get("vol-1") == rows["vol-1"] == {"name": "a"}
    assert rows.get("vol-2") is None
    assert rows.get("vol-2", 5) == 5
    assert "vol-1" in rows
    assert "vol-2" not in rows
    assert list(rows.keys()) == ["vol-1"]
    assert list(rows.values()) == [{"name": "a"}]
    assert ("vol-1", {"name": "a"}) in rows.items()
    assert dict(rows.items()) == dict(rows)
    assert repr(rows) == "Rows({'vol-1': {'name': 'a'}})"
    del rows
    before = catalog._follower.memory.tables["volumes"]
    put(catalog, "vol-2")
    assert catalog._follower.memory.tables["volumes"] is before, "nobody used it: no copy"


def test_an_interrupt_at_any_step_of_a_commit_leaves_the_handle_right(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl+C may come between any two steps: the handle must not lose count of the journal."""
    memory = catalog._follower.memory
    real_apply = memory.apply
    real_sync = os.fdatasync

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    def applied_by_half(sequence: int, changes: Any) -> None:
        memory.tables.setdefault("volumes", {})["half"] = {}
        raise KeyboardInterrupt

    def sync_then_interrupt(descriptor: int) -> None:
        real_sync(descriptor)
        monkeypatch.setattr(os, "fdatasync", real_sync)
        raise KeyboardInterrupt

    for target, name, replacement, back in (
        (memory, "apply", interrupted, real_apply),
        (memory, "apply", applied_by_half, real_apply),
        (os, "fdatasync", sync_then_interrupt, real_sync),
        (Writer, "_tidy_up", interrupted, Writer._tidy_up),
    ):
        monkeypatch.setattr(target, name, replacement)
        with pytest.raises(KeyboardInterrupt):
            put(catalog, f"{name}-interrupted")
        monkeypatch.setattr(target, name, back)
        put(catalog, f"{name}-after")
        assert (catalog.sequence, state_of(catalog)) == read_state(catalog.directory)
    assert "half" not in catalog.rows("volumes")


def test_a_closed_handle_says_so(catalog: Catalog) -> None:
    catalog.close()
    catalog.close()
    with pytest.raises(RepositoryError, match="is closed"):
        catalog.refresh()
    with pytest.raises(RepositoryError, match="is closed"):
        put(catalog, "vol-1")


def test_what_many_documents_have_in_common_is_there_once(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation, "SHARE_FROM", 0)
    with Catalog.create(directory) as catalog:
        with catalog.transaction() as transaction:
            for number in range(3):
                transaction.put("snapshots", f"snap-{number}", dict(snapshot_document(number)))
        catalog.compact()
        before = {uid: dict(row) for uid, row in catalog.rows("snapshots").items()}
    with Catalog.open(directory) as catalog:
        rows = catalog.rows("snapshots")
        assert {uid: dict(row) for uid, row in rows.items()} == before
        assert len({id(row["owner"]) for row in rows.values()}) == 1
        # but no document shares itself with another
        assert len({id(row) for row in rows.values()}) == 3
