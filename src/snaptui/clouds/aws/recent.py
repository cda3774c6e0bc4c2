"""What was just done, for EC2 shows it after a moment only.

What was made a second ago may not be found yet, what was deleted may still be listed, and what was
renamed be told with the name before. All would look like something that somebody else did.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from snaptui.models import Snapshot, SnapshotStatus, Volume, VolumeStatus

if TYPE_CHECKING:
    from collections.abc import Callable

Thing = TypeVar("Thing", Snapshot, Volume)

MOMENT = 60.0
"""So many seconds what was done here is believed more than what EC2 shows."""


class Recent:
    """What this process made, renamed and deleted in the last minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._made: dict[str, tuple[float, Snapshot | Volume]] = {}
        self._gone: dict[str, float] = {}
        self._named: dict[str, tuple[float, str]] = {}

    def made(self, thing: Snapshot | Volume) -> None:
        """EC2 says that it made this."""
        self._forget()
        self._made[thing.resource_uid] = (self._clock(), thing)

    def deleted(self, uid: str) -> None:
        """EC2 says that it deleted this."""
        self._forget()
        self._made.pop(uid, None)
        self._gone[uid] = self._clock()

    def renamed(self, uid: str, name: str) -> None:
        """EC2 says that it has given it this name."""
        self._forget()
        self._named[uid] = (self._clock(), name)

    def seen(self, uid: str, found: Thing | None, kind: type[Thing]) -> Thing | None:
        """What is to be believed of one thing that EC2 shows, or does not."""
        self._forget()
        if found is None:
            _, made = self._made.get(uid, (0.0, None))
            return made if isinstance(made, kind) else None
        self._made.pop(uid, None)
        return self.shown(found)

    def shown(self, found: Thing) -> Thing:
        """The same for a thing in a listing."""
        named_at, name = self._named.get(found.resource_uid, (0.0, found.name))
        if name != found.name and self._clock() - named_at <= MOMENT:
            found = replace(found, name=name)
        at = self._gone.get(found.resource_uid)
        if at is None or self._clock() - at > MOMENT:
            return found
        if isinstance(found, Snapshot):
            return replace(found, status=SnapshotStatus.DELETING)
        return replace(found, status=VolumeStatus.DELETING)

    def _forget(self) -> None:
        since = self._clock() - MOMENT
        self._made = {uid: (at, it) for uid, (at, it) in self._made.items() if at > since}
        self._named = {uid: (at, name) for uid, (at, name) in self._named.items() if at > since}
        self._gone = {uid: at for uid, at in self._gone.items() if at > since}
