"""Words that need not be typed whole: how well a text answers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT_MAX = 256
"""So much of a name is looked at: one of 10 000 characters is not worth more."""
_NEXT = 0.9
"""What a word in the next text counts beside one in the text before it."""


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
        return self.rate(folded(*fields))

    def rate(self, text: str) -> float:
        """The score of texts that are folded already."""
        if not self.words:
            return 1.0
        total = 0.0
        texts: list[str] = []
        for word in self.words:
            # Most texts have nothing of it; that must be found out fast.
            if word in text:
                texts = texts or text.split("\n")
                best = _best(word, texts)
            else:
                best = _letters(word, text)
            if not best:
                return 0.0
            total += best
        return total / len(self.words)

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where in a text the words are, as begins and ends: what to highlight."""
        # Folding may change the length; then it cannot be said where.
        lower = text.casefold()
        if len(lower) != len(text):
            return []
        found: list[tuple[int, int]] = []
        for word in self.words:
            start = lower.find(word)
            if start >= 0:
                found.append((start, start + len(word)))
                continue
            steps = _steps(word, lower, len(lower))
            found += [(step, step + 1) for step in steps]
        return found


def folded(*fields: str) -> str:
    """Texts as they are rated, one a line: to be kept where they are rated again and again."""
    return "\n".join(field[:TEXT_MAX] for field in fields).casefold()


def _best(word: str, texts: Iterable[str]) -> float:
    best, weight = 0.0, 1.0
    for text in texts:
        if best >= weight:
            break
        best = max(best, _whole(word, text) * weight)
        weight *= _NEXT
    return best


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


def _steps(word: str, text: str, end: int) -> list[int]:
    """Where the letters of a word follow each other before `end`; empty when they do not."""
    steps: list[int] = []
    at = -1
    for letter in word:
        at = text.find(letter, at + 1, end)
        if at < 0:
            return []
        steps.append(at)
    return steps


def _letters(word: str, text: str) -> float:
    """Letters here and there in the first text count the more the closer they are."""
    end = text.find("\n")
    steps = _steps(word, text, len(text) if end < 0 else end)
    return 0.6 * len(word) / (steps[-1] - steps[0] + 1) if len(steps) > 1 else 0.0


def merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Begins and ends that overlap no more, in their order."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
