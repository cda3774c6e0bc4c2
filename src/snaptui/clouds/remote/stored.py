"""What a cloud has and offers as plain JSON values on disk, and back, each of the type it must be.

What is read goes to the screen, so a list where a text should be must not get so far. This is done
by hand: what is remembered is read before the first paint, and pydantic takes longer to import.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from snaptui.models import (
    Attachment,
    Consistency,
    ReadMethod,
    Snapshot,
    SnapshotStatus,
    Visibility,
    Volume,
    VolumeStatus,
    VolumeType,
    Zone,
    to_json,
)
from snaptui.units import parse_iso_time

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from datetime import datetime

_LARGEST = 2**63 - 1
_YEARS = range(1970, 9999)  # any zone of the world has them all
_NOTHING: tuple[object, ...] = (None, "", (), {})
_PLAIN = frozenset({str, int, bool})
_CLASSES: Mapping[str, type[Volume | Snapshot]] = {"volume": Volume, "snapshot": Snapshot}


class NotReadableError(Exception):
    """It is not what it should be."""


def stored(thing: Volume | Snapshot) -> dict[str, Any]:
    """A volume or snapshot, without what is empty: most fields of most things are."""
    return {"is": "volume" if isinstance(thing, Volume) else "snapshot"} | plain(thing)


def plain(thing: Volume | Snapshot | Zone | VolumeType) -> dict[str, Any]:
    """Its fields, without what is empty."""
    document: dict[str, Any] = {}
    for name in _names(cast("Hashable", type(thing))):
        if (value := getattr(thing, name)) not in _NOTHING:
            document[name] = value if type(value) in _PLAIN else to_json(value)
    return document


@cache
def _names(model: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cast("type[Volume]", model)))


def volume_or_snapshot(document: object) -> Volume | Snapshot:
    """What was stored.

    Raises:
        NotReadableError: that is none.
    """
    values = dict(_mapping(document))
    model = _CLASSES.get(_text(values.pop("is", None)))
    if model is None or not values.get("resource_uid"):
        raise NotReadableError
    return model(**_fields(model, values))


def zone(document: object) -> Zone:
    """A zone that was stored.

    Raises:
        NotReadableError: it is none.
    """
    return Zone(**_fields(Zone, _named(document)))


def volume_type(document: object) -> VolumeType:
    """A volume type that was stored.

    Raises:
        NotReadableError: it is none.
    """
    return VolumeType(**_fields(VolumeType, _named(document)))


def _named(document: object) -> dict[str, Any]:
    values = _mapping(document)
    if not values.get("name"):
        raise NotReadableError
    return values


def _fields(
    model: type[Volume | Snapshot | Attachment | Zone | VolumeType], values: dict[str, Any]
) -> dict[str, Any]:
    readers, empty = _how(cast("Hashable", model))
    if not values.keys() <= readers.keys():
        raise NotReadableError
    read = {name: readers[name](value) for name, value in values.items()}
    for name, nothing in empty.items():
        if read.setdefault(name, nothing) is MISSING:
            raise NotReadableError
    return read


@cache
def _how(model: Hashable) -> tuple[dict[str, Callable[[object], Any]], dict[str, Any]]:
    """How each field is read, and what those are that are left out because they are empty."""
    readers = {}
    empty: dict[str, Any] = {}
    for field in fields(cast("type[Volume]", model)):
        kind, _, maybe = str(field.type).partition(" | ")
        readers[field.name] = _or_none(READERS[kind]) if maybe else READERS[kind]
        if field.default is MISSING and field.default_factory is MISSING:
            empty[field.name] = None if maybe else "" if kind == "str" else MISSING
    return readers, empty


def _or_none(read: Callable[[object], Any]) -> Callable[[object], Any]:
    return lambda value: None if value is None else read(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise NotReadableError
    return value


def texts(value: object) -> tuple[str, ...]:
    """Texts as they are stored.

    Raises:
        NotReadableError: they are none.
    """
    return tuple(_text(each) for each in _list(value))


def number(value: object) -> int:
    """A number as it is stored.

    Raises:
        NotReadableError: it is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST:
        raise NotReadableError
    return value


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise NotReadableError
    return value


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotReadableError
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise NotReadableError
    return value


def moment(value: object) -> datetime:
    """A time as it is stored.

    Raises:
        NotReadableError: it is none.
        ValueError: likewise.
    """
    at = parse_iso_time(_text(value))
    if at.tzinfo is None or at.year not in _YEARS:
        raise NotReadableError
    return at


def _attachment(value: object) -> Attachment:
    return Attachment(**_fields(Attachment, dict(_mapping(value))))


READERS: Mapping[str, Callable[[object], Any]] = {
    "str": _text,
    "int": number,
    "bool": _yes_or_no,
    "datetime": moment,
    "VolumeStatus": lambda value: VolumeStatus(_text(value)),
    "SnapshotStatus": lambda value: SnapshotStatus(_text(value)),
    "Visibility": lambda value: Visibility(_text(value)),
    "Consistency": lambda value: Consistency(_text(value)),
    "ReadMethod": lambda value: ReadMethod(_text(value)),
    "Attachment": _attachment,
    "Mapping[str, str]": lambda value: {key: _text(each) for key, each in _mapping(value).items()},
    "tuple[str, ...]": texts,
    "tuple[Attachment, ...]": lambda value: tuple(_attachment(each) for each in _list(value)),
}
"""How a field is read, by the type it is declared with."""
