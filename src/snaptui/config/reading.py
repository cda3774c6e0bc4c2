"""Reading the config file, and telling what is wrong with it in one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from snaptui.config.paths import config_path, user_path
from snaptui.config.places import place_of
from snaptui.config.settings import LOCAL, REFRESH_SECONDS, CloudConfig, Config
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
        shown = _shown(text, place[0])
        _refuse(path, place, said[:1].lower() + said[1:] + shown, "the file has to be TOML")
    except RecursionError:
        _refuse(path, (1, 1), "tables or lists are nested too deeply", "the file has to be TOML")


def _shown(text: str, number: int) -> str:
    """A line with its key and its value, unless somebody may have written a password in it."""
    line = next(iter(text.split("\n")[number - 1 : number]), "").strip()
    return "" if not line or "endpoint_url" in line or "@" in line else f" in {safe_text(line, 60)}"


_LOOKS = ("theme", "mouse", "calm", "times", "timezone", "restore_state", "keys", "find_clouds")
"""What is taken over as it stands."""


def _validated(path: Path, text: str, document: dict[str, Any]) -> Config:
    from snaptui.config.schema import faults

    if isinstance(keys := document.get("keys"), dict):
        document = {**document, "keys": _flattened(keys)}
    problems: list[str] = []
    if found := faults(document):
        from snaptui.config.mistakes import Mistakes

        mistakes = Mistakes(document, found)
        if (fatal := mistakes.fatal) is not None:
            _refuse(path, place_of(text, fatal.keys), fatal.message, fatal.hint)
        problems = [
            f"{_where(path, place_of(text, each.keys))}: {each.message}: {each.hint}"
            for each in mistakes.harmless
        ]
        document = mistakes.mended
    ascii_only = document.get("ascii", "auto")
    return Config(
        **{name: document[name] for name in _LOOKS if name in document},
        ascii=None if ascii_only == "auto" else ascii_only,
        clouds={name: _cloud(name, said) for name, said in document.get("clouds", {}).items()},
        origins=dict.fromkeys(_dotted(document), str(path)),
        problems=tuple(problems),
    )


def _cloud(name: str, said: Mapping[str, Any]) -> CloudConfig:
    """What a table of a cloud says, which is as it should be."""
    from snaptui.config.schema import REMOTE

    common = {key: said[key] for key in ("read_only", "trash_days") if key in said}
    if name == LOCAL:
        repository = said.get("repository")
        return CloudConfig(
            repository=None if repository is None else user_path(repository), **common
        )
    return CloudConfig(
        kind=said["kind"],
        options={key: said[key] for key in REMOTE[said["kind"]] if said.get(key)},
        refresh=float(said.get("refresh", REFRESH_SECONDS)),
        **common,
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
