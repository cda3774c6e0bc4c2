"""Changes that are not committed yet, laid over the committed documents of one table."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING

from snaptui.engine.catalog.documents import encode_document, encode_name, private_copy
from snaptui.engine.catalog.records import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snaptui.engine.catalog.records import Change


class Overlay(Mapping[str, Row]):
    """A table as a transaction sees it: the committed documents and its own changes."""

    def __init__(self, table: str, committed: Mapping[str, Row]) -> None:
        self.table = table
        self._committed = committed
        self._emptied = False
        self._dropped = False
        self._put: dict[str, tuple[str, Row]] = {}
        self._gone: set[str] = set()

    def put(self, uid: str, text: str, row: Row) -> None:
        """The document is this, `text` is its JSON."""
        self._put[uid] = text, row
        self._gone.discard(uid)
        self._dropped = False

    def delete(self, uid: str) -> None:
        """The document is gone; it must be there."""
        self._put.pop(uid, None)
        if uid in self._base():
            self._gone.add(uid)

    def empty(self, *, drop: bool) -> None:
        """All documents are gone, with `drop` the table too."""
        self._put.clear()
        self._gone.clear()
        self._emptied = True
        self._dropped = drop

    def changes(self) -> Iterator[tuple[str, Change]]:
        """The changes in the order they must be made in, each with its JSON."""
        name = encode_name(self.table)
        if self._emptied:
            row: Row | None = None if self._dropped else {}
            yield f"[{name},null,{'null' if self._dropped else '{}'}]", (self.table, None, row)
        for uid in self._gone:
            yield f"[{name},{encode_name(uid)},null]", (self.table, uid, None)
        for uid, (text, row) in self._put.items():
            yield f"[{name},{encode_name(uid)},{text}]", (self.table, uid, row)

    @property
    def dropped(self) -> bool:
        """Whether the table itself goes."""
        return self._dropped

    @property
    def adds(self) -> bool:
        """Whether a document comes that was not there before."""
        return any(uid not in self._committed for uid in self._put)

    @property
    def removes(self) -> bool:
        """Whether a document goes."""
        return self._emptied or bool(self._gone)

    def changed(self, uid: str) -> bool:
        """Whether what `uid` is now was not committed yet."""
        return self._emptied or uid in self._put or uid in self._gone

    def _base(self) -> Mapping[str, Row]:
        return {} if self._emptied else self._committed

    def put_rows(self) -> Iterator[tuple[str, Row]]:
        """The documents that are not committed yet."""
        for uid, (_, row) in self._put.items():
            yield uid, row

    def __getitem__(self, uid: str) -> Row:
        if uid in self._put:
            return self._put[uid][1]
        if uid in self._gone:
            raise KeyError(uid)
        return self._base()[uid]

    def __contains__(self, uid: object) -> bool:
        return uid in self._put or (uid in self._base() and uid not in self._gone)

    def __iter__(self) -> Iterator[str]:
        base = self._base()
        for uid in base:
            if uid not in self._gone:
                yield uid
        for uid in self._put:
            if uid not in base:
                yield uid

    def __len__(self) -> int:
        base = self._base()
        return len(base) - len(self._gone) + sum(uid not in base for uid in self._put)


class Draft(MutableMapping[str, Row]):
    """A table as a TinyDB updater sees it: a dict that may be changed, documents in place too.

    Documents are copied when they are looked at, so the cost depends on what the updater touches
    and not on the size of the table. Nothing reaches the transaction before `save`.
    """

    def __init__(self, rows: Overlay) -> None:
        self._rows = rows
        self._taken: dict[str, Row] = {}
        self._gone: set[str] = set()
        self._emptied = False

    def save(self) -> None:
        """Give the changes to the transaction, all or none."""
        encoded = []
        for uid, taken in self._taken.items():
            text, row = encode_document(taken)
            before = self._rows.get(uid)
            # Not by comparing the documents, for 1 == True and the journal tells them apart.
            if self._emptied or before is None or encode_document(before)[0] != text:
                encoded.append((uid, text, row))
        if self._emptied:
            self._rows.empty(drop=False)
        for uid in self._gone:
            self._rows.delete(uid)
        for uid, text, row in encoded:
            self._rows.put(uid, text, row)

    def _hidden(self, uid: object) -> bool:
        return self._emptied or uid in self._gone

    def __getitem__(self, uid: str) -> Row:
        if uid not in self._taken:
            if self._hidden(uid):
                raise KeyError(uid)
            self._taken[uid] = private_copy(self._rows[uid])
        return self._taken[uid]

    def __setitem__(self, uid: str, row: Row) -> None:
        self._taken[uid] = row
        self._gone.discard(uid)

    def __delitem__(self, uid: str) -> None:
        if uid not in self:
            raise KeyError(uid)
        self._taken.pop(uid, None)
        if not self._emptied and uid in self._rows:
            self._gone.add(uid)

    def __contains__(self, uid: object) -> bool:
        return uid in self._taken or (not self._hidden(uid) and uid in self._rows)

    def __iter__(self) -> Iterator[str]:
        if not self._emptied:
            for uid in self._rows:
                if uid not in self._gone:
                    yield uid
        for uid in self._taken:
            if self._emptied or uid not in self._rows:
                yield uid

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Remove all documents, in one change whatever their number."""
        self._taken.clear()
        self._gone.clear()
        self._emptied = True
