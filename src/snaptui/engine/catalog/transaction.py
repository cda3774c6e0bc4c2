"""A transaction: changes to several tables that are committed together or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from snaptui.engine.catalog.documents import check_name, encode_document, private_copy
from snaptui.engine.catalog.overlay import Overlay
from snaptui.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.engine.catalog.memory import Memory
    from snaptui.engine.catalog.records import Change, Row


class Transaction:
    """What `Catalog.transaction` gives; usable until that block ends.

    All reading sees the transaction's own changes.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._overlays: dict[str, Overlay] = {}
        self._issued: set[str] = set()
        self._open = True

    def get(self, table: str, uid: str) -> Row | None:
        """A private copy of a document, or None."""
        row = self.rows(table).get(uid)
        return None if row is None else private_copy(row)

    def put(self, table: str, uid: str, document: Mapping[str, Any]) -> None:
        """Make the document this, whether it was there or not.

        Raises:
            ValueError: the document is not JSON, or the uid is no string.
        """
        text, row = encode_document(document)
        self.overlay(table).put(check_name(uid, "A uid"), text, row)

    def delete(self, table: str, uid: str) -> None:
        """Delete a document.

        Raises:
            NotFoundError: it is not there.
        """
        overlay = self.overlay(table)
        if uid not in overlay:
            raise NotFoundError(f"There is no {uid} in {table}", "it may have been deleted")
        overlay.delete(uid)

    def rows(self, table: str) -> Mapping[str, Row]:
        """A live view of a table, uid > document. Its documents must not be changed."""
        self._check_open()
        overlay = self._overlays.get(table)
        return self._memory.rows(table) if overlay is None else overlay

    def related(self, table: str, field: str, value: str) -> list[str]:
        """The uids of the documents whose `field` is `value`; see `INDEXES` for the fields."""
        self._check_open()
        committed = self._memory.related(table, field, value)
        overlay = self._overlays.get(table)
        if overlay is None:
            return committed
        found = [uid for uid in committed if not overlay.changed(uid)]
        found += [uid for uid, row in overlay.put_rows() if row.get(field) == value]
        return found

    def new_uid(self, table: str, prefix: str) -> str:
        """A Resource UID that no table of the catalog has: `prefix-` and 8 hexadecimal digits."""
        tables = {*self._memory.tables, *self._overlays, table}
        while True:
            uid = f"{prefix}-{os.urandom(4).hex().upper()}"
            if uid not in self._issued and not any(uid in self.rows(name) for name in tables):
                self._issued.add(uid)
                return uid

    def overlay(self, table: str) -> Overlay:
        """The changes to a table, to be added to."""
        self._check_open()
        overlay = self._overlays.get(table)
        if overlay is None:
            overlay = Overlay(check_name(table, "A table's name"), self._memory.rows(table))
            self._overlays[table] = overlay
        return overlay

    def table_names(self) -> set[str]:
        """The tables there are."""
        names = set(self._memory.tables)
        for name, overlay in self._overlays.items():
            if overlay.dropped:
                names.discard(name)
            elif any(True for _ in overlay.changes()):
                names.add(name)
        return names

    @property
    def frees(self) -> bool:
        """Whether it may use the reserve: it removes something, or at least adds nothing."""
        overlays = self._overlays.values()
        return any(o.removes for o in overlays) or not any(o.adds for o in overlays)

    def finish(self) -> tuple[str, list[Change]]:
        """End it: all changes, as JSON and as they are; both empty when there are none."""
        texts: list[str] = []
        changes: list[Change] = []
        for overlay in self._overlays.values():
            for text, change in overlay.changes():
                texts.append(text)
                changes.append(change)
        self.close()
        return (f"[{','.join(texts)}]" if texts else ""), changes

    def close(self) -> None:
        """Nothing more can be done with it."""
        self._open = False

    def _check_open(self) -> None:
        if not self._open:
            raise RuntimeError("This transaction has ended")
