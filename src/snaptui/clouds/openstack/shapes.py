"""Answers looked at with care: a key that is missing or of another type is told, not met later."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from snaptui.clouds.remote.transport import garbled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.clouds.remote.transport import Answer


class Shape:
    """A JSON object out of an answer. Everything it gives has the type that it says.

    All its methods raise `CloudDownError` for what a cloud cannot have meant.
    """

    __slots__ = ("_answer", "_said")

    def __init__(self, said: object, answer: Answer) -> None:
        if not isinstance(said, dict):
            raise garbled(answer)
        self._said: dict[str, Any] = said
        self._answer = answer

    def __repr__(self) -> str:
        return "<Shape>"  # there may be a token in it

    def __contains__(self, key: str) -> bool:
        return self._said.get(key) is not None

    def text(self, key: str) -> str:
        """A text that has to be there, and not be empty."""
        value = self._said.get(key)
        if not isinstance(value, str) or not value:
            raise garbled(self._answer)
        return value

    def maybe(self, key: str) -> str:
        """A text, empty where it is null or not there."""
        value = self._said.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise garbled(self._answer)
        return value

    def number(self, key: str) -> int:
        """A whole number that has to be there and is not negative."""
        value = self._said.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise garbled(self._answer)
        return value

    def limit(self, key: str) -> int | None:
        """A quota that has to be there; None where it is -1, which means that there is none."""
        return None if self._said.get(key) == -1 else self.number(key)

    def flag(self, key: str) -> bool | None:
        """Yes or no; None where it is null or not there."""
        value = self._said.get(key)
        if value is not None and not isinstance(value, bool):
            raise garbled(self._answer)
        return value

    def time(self, key: str) -> datetime:
        """A time that has to be there; in UTC, as OpenStack means it where it does not say."""
        found = self.maybe_time(key)
        if found is None:
            raise garbled(self._answer)
        return found

    def maybe_time(self, key: str) -> datetime | None:
        """A time; None where it is null, empty or not there."""
        value = self.maybe(key)
        if not value:
            return None
        try:
            found = datetime.fromisoformat(value)
        except ValueError as error:
            raise garbled(self._answer) from error
        try:
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except OverflowError as error:
            raise garbled(self._answer) from error

    def object(self, key: str) -> Shape:
        """An object that has to be there."""
        return Shape(self._said.get(key), self._answer)

    def objects(self, key: str, *, needed: bool = False) -> list[Shape]:
        """A list of objects, empty where it is null or not there."""
        value = self._said.get(key)
        if value is None and not needed:
            return []
        if not isinstance(value, list):
            raise garbled(self._answer)
        return [Shape(each, self._answer) for each in value]

    def texts(self, key: str) -> Mapping[str, str]:
        """An object of texts, as tags are; empty where it is null or not there."""
        value = self._said.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise garbled(self._answer)
        return {name: str(each) for name, each in value.items() if each is not None}
