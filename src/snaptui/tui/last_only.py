"""Loading for a view that asks again before it has its answer: few calls at a time, then the last.

A call that blocks has a thread of its own and cannot be stopped. Who holds a key down must not
start one at each repeat; and a call that is cancelled by the next would never come to its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable

Load = Callable[[], Coroutine[Any, Any, None]]


class LastOnly:
    """Of all loads for one key few are at work; of those that come meanwhile only the last is."""

    def __init__(
        self, start: Callable[[Coroutine[Any, Any, None]], object], *, at_once: int = 1
    ) -> None:
        """Loads beside everything else.

        Args:
            start: starts one: a `run_worker`.
            at_once: how many may be at work; with two, one that hangs is in nobody's way.
        """
        self._start = start
        self._at_once = at_once
        self._at_work: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, Load] = {}

    def load(self, key: Hashable, load: Load) -> None:
        """Load now, or after what is being loaded for this key."""
        if self._at_work[key] >= self._at_once:
            self._waiting[key] = load
            return
        self._at_work[key] += 1
        self._start(self._run(key, load))

    async def _run(self, key: Hashable, load: Load) -> None:
        following: Load | None = load
        try:
            while following is not None:
                await following()
                following = self._waiting.pop(key, None)
        finally:
            self._at_work[key] -= 1
            if not self._at_work[key]:
                del self._at_work[key]
                self._waiting.pop(key, None)
