"""Who did what to a remote cloud with snaptui: recorded in the repository's events.

The cloud's own audit log is another matter; this is what this installation did.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from snaptui.engine.operations.noting import note
from snaptui.engine.records import Actor
from snaptui.errors import SnaptuiError
from snaptui.identity import current_owner, origin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from snaptui.engine import Repository
    from snaptui.engine.operations.noting import Done
    from snaptui.models import Event


class Ledger(Protocol):
    """Where it is written down."""

    def record(self, *done: Done) -> None:
        """Write down what was done; that it cannot is no reason to have failed."""

    def events(self, uid: str | None) -> list[Event]:
        """What was done to one volume or snapshot, or to any, newest first."""


class NoLedger:
    """Nobody writes anything down."""

    def record(self, *done: Done) -> None:
        """Nothing."""
        del done

    def events(self, uid: str | None) -> list[Event]:
        """None."""
        del uid
        return []


class RepositoryLedger:
    """It is written down in a repository, if there is one that can be written."""

    def __init__(
        self, cloud: str, find: Callable[[], Repository | None], before: Sequence[str] = ()
    ) -> None:
        """A cloud's ledger in what `find` gives; `before` are the names that it had before."""
        self._cloud = cloud
        self._before = tuple(before)
        self._find = find

    def record(self, *done: Done) -> None:
        """Write down what was done, all at once."""
        with suppress(SnaptuiError):  # it is done: that it is not written down undoes nothing
            repository = self._find()
            if repository is None or repository.read_only:
                return
            actor = Actor(user=current_owner(), origin=origin())
            note(repository, self._cloud, actor, done)

    def events(self, uid: str | None) -> list[Event]:
        """What was done."""
        repository = self._find()
        if repository is None:
            return []
        repository.refresh()
        found = list(repository.events(uid, cloud=self._cloud))
        for name in self._before:
            found += repository.events(uid, cloud=name)
        return sorted(found, key=lambda each: each.at, reverse=True) if self._before else found
