import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB
from tinydb.table import Table

from snaptui.engine.catalog import Catalog, files, generation, mounts
from snaptui.engine.catalog.writer import Writer
from snaptui.errors import ConflictError, NotFoundError, ReadOnlyError, RepositoryError

from .helpers import WAIT, put, read_state, snapshot_document, state_of


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


def test_there_is_one_catalog_in_a_directory(catalog: Catalog) -> None:
    put(catalog, "vol-1")
    with pytest.raises(ConflictError, match="holds a catalog already"):
        Catalog.create(catalog.directory)
    assert read_state(catalog.directory)[0] == 1


def test_create_does_not_wipe_a_catalog_whose_snapshot_file_was_lost(catalog: Catalog) -> None:
    put(catalog, "vol-1")
    (catalog.directory / "catalog-000001.json").unlink()
    with pytest.raises(ConflictError):
        Catalog.create(catalog.directory)
    assert read_state(catalog.directory)[0] == 1


def test_create_goes_on_where_a_killed_one_stopped(directory: Path) -> None:
    Catalog.create(directory).close()
    (directory / "catalog-000001.json").rename(directory / "catalog-000001.json.tmp")
    with pytest.raises(RepositoryError, match="holds no catalog"):
        Catalog.open(directory)
    with Catalog.create(directory) as catalog:
        put(catalog, "vol-1")
    assert sorted(path.name for path in directory.iterdir()) == [
        "catalog-000001.json",
        "journal-000001.log",
        "lock",
        "reserve",
    ]


@pytest.mark.parametrize("name", ["", "nowhere", "file"])
def test_where_there_is_no_catalog_that_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RepositoryError, match="holds no catalog"):
        Catalog.open(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_modes_let_nobody_else_read(directory: Path) -> None:
    old = os.umask(0)
    try:
        with Catalog.create(directory) as catalog:
            put(catalog, "vol-1")
            catalog.compact()
    finally:
        os.umask(old)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}


def test_a_newer_format_is_not_touched(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snaptui.engine.catalog.generation.FORMAT", 2)
    put(catalog, "vol-1")
    catalog.compact()
    with pytest.raises(RepositoryError, match=r"format 2.*up to 1.*newer version"):
        Catalog.open(catalog.directory)


def test_read_only_refuses_to_write_and_follows_all_the_same(catalog: Catalog) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in catalog.directory.iterdir()}
    with Catalog.open(catalog.directory, read_only=True) as reader:
        assert reader.read_only
        assert reader.warnings == []
        for change in (
            reader.transaction,
            reader.compact,
            lambda: reader.table("volumes").insert({}),
            reader.database.drop_tables,
        ):
            with pytest.raises(ReadOnlyError, match="read-only"):
                change()
        after = {path.name: path.stat().st_mtime_ns for path in catalog.directory.iterdir()}
        assert after == before
        put(catalog, "vol-1")
        assert reader.refresh()
        assert reader.get("volumes", "vol-1") == {}


def test_what_cannot_be_written_is_opened_read_only(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(catalog, "vol-1")
    monkeypatch.setattr(files, "is_writable", lambda _: False)
    with Catalog.open(catalog.directory) as reader:
        assert reader.read_only
        assert "opened read-only" in reader.warnings[0]
        assert reader.get("volumes", "vol-1") == {}
        with pytest.raises(ReadOnlyError):
            reader.transaction()


def test_a_journal_of_somebody_else_is_opened_read_only(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(catalog, "vol-1")
    real = os.open

    def not_ours(path: Any, flags: int, *rest: int) -> int:
        if str(path).endswith(".log") and flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *rest)

    monkeypatch.setattr(os, "open", not_ours)
    with Catalog.open(catalog.directory) as reader:
        assert reader.read_only
        assert reader.get("volumes", "vol-1") == {}


def test_refresh_says_whether_anything_changed(catalog: Catalog) -> None:
    with Catalog.open(catalog.directory) as other:
        assert not other.refresh()
        put(catalog, "vol-1", name="a")
        assert other.get("volumes", "vol-1") is None
        assert other.refresh()
        assert other.get("volumes", "vol-1") == {"name": "a"}
        assert not other.refresh()
        assert not catalog.refresh()


def test_a_transaction_starts_from_what_others_committed(catalog: Catalog) -> None:
    with Catalog.open(catalog.directory) as other:
        put(catalog, "vol-1", count=1)
        with other.transaction() as transaction:
            document = transaction.get("volumes", "vol-1")
            assert document == {"count": 1}
            transaction.put("volumes", "vol-1", {"count": 2})
        catalog.refresh()
        assert catalog.get("volumes", "vol-1") == {"count": 2}


def test_rows_stay_as_they_were_while_one_goes_through_them(catalog: Catalog) -> None:
    for number in range(5):
        put(catalog, f"vol-{number}", number=number)
    rows = catalog.rows("volumes")
    seen = []
    for uid in rows:
        seen.append(uid)
        with catalog.transaction() as transaction:
            transaction.delete("volumes", uid)
            transaction.put("volumes", f"new-{uid}", {})
    assert seen == [f"vol-{number}" for number in range(5)]
    assert len(rows) == 5
    assert set(catalog.rows("volumes")) == {f"new-{uid}" for uid in seen}
    with pytest.raises(TypeError):
        catalog.rows("volumes")["x"] = {}  # type: ignore[index]


@pytest.mark.parametrize(
    "go_through",
    [
        iter,
        lambda rows: iter(rows.keys()),
        lambda rows: (row["name"] for row in rows.values()),
        lambda rows: (uid for uid, _ in rows.items()),
    ],
)
def test_going_through_rows_holds_on_to_them(
    catalog: Catalog, go_through: Callable[[Any], Iterator[str]]
) -> None:
    """Also where nobody keeps the view itself, and another table or nothing at first is there."""
    nothing = catalog.rows("volumes")
    for number in range(3):
        put(catalog, f"vol-{number}", name=f"vol-{number}")
    assert len(nothing) == 0
    going = go_through(catalog.rows("volumes"))
    first = next(going)
    put(catalog, "vol-3", name="vol-3")
    with catalog.transaction() as transaction:
        transaction.delete("volumes", "vol-1")
    catalog.table("volumes").truncate()
    assert [first, *going] == ["vol-0", "vol-1", "vol-2"]
    assert list(catalog.rows("volumes")) == []


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


def test_pinned_keeps_everything_still(catalog: Catalog) -> None:
    with Catalog.open(catalog.directory) as other:
        put(other, "vol-1")
        with catalog.pinned():
            assert not catalog.refresh()
            assert catalog.get("volumes", "vol-1") is None
            with pytest.raises(RuntimeError, match="pinned"):
                put(catalog, "vol-2")
        assert catalog.refresh()


def test_threads_share_a_handle(catalog: Catalog) -> None:  # noqa: C901
    failures: list[BaseException] = []
    stop = threading.Event()

    def guarded(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                failures.append(error)

        return run

    def write(name: str) -> Callable[[], None]:
        def work() -> None:
            for number in range(40):
                with catalog.transaction() as transaction:
                    transaction.put("snapshots", f"{name}-{number}", {"volume_uid": name})
                    transaction.put("volumes", name, {"count": number + 1})

        return guarded(work)

    def read() -> None:
        while not stop.is_set():
            catalog.refresh()
            with catalog.pinned():
                for name, row in catalog.rows("volumes").items():
                    found = catalog.related("snapshots", "volume_uid", name)
                    assert len(found) == row["count"]
            assert len(catalog.table("volumes").all()) <= 3

    writers = [threading.Thread(target=write(f"w{number}")) for number in range(3)]
    readers = [threading.Thread(target=guarded(read)) for _ in range(2)]
    for thread in writers + readers:
        thread.start()
    for thread in writers:
        thread.join(WAIT)
    stop.set()
    for thread in readers:
        thread.join(WAIT)
    assert failures == []
    assert catalog.sequence == 120
    assert read_state(catalog.directory) == (120, state_of(catalog))


def test_another_thread_does_not_see_a_commit_before_it_is_durable(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fdatasync
    seen: list[object] = []

    def look() -> None:
        seen.append((catalog.refresh(), catalog.get("volumes", "vol-1")))

    def sync(descriptor: int) -> None:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(WAIT)
        real(descriptor)

    put(catalog, "vol-0")
    monkeypatch.setattr(os, "fdatasync", sync)
    put(catalog, "vol-1")
    assert seen == [(False, None)]
    assert catalog.get("volumes", "vol-1") == {}


def test_a_forked_child_uses_the_handle_without_harm(catalog: Catalog) -> None:
    put(catalog, "vol-1")
    with catalog.transaction() as transaction:
        transaction.put("volumes", "vol-2", {"by": "parent"})
        child = os.fork()
        if not child:
            code = 1
            try:
                # The transaction is the parent's; the child may make its own when that has ended.
                assert catalog.current_transaction is None
                put(catalog, "vol-3", by="child")
                code = 0
            finally:
                os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    catalog.refresh()
    assert set(catalog.rows("volumes")) == {"vol-1", "vol-2", "vol-3"}
    assert catalog.sequence == 3


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


def test_waiting_for_another_writer_ends(catalog: Catalog) -> None:
    told = pytest.raises(RepositoryError, match=r"locked by another process for 0\.05 s")
    with Catalog.open(catalog.directory) as other, other.transaction(), told:
        catalog.transaction(timeout=0.05).__enter__()


def test_stock_tinydb_opens_a_compacted_catalog(catalog: Catalog) -> None:
    """Without our classes; only that ids are strings has to be said to it."""
    for number in range(1200):
        catalog._follower.memory.tables.setdefault("snapshots", {})[f"snap-{number}"] = {
            "n": number
        }
    put(catalog, "vol-1", name="ü", tags={"a": [1]})
    catalog.table("empty").insert({})
    catalog.table("empty").truncate()
    catalog.compact()

    class StringTable(Table):
        document_id_class = str  # type: ignore[assignment]

    path = catalog.directory / "catalog-000002.json"
    with TinyDB(path, access_mode="r") as stock:
        assert stock.tables() == {"volumes", "snapshots", "empty"}
        assert stock.table("volumes").get(doc_id="vol-1") == {"name": "ü", "tags": {"a": [1]}}
        table = StringTable(stock.storage, "snapshots")
        assert {str(d.doc_id): dict(d) for d in table} == dict(catalog.rows("snapshots"))
    with path.open() as file:
        assert json.load(file)["volumes"] == dict(catalog.rows("volumes"))


MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/nfs\040share rw,relatime shared:9 - nfs4 server:/export rw,vers=4.2
31 30 8:2 / /srv/nfs\040share/local rw - xfs /dev/sdb1 rw
32 22 8:3 / /over rw - ext4 /dev/sdc1 rw
33 22 0:41 / /over rw - nfs server:/over rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home", "ext4"),
        ("/srv/nfs share/x", "nfs4"),
        ("/srv/nfs share/local/x", "xfs"),
        ("/srv/nfs sharelike", "ext4"),
        ("/over", "nfs"),
    ],
)
def test_the_file_system_is_looked_up(tmp_path: Path, path: str, kind: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    assert mounts.file_system_of(Path(path), table) == kind
    warning = mounts.network_warning(Path(path), table)
    assert (warning is not None) == kind.startswith("nfs")


def test_a_network_file_system_is_warned_of(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert catalog.warnings == []
    monkeypatch.setattr(mounts, "file_system_of", lambda *_: "nfs4")
    with Catalog.open(catalog.directory) as other:
        assert len(other.warnings) == 1
        assert "network file system (nfs4)" in other.warnings[0]


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
