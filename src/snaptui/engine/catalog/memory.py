"""The catalog in memory: all tables as they were after the last transaction seen."""

from __future__ import annotations

import weakref
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from snaptui.engine.catalog.history import History, Touched
from snaptui.engine.catalog.indexes import Indexes
from snaptui.engine.catalog.records import Row
from snaptui.engine.catalog.views import Rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from snaptui.engine.catalog.records import Change

Tables: TypeAlias = dict[str, dict[str, Row]]

_NOTHING: Mapping[str, Row] = MappingProxyType({})


class Memory:
    """Tables, their indexes and the number of the last transaction.

    Attributes:
        version: goes up whenever anything changes; who keeps something derived compares it.
    """

    def __init__(self, tables: Tables, sequence: int) -> None:
        self.tables = tables
        self.sequence = sequence
        self.version = 0
        self._history = History(sequence)
        self._indexes = Indexes()
        self._views: dict[str, weakref.ref[Rows]] = {}

    def rows(self, table: str) -> Mapping[str, Row]:
        """A live view of a table, uid > document, for who keeps it from changing meanwhile."""
        rows = self.tables.get(table)
        return _NOTHING if rows is None else MappingProxyType(rows)

    def view(self, table: str) -> Mapping[str, Row]:
        """A table as it is now; what comes later does not show in it.

        If it is still in use at the next change, that copies the table's dict (some milliseconds at
        100 000 documents; the documents themselves are shared).
        """
        known = self._views.get(table)
        view = known() if known is not None else None
        if view is None:
            view = Rows(self.tables.get(table, {}))
            self._views[table] = weakref.ref(view)
        return view

    def related(self, table: str, field: str, value: str) -> list[str]:
        """The uids of the documents whose `field` is `value`."""
        return self._indexes.find(table, field, value, self.tables.get(table, _NOTHING))

    def touched_since(self, sequence: int) -> list[Touched] | None:
        """What was changed after a transaction; None when that is not known."""
        return None if sequence > self.sequence else self._history.since(sequence)

    def apply(self, sequence: int, changes: Iterable[Change]) -> None:
        """A transaction was committed, by us or by another process.

        `sequence` is set last: whoever is interrupted in here is found out by it.
        """
        for table, uid, row in changes:
            if uid is None:
                self._indexes.forget(table)
                self._history.forget(sequence)
                self._views.pop(table, None)
                if row is None:
                    self.tables.pop(table, None)
                else:
                    self.tables[table] = {}
                continue
            rows = self.tables.setdefault(table, {})
            if (view := self._views.pop(table, None)) is not None and view() is not None:
                rows = self.tables[table] = dict(rows)
            old = rows.pop(uid, None) if row is None else rows.get(uid)
            if row is not None:
                rows[uid] = row
            self._indexes.replace(table, uid, old, row)
            self._history.add(sequence, Touched(table, uid, old))
        self.sequence = sequence
        self.version += 1

    def replace(self, tables: Tables, sequence: int) -> None:
        """Everything was loaded anew."""
        self._indexes = Indexes()
        self._history.forget(sequence)
        self._views.clear()
        self.tables = tables
        self.sequence = sequence
        self.version += 1
