"""One handle of several threads and of a forked child, and several handles."""

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from snaptui.engine.catalog import Catalog
from snaptui.errors import RepositoryError

from .helpers import WAIT, put, read_state, state_of


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


def test_waiting_for_another_writer_ends(catalog: Catalog) -> None:
    told = pytest.raises(RepositoryError, match=r"locked by another process for 0\.05 s")
    with Catalog.open(catalog.directory) as other, other.transaction(), told:
        catalog.transaction(timeout=0.05).__enter__()
