"""TinyDB's storage over the journal."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from tinydb.storages import Storage

from snaptui.engine.catalog.documents import encode_document, private_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from snaptui.engine.catalog.catalog import Catalog
    from snaptui.engine.catalog.records import Row
    from snaptui.engine.catalog.transaction import Transaction


class JournalStorage(Storage):
    """Where TinyDB's tables keep their documents: a catalog.

    `read` and `write` are what TinyDB asks of any storage: the whole database at once. They are
    right, but they cost what the catalog's size is; `CatalogTable` uses the other methods, whose
    cost is that of the change.
    """

    def __init__(self, catalog: Catalog) -> None:
        super().__init__()
        self._catalog = catalog

    def read(self) -> dict[str, dict[str, Any]] | None:
        """A private copy of all tables, None when there are none."""
        with self.reading():
            tables = {
                name: {uid: private_copy(row) for uid, row in self.rows(name).items()}
                for name in self.table_names()
            }
        return tables or None

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Make all tables just this, in one transaction that holds the differences."""
        with self.transaction() as transaction:
            for name in transaction.table_names() - set(data):
                transaction.overlay(name).empty(drop=True)
            for name, documents in data.items():
                overlay = transaction.overlay(name)
                rows = {str(uid): document for uid, document in documents.items()}
                for uid in [uid for uid in overlay if uid not in rows]:
                    overlay.delete(uid)
                for uid, document in rows.items():
                    text, row = encode_document(document)
                    before = overlay.get(uid)
                    if before is None or encode_document(before)[0] != text:
                        overlay.put(uid, text, row)

    def close(self) -> None:
        """Close the catalog."""
        self._catalog.close()

    @property
    def version(self) -> int | None:
        """Goes up with every change; None in a transaction, where nothing may be kept."""
        return None if self._catalog.current_transaction else self._catalog.version

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """See what other processes committed, then keep still until the block ends."""
        if self._catalog.current_transaction is None:
            self._catalog.refresh()
        with self._catalog.pinned():
            yield

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """The transaction that this thread is in, or one of its own."""
        current = self._catalog.current_transaction
        if current is not None:
            yield current
            return
        with self._catalog.transaction() as transaction:
            yield transaction

    def rows(self, table: str) -> Mapping[str, Row]:
        """A table, to be read inside `reading` or `transaction`."""
        current = self._catalog.current_transaction
        return self._catalog.live_rows(table) if current is None else current.rows(table)

    def table_names(self) -> set[str]:
        """The tables there are."""
        current = self._catalog.current_transaction
        return self._catalog.table_names() if current is None else current.table_names()
