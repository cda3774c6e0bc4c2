"""Writing clouds into the config file, and taking them out; everything else stays as it is written.

A new table is put at the end of the text. Before a new text becomes the file it is read back: it
has to say what the old one said, and of that one cloud what it should.
"""

from __future__ import annotations

import errno
import os
import tempfile
import tomllib
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snaptui.config.reading import config_of, read_text
from snaptui.errors import ConflictError, InvalidInputError, NoSpaceError, SnaptuiError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_TABLES = "clouds"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def add_cloud(path: Path, name: str, table: Mapping[str, Any]) -> None:
    """Write a cloud's table into the config file, which is made when it is not there.

    Raises:
        ConflictError: there is such a table already.
        InvalidInputError: the file has mistakes, or would have one; it is left as it is.
        SnaptuiError: it cannot be written.
    """

    def change(text: str, document: dict[str, Any]) -> str:
        if name in document.get(_TABLES, {}):
            raise ConflictError(
                f"there is a cloud {safe_text(name, 80)!r} in {safe_text(path)} already",
                "choose another name, or remove it first",
            )
        wanted = {**document, _TABLES: {**document.get(_TABLES, {}), name: dict(table)}}
        return _first_that_says(wanted, text, (_appended, _inserted), name, table)

    _rewrite(path, change)


def remove_cloud(path: Path, name: str) -> bool:
    """Take a cloud's table out of the config file; whether it was there.

    Raises:
        InvalidInputError: the file has mistakes; it is left as it is.
        SnaptuiError: it cannot be written.
    """
    was_there = False

    def change(text: str, document: dict[str, Any]) -> str:
        nonlocal was_there
        clouds = document.get(_TABLES, {})
        was_there = name in clouds
        if not was_there:
            return text
        wanted = {**document, _TABLES: {key: each for key, each in clouds.items() if key != name}}
        return _first_that_says(wanted, text, (_without,), name, {})

    _rewrite(path, change)
    return was_there


# -- the text


def _appended(text: str, name: str, table: Mapping[str, Any]) -> str:
    """With the table at the end."""
    import tomlkit

    written = tomlkit.dumps({_TABLES: {name: dict(table)}})
    return f"{text.rstrip()}\n\n{written}" if text.strip() else f"{text}{written}"


def _inserted(text: str, name: str, table: Mapping[str, Any]) -> str:
    """With the table among the others, where those are on one line."""
    import tomlkit

    document = tomlkit.parse(text)
    inline = tomlkit.inline_table()
    inline.update(table)
    document[_TABLES][name] = inline
    return tomlkit.dumps(document)


def _without(text: str, name: str, _table: Mapping[str, Any]) -> str:
    """Without the table."""
    import tomlkit

    document = tomlkit.parse(text)
    del document[_TABLES][name]
    left = tomlkit.dumps(document).rstrip()
    return f"{left}\n" if left else ""


def _first_that_says(
    wanted: Mapping[str, Any],
    text: str,
    ways: tuple[Callable[[str, str, Mapping[str, Any]], str], ...],
    name: str,
    table: Mapping[str, Any],
) -> str:
    """The first new text that reads as it should."""
    plain = text.replace("\r\n", "\n")
    for way in ways:
        try:
            changed = way(plain, name, table)
            if _meaning(tomllib.loads(changed)) == _meaning(wanted):
                return changed.replace("\n", "\r\n") if plain != text else changed
        except (ValueError, TypeError, KeyError, AttributeError):
            continue  # tomlkit's and tomllib's errors are `ValueError`s
    raise InvalidInputError(
        f"the config file is written in a way that {safe_text(name, 80)!r} cannot be put in or "
        "taken out without changing more",
        "edit it by hand (see: snaptui config path); nothing was changed",
    )


def _meaning(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a document says; no clouds are as good as an empty table of them."""
    return {key: each for key, each in document.items() if key != _TABLES or each}


# -- the file


def _rewrite(path: Path, change: Callable[[str, dict[str, Any]], str]) -> None:
    """Have the file say something else, whole or not at all; two at once come one after the other.

    A link stays one: the file that it leads to is written.
    """
    try:
        target = Path(os.path.realpath(path))
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(target.parent):
            text = read_text(target)
            _refuse_mistakes(target, text or "")
            changed = change(text or "", tomllib.loads((text or "").replace("\r\n", "\n")))
            if changed == text:
                return
            _refuse_mistakes(target, changed)
            _write(target, changed)
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpaceError(f"there is no room for {safe_text(path)}") from error
        raise SnaptuiError(
            f"the config file {safe_text(path)} cannot be written: {error.strerror}",
            "nothing was changed; SNAPTUI_CONFIG names another file",
        ) from error


def _refuse_mistakes(path: Path, text: str) -> None:
    problems = config_of(path, text).problems
    if problems:
        raise InvalidInputError(problems[0], "nothing was changed; mend that first")


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    import fcntl

    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        with suppress(OSError):  # nor can some sync a directory
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(target: Path, text: str) -> None:
    """Put a new text in a file's place, with the old one's owner and permissions."""
    descriptor, temporary = tempfile.mkstemp(prefix=".snaptui-", dir=target.parent)
    try:
        with open(descriptor, "wb") as file:
            with suppress(FileNotFoundError):
                old = target.stat()
                if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                    with suppress(PermissionError):
                        os.fchown(file.fileno(), old.st_uid, old.st_gid)
                os.fchmod(file.fileno(), old.st_mode & 0o7777)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    finally:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
