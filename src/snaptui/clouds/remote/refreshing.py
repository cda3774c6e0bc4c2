"""How often a cloud that is followed is looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshing:
    """How often a cloud is looked at, in seconds.

    Attributes:
        all: everything; 0: only when somebody asks for it.
        pending: what is not settled; each time that nothing has changed half as long again, up to
            `pending_longest`: some things never settle.
        pending_longest: no pause is longer.
        pending_most: of more than that, everything is listed instead.
        down: the first pause when it does not answer; each is twice as long, up to `down_longest`
            (at once when it does not accept the credentials: it may lock who tries too often).
        down_longest: no pause is longer.
    """

    all: float = 60.0
    pending: float = 3.0
    pending_longest: float = 20.0
    pending_most: int = 20
    down: float = 5.0
    down_longest: float = 120.0
