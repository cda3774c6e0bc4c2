"""Waiting until a cloud has done what it was asked for."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from snaptui.errors import CloudDownError, CloudTimeoutError, JobCancelledError, ThrottledError
from snaptui.progress import ProgressCallback, no_progress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

Thing = TypeVar("Thing")
BELIEVED = 5
"""So many looks see the same until it is believed: some 13 seconds at the usual pace."""


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


class Gone:
    """Whether it is true what a cloud says first of what it has just been asked for.

    EC2 may not know for seconds what it has just made, and still show what it has just deleted.
    What is said before the thing was seen in the making, or going, is believed only when it is
    said again and again.
    """

    def __init__(self) -> None:
        self._looks = 0
        self._begun = False

    def believed(self, *, begun: bool, ended: bool) -> bool:
        """Whether it has ended.

        Args:
            begun: the thing is seen in the making, or going.
            ended: it is not there, or there for good.
        """
        self._looks += 1
        self._begun = self._begun or begun
        return ended and (self._begun or self._looks >= BELIEVED)


async def wait_until(
    look: Callable[[], Coroutine[Any, Any, Thing]],
    done: Callable[[Thing], bool],
    *,
    progress: ProgressCallback = no_progress,
    told: Callable[[Thing], tuple[str, int, int]] = lambda _: ("waiting", 0, 0),
    pace: Pace | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Thing:
    """Look again and again until what is seen is done.

    A cloud that is down for a while goes on afterwards with what it was asked for, so an error of
    that kind is waited out.

    Args:
        look: asks the cloud.
        done: whether that is what was waited for.
        progress: is told how far it is, and stops the waiting by raising, also in mid-look.
        told: phase, bytes done and bytes in all, of what was seen.
        pace: how often.
        sleep: waits.
        clock: seconds that only go forward.

    Raises:
        CloudTimeoutError: it was not done in `pace.at_most`.
        CloudDownError: the cloud did not answer for `pace.patience`.
        JobCancelledError: from `progress`.
    """
    pace = pace or Pace()
    pause, began = pace.first, clock()
    answered = began
    shown = ("waiting", 0, 0)
    while True:
        try:
            thing = await heeding(look, lambda: progress(*shown), pace.step)  # noqa: B023 - in here
        except (CloudDownError, ThrottledError):
            if clock() - answered >= pace.patience:
                raise
            shown = ("waiting for the cloud", *shown[1:])
        else:
            answered = clock()
            if done(thing):
                return thing
            shown = told(thing)
        progress(*shown)
        if pace.at_most is not None and clock() - began >= pace.at_most:
            raise CloudTimeoutError(
                f"that is not done after {clock() - began:.0f} s",
                "it may still be done later: look at the list",
            )
        left = pause
        while left > 0:
            step = min(pace.step, left)
            await sleep(step)
            left -= step
            progress(*shown)
        pause = min(pause * 1.5, pace.longest)


PAUSES = (1.0, 2.0, 3.0)
"""Between the looks for what an earlier request may have made: seconds."""


async def looked_for(
    look: Callable[[], Coroutine[Any, Any, Thing | None]],
    sleep: Callable[[float], Awaitable[None]],
    *,
    again: bool,
) -> Thing | None:
    """What an earlier request made, if it did.

    Who sent it may have died that very moment, and the cloud be at it still, or not show it yet:
    then (`again`) one look is not enough to know that there is nothing.
    """
    found = await look()
    for pause in PAUSES if again else ():
        if found is not None:
            break
        await sleep(pause)
        found = await look()
    return found


async def heeding(
    ask: Callable[[], Coroutine[Any, Any, Thing]], beat: Callable[[], None], step: float
) -> Thing:
    """Ask; what beats meanwhile may end it by raising: no slow answer has to come first.

    Args:
        ask: asks the cloud.
        beat: called as long as there is no answer.
        step: how often, in seconds.
    """
    task = asyncio.ensure_future(ask())
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=step)
            if not task.done():
                beat()
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


def unless_insisted(progress: ProgressCallback, *, at_most: float = math.inf) -> ProgressCallback:
    """What is told how far it is; who cancels stops it by doing so again, or after `at_most` s."""
    since: float | None = None

    def told(phase: str, done: int, total: int) -> None:
        nonlocal since
        try:
            progress(phase, done, total)
        except JobCancelledError as error:
            since = time.monotonic() if since is None else since
            if error.insisted or time.monotonic() - since >= at_most:
                raise

    return told
