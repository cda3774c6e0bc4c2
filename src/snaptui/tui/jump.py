"""What can be typed in the jump line, and what it would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.text import count_of
from snaptui.tui import keys
from snaptui.tui.finder import BOTH, find
from snaptui.tui.fuzzy import Fuzzy
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.spans import outside
from snaptui.tui.titles import SNAPSHOTS, VOLUMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.binding import Binding

    from snaptui.tui.finder import Found
    from snaptui.tui.inventory import CloudState, Inventory

NAME_MAX = 40
"""A longer name is completed to the Resource UID."""
_ACTION_LEAD = 0.1
"""What a word does comes before what is merely called like it."""

NOUNS = {
    "vol": (PlaceKind.VOLUME,),
    "volume": (PlaceKind.VOLUME,),
    "snap": (PlaceKind.SNAPSHOT,),
    "snapshot": (PlaceKind.SNAPSHOT,),
    "go": BOTH,
}
"""After these words comes a name or a Resource UID."""
CLOUD = "cloud"
ALIASES = {"app.quit": ("q", "exit"), "app.help": ("h",), "go.jobs": ("j",)}
"""Other words for some keys' actions."""
_HIDDEN = frozenset({"go.jump", "go.next", "go.previous"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something the line could mean: a place, an action, or a word that wants another one.

    Attributes:
        text: what the line says when this is completed.
        label: what is shown of it; safe to show, as is `detail`.
    """

    text: str
    label: str
    detail: str
    key: str = ""
    place: Place | None = None
    binding: Binding | None = None
    possible: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether it can be done as it is; otherwise something has to be typed after it."""
        return self.place is not None or self.binding is not None


async def suggestions(
    line: str,
    inventory: Inventory,
    cloud: str,
    bindings: Sequence[Binding],
    why_not: Callable[[Binding], str],
) -> list[Suggestion]:
    """What a line could mean, the best first.

    Args:
        line: what was typed after the colon.
        inventory: where names come from.
        cloud: the cloud one is in, for its indexes.
        bindings: the actions there are.
        why_not: why one of them cannot be done here, or an empty string.
    """
    head, blank, rest = line.lstrip().partition(" ")
    noun = head.casefold()
    if blank and noun in NOUNS and (rest.strip() or noun != "snapshot"):
        return _named(noun, await find(inventory, rest, NOUNS[noun]))
    if blank and noun == CLOUD:
        return _by_score(_clouds(inventory, rest))
    ranked = [*_places(cloud, line), *_actions(line, bindings, why_not)]
    if line.strip():
        ranked += _clouds(inventory, line)
        found = await find(inventory, line)
        ranked += zip((each.score for each in found), _named("", found), strict=True)
    return _by_score(ranked)


def _by_score(ranked: Iterable[tuple[float, Suggestion]]) -> list[Suggestion]:
    return [each for _, each in sorted(ranked, key=lambda entry: entry[0], reverse=True)]


def _named(noun: str, found: Sequence[Found]) -> list[Suggestion]:
    nouns = {PlaceKind.VOLUME: "vol", PlaceKind.SNAPSHOT: "snap"}
    seen: set[str] = set()
    suggested = []
    for each in found:
        name = outside(each.name)
        text = f"{noun or nouns[each.place.kind]} {name}"
        # What is completed must be what was chosen: a name that others have too is not enough.
        if text in seen or len(name) > NAME_MAX or name != each.name:
            text = f"{noun or nouns[each.place.kind]} {outside(each.uid)}"
        seen.add(text)
        suggested.append(Suggestion(text, name, each.detail, place=each.place))
    return suggested


def _clouds(inventory: Inventory, rest: str) -> Iterable[tuple[float, Suggestion]]:
    fuzzy = Fuzzy(rest)
    for name, state in inventory.clouds.items():
        if score := fuzzy.score(name):
            label = outside(name, NAME_MAX)
            place = Place(name, PlaceKind.CLOUD)
            yield score, Suggestion(f"{CLOUD} {label}", label, _how_it_is(state), place=place)


def _how_it_is(state: CloudState) -> str:
    """What there is to say of a cloud beside its name."""
    info = state.info
    if info is not None and not info.available:
        return info.state
    many = count_of(state.volume_count, "volume") if state.is_counted else ""
    if info is None or info.opened:
        return many or "being asked"
    return f"not opened yet; {many} the last time" if many else "not opened yet"


def _places(cloud: str, line: str) -> Iterable[tuple[float, Suggestion]]:
    volumes = Place(cloud, PlaceKind.VOLUMES)
    snapshots = Place(cloud, PlaceKind.SNAPSHOTS)
    fuzzy = Fuzzy(line)
    for suggestion in (
        Suggestion("vol ", "vol NAME", "Go to a volume, by name or Resource UID"),
        Suggestion("snap ", "snap NAME", "Go to a snapshot, by name or Resource UID"),
        Suggestion("volumes", "volumes", f"Go to {VOLUMES}", place=volumes),
        Suggestion("snapshots", "snapshots", f"Go to {SNAPSHOTS}", place=snapshots),
        Suggestion("cloud ", "cloud NAME", "Go to a cloud's page"),
    ):
        if score := fuzzy.score(suggestion.text.strip()):
            yield score + _ACTION_LEAD, suggestion


def _actions(
    line: str, bindings: Sequence[Binding], why_not: Callable[[Binding], str]
) -> Iterable[tuple[float, Suggestion]]:
    fuzzy = Fuzzy(line)
    typed = line.strip().casefold()
    for binding in bindings:
        if binding.id in _HIDDEN:
            continue
        word = binding.description.casefold()
        score = fuzzy.score(word) + _ACTION_LEAD if fuzzy.score(word) else 0.0
        if typed in ALIASES.get(binding.id or "", ()):
            score = 2.0
        if score:
            reason = why_not(binding)
            detail = f"not possible here: {reason}" if reason else binding.tooltip
            yield (
                score - (0 if typed or not reason else 0.5),
                Suggestion(
                    word,
                    word,
                    outside(detail),
                    key=keys.display(binding),
                    binding=binding,
                    possible=not reason,
                ),
            )
