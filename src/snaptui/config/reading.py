"""Reading the config file, and telling what is wrong with it in one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from snaptui.config.paths import config_path, user_path
from snaptui.config.settings import LOCAL, THEMES, CloudConfig, Config
from snaptui.errors import InvalidInputError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_WHERE = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
_SIZE_LIMIT = 1024 * 1024

_ALLOWED: Mapping[tuple[str, ...], str] = {
    ("theme",): f"{', '.join(repr(name) for name in THEMES[:-1])} or {THEMES[-1]!r}",
    ("ascii",): "'auto', true or false",
    ("mouse",): "true or false",
    ("calm",): "true or false",
    ("times",): "'relative' or 'exact'",
    ("timezone",): "'local' or a name like 'Europe/Berlin'",
    ("restore_state",): "true or false",
    ("keys",): "a table of binding ids and keys",
    ("clouds",): "tables by the names of clouds",
    ("clouds", LOCAL): "a table",
    ("clouds", LOCAL, "read_only"): "true or false",
    ("clouds", LOCAL, "repository"): "a whole path in quotes",
    ("clouds", LOCAL, "trash_days"): "a number of days from 0 to 3650",
}
"""What a key may be, for whoever wrote something else."""
_KEYS_ALLOWED = "keys in quotes, like 'S,f5' (see: snaptui config keys)"


def read_config(path: Path | None = None) -> Config:
    """What the config file says; without one, or with an empty one, the defaults.

    Raises:
        InvalidInputError: it cannot be read or understood; the message names the line.
    """
    named = path or config_path()
    try:
        with named.open("rb") as file:
            raw = file.read(_SIZE_LIMIT + 1)
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise InvalidInputError(
            f"the config file {safe_text(named)} cannot be read: {error.strerror}",
            "mend it, or name another one in SNAPTUI_CONFIG",
        ) from error
    if len(raw) > _SIZE_LIMIT:
        raise InvalidInputError(f"the config file {safe_text(named)} is larger than 1 MiB")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        _refuse(named, (line, 1), "this is not UTF-8", "save the file as UTF-8")
    document = _parsed(named, text)
    return _validated(named, text, document) if document else Config()


def _parsed(path: Path, text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        where = _WHERE.search(message)
        place = (text.count("\n") + 1, 1)
        if where is not None and where["line"]:
            place = (int(where["line"]), int(where["column"]))
        said = _WHERE.sub("", message)
        _refuse(path, place, said[:1].lower() + said[1:], "the file has to be TOML")
    except RecursionError:
        _refuse(path, (1, 1), "tables or lists are nested too deeply", "the file has to be TOML")


def _validated(path: Path, text: str, document: dict[str, Any]) -> Config:
    from pydantic import ValidationError

    from snaptui.config.schema import FileTable

    if isinstance(keys := document.get("keys"), dict):
        document = {**document, "keys": _flattened(keys)}
    try:
        table = FileTable.model_validate(document)
    except ValidationError as error:
        _explain(path, text, document, error.errors(include_url=False))
    local = table.clouds.local
    clouds = {}
    if "clouds" in document:
        repository = None if local.repository is None else user_path(local.repository)
        clouds[LOCAL] = CloudConfig(
            read_only=local.read_only, repository=repository, trash_days=local.trash_days
        )
    return Config(
        theme=table.theme,
        ascii=None if table.ascii == "auto" else table.ascii,
        mouse=table.mouse,
        calm=table.calm,
        times=table.times,
        timezone=table.timezone,
        restore_state=table.restore_state,
        keys=dict(table.keys),
        clouds=clouds,
        origins=dict.fromkeys(_dotted(document), str(path)),
    )


def _flattened(keys: Mapping[str, Any]) -> dict[str, Any]:
    """`do.snapshot = "S"` is a table in a table to TOML, and one id to us."""
    flat: dict[str, Any] = {}
    for key, value in keys.items():
        if isinstance(value, dict):
            flat.update({f"{key}.{below}": each for below, each in value.items()})
        else:
            flat[key] = value
    return flat


def _dotted(document: Mapping[str, Any], above: str = "") -> list[str]:
    """The dotted keys of all values."""
    keys: list[str] = []
    for key, value in document.items():
        if isinstance(value, dict):
            keys += _dotted(value, f"{above}{key}.")
        else:
            keys.append(f"{above}{key}")
    return keys


def _explain(path: Path, text: str, document: Mapping[str, Any], errors: Sequence[Any]) -> NoReturn:
    """Tell the first error, and that there are others."""
    from snaptui.config.places import place_of

    first = errors[0]
    keys = _keys_of(first["loc"])
    dotted = ".".join(keys)
    if first["type"] == "extra_forbidden":
        known = [key[-1] for key in _ALLOWED if key[:-1] == tuple(keys[:-1])]
        message = f"{dotted} is no key of ours"
        hint = f"use {_one_of(known)}"
    else:
        allowed = _KEYS_ALLOWED if len(keys) == 2 and keys[0] == "keys" else ""
        allowed = allowed or _ALLOWED.get(tuple(keys), "another value")
        message = f"{dotted} cannot be {_quoted(document, keys)}"
        hint = f"use {allowed}"
    others = len({".".join(_keys_of(error["loc"])) for error in errors}) - 1
    if others:
        hint += f"; {others} more {'is' if others == 1 else 'are'} wrong"
    _refuse(path, place_of(text, keys), message, hint)


def _keys_of(location: Sequence[str | int]) -> list[str]:
    """The keys that lead to where pydantic found something; it also names parts of types."""
    keys = [str(part) for part in location]
    if keys[0] in {"keys", "ascii"}:
        return keys[: 2 if keys[0] == "keys" else 1]
    return keys


def _quoted(document: Mapping[str, Any], keys: Sequence[str]) -> str:
    """A value as it stands in the file."""
    value: Any = document
    for key in keys:
        value = value[key]
    if isinstance(value, bool):
        return str(value).lower()
    return "a table" if isinstance(value, dict) else safe_text(repr(value), 60)


def _one_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _refuse(path: Path, place: tuple[int, int] | None, message: str, hint: str) -> NoReturn:
    where = safe_text(path) + (f":{place[0]}:{place[1]}" if place else "")
    raise InvalidInputError(f"{where}: {message}", hint)
