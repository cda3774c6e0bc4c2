"""A table as it was when one asked for it."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping, ValuesView
from typing import TYPE_CHECKING, TypeVar, overload

from snaptui.engine.catalog.records import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class Rows(Mapping[str, Row]):
    """The documents of a table, uid > document, that later changes do not show in.

    Nothing is copied as long as nothing changes. When something does, whoever changes it looks
    whether this object is still in use (hence the weak reference), and if so, leaves the dict to it
    and goes on with a copy. Everything that goes through the documents therefore holds on to it.
    """

    __slots__ = ("__weakref__", "_rows")

    def __init__(self, rows: dict[str, Row]) -> None:
        self._rows = rows

    def __getitem__(self, uid: str) -> Row:
        return self._rows[uid]

    def __contains__(self, uid: object) -> bool:
        return uid in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        yield from self._rows

    @overload
    def get(self, key: str, /) -> Row | None: ...
    @overload
    def get(self, key: str, default: Row | T, /) -> Row | T: ...
    def get(self, key: str, default: Row | T | None = None, /) -> Row | T | None:
        """The document, or the default."""
        return self._rows.get(key, default)

    def items(self) -> ItemsView[str, Row]:
        """Pairs of uid and document."""
        return _Items(self)

    def values(self) -> ValuesView[Row]:
        """The documents."""
        return _Values(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._rows!r})"


class _Items(ItemsView[str, Row]):
    _mapping: Rows

    def __iter__(self) -> Iterator[tuple[str, Row]]:
        yield from self._mapping._rows.items()  # noqa: SLF001


class _Values(ValuesView[Row]):
    _mapping: Rows

    def __iter__(self) -> Iterator[Row]:
        yield from self._mapping._rows.values()  # noqa: SLF001
