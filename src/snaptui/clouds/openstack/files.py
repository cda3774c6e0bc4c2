"""OpenStack's own config files: where they are, and what they say of which cloud.

`clouds.yaml` names the clouds, `secure.yaml` beside it (or elsewhere on the way) adds what others
should not read, `clouds-public.yaml` has profiles that several clouds share. Of each, the first
that exists is read: the one that the environment names, then the working directory's, the user's
and the machine's, as openstacksdk does.

No message has a value out of a file: it may be a password.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snaptui.errors import CloudInvalidError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST = 1024 * 1024
_SUFFIXES = (".yaml", ".yml", ".json")
_QUOTED = re.compile(r"'.*'|\".*\"|<.*>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """One of them, read.

    Attributes:
        clouds: what it says, by cloud (or by profile).
        section: the key that all of them stand under.
    """

    path: Path
    section: str
    clouds: Mapping[str, Mapping[str, Any]] = field(repr=False)
    _text: str = field(repr=False)

    def where(self, *keys: str) -> str:
        """In words, where something is said: the file, and the line as far as it is known."""
        line = _line_of(self._text, (self.section, *keys))
        return safe_text(f"{self.path}, line {line}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFiles:
    """All of them; None for those that are not there."""

    clouds: ConfigFile | None = None
    secure: ConfigFile | None = None
    profiles: ConfigFile | None = None

    def names(self) -> list[str]:
        """The clouds, in the order they are written down."""
        files = [file for file in (self.clouds, self.secure) if file is not None]
        return list(dict.fromkeys(name for file in files for name in file.clouds))

    def cloud(self, name: str) -> dict[str, Any]:
        """What all files together say of a cloud: profile, then clouds, then secure."""
        said: dict[str, Any] = {}
        for file in (self.clouds, self.secure):
            if file is not None:
                said = merged(said, file.clouds.get(name, {}))
        profile = said.pop("profile", None) or said.pop("cloud", None)
        if profile is None:
            return said
        known = self.profiles.clouds if self.profiles is not None else {}
        if not isinstance(profile, str) or profile not in known:
            raise CloudInvalidError(
                f"{self.where(name, 'profile')}: the profile is in no clouds-public.yaml",
                "write its auth_url and the rest into the cloud itself: snaptui has no list of "
                "vendors",
            )
        return merged(known[profile], said)

    def where(self, name: str, *keys: str) -> str:
        """In words, where something about a cloud is said."""
        for file in (self.secure, self.clouds):
            if file is not None and _has(file.clouds, (name, *keys)):
                return file.where(name, *keys)
        file = self.clouds or self.secure
        return file.where(name) if file is not None else "clouds.yaml"


def read_files(environ: Mapping[str, str]) -> ConfigFiles:
    """Find and read them.

    Raises:
        CloudInvalidError: one of them cannot be read or understood; the message names the line.
    """
    return ConfigFiles(
        clouds=_first(environ, "OS_CLIENT_CONFIG_FILE", "clouds", "clouds"),
        secure=_first(environ, "OS_CLIENT_SECURE_FILE", "secure", "clouds"),
        profiles=_first(environ, "OS_CLIENT_VENDOR_FILE", "clouds-public", "public-clouds"),
    )


def missing(environ: Mapping[str, str]) -> list[str]:
    """The files that the environment names and that are not there, a sentence each.

    The others are read all the same, as openstacksdk does; but whoever named one wants to know.
    """
    return [
        f"{variable} names {safe_text(named, 200)}, which is not there"
        for variable in ("OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE", "OS_CLIENT_VENDOR_FILE")
        if (named := environ.get(variable)) and not os.path.lexists(_expanded(named))
    ]


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with what `over` says more or otherwise, at any depth."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            result[key] = merged(old, value)
        else:
            result[key] = value
    return result


def home_of(environ: Mapping[str, str]) -> Path:
    """The user's home directory."""
    return Path(environ["HOME"]) if environ.get("HOME") else _expanded("~")  # who has none has `~`


def _first(environ: Mapping[str, str], variable: str, stem: str, section: str) -> ConfigFile | None:
    named = environ.get(variable)
    places = [_expanded(named)] if named else []
    places += [folder / f"{stem}{end}" for folder in _folders(environ) for end in _SUFFIXES]
    for path in places:
        if (text := _text_of(path)) is not None:
            return ConfigFile(
                path=path, section=section, clouds=_clouds(path, section, text), _text=text
            )
    return None


def _expanded(named: str) -> Path:
    """A path that somebody wrote; `~nobody` is a directory of that name, as openstacksdk has it."""
    return Path(os.path.expanduser(named))  # noqa: PTH111 - pathlib's raises


def _folders(environ: Mapping[str, str]) -> Iterator[Path]:
    with suppress(FileNotFoundError):  # somebody removed it meanwhile
        yield Path.cwd()
    home = home_of(environ)
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "openstack"
    yield home / ".config" / "openstack"
    yield from (
        Path(each) / "openstack"
        for each in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
        if each
    )
    yield Path("/etc/openstack")


def _text_of(path: Path) -> str | None:
    """What is in a file; None when there is none."""
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CloudInvalidError(
            f"{safe_text(path)} cannot be read: {error.strerror}",
            "make it readable, or name another one in OS_CLIENT_CONFIG_FILE",
        ) from error
    if len(raw) > _LARGEST:
        raise CloudInvalidError(f"{safe_text(path)} is larger than 1 MiB", "is it the right file?")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CloudInvalidError(
            f"{safe_text(path)}, line {line}: this is not UTF-8", "save the file as UTF-8"
        ) from None


def _clouds(path: Path, section: str, text: str) -> Mapping[str, Mapping[str, Any]]:
    import yaml

    try:
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}" if mark is not None else ""
        problem = _QUOTED.sub("…", error.problem or "this is no YAML")  # it may be a password
        # from None: the error has the lines around the mistake, and they may have secrets
        raise _mistake(path, place, problem) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _mistake(path, "", "this is no YAML") from None
    if document is None:
        return {}
    clouds = document.get(section, {}) if isinstance(document, dict) else None
    if clouds is None and isinstance(document, dict):
        return {}
    if not isinstance(clouds, dict):
        raise _mistake(path, ", line 1", f"there is no mapping of {section}")
    found: dict[str, Mapping[str, Any]] = {}
    for name, said in clouds.items():
        if said is not None and not isinstance(said, dict):
            line = _line_of(text, (section, str(name)))
            raise _mistake(path, f", line {line}", "this cloud is no mapping")
        found[str(name)] = _normal(said or {})
    return found


def _normal(said: Mapping[Any, Any]) -> dict[str, Any]:
    """The same with underscores in the place of dashes in all keys."""
    return {
        str(key).replace("-", "_"): _normal(value) if isinstance(value, dict) else value
        for key, value in said.items()
    }


def _mistake(path: Path, place: str, problem: str) -> CloudInvalidError:
    return CloudInvalidError(
        f"{safe_text(path)}{place}: {safe_text(problem, 200)}", "mend the file, it has to be YAML"
    )


def _has(said: object, keys: tuple[str, ...]) -> bool:
    for key in keys:
        if not isinstance(said, Mapping) or key not in said:
            return False
        said = said[key]
    return True


def _line_of(text: str, keys: tuple[str, ...]) -> int:
    """The line where the last of some nested keys is that can be found."""
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return 1
    line = 1
    for key in keys:
        if not isinstance(node, yaml.MappingNode):
            break
        for name, value in node.value:
            if str(name.value).replace("-", "_") == key or name.value == key:
                line, node = name.start_mark.line + 1, value
                break
        else:
            break
    return line
