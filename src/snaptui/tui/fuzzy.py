"""Words that need not be typed whole: how well a text answers to them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT_MAX = 256
"""So much of a name is looked at: one of 10 000 characters is not worth more."""


class Fuzzy:
    """A query: each of its words must be somewhere, whole or letter after letter.

    A score is between 0 (not found) and 1 (it is the very text); a word at the beginning counts
    more than one further on, a whole word more than letters here and there.
    """

    def __init__(self, query: str) -> None:
        self.words = tuple(query.casefold().split())

    def __bool__(self) -> bool:
        return bool(self.words)

    def score(self, *fields: str) -> float:
        """How well texts answer, each a little less than the one before it; 0: not at all."""
        if not self.words:
            return 1.0
        texts = [field[:TEXT_MAX].casefold() for field in fields]
        whole = " ".join(texts)
        total = 0.0
        for word in self.words:
            # Most texts have nothing of it; that must be found out fast.
            if word in whole:
                total += max(_whole(word, text) * 0.97**n for n, text in enumerate(texts))
            elif best := _letters(word, texts[0]):
                total += best
            else:
                return 0.0
        return total / len(self.words)

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where in a text the words are, as begins and ends: what to highlight."""
        # Folding may change the length; then it cannot be said where.
        folded = text.casefold()
        if len(folded) != len(text):
            return []
        found: list[tuple[int, int]] = []
        for word in self.words:
            start = folded.find(word)
            if start >= 0:
                found.append((start, start + len(word)))
                continue
            steps = _steps(word, folded)
            found += [(step, step + 1) for step in steps]
        return found


def _whole(word: str, text: str) -> float:
    at = text.find(word)
    if at < 0:
        return 0.0
    if len(word) == len(text):
        return 1.0
    share = 0.05 * len(word) / len(text)
    if at == 0:
        return 0.9 + share
    while at >= 0:
        if not text[at - 1].isalnum():
            return 0.8 + share
        at = text.find(word, at + 1)
    return 0.7 + share


def _steps(word: str, text: str) -> list[int]:
    """Where the letters of a word follow each other in a text; empty when they do not."""
    steps: list[int] = []
    at = -1
    for letter in word:
        at = text.find(letter, at + 1)
        if at < 0:
            return []
        steps.append(at)
    return steps


@lru_cache(maxsize=4096)
def _letters(word: str, text: str) -> float:
    """Letters here and there count the more the closer they are."""
    if len(word) < 2 or not (steps := _steps(word, text)):
        return 0.0
    return 0.6 * len(word) / (steps[-1] - steps[0] + 1)


def merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Begins and ends that overlap no more, in their order."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
