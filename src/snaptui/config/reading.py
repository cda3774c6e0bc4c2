"""Reading the config file, and telling what is wrong with it in one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from snaptui.config.paths import config_path, user_path
from snaptui.config.places import place_of
from snaptui.config.settings import CloudConfig, Config
from snaptui.errors import InvalidInputError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_WHERE = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
_SIZE_LIMIT = 1024 * 1024


def read_config(path: Path | None = None) -> Config:
    """What the config file says; without one, or with an empty one, the defaults.

    A mistake in what is only about looks and keys is no reason to do nothing: that setting is left
    out, and `Config.problems` tells it.

    Raises:
        InvalidInputError: it cannot be read or understood, or there is a mistake in what protects
            (clouds); the message names the line.
    """
    named = path or config_path()
    text = read_text(named)
    return Config() if text is None else config_of(named, text)


def read_text(path: Path) -> str | None:
    """The text of a config file; None when it is not there.

    Raises:
        InvalidInputError: it cannot be read, or is no text.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_SIZE_LIMIT + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidInputError(
            f"the config file {safe_text(path)} cannot be read: {error.strerror}",
            "mend it, or name another one in SNAPTUI_CONFIG",
        ) from error
    if len(raw) > _SIZE_LIMIT:
        raise InvalidInputError(f"the config file {safe_text(path)} is larger than 1 MiB")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        _refuse(path, (line, 1), "this is not UTF-8", "save the file as UTF-8")


def config_of(path: Path, text: str) -> Config:
    """What a config file says whose text is known; raises as `read_config` does."""
    document = _parsed(path, text)
    return _validated(path, text, document) if document else Config()


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
    from snaptui.config.schema import LocalTable, NotValidError, RemoteTable, validate

    if isinstance(keys := document.get("keys"), dict):
        document = {**document, "keys": _flattened(keys)}
    problems: list[str] = []
    try:
        table, tables = validate(document)
    except NotValidError as error:
        from snaptui.config.mistakes import Mistakes

        mistakes = Mistakes(document, error.errors)
        if (fatal := mistakes.fatal) is not None:
            _refuse(path, place_of(text, fatal.keys), fatal.message, fatal.hint)
        problems = [
            f"{_where(path, place_of(text, each.keys))}: {each.message}: {each.hint}"
            for each in mistakes.harmless
        ]
        document = mistakes.mended
        table, tables = validate(document)
    clouds = {}
    for name, cloud in tables.items():
        if isinstance(cloud, LocalTable):
            repository = None if cloud.repository is None else user_path(cloud.repository)
            clouds[name] = CloudConfig(
                read_only=cloud.read_only, repository=repository, trash_days=cloud.trash_days
            )
        elif isinstance(cloud, RemoteTable):
            clouds[name] = CloudConfig(
                read_only=cloud.read_only,
                kind=cloud.kind,
                options=cloud.options,
                refresh=cloud.refresh,
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
        find_clouds=table.find_clouds,
        origins=dict.fromkeys(_dotted(document), str(path)),
        problems=tuple(problems),
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


def _refuse(path: Path, place: tuple[int, int] | None, message: str, hint: str) -> NoReturn:
    raise InvalidInputError(f"{_where(path, place)}: {message}", hint)


def _where(path: Path, place: tuple[int, int] | None) -> str:
    return safe_text(path) + (f":{place[0]}:{place[1]}" if place else "")
