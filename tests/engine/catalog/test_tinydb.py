"""TinyDB's public calls over the catalog mean what they mean over TinyDB's own storage."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tinydb import Query, TinyDB, where
from tinydb.operations import decrement, delete, increment
from tinydb.operations import set as set_field
from tinydb.table import Document, Table

from snaptui.engine.catalog import Catalog, CatalogTable, JournalStorage

from .helpers import put, read_state


@pytest.fixture
def table(catalog: Catalog) -> CatalogTable:
    table = catalog.table("volumes")
    table.insert_multiple(doc(name, size) for name, size in [("a", 1), ("b", 2), ("c", 2)])
    return table


def doc(name: str, size: int = 0) -> Document:
    return Document({"name": name, "size": size}, doc_id=f"vol-{name}")  # type: ignore[arg-type]


def names(documents: Any) -> list[str]:
    return [document["name"] for document in documents]


def test_it_is_tinydb(catalog: Catalog) -> None:
    assert isinstance(catalog.database, TinyDB)
    assert isinstance(catalog.database.storage, JournalStorage)
    assert isinstance(catalog.table("volumes"), Table)
    assert catalog.table("volumes") is catalog.database.table("volumes")


def one_journal_line_each(catalog: Catalog, change: Callable[[], object]) -> int:
    before = catalog.sequence
    change()
    assert catalog._follower.journal.synced
    assert read_state(catalog.directory)[0] == catalog.sequence
    return catalog.sequence - before


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.insert({"name": "d"}),
        lambda table: table.insert_multiple({"name": str(n)} for n in range(20)),
        lambda table: table.upsert({"size": 9}, where("name") == "a"),
        lambda table: table.upsert({"size": 9}, where("name") == "nobody"),
        lambda table: table.upsert(doc("a", 9)),
        lambda table: table.upsert(doc("new", 9)),
        lambda table: table.update({"size": 9}),
        lambda table: table.update(increment("size"), where("size") == 2),
        lambda table: table.update({"size": 9}, doc_ids=["vol-a", "vol-c"]),
        lambda table: table.update_multiple([({"size": 9}, where("name") == "a")]),
        lambda table: table.remove(where("size") == 2),
        lambda table: table.remove(doc_ids=["vol-a", "vol-b"]),
        lambda table: table.truncate(),
    ],
)
def test_every_change_is_one_transaction(
    catalog: Catalog, table: CatalogTable, change: Callable[[CatalogTable], object]
) -> None:
    assert one_journal_line_each(catalog, lambda: change(table)) == 1
    assert read_state(catalog.directory)[1].get("volumes", {}) == dict(catalog.rows("volumes"))


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.insert_multiple([]),
        lambda table: table.update({"size": 2}, where("size") == 2),
        lambda table: table.update({"size": 9}, where("name") == "nobody"),
        lambda table: table.update({"size": 9}, doc_ids=["vol-x"]),
        lambda table: table.remove(where("name") == "nobody"),
        lambda table: table.remove(doc_ids=["vol-x"]),
        lambda table: table.update_multiple([]),
    ],
)
def test_what_changes_nothing_writes_nothing(
    catalog: Catalog, table: CatalogTable, change: Callable[[CatalogTable], object]
) -> None:
    assert one_journal_line_each(catalog, lambda: change(table)) == 0


def test_insert_without_an_id_gets_a_unique_string(table: CatalogTable) -> None:
    uids = {table.insert({"name": "x"}) for _ in range(20)}
    assert len(uids) == 20
    assert all(re.fullmatch(r"doc-[0-9A-F]{8}", uid) for uid in uids)
    found = table.get(doc_id=uids.pop())
    assert isinstance(found, Document)
    assert found["name"] == "x"


def test_insert_with_an_id_keeps_it(table: CatalogTable) -> None:
    assert table.insert(doc("d", 4)) == "vol-d"
    assert table.insert(Document({"n": 1}, doc_id=7)) == "7"
    assert table.get(doc_id="7") == {"n": 1}
    assert table.contains(doc_id="vol-d")


def test_insert_does_not_overwrite(catalog: Catalog, table: CatalogTable) -> None:
    with pytest.raises(ValueError, match="already exists"):
        table.insert(doc("a", 9))
    with pytest.raises(ValueError, match="already exists"):
        table.insert_multiple([doc("new"), doc("a", 9)])
    with pytest.raises(ValueError, match="already exists"):
        table.insert_multiple([doc("new"), doc("new")])
    assert names(table.all()) == ["a", "b", "c"]
    assert catalog.sequence == 1


def test_insert_takes_any_mapping_and_nothing_else(table: CatalogTable) -> None:
    class Custom(Mapping[str, int]):
        def __getitem__(self, key: str) -> int:
            return {"n": 1}[key]

        def __iter__(self) -> Iterator[str]:
            return iter(["n"])

        def __len__(self) -> int:
            return 1

    assert table.get(doc_id=table.insert(Custom())) == {"n": 1}
    for wrong in ([1], "text", 5):
        with pytest.raises(ValueError, match="not a Mapping"):
            table.insert(wrong)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="not a Mapping"):
            table.insert_multiple([{"n": 2}, wrong])  # type: ignore[list-item]
    assert len(table) == 4


def test_insert_multiple_takes_a_generator_and_gives_the_ids(table: CatalogTable) -> None:
    uids = table.insert_multiple({"n": number} for number in range(3))
    assert [document["n"] for document in table.get(doc_ids=uids)] == [0, 1, 2]  # type: ignore[union-attr]
    assert table.insert_multiple([doc("x"), doc("y")]) == ["vol-x", "vol-y"]


def test_a_generator_that_raises_inserts_nothing(catalog: Catalog, table: CatalogTable) -> None:
    def documents() -> Iterator[Document]:
        yield doc("d")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        table.insert_multiple(documents())
    assert catalog.sequence == 1
    assert len(table) == 3


def test_search_count_contains_and_get(table: CatalogTable) -> None:
    q = Query()
    assert names(table.search(q.size == 2)) == ["b", "c"]
    assert names(table.search((q.size == 2) & ~(q.name == "b"))) == ["c"]
    assert table.search(q.name == "nobody") == []
    assert table.count(q.size == 2) == 2
    assert table.contains(q.name == "a")
    assert not table.contains(q.name == "nobody")
    assert not table.contains(doc_id="vol-x")
    found = table.get(q.size == 2)
    assert isinstance(found, Document)
    assert (found.doc_id, found["name"]) == ("vol-b", "b")
    assert table.get(q.name == "nobody") is None
    assert table.get(doc_id="vol-x") is None
    assert names(table.get(doc_ids=["vol-c", "vol-x", "vol-a", "vol-c"])) == ["c", "a"]
    with pytest.raises(RuntimeError, match="pass either"):
        table.get()
    with pytest.raises(RuntimeError, match="pass either"):
        table.contains()


def test_a_search_is_remembered_until_something_changes(
    catalog: Catalog, table: CatalogTable
) -> None:
    looked = []

    def is_two(size: Any) -> bool:
        looked.append(size)
        return bool(size == 2)

    query = where("size").test(is_two)
    assert table.count(query) == len(table.search(query)) == 2
    assert len(looked) == 3
    with Catalog.open(catalog.directory) as other:
        put(other, "vol-d", name="d", size=2)
    assert names(table.search(query)) == ["b", "c", "d"]
    table.update({"size": 3}, doc_ids=["vol-b"])
    assert names(table.search(query)) == ["c", "d"]
    catalog.database.drop_table("volumes")
    assert table.search(query) == []


def test_a_search_inside_a_transaction_is_not_remembered(
    catalog: Catalog, table: CatalogTable
) -> None:
    query = where("size") == 2
    with pytest.raises(ZeroDivisionError), catalog.transaction():
        table.update({"size": 2})
        assert table.count(query) == 3
        raise ZeroDivisionError
    assert table.count(query) == 2


def test_documents_handed_out_are_private(catalog: Catalog) -> None:
    table = catalog.table("volumes")
    table.insert(Document({"name": "a", "tags": {"x": [1]}}, doc_id="vol-a"))  # type: ignore[arg-type]
    query = where("name") == "a"
    for hand_out in (
        lambda: table.get(doc_id="vol-a"),
        lambda: table.get(query),
        lambda: table.get(doc_ids=["vol-a"])[0],  # type: ignore[index]
        lambda: table.search(query)[0],
        lambda: table.all()[0],
        lambda: next(iter(table)),
        lambda: catalog.database.storage.read()["volumes"]["vol-a"],  # type: ignore[index]
    ):
        for _ in range(2):
            document: Any = hand_out()
            assert document == {"name": "a", "tags": {"x": [1]}}
            document["tags"]["x"].append(2)
            document["name"] = "spoilt"


def test_update_forms(catalog: Catalog, table: CatalogTable) -> None:
    assert table.update({"size": 5}, doc_ids=["vol-a", "vol-x"]) == ["vol-a"]
    assert table.update(increment("size"), where("name") == "a") == ["vol-a"]
    assert table.update(delete("size"), where("name") == "b") == ["vol-b"]
    assert table.update(set_field("name", "c!"), doc_ids=["vol-c"]) == ["vol-c"]
    assert table.update(set_field("seen", {"by": ["x"]})) == ["vol-a", "vol-b", "vol-c"]
    assert dict(catalog.rows("volumes")) == {
        "vol-a": {"name": "a", "size": 6, "seen": {"by": ["x"]}},
        "vol-b": {"name": "b", "seen": {"by": ["x"]}},
        "vol-c": {"name": "c!", "size": 2, "seen": {"by": ["x"]}},
    }


def test_update_in_place_reaches_nested_values(catalog: Catalog) -> None:
    put(catalog, "vol-a", tags={"x": [1]})

    def grow(document: Any) -> None:
        document["tags"]["x"].append(2)

    catalog.table("volumes").update(grow, doc_ids=["vol-a"])
    assert read_state(catalog.directory)[1]["volumes"]["vol-a"] == {"tags": {"x": [1, 2]}}


def test_update_tells_values_apart_that_python_calls_equal(catalog: Catalog) -> None:
    put(catalog, "vol-a", flag=1)
    catalog.table("volumes").update({"flag": True}, doc_ids=["vol-a"])
    assert read_state(catalog.directory)[1]["volumes"]["vol-a"]["flag"] is True


def test_an_update_that_fails_midway_changes_nothing(catalog: Catalog, table: CatalogTable) -> None:
    with pytest.raises(KeyError):
        table.update_multiple(
            [
                (increment("size"), where("name") == "a"),
                (decrement("missing"), where("name") == "b"),
            ]
        )
    with pytest.raises(ValueError, match="must be JSON"):
        table.update({"size": float("nan")})
    assert [row["size"] for row in catalog.rows("volumes").values()] == [1, 2, 2]
    assert catalog.sequence == 1


def test_update_multiple_applies_each_to_its_own_in_order(table: CatalogTable) -> None:
    steps: list[Any] = [
        ({"size": 7}, where("name") == "a"),
        (increment("size"), where("size") == 7),
        ({"size": 0}, where("name") == "c"),
    ]
    assert table.update_multiple(iter(steps)) == ["vol-a", "vol-a", "vol-c"]
    assert [document["size"] for document in table] == [8, 2, 0]


def test_upsert(table: CatalogTable) -> None:
    assert table.upsert({"size": 9}, where("size") == 2) == ["vol-b", "vol-c"]
    assert table.upsert(doc("a", 5)) == ["vol-a"]
    assert table.upsert(doc("z", 5)) == ["vol-z"]
    (uid,) = table.upsert({"name": "y", "size": 1}, where("name") == "y")
    assert [document["size"] for document in table] == [5, 9, 9, 5, 1]
    assert uid.startswith("doc-")
    with pytest.raises(ValueError, match="specify a doc_id"):
        table.upsert({"size": 9})


def test_remove(table: CatalogTable) -> None:
    assert table.remove(doc_ids=["vol-a", "vol-x", "vol-a"]) == ["vol-a"]
    assert table.remove(where("name") == "b") == ["vol-b"]
    assert names(table) == ["c"]
    with pytest.raises(RuntimeError, match="truncate"):
        table.remove()


def test_truncate_and_drop(catalog: Catalog, table: CatalogTable) -> None:
    database = catalog.database
    catalog.table("zones").insert({"name": "default"})
    table.truncate()
    assert len(table) == 0
    assert database.tables() == {"volumes", "zones"}
    database.drop_table("volumes")
    database.drop_table("nobody")
    assert database.tables() == {"zones"}
    assert read_state(catalog.directory)[1].keys() == {"zones"}
    table.insert(doc("again"))
    assert names(catalog.table("volumes")) == ["again"]
    database.drop_tables()
    assert database.tables() == set()
    assert len(table) == 0
    assert read_state(catalog.directory)[1] == {}


def test_the_default_table_and_an_empty_one(catalog: Catalog) -> None:
    database = catalog.database
    uid = database.insert({"n": 1})
    assert len(database) == 1
    assert [document.doc_id for document in database] == [uid]
    assert database.table("_default").get(doc_id=uid) == {"n": 1}
    database.table("prepared", persist_empty=True)
    assert database.tables() == {"_default", "prepared"}
    assert "CatalogDatabase" in repr(database)
    assert "total=1" in repr(database.table("_default"))


def test_iteration_goes_on_when_the_table_changes(table: CatalogTable) -> None:
    seen = []
    for document in table:
        seen.append(document["name"])
        table.remove(doc_ids=[document.doc_id])
        table.insert({"name": "other"})
    assert seen == ["a", "b", "c"]


def test_calls_inside_a_transaction_belong_to_it(catalog: Catalog, table: CatalogTable) -> None:
    with catalog.transaction() as transaction:
        transaction.put("volumes", "vol-d", {"name": "d", "size": 4})
        assert table.upsert({"size": 5}, where("name") == "d") == ["vol-d"]
        with pytest.raises(ValueError, match="already exists"):
            table.insert_multiple([doc("half"), doc("d")])
        table.remove(doc_ids=["vol-a"])
        assert names(table) == ["b", "c", "d"]
        catalog.database.drop_table("zones")
        assert catalog.database.tables() == {"volumes"}
        assert transaction.get("volumes", "vol-d") == {"name": "d", "size": 5}
        assert catalog.sequence == 1
    assert catalog.sequence == 2
    assert set(read_state(catalog.directory)[1]["volumes"]) == {"vol-b", "vol-c", "vol-d"}


def test_the_storage_alone_reads_and_writes_everything(
    catalog: Catalog, table: CatalogTable
) -> None:
    storage = catalog.database.storage
    data = storage.read()
    assert data == {"volumes": dict(catalog.rows("volumes"))}
    del data["volumes"]["vol-a"]
    data["volumes"]["vol-b"]["size"] = 3
    data["zones"] = {"z": {"n": 1}}
    storage.write(data)
    assert catalog.sequence == 2
    assert read_state(catalog.directory)[1] == data
    storage.write({"zones": data["zones"]})
    assert catalog.database.tables() == {"zones"}


def test_reading_through_tinydb_follows_other_processes(
    catalog: Catalog, table: CatalogTable
) -> None:
    with Catalog.open(catalog.directory) as other:
        other.table("volumes").update({"size": 9}, doc_ids=["vol-a"])
        assert table.get(doc_id="vol-a") == {"name": "a", "size": 9}
        other.table("volumes").insert(doc("e"))
        assert len(table) == 4
        assert names(table.all())[-1] == "e"


def test_closing_the_database_closes_the_catalog(directory: Path) -> None:
    with Catalog.create(directory).database as database:
        database.insert({"n": 1})
    with pytest.raises(Exception, match="is closed"):
        database.insert({"n": 2})
