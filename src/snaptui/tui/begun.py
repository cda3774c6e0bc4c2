"""Jobs that a single key begins: one that is held, or pressed twice, begins one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Hashable

    from snaptui.models import Job
    from snaptui.tui.inventory import Inventory


LISTED_SECONDS = 60.0
"""A job that is not listed by then was, and has made room for newer ones."""


class Begun:
    """What was begun here and has not ended yet, also before the job is listed."""

    def __init__(self, inventory: Inventory, clock: Callable[[], float] = time.monotonic) -> None:
        self._inventory = inventory
        self._clock = clock
        self._jobs: dict[Hashable, tuple[str, float] | None] = {}
        """By what was begun its job's uid, and when that began; None: it is being started."""

    def is_under_way(self, key: Hashable) -> bool:
        """Whether this was begun, and is not over as far as is known."""
        if key not in self._jobs:
            return False
        if (job := self._jobs[key]) is None:
            return True
        uid, began = job
        listed = self._inventory.jobs.get(uid)
        if listed is None:
            return self._clock() - began < LISTED_SECONDS
        return not listed.status.ended

    def begin(self, key: Hashable, start: Callable[[], Awaitable[Job]]) -> Coroutine[Any, Any, Job]:
        """Begin it: it is under way from now on, unless it cannot be started."""
        self._jobs[key] = None
        return self._begin(key, start)

    async def _begin(self, key: Hashable, start: Callable[[], Awaitable[Job]]) -> Job:
        try:
            job = await start()
        except BaseException:
            del self._jobs[key]
            raise
        self._jobs[key] = (job.resource_uid, self._clock())
        return job
