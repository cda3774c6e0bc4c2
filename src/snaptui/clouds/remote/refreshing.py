"""How often a cloud that is followed is looked at."""

from __future__ import annotations

from dataclasses import dataclass

IDLE_SHARE = 0.004
"""That much of one core may go into listing again what has not changed."""
SELDOM = 5
"""So many times as long as it is set a pause is at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshing:
    """How often a cloud is looked at, in seconds.

    Attributes:
        all: everything; 0: only when somebody asks for it. What has not changed, and takes this
            machine much work to list, is listed less often: see `rest`.
        pending: what is not settled; each time that nothing has changed half as long again, up to
            `pending_longest`: some things never settle.
        pending_longest: no pause is longer.
        pending_most: of more than that, everything is listed instead.
        down: the first pause when it does not answer; each is twice as long, up to `down_longest`
            (at once when it does not accept the credentials: it may lock who tries too often).
        down_longest: no pause is longer.
        silence: of a cloud that has told nothing for so long, that is told, each second anew.
    """

    all: float = 60.0
    pending: float = 3.0
    pending_longest: float = 20.0
    pending_most: int = 20
    down: float = 5.0
    down_longest: float = 120.0
    silence: float = 10.0

    def rest(self, cpu_seconds: float) -> float:
        """How long everything is left alone after a listing that changed nothing.

        Args:
            cpu_seconds: what that listing took. Thousands of snapshots take half a second, and an
                app that is only open must not be seen in `top`.
        """
        return min(max(self.all, cpu_seconds / IDLE_SHARE), self.all * SELDOM)
