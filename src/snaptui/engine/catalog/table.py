"""TinyDB's tables over the catalog.

Every public call of TinyDB works and means what it means there, with these differences: document
ids are strings (Resource UIDs); every call that changes something is one transaction, locked,
journaled and synced; a call by id costs the same at any size of the table; reading sees what other
processes committed; and no document handed out shares anything with the store.

A call made inside `Catalog.transaction()`, by the same thread, becomes part of that transaction.
"""

# Document ids are strings here and integers in TinyDB's own annotations.
# mypy: disable-error-code="override"

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tinydb import TinyDB
from tinydb.table import Document, Table

from snaptui.engine.catalog.documents import check_name, private_copy
from snaptui.engine.catalog.overlay import Draft
from snaptui.engine.catalog.storage import JournalStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping

    from tinydb.queries import QueryLike

    from snaptui.engine.catalog.records import Row


class CatalogDocument(Document):
    """A document handed out: a private copy, and its uid in `doc_id`."""

    doc_id: str  # type: ignore[assignment]

    def __init__(self, value: Mapping[str, Any], doc_id: str) -> None:
        super().__init__(private_copy(value), cast("int", doc_id))


class CatalogTable(Table):
    """A table of the catalog.

    A document inserted without an id gets a random one that no table has, `doc-` and eight
    hexadecimal digits. Ids of other types are turned into strings.
    """

    document_class = CatalogDocument  # type: ignore[assignment]
    document_id_class = str  # type: ignore[assignment]
    default_uid_prefix = "doc"

    def __init__(
        self,
        storage: JournalStorage,
        name: str,
        cache_size: int = Table.default_query_cache_capacity,
        persist_empty: bool = False,
    ) -> None:
        self._cached_version: int | None = None
        super().__init__(storage, check_name(name, "A table's name"), cache_size, persist_empty)

    @property
    def storage(self) -> JournalStorage:
        """The storage."""
        return cast("JournalStorage", self._storage)

    def insert(self, document: Mapping[str, Any]) -> str:
        """Insert a document and give its id."""
        return self.insert_multiple([document])[0]

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[str]:
        """Insert documents, all or none, and give their ids."""
        with self.storage.transaction():
            return cast("list[str]", super().insert_multiple(map(self._own, documents)))

    def upsert(self, document: Mapping[str, Any], cond: QueryLike | None = None) -> list[str]:
        """Update the documents that match, or insert the document when none does."""
        with self.storage.transaction():
            return cast("list[str]", super().upsert(self._own(document), cond))

    def update(
        self,
        fields: Mapping[str, Any] | Callable[[MutableMapping[str, Any]], None],
        cond: QueryLike | None = None,
        doc_ids: Iterable[str] | None = None,
    ) -> list[str]:
        """Update documents by id, by condition, or all, and give the ids of those updated."""
        with self.storage.transaction():
            uids = self._matching(cond) if doc_ids is None else map(str, doc_ids)
            return cast("list[str]", super().update(fields, doc_ids=cast("Any", uids)))

    def update_multiple(
        self,
        updates: Iterable[
            tuple[Mapping[str, Any] | Callable[[MutableMapping[str, Any]], None], QueryLike]
        ],
    ) -> list[str]:
        """Make several updates, each to the documents that match its condition."""
        steps = list(updates)
        updated: list[str] = []
        with self.storage.transaction():
            # A document that matches nothing as it is will not be changed, so it cannot come to
            # match later.
            uids = self._matching(lambda row: any(cond(row) for _, cond in steps))

            def updater(draft: MutableMapping[str, Row]) -> None:
                for uid in uids:
                    for fields, cond in steps:
                        if not cond(draft[uid]):
                            continue
                        updated.append(uid)
                        if callable(fields):
                            fields(draft[uid])
                        else:
                            draft[uid].update(fields)

            self._update_table(updater)
        return updated

    def remove(
        self, cond: QueryLike | None = None, doc_ids: Iterable[str] | None = None
    ) -> list[str]:
        """Remove documents by id or by condition, and give the ids of those removed."""
        if cond is None and doc_ids is None:
            raise RuntimeError("Use truncate() to remove all documents")
        with self.storage.transaction():
            # An id given twice must not be removed twice.
            uids = self._matching(cond) if doc_ids is None else dict.fromkeys(map(str, doc_ids))
            return cast("list[str]", super().remove(doc_ids=cast("Any", uids)))

    def search(self, cond: QueryLike) -> list[CatalogDocument]:
        """All documents that match."""
        with self.storage.reading():
            self._follow()
            # Copied again, for the query cache keeps what it handed out.
            return [CatalogDocument(found, found.doc_id) for found in self._found(cond)]

    def count(self, cond: QueryLike) -> int:
        """The number of documents that match."""
        with self.storage.reading():
            self._follow()
            return len(self._found(cond))

    def get(
        self,
        cond: QueryLike | None = None,
        doc_id: str | None = None,
        doc_ids: list[str] | None = None,
    ) -> CatalogDocument | list[CatalogDocument] | None:
        """One document by id or condition, or with `doc_ids` those that are there, in that order.

        Raises:
            RuntimeError: none of the three was given.
        """
        with self.storage.reading():
            if doc_id is not None:
                found = self._existing([doc_id])
                return found[0] if found else None
            if doc_ids is not None:
                return self._existing(doc_ids)
            if cond is None:
                raise RuntimeError("You have to pass either cond or doc_id or doc_ids")
            return cast("CatalogDocument | None", super().get(cond))

    def contains(self, cond: QueryLike | None = None, doc_id: str | None = None) -> bool:
        """Whether there is such a document."""
        if cond is None and doc_id is None:
            raise RuntimeError("You have to pass either cond or doc_id")
        return self.get(cond, doc_id) is not None

    def __iter__(self) -> Iterator[CatalogDocument]:
        with self.storage.reading():
            # A list, because the table may change while the caller is in the middle of it.
            items = list(self._read_table().items())
        for uid, row in items:
            yield CatalogDocument(row, uid)

    def _own(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        # TinyDB tells a document with an id from one without by the table's own document class.
        if isinstance(document, Document):
            return CatalogDocument(document, check_name(str(document.doc_id), "A document id"))
        return document

    def _existing(self, uids: Iterable[str]) -> list[CatalogDocument]:
        rows = self._read_table()
        found = ((uid, rows.get(uid)) for uid in dict.fromkeys(map(str, uids)))
        return [CatalogDocument(row, uid) for uid, row in found if row is not None]

    def _matching(self, cond: Callable[[Row], bool] | QueryLike | None) -> list[str]:
        rows = self._read_table()
        return list(rows) if cond is None else [uid for uid, row in rows.items() if cond(row)]

    def _found(self, cond: QueryLike) -> list[CatalogDocument]:
        return cast("list[CatalogDocument]", super().search(cond))

    def _follow(self) -> None:
        version = self.storage.version
        if version is None or version != self._cached_version:
            self.clear_cache()
        self._cached_version = version

    def _get_next_id(self) -> str:
        with self.storage.transaction() as transaction:
            return transaction.new_uid(self.name, self.default_uid_prefix)

    def _read_table(self) -> Mapping[str, Row]:
        return self.storage.rows(self.name)

    def _update_table(self, updater: Callable[[MutableMapping[str, Row]], None]) -> None:
        # Never twice: the updater closures of TinyDB remember what they did.
        with self.storage.transaction() as transaction:
            draft = Draft(transaction.overlay(self.name))
            updater(draft)
            draft.save()

    def __len__(self) -> int:
        with self.storage.reading():
            return len(self._read_table())


class CatalogDatabase(TinyDB):
    """TinyDB over a catalog; `CatalogDatabase(catalog)`."""

    default_storage_class = JournalStorage  # type: ignore[assignment]
    table_class = CatalogTable  # type: ignore[assignment]

    @property
    def storage(self) -> JournalStorage:
        """The storage."""
        return cast("JournalStorage", self._storage)

    def tables(self) -> set[str]:
        """The names of all tables."""
        with self.storage.reading():
            return self.storage.table_names()

    def drop_table(self, name: str) -> None:
        """Drop a table with all its documents."""
        self._tables.pop(name, None)
        with self.storage.transaction() as transaction:
            if name in transaction.table_names():
                transaction.overlay(name).empty(drop=True)

    def drop_tables(self) -> None:
        """Drop all tables."""
        with self.storage.transaction() as transaction:
            for name in transaction.table_names():
                transaction.overlay(name).empty(drop=True)
        self._tables.clear()
