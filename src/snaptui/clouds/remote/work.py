"""What is done to a remote cloud: required, written down, told when it fails."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from snaptui.clouds.remote.nothing import HasNothingOfThat
from snaptui.clouds.remote.waiting import Gone, heeding, unless_insisted, wait_until
from snaptui.engine.operations.noting import Done
from snaptui.errors import (
    CloudError,
    CloudNotFoundError,
    JobCancelledError,
    SnaptuiError,
)
from snaptui.models import Snapshot, Volume
from snaptui.progress import ProgressCallback, no_progress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from snaptui.clouds.base import Capability
    from snaptui.clouds.remote.ledger import Ledger
    from snaptui.clouds.remote.naming import InstanceNames
    from snaptui.clouds.remote.provider import Provider
    from snaptui.clouds.remote.stock import Stock
    from snaptui.clouds.remote.waiting import Pace
    from snaptui.models import Deletion

Thing = TypeVar("Thing")
Made = TypeVar("Made", Volume, Snapshot)
Worker = TypeVar("Worker", bound="Work")
Arguments = ParamSpec("Arguments")

AT_MOST = 600.0
"""Attaching, detaching and deleting take no longer than that, in seconds; else something hangs."""
ANSWERED = 5.0
"""Who cancels waits that long for the answer, in seconds: what is made can be deleted then."""
LETTING_GO = 20.0
"""Who cancels waits no longer, in seconds, until what was begun can be deleted and is."""
UNANSWERED = "it has not said that it deletes it"


class Work(HasNothingOfThat):
    """What all that is done to a remote cloud needs."""

    def __init__(self, name: str, provider: Provider, ledger: Ledger, pace: Pace) -> None:
        self._name = name
        self.provider = provider
        self.ledger = ledger
        self.pace = pace
        self.sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        self.clock: Callable[[], float] = time.monotonic

    sent = False
    """What changes a volume at once has been asked for: whoever waits no more does not end it."""
    names: InstanceNames
    found_as: Sequence[str] = ()
    """What it was called when it was found: see `KnownCloud.found_as`."""

    @property
    def name(self) -> str:
        """What the tree calls it."""
        return self._name

    @abstractmethod
    async def snapshot(self, reference: str) -> Snapshot:
        """One snapshot."""

    @abstractmethod
    async def found_volume(self, reference: str) -> Volume:
        """One volume as it is now, its snapshots not counted: that would be to list them all."""

    @abstractmethod
    async def stock(self) -> Stock:
        """All volumes and snapshots."""

    @abstractmethod
    async def plan_delete_volume(self, uid: str) -> Deletion:
        """What deleting a volume would do."""

    @abstractmethod
    def look_again(self) -> None:
        """Something was done."""

    @abstractmethod
    def gone(self, uids: Sequence[str]) -> None:
        """These were deleted."""

    def require(self, capability: Capability) -> None:
        """Raise unless this cloud can do that.

        Raises:
            UnsupportedError: it cannot, and why.
            ReadOnlyError: it is read-only here.
        """
        if not (ability := self.ability(capability)):
            raise ability.refusal(self.name)

    async def _record(
        self, action: str, subject_uid: str, text: str, related_uid: str | None = None
    ) -> None:
        self.look_again()
        await self._record_all([Done(action, subject_uid, text, related_uid)])

    async def _record_deleted(self, action: str, names: Mapping[str, str], noun: str) -> None:
        self.gone(list(names))
        await self._record_all(
            [Done(action, uid, f"deleted {noun} {name}") for uid, name in names.items()]
        )

    async def _record_all(self, done: Sequence[Done]) -> None:
        await asyncio.to_thread(self.ledger.record, *done)

    async def answered(
        self, ask: Callable[[], Coroutine[Any, Any, Thing]], progress: ProgressCallback
    ) -> Thing:
        """What the cloud answers who asks it to make something.

        Raises:
            JobCancelledError: from `progress`, and there is no answer yet.
        """
        patient = unless_insisted(progress, at_most=ANSWERED)
        try:
            return await self._heeded(ask, patient, "asking the cloud")
        except JobCancelledError as error:
            raise unanswered(error) from error

    async def _heeded(
        self,
        ask: Callable[[], Coroutine[Any, Any, Thing]],
        progress: ProgressCallback,
        phase: str = "waiting",
    ) -> Thing:
        """What the cloud answers, unless `progress` ends that by raising meanwhile."""
        return await heeding(ask, lambda: progress(phase, 0, 0), self.pace.step)

    async def _when(
        self,
        look: Callable[[], Coroutine[Any, Any, Thing]],
        done: Callable[[Thing], bool],
        *,
        progress: ProgressCallback = no_progress,
        told: Callable[[Thing], tuple[str, int, int]] = lambda _: ("waiting", 0, 0),
        at_most: float | None = None,
    ) -> Thing:
        """What is seen, when it is what is waited for."""
        return await wait_until(
            look,
            done,
            progress=progress,
            told=told,
            pace=replace(self.pace, at_most=at_most),
            sleep=self.sleep,
            clock=self.clock,
        )

    async def _when_made(
        self,
        look: Callable[[], Coroutine[Any, Any, Made | None]],
        *,
        progress: ProgressCallback = no_progress,
        told: Callable[[Made | None], tuple[str, int, int]] = lambda _: ("waiting", 0, 0),
    ) -> Made | None:
        """What was asked for, when it is there or has failed; None when it is gone again."""
        self.look_again()
        gone = Gone()

        def done(seen: Made | None) -> bool:
            if seen is None:
                return gone.believed(begun=False, ended=True)
            gone.believed(begun=True, ended=False)
            return seen.status.settled

        return await self._when(look, done, progress=progress, told=told)

    async def _when_gone(self, look: Callable[[], Coroutine[Any, Any, Made | None]]) -> Made | None:
        """None when what was to be deleted is gone; it, when it is there again."""
        gone = Gone()

        def done(seen: Made | None) -> bool:
            return seen is None or gone.believed(
                begun=not seen.status.settled, ended=seen.status.settled
            )

        return await self._when(look, done, at_most=AT_MOST)

    async def _vanished(self, what: str, uid: str) -> CloudNotFoundError:
        """What to tell of something that was being made and is not there any more."""
        reason = ""
        with suppress(SnaptuiError):  # that it is gone is told all the same
            reason = await self.provider.why(uid)
        hint = "" if reason else "somebody deleted it, or the cloud gave it up without a word"
        return CloudNotFoundError(
            f"the {what} has vanished while it was made" + (f": {reason}" if reason else ""), hint
        )

    async def _why(self, thing: Volume | Snapshot) -> str:
        """Why something is in error, as far as the cloud tells."""
        reason = thing.reason
        with suppress(SnaptuiError):  # what failed is told all the same, only not why
            reason = await self.provider.why(thing.resource_uid) or reason
        return reason or "it does not tell why"


def looks_again(
    work: Callable[Concatenate[Worker, Arguments], Coroutine[Any, Any, Thing]],
) -> Callable[Concatenate[Worker, Arguments], Coroutine[Any, Any, Thing]]:
    """What changes something: when it fails, what was listed before is not believed any more."""

    @wraps(work)
    async def whole(self: Worker, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Thing:
        self.sent = False
        try:
            return await work(self, *args, **kwargs)
        except (CloudError, JobCancelledError, asyncio.CancelledError):
            self.look_again()
            raise

    return whole


def goes_on(cancelled: JobCancelledError, what: str) -> JobCancelledError:
    """The cancellation, which the cloud does not heed."""
    return JobCancelledError(cancelled.message, f"the cloud goes on {what}")


def unanswered(cancelled: JobCancelledError) -> JobCancelledError:
    """The cancellation, of what the cloud was asked for and has not said whether it makes it."""
    hint = "it may have been made all the same: look at the list before you start it again"
    return JobCancelledError(cancelled.message, hint)


def stays(cancelled: JobCancelledError, what: str) -> JobCancelledError:
    """The cancellation, of what an earlier job had made and somebody may be using by now."""
    return JobCancelledError(cancelled.message, f"{what} was there already, and stays")


def untold(error: CloudError, what: str) -> CloudError:
    """The error, with what the cloud goes on with although nobody can see it."""
    told = CloudError(
        f"the cloud goes on with the {what}, but does not tell how far it is: {error.message}",
        error.hint,
    )
    told.request_id = error.request_id  # the hint has it already
    return told
