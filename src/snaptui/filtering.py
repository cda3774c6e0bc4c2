"""The language of filters: what is typed after `/`, and after `--filter`.

    web nightly            has both words, anywhere
    !test                  does not have it
    status:error           has it in this field; `!status:error` does not
    name:=web              is exactly it
    size:>1GiB age:<7d     more, less; also >= and <=
    "two words" name:"a b" blanks, colons and signs that mean themselves

All terms must hold. A filter that is not understood is an error with a reason, never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from snaptui.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snaptui.fields import Fields, Test

T = TypeVar("T")

# A sign that negates; a field's name; a comparison; then anything, in quotes or up to a blank.
_TERM = re.compile(
    r"""(?P<no>!?) (?:(?P<field>[^\s":]+) :)? (?P<operator>(?(field)(?:[<>]=?|=)?))
        (?P<rest>(?:"[^"]*(?:"|$)|[^\s"])*)""",
    re.VERBOSE,
)
_BLANKS = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is asked for. Without a field it is a word."""

    wanted: str
    negated: bool = False
    field: str = ""
    operator: str = ""


def terms(text: str) -> Iterator[Term]:
    """The terms of a filter; what is not finished yet (`!`, `""`) asks for nothing."""
    position = 0
    while position < len(text):
        match = _TERM.match(text, position)
        if match is None or match.end() == position:
            gap = _BLANKS.match(text, position)
            position = max(gap.end() if gap else position, position + 1)
            continue
        position = match.end()
        field = match["field"] or ""
        wanted = match["rest"].replace('"', "")
        if field or wanted:
            yield Term(wanted, bool(match["no"]), field, match["operator"])


class Filter(Generic[T]):
    """A filter that was understood."""

    def __init__(self, text: str, fields: Fields[T]) -> None:
        """Understand a filter.

        Raises:
            InvalidInputError: there is no such field, or its value cannot be read.
        """
        self.text = text
        self._text_of = fields.text
        self.words: list[str] = []
        self.unwanted: list[str] = []
        self.conditions: dict[Term, Test[T]] = {}
        for term in terms(text):
            if term.field:
                self.conditions[term] = _condition(term, fields)
            elif term.negated:
                self.unwanted.append(term.wanted.casefold())
            else:
                self.words.append(term.wanted.casefold())

    def __bool__(self) -> bool:
        return bool(self.words or self.unwanted or self.conditions)

    def __call__(self, thing: T) -> bool:
        """Whether it lets a thing through."""
        return self.passes_text(self._text_of(thing).casefold()) and self.passes_fields(thing)

    def passes_text(self, text: str) -> bool:
        """Whether the words are in a casefolded text, and the unwanted ones are not."""
        return all(word in text for word in self.words) and not any(
            word in text for word in self.unwanted
        )

    def passes_fields(self, thing: T) -> bool:
        """Whether a thing's fields are as wanted."""
        return all(test(thing) for test in self.conditions.values())

    def narrows(self, other: Filter[T]) -> bool:
        """Whether this one can let nothing through that the other one keeps back."""
        return (
            all(any(word in mine for mine in self.words) for word in other.words)
            and set(other.unwanted) <= set(self.unwanted)
            and other.conditions.keys() <= self.conditions.keys()
        )


def _condition(term: Term, fields: Fields[T]) -> Test[T]:
    try:
        field = fields.find(term.field)
    except InvalidInputError as error:
        hint = f"{error.hint}; quote a word that has a colon"
        raise InvalidInputError(error.message, hint) from error
    if not term.wanted:
        raise InvalidInputError(f"{field.name}: needs something after the colon")
    test = field.test(term.operator, term.wanted)
    if term.negated:
        return lambda thing: not test(thing)
    return test
