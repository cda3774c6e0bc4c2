"""The user's own keys: which binding has which, and what cannot be as it was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.keys import REPLACED_KEYS, Keys, _character_to_key, key_to_character

from snaptui.text import safe_text
from snaptui.tui import keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MAIN = frozenset((binding.id or "").partition(".")[0] for binding in (*keys.MAIN, *keys.APP))
"""The groups of the main screen."""

TOGETHER: tuple[frozenset[str], ...] = (
    MAIN,
    frozenset({"rows", "tree"}),
    frozenset({"rows", "table"}),
    frozenset({"rows", "table", "jobs"}),
    frozenset({"rows", "table", "trash"}),
    frozenset({"rows", "table", "zones"}),
    frozenset({"rows", "table", "public"}),
    frozenset({"rows", "joblog"}),
    frozenset({"rows", "doctor"}),
    frozenset({"rows", "help"}),
    frozenset({"rows", "diff"}),
    frozenset({"rows", "columns"}),
    frozenset({"rows", "theme"}),
)
"""Groups whose keys are heard at the same place: there a key can do one thing only."""

IN_FRONT = frozenset({"rows", "table", "tree", "blocks"})
"""What has the focus hears a key before the main screen does."""

_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_NAMES = frozenset(key.value for key in Keys if "<" not in key.value)


@dataclass(slots=True)
class KeyMap:
    """The keys of every binding, and what was wrong with those that were asked for.

    Attributes:
        keys: Textual's names of keys by binding id.
        changed: the ids whose keys are not the usual ones.
        problems: what to tell about it, a sentence each.
    """

    keys: dict[str, list[str]] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    problems: list[str] = field(default_factory=list)

    @property
    def for_textual(self) -> dict[str, str]:
        """The changed bindings as `App.set_keymap` wants them."""
        return {which: ",".join(self.keys[which]) or keys.NO_KEY for which in self.changed}


def key_map(wanted: Mapping[str, str]) -> KeyMap:
    """The keys there are when a person has asked for these, by binding id."""
    usual = {binding.id or "": binding.key.split(",") for binding in keys.every()}
    result = KeyMap({which: list(names) for which, names in usual.items()})
    asked = [which for which in usual if which in wanted]
    for which in wanted:
        if which not in usual:
            result.problems.append(_unknown(which, usual))
    for which in asked:
        _take(result, which, wanted[which])
    for group in _scopes(usual):
        _settle(result, [which for which in usual if _group(which) in group], asked)
    result.changed = frozenset(which for which in usual if result.keys[which] != usual[which])
    result.problems += _hidden(result, usual)
    return result


def _group(which: str) -> str:
    return which.partition(".")[0]


def _scopes(ids: Iterable[str]) -> Iterator[frozenset[str]]:
    """Every group is in one, if only with itself."""
    yield from TOGETHER
    known = frozenset().union(*TOGETHER)
    yield from (
        frozenset({group}) for group in dict.fromkeys(map(_group, ids)) if group not in known
    )


def _unknown(which: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(which, list(known), 1)
    hint = f"; {close[0]} is near" if close else ""
    return f"No binding is called {safe_text(which, 40)}{hint} (see: snaptui config keys)."


def _take(result: KeyMap, which: str, text: str) -> None:
    """Give a binding the keys that are asked for, as far as there are such keys."""
    names = [part.strip() for part in text.split(",") if part.strip()]
    if text == ",":
        names = [","]
    found = [_character_to_key(name) if len(name) == 1 else name for name in names]
    for name in found:
        if not is_key(name):
            result.problems.append(f"No key is called {safe_text(name, 40)}, as for {which}.")
    possible = list(dict.fromkeys(name for name in found if is_key(name)))
    if possible or not names:
        result.keys[which] = possible


def is_key(name: str) -> bool:
    """Whether Textual knows a key by this name."""
    if name in _NAMES:
        return True
    *modifiers, key = name.split("+")
    if not set(modifiers) <= _MODIFIERS:
        return False
    return (
        key in _NAMES or len(key) == 1 or key_to_character(REPLACED_KEYS.get(key, key)) is not None
    )


def _settle(result: KeyMap, ids: Sequence[str], asked: Sequence[str]) -> None:
    """Where two bindings have a key, it is the one's that asked for it."""
    holders: dict[str, list[str]] = {}
    for which in ids:
        for name in result.keys[which]:
            holders.setdefault(name, []).append(which)
    for name, ones in holders.items():
        askers = [which for which in ones if which in asked]
        if len(ones) < 2 or not askers:
            continue
        winner, shown = askers[0], keys.key_name(name)
        for loser in ones:
            if loser == winner:
                continue
            result.keys[loser] = [each for each in result.keys[loser] if each != name]
            left = "" if result.keys[loser] else ", which has no key now"
            both = "as well as " if loser in asked else "instead of "
            result.problems.append(f"{shown} is for {winner}, {both}{loser}{left}.")


def _hidden(result: KeyMap, usual: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Keys that never reach the main screen while a list has the focus."""
    for front in (which for which in usual if _group(which) in IN_FRONT):
        for back in (which for which in usual if _group(which) in MAIN):
            for name in result.keys[front]:
                meant = name in usual[front] and name in usual[back]
                if name in result.keys[back] and not meant:
                    yield f"{keys.key_name(name)} is {front} before it is {back}."
