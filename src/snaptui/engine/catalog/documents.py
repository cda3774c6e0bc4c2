"""Documents: what may be one, and how a private copy is made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.engine.catalog.records import Row

_NESTED = frozenset({dict, list})
_encoder = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


def encode_document(document: Mapping[str, Any]) -> tuple[str, Row]:
    """Give a document's JSON, and the document that comes back from it.

    That one is kept in memory: it shares nothing with what the caller has, and is just what every
    other process will read.

    Raises:
        ValueError: it is not JSON, or does not come back as it was (a tuple, a key that is no
            string, a NaN).
    """
    plain = dict(document)
    try:
        text = _encoder.encode(plain)
        copy: Row = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"A catalog document must be JSON: {error}") from error
    if copy != plain:
        raise ValueError(
            "A catalog document must be JSON: it holds a tuple, or a key that is no string"
        )
    return text, copy


def encode_name(name: str) -> str:
    """A table's name or a document's uid as JSON."""
    return _encoder.encode(name)


def check_name(name: object, what: str) -> str:
    """A table's name or a document's uid must be a string with something in it."""
    if not isinstance(name, str) or not name:
        raise ValueError(f"{what} must be a string and not empty: {name!r}")
    return name


def private_copy(row: Mapping[str, Any]) -> Row:
    """A copy that shares no dict and no list with the original."""
    copy = dict(row)
    for key, value in row.items():
        # What came out of the JSON parser is of just these classes; asked this way it is fast.
        if type(value) in _NESTED:
            copy[key] = _copy(value)
    return copy


def _copy(value: Any) -> Any:
    if type(value) is dict:
        return private_copy(value)
    return [_copy(item) if type(item) in _NESTED else item for item in value]
