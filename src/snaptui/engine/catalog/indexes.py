"""Secondary indexes: which documents have this value in that field.

An index is built when it is first asked (some 50 ms at 100 000 documents) and kept up to date from
then on. Most values belong to one document only (a parent, a base), so a lone uid is kept as it is
and only several become a set: 100 000 sets of one would take 20 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.engine.catalog.records import Row

INDEXES: dict[str, tuple[str, ...]] = {
    "snapshots": ("volume_uid", "parent_uid", "map_base"),
    "trash": ("parent_uid", "map_base"),
    "volumes": ("source_snapshot_uid",),
    "events": ("subject_uid",),
    "retained_maps": ("parent_uid", "map_base"),
}
"""Per table, the fields that `related` can be asked about."""

_Index: TypeAlias = "dict[str, str | dict[str, None]]"


class Indexes:
    """All indexes over the tables in memory."""

    def __init__(self) -> None:
        self._built: dict[str, dict[str, _Index]] = {}

    def find(self, table: str, field: str, value: str, rows: Mapping[str, Row]) -> list[str]:
        """The uids of the documents in `rows` whose `field` is `value`."""
        fields = self._built.setdefault(table, {})
        if field not in fields:
            if field not in INDEXES.get(table, ()):
                raise KeyError(f"no index over {table}.{field}")
            fields[field] = _build(field, rows)
        found = fields[field].get(value)
        if found is None:
            return []
        return [found] if isinstance(found, str) else list(found)

    def replace(self, table: str, uid: str, old: Row | None, new: Row | None) -> None:
        """A document came, went or changed."""
        for field, index in self._built.get(table, {}).items():
            before = None if old is None else old.get(field)
            after = None if new is None else new.get(field)
            if before == after:
                continue
            if isinstance(before, str):
                _remove(index, before, uid)
            if isinstance(after, str):
                _add(index, after, uid)

    def forget(self, table: str) -> None:
        """A table was emptied."""
        self._built.pop(table, None)


def _build(field: str, rows: Mapping[str, Row]) -> _Index:
    index: _Index = {}
    for uid, row in rows.items():
        value = row.get(field)
        if not isinstance(value, str):
            continue
        # What `_add` does, without a call for each of 100 000 documents.
        found = index.setdefault(value, uid)
        if isinstance(found, dict):
            found[uid] = None
        elif found is not uid:
            index[value] = {found: None, uid: None}
    return index


def _add(index: _Index, value: str, uid: str) -> None:
    found = index.setdefault(value, uid)
    if isinstance(found, dict):
        found[uid] = None
    elif found != uid:
        index[value] = {found: None, uid: None}


def _remove(index: _Index, value: str, uid: str) -> None:
    found = index.get(value)
    if isinstance(found, dict):
        found.pop(uid, None)
        if not found:
            del index[value]
    elif found == uid:
        del index[value]
