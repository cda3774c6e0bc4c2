"""Looking at the host: who uses which volume, is it there, how large is it."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from snaptui.clouds.local.host import find_users

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.engine import Repository
    from snaptui.models import Attachment

SECONDS = 4.0
"""How old an answer may be: looking at all open files is not cheap."""
SHARE = 0.005
"""The part of a processor that looking may take: at thousands of volumes it is done less often."""
KEPT = 32
"""So many differences between two looks are remembered."""

_Seen = tuple[int, int, int] | None
"""Kind, size and device number of what is at a path; None where nothing is."""


class Survey:
    """The last look at all volumes of a repository. Threads may share it.

    Attributes:
        number: goes up when a look differs from the one before.
    """

    def __init__(self, repository: Repository) -> None:
        self.number = 0
        self._repository = repository
        self._users: dict[str, list[Attachment]] = {}
        self._seen: dict[str, _Seen] = {}
        self._paths: list[str] = []
        self._version = -1
        self._at = float("-inf")
        self._cost = 0.0
        self._lock = threading.Lock()
        self._changed: deque[tuple[int, frozenset[str]]] = deque(maxlen=KEPT)

    def users(self, *, fresh: bool = False) -> Mapping[str, list[Attachment]]:
        """Who uses which path; with `fresh`, by a look that began after this call."""
        with self._lock:
            version = self._repository.catalog.version
            if version != self._version:
                rows = self._repository.catalog.rows("volumes")
                self._paths = [row["path"] for row in rows.values()]
                self._version = version
                fresh = fresh or any(path not in self._users for path in self._paths)
            if fresh or time.monotonic() - self._at > max(SECONDS, self._cost / SHARE):
                began = time.thread_time()
                self._look()
                self._cost = time.thread_time() - began
            return self._users

    def _look(self) -> None:
        users = find_users(self._paths)
        seen = {path: _seen(path) for path in self._paths}
        self._at = time.monotonic()
        changed = frozenset(
            path
            for path in users.keys() | self._users.keys()
            if users.get(path) != self._users.get(path) or seen.get(path) != self._seen.get(path)
        )
        if changed:
            self._users, self._seen = users, seen
            self.number += 1
            self._changed.append((self.number, changed))

    def changed_since(self, number: int) -> frozenset[str] | None:
        """The paths that look different since a look; None when that is not known any more."""
        with self._lock:
            if number == self.number:
                return frozenset()
            if number > self.number or not self._changed or self._changed[0][0] > number + 1:
                return None
            return frozenset().union(*(paths for at, paths in self._changed if at > number))


def _seen(path: str) -> _Seen:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mode, status.st_size, status.st_rdev
