"""Lists and comparisons as files that other programs read: JSON, or CSV for spreadsheets.

Both have the models' own field names. JSON keeps every character. CSV is opened by programs that
take a cell which begins with `=`, `+`, `-` or `@` for a formula, so such a text gets an apostrophe
in front of it; control characters are left out, for CSV is also printed on terminals.
"""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import tempfile
import typing
from contextlib import suppress
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any

from snaptui.errors import ConflictError, InvalidInputError, NoSpaceError, SnaptuiError
from snaptui.models import to_json
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Format(StrEnum):
    """How a file is written."""

    JSON = "json"
    CSV = "csv"


def format_of(path: str) -> Format:
    """The format that the ending of a path asks for.

    Raises:
        InvalidInputError: it asks for none that there is.
    """
    ending = Path(path).suffix.lower().removeprefix(".")
    try:
        return Format(ending)
    except ValueError as error:
        raise InvalidInputError(
            f"{Path(path).name} says neither JSON nor CSV", "let it end in .json or .csv"
        ) from error


def as_json(value: Any) -> str:
    """One JSON document, all ASCII, as `--json` prints it."""
    return json.dumps(to_json(value), indent=2) + "\n"


def as_csv(items: Iterable[Any], model: type) -> str:
    """A line of field names, and a line for each of `items`, which are all of `model`.

    What is a model itself (the attachment of a volume) has a column for each of its fields; other
    compound values are JSON in their cell.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = _columns(model)
    writer.writerow([".".join(path) for path in columns])
    writer.writerows([_cell(_follow(item, path)) for path in columns] for item in items)
    return text.getvalue()


def render(items: Sequence[Any], model: type, kind: Format) -> str:
    """A list in one of the formats."""
    return as_json(items) if kind is Format.JSON else as_csv(items, model)


@cache
def _columns(model: type) -> tuple[tuple[str, ...], ...]:
    hints = typing.get_type_hints(model)
    found: list[tuple[str, ...]] = []
    for field in fields(model):
        kinds = _kinds(hints[field.name])
        inner = next((k for k in kinds if isinstance(k, type) and is_dataclass(k)), None)
        if inner is None:
            found.append((field.name,))
        else:
            found.extend((field.name, *path) for path in _columns(inner))
    return tuple(found)


def _kinds(hint: Any) -> tuple[Any, ...]:
    """A type, or the members of a union of types."""
    return typing.get_args(hint) if type(None) in typing.get_args(hint) else (hint,)


def _follow(item: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        item = getattr(item, name, None)
    return item


def _cell(value: Any) -> str:
    plain = to_json(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, int | float):
        return str(plain)
    text = plain if isinstance(plain, str) else json.dumps(plain)
    text = "\n".join(safe_text(line) for line in text.splitlines())
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def write_file(path: Path, text: str, *, replace: bool = False) -> None:
    """Make a file, whole or not at all, that only its owner can read.

    Raises:
        InvalidInputError: no path can be like this.
        ConflictError: there is something already, and it is not to be replaced, or no plain file.
        NoSpaceError: the disk is full; what was there is still there.
        SnaptuiError: it cannot be written there, and why.
    """
    _refuse_what_is_there(path, replace=replace)
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=".snaptui-", dir=path.parent)
        try:
            with open(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            _put(temporary, path, replace=replace)
        finally:
            with suppress(FileNotFoundError):
                Path(temporary).unlink()
        _sync_directory(path.parent)
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpaceError(
                f"there is no room for {path}", "nothing was written; choose another place"
            ) from error
        raise SnaptuiError(
            f"{path} cannot be written ({error.strerror})", "choose another place"
        ) from error


def _refuse_what_is_there(path: Path, *, replace: bool) -> None:
    if "\0" in str(path):
        raise InvalidInputError("the path has a null character", "type another one")
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return  # there is nothing, or what is wrong is told when it is written
    if not replace:
        raise _exists(path)
    if not S_ISREG(mode):
        # to replace a link or a device would take it away
        raise ConflictError(f"{path} is no plain file", "choose another path; nothing was written")


def _exists(path: Path) -> ConflictError:
    return ConflictError(f"{path} exists already", "choose another path, or say to replace it")


def _put(temporary: str, path: Path, *, replace: bool) -> None:
    """Give a finished file its name."""
    if not replace:
        try:
            os.link(temporary, path)  # unlike a rename it refuses a name that is taken
            return
        except FileExistsError:
            raise
        except OSError:
            # A file system without links: take the name, then put the file in its place.
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    Path(temporary).replace(path)


def _sync_directory(directory: Path) -> None:
    with suppress(OSError):  # some file systems cannot; the file itself is safe
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
