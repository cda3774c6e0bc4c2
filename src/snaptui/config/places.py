"""Where in a TOML text a key stands, for errors that name the line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\[?\s*(?P<key>{_DOTTED})\s*\]\]?")
_ASSIGNMENT = re.compile(rf"\s*(?P<key>{_DOTTED})\s*=")


def place_of(text: str, key: Sequence[str]) -> tuple[int, int] | None:
    """The line and column, from 1, of a key; of the table around it when it is not to be found."""
    best: tuple[int, int] | None = None
    matched = 0
    wanted = ".".join(key)
    for found, place in _keys(text):
        path = ".".join(found)
        if path == wanted or path.startswith(f"{wanted}."):
            return place
        if wanted.startswith(f"{path}.") and len(path) > matched:
            best, matched = place, len(path)
    return best


def _keys(text: str) -> Iterator[tuple[list[str], tuple[int, int]]]:
    """Every key of a TOML text whose tables and keys are each on one line."""
    table: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):  # TOML knows no other ends of lines
        if header := _HEADER.match(line):
            table = _parts(header["key"])
            yield table, (number, header.start("key") + 1)
        elif assignment := _ASSIGNMENT.match(line):
            yield (
                [*table, *_parts(assignment["key"])],
                (number, assignment.start("key") + 1),
            )


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, dotted)]
