"""Mistakes in the config file: which of them one can go on with, and what to say of each."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snaptui.config.settings import AWS, KINDS, LOCAL, OPENSTACK, THEMES
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from snaptui.config.schema import Fault

_ALLOWED: Mapping[tuple[str, ...], str] = {
    ("theme",): f"{', '.join(repr(name) for name in THEMES[:-1])} or {THEMES[-1]!r}",
    ("ascii",): "'auto', true or false",
    ("mouse",): "true or false",
    ("calm",): "true or false",
    ("times",): "'relative' or 'exact'",
    ("timezone",): "'local' or a name like 'Europe/Berlin'",
    ("restore_state",): "true or false",
    ("keys",): "a table of binding ids and keys",
    ("find_clouds",): "true or false",
    ("clouds",): "tables by the names of clouds",
    ("clouds", LOCAL): "a table",
}
"""What a key may be, for whoever wrote something else."""
_REMOTE_ALLOWED = {
    "kind": f"{', '.join(map(repr, KINDS[:-1]))} or {KINDS[-1]!r}",
    "read_only": "true or false",
    "refresh": "a number of seconds from 0 (only when asked to) to 86400",
}
_CLOUD_ALLOWED: Mapping[str, Mapping[str, str]] = {
    LOCAL: {
        "read_only": "true or false",
        "repository": "a whole path in quotes",
        "trash_days": "a number of days from 0 to 3650",
    },
    AWS: {
        **_REMOTE_ALLOWED,
        "region": "a region in quotes, like 'us-east-1'",
        "profile": "a profile's name in quotes",
        "endpoint_url": "an address without user and password, like 'https://ec2.example.com'",
    },
    OPENSTACK: {
        **_REMOTE_ALLOWED,
        "cloud": "the name of a cloud in clouds.yaml, in quotes",
        "region": "a region's name in quotes",
    },
}
"""What a key of a cloud's table may be, by the cloud's kind."""
_NOT_QUOTED = frozenset({"endpoint_url"})
"""Where somebody may have written a password."""
_KEYS_ALLOWED = "keys in quotes, like 'S,f5' (see: snaptui config keys)"

_PROTECTS = "clouds"
"""Where one must know what was meant: read-only mode, the repository, how long the trash lasts."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that cannot be as it is written.

    Attributes:
        keys: where it stands.
        message: what is wrong.
        hint: what would be right.
        harmless: it can be left out.
    """

    keys: tuple[str, ...]
    message: str
    hint: str
    harmless: bool


class Mistakes:
    """All mistakes of a file."""

    def __init__(self, document: Mapping[str, Any], faults: Sequence[Fault]) -> None:
        """What was found, a mistake each."""
        self._document = document
        self._all = [self._mistake(keys, kind) for keys, kind in faults]

    @property
    def fatal(self) -> Mistake | None:
        """The first mistake that one must not go on with, and that there are others."""
        first = next((each for each in self._all if not each.harmless), None)
        others = len(self._all) - 1
        if first is None or not others:
            return first
        hint = f"{first.hint}; {others} more {'is' if others == 1 else 'are'} wrong"
        return Mistake(first.keys, first.message, hint, harmless=False)

    @property
    def harmless(self) -> list[Mistake]:
        """Those that one can go on with."""
        return [each for each in self._all if each.harmless]

    @property
    def mended(self) -> dict[str, Any]:
        """The document without them."""
        document = copy.deepcopy(dict(self._document))
        for each in self.harmless:
            *above, last = each.keys
            table = document
            for key in above:
                table = table[key]
            table.pop(last, None)
        return document

    def _mistake(self, keys: tuple[str, ...], kind: str) -> Mistake:
        dotted = ".".join(keys)
        if kind == "no_cloud":
            return Mistake(
                keys,
                f"{safe_text(dotted, 80)} is no cloud of ours",
                f"use {LOCAL}, or give it a kind: {_REMOTE_ALLOWED['kind']}",
                harmless=False,
            )
        if kind == "missing":
            return Mistake(
                keys[:-1],
                f"{safe_text(dotted, 80)} is missing",
                f"give {self._allowed(keys)}",
                harmless=False,
            )
        if kind == "unknown":
            known = self._known(keys)
            return Mistake(
                keys,
                f"{safe_text(dotted, 80)} is no key of ours",
                f"use {_one_of(known)}",
                harmless=self._is_slip(keys, known),
            )
        return Mistake(
            keys,
            f"{safe_text(dotted, 80)} cannot be {self._quoted(keys)}",
            f"use {self._allowed(keys)}",
            harmless=keys[0] != _PROTECTS,
        )

    def _of_kind(self, keys: tuple[str, ...]) -> Mapping[str, str]:
        """What the table that a key is in may have, if that is a cloud's."""
        if len(keys) != 3 or keys[0] != _PROTECTS:
            return {}
        if keys[1] == LOCAL:
            return _CLOUD_ALLOWED[LOCAL]
        kind = self._document[_PROTECTS][keys[1]].get("kind")
        return _CLOUD_ALLOWED.get(kind, _REMOTE_ALLOWED) if isinstance(kind, str) else {}

    def _allowed(self, keys: tuple[str, ...]) -> str:
        if len(keys) == 2 and keys[0] == "keys":
            return _KEYS_ALLOWED
        if len(keys) == 2 and keys[0] == _PROTECTS:
            return "a table"
        return self._of_kind(keys).get(keys[-1], "") or _ALLOWED.get(keys, "another value")

    def _known(self, keys: tuple[str, ...]) -> Sequence[str]:
        """What a key that is none could have been."""
        if of_kind := self._of_kind(keys):
            return list(of_kind)
        return [key[-1] for key in _ALLOWED if key[:-1] == keys[:-1]]

    def _is_slip(self, keys: tuple[str, ...], known: Sequence[str]) -> bool:
        """Whether an unknown key was surely to be one that only is about looks.

        A table, or a name like `readonly`, may have been meant to protect something.
        """
        from difflib import get_close_matches

        if len(keys) > 1 or isinstance(self._document.get(keys[0]), dict):
            return False
        guards = [*_CLOUD_ALLOWED[LOCAL], _PROTECTS]
        near = get_close_matches(keys[0].casefold(), [*known, *guards], 1)
        return bool(near) and near[0] not in guards

    def _quoted(self, keys: Sequence[str]) -> str:
        """A value as it stands in the file, unless it may be secret."""
        if keys[-1] in _NOT_QUOTED:
            return "what is written there"
        value: Any = self._document
        for key in keys:
            value = value[key]
        if isinstance(value, bool):
            return str(value).lower()
        return "a table" if isinstance(value, dict) else safe_text(repr(value), 60)


def _one_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
