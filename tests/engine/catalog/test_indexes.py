"""`related` gives what a plain look through all documents gives, whatever happened before."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snaptui.engine.catalog import INDEXES, Catalog

from .helpers import put, read_state, state_of

UIDS = [f"snap-{number}" for number in range(6)]
VALUES = ["vol-0", "vol-1", "vol-2", None, 5]
FIELDS = INDEXES["snapshots"]

row = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES))
one_change = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(UIDS), row),
    st.tuples(st.just("delete"), st.sampled_from(UIDS), st.none()),
)
step = st.tuples(
    st.sampled_from(["ours", "theirs", "aborted", "table"]),
    st.lists(one_change, max_size=4),
    st.sampled_from(["", "", "compact ours", "compact theirs", "truncate", "reload"]),
)


def expected(rows: dict[str, dict[str, object]], field: str, value: str) -> list[str]:
    return sorted(uid for uid, document in rows.items() if document.get(field) == value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(step, max_size=8), st.booleans())
def test_related_against_a_plain_model(  # noqa: C901
    steps: list[tuple[str, list[tuple[str, str, dict[str, object] | None]], str]], early: bool
) -> None:
    model: dict[str, dict[str, object]] = {}

    def check(related: object, rows: dict[str, dict[str, object]]) -> None:
        assert callable(related)
        for field in FIELDS:
            for value in ("vol-0", "vol-1", "vol-2"):
                found = related("snapshots", field, value)
                assert sorted(found) == expected(rows, field, value)

    with tempfile.TemporaryDirectory(dir=_scratch()) as scratch:
        directory = Path(scratch) / "catalog"
        with Catalog.create(directory) as ours, Catalog.open(directory) as theirs:
            if early:
                check(ours.related, model)
            for who, changes, then in steps:
                handle = theirs if who == "theirs" else ours
                draft = dict(model)
                try:
                    with handle.transaction() as transaction:
                        for kind, uid, document in changes:
                            if kind == "put":
                                assert document is not None
                                if who == "table":
                                    table = handle.table("snapshots")
                                    table.remove(doc_ids=[uid])
                                transaction.put("snapshots", uid, document)
                                draft[uid] = document
                            elif uid in draft:
                                transaction.delete("snapshots", uid)
                                del draft[uid]
                        check(transaction.related, draft)
                        if who == "aborted":
                            raise ZeroDivisionError
                except ZeroDivisionError:
                    draft = model
                model = draft
                if then == "compact ours":
                    ours.compact()
                elif then == "compact theirs":
                    theirs.compact()
                elif then == "truncate":
                    theirs.table("snapshots").truncate()
                    model = {}
                elif then == "reload":
                    ours._follower.journal.suspect = True
                ours.refresh()
                theirs.refresh()
                for handle in (ours, theirs):
                    assert dict(handle.rows("snapshots")) == model
                    check(handle.related, model)
            assert read_state(directory) == (ours.sequence, state_of(ours))


def _scratch() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def test_only_declared_fields_can_be_asked_about(catalog: Catalog) -> None:
    for table, field in (("snapshots", "name"), ("zones", "path")):
        with pytest.raises(KeyError, match=f"no index over {table}.{field}"):
            catalog.related(table, field, "x")


def test_what_is_handed_out_may_be_changed(catalog: Catalog) -> None:
    put(catalog, "snap-1", "snapshots", volume_uid="vol-1")
    catalog.related("snapshots", "volume_uid", "vol-1").append("spoilt")
    put(catalog, "snap-2", "snapshots", volume_uid="vol-1")
    catalog.related("snapshots", "volume_uid", "vol-1").append("spoilt")
    assert catalog.related("snapshots", "volume_uid", "vol-1") == ["snap-1", "snap-2"]
