"""What is copied of what the cursor is on, or of all that is marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.clouds.base import Ability
from snaptui.models import Candidate, Snapshot, Volume
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from snaptui.tui.targets import Target

NAMES = {"uid": "Resource UID", "name": "name", "path": "path"}
"""What can be copied, and what it is called."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A text for the clipboard, and what to call it."""

    text: str
    what: str


def copied(field: str, target: Target) -> Copied | Ability:
    """What of a target to copy, one a line; or why there is nothing."""
    things: tuple[Volume | Snapshot | Candidate, ...] = target.marked
    if not things and (one := target.chosen or target.candidate) is not None:
        things = (one,)
    if not things:
        return Ability(False, "select a volume or snapshot first")
    texts = [text for thing in things if (text := _text(field, thing))]
    if not texts:
        return Ability(False, _why_nothing(field, things[0]))
    if len(texts) == 1:
        return Copied(texts[0], f"the {NAMES[field]} {outside(texts[0], 48)}")
    return Copied("\n".join(texts), f"{len(texts)} {NAMES[field]}s")


def _text(field: str, thing: Volume | Snapshot | Candidate) -> str:
    if isinstance(thing, Candidate):
        return "" if field == "uid" else thing.path
    if field == "path":
        return thing.path if isinstance(thing, Volume) else ""
    return thing.resource_uid if field == "uid" else thing.name


def _why_nothing(field: str, thing: Volume | Snapshot | Candidate) -> str:
    if isinstance(thing, Candidate):
        return "it has no Resource UID until it is added"
    if field == "path" and isinstance(thing, Snapshot):
        return "a snapshot has no path: it is kept in the repository's packs"
    return f"this has no {NAMES[field]}"
