"""Waiting until a cloud has done what it was asked for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from snaptui.errors import CloudDownError, CloudTimeoutError, ThrottledError
from snaptui.progress import ProgressCallback, no_progress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a cloud is asked whether it is done, in seconds.

    Attributes:
        first: the first pause; each is half as long again as the one before.
        longest: no pause is longer.
        step: how often somebody may cancel meanwhile.
        patience: so long a cloud may be down, or refuse to be asked so often, in the middle of it.
        at_most: so long it may take; None: as long as it takes.
    """

    first: float = 1.0
    longest: float = 10.0
    step: float = 0.5
    patience: float = 600.0
    at_most: float | None = None


async def wait_until(
    look: Callable[[], Awaitable[Thing]],
    done: Callable[[Thing], bool],
    *,
    progress: ProgressCallback = no_progress,
    told: Callable[[Thing], tuple[str, int, int]] = lambda _: ("waiting", 0, 0),
    pace: Pace | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Thing:
    """Look again and again until what is seen is done.

    A cloud that is down for a while goes on afterwards with what it was asked for, so an error of
    that kind is waited out.

    Args:
        look: asks the cloud.
        done: whether that is what was waited for.
        progress: is told how far it is, and stops the waiting by raising.
        told: phase, bytes done and bytes in all, of what was seen.
        pace: how often.
        sleep: waits.

    Raises:
        CloudTimeoutError: it was not done in `pace.at_most`.
        CloudDownError: the cloud did not answer for `pace.patience`.
        JobCancelledError: from `progress`.
    """
    pace = pace or Pace()
    pause, waited, silent = pace.first, 0.0, 0.0
    last = ("waiting", 0, 0)
    while True:
        try:
            thing = await look()
        except (CloudDownError, ThrottledError):
            if silent >= pace.patience:
                raise
            silent += pause
            progress("waiting for the cloud", last[1], last[2])
        else:
            silent = 0.0
            if done(thing):
                return thing
            last = told(thing)
            progress(*last)
        if pace.at_most is not None and waited >= pace.at_most:
            raise CloudTimeoutError(
                f"that is not done after {waited:.0f} s",
                "it may still be done later: look at the list",
            )
        left = pause
        while left > 0:
            step = min(pace.step, left)
            await sleep(step)
            left -= step
            progress(*last)
        waited += pause
        pause = min(pause * 1.5, pace.longest)
