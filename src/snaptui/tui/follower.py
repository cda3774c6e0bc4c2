"""How what the screen knows of the clouds and jobs is kept current.

Each cloud is asked for its change token twice a second, for what changed when that has, and what
came of it is said in messages. Each is followed on its own, so a slow one delays nobody.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from snaptui.clouds.base import collect
from snaptui.errors import SnaptuiError
from snaptui.models import CloudInfo
from snaptui.tui.cloud_state import Difference
from snaptui.tui.guard import described
from snaptui.tui.inventory import (
    CloudTouched,
    InventoryChanged,
    JobEnded,
    JobsChanged,
    JobsUnknown,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence

    from textual.message import Message

    from snaptui.clouds.base import Cloud
    from snaptui.models import Job, JobStatus, Snapshot, Volume
    from snaptui.tui.cloud_state import CloudState
    from snaptui.tui.inventory import Inventory
    from snaptui.tui.ports import JobsLike

POLL_SECONDS = 0.5
CALM_SECONDS = 1.0
"""How often a bar moves at most in calm mode."""
DOWN_SECONDS = 5.0
"""How often a cloud that is down is asked whether it is back."""
ANSWER_SECONDS = 30.0
"""A cloud that takes longer to answer is shown as down until it does."""
NO_ANSWER = "it does not answer"
MANY_SNAPSHOTS = 2000
"""From so many on, the volumes are shown before the snapshots are listed."""
BUSY_TIMES = 6
"""So often in a row the listing of jobs may fail before that is told."""


class Follower:
    """Keeps an inventory current."""

    def __init__(
        self,
        inventory: Inventory,
        jobs: JobsLike,
        post: Callable[[Message], object],
        *,
        calm: bool = False,
        shown: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """A follower of what is in an inventory.

        Args:
            inventory: what is kept current.
            jobs: lists the jobs.
            post: takes the messages.
            calm: tell mere progress at most once a second.
            shown: waits until what was told is on the screen; without it, nothing is told before
                all is known.
        """
        self._calm = calm
        self._shown = shown
        self._told_at = 0.0
        self._inventory = inventory
        self._jobs = jobs
        self._post = post
        self._wake: dict[str, asyncio.Event] = {name: asyncio.Event() for name in inventory.clouds}
        self._wake_jobs = asyncio.Event()
        self._first_listing = True
        self._group: asyncio.TaskGroup | None = None

    def wake(self) -> None:
        """Look now: something was just done that will have changed something."""
        for event in self._wake.values():
            event.set()
        self._wake_jobs.set()

    async def run(self) -> None:
        """Follow until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            for state in self._inventory.clouds.values():
                self._group.create_task(self._follow_cloud(state))
            self._group.create_task(self._follow_jobs())

    def add(self, clouds: Sequence[Cloud]) -> None:
        """Follow more clouds; to be called while it runs."""
        assert self._group is not None
        self._inventory.add_clouds(clouds)
        for cloud in clouds:
            self._wake[cloud.name] = asyncio.Event()
            self._group.create_task(self._follow_cloud(self._inventory.clouds[cloud.name]))

    async def _follow_cloud(self, state: CloudState) -> None:
        seen: Hashable = object()
        while True:
            pause = POLL_SECONDS
            look = asyncio.create_task(self._look(state, seen))
            try:
                if not await self._answers(look):
                    self._down(state, NO_ANSWER)
                    # No second call before the first one is over: each holds a thread.
                    await asyncio.wait({look})
                seen = look.result()
                if state.info is not None and state.info.reason == NO_ANSWER:
                    seen, pause = object(), 0.0
            except Exception as error:  # noqa: BLE001 - one cloud's error must not end the others
                seen, pause = object(), DOWN_SECONDS
                reason = error.message if isinstance(error, SnaptuiError) else described(error)
                self._down(state, reason)
            finally:
                look.cancel()
            await self._sleep(self._wake[state.name], pause)

    @staticmethod
    async def _answers(look: asyncio.Task[Hashable]) -> bool:
        done, _ = await asyncio.wait({look}, timeout=ANSWER_SECONDS)
        return bool(done)

    async def _look(self, state: CloudState, seen: Hashable) -> Hashable:
        token = await state.cloud.change_token()
        if token != seen or state.is_missed:
            if not await self._follow_changes(state, seen):
                await self._load(state)
            self._wake_jobs.set()
        return token

    async def _follow_changes(self, state: CloudState, seen: Hashable) -> bool:
        """Take over what changed since; whether the cloud could tell."""
        if not state.complete or state.info is None or state.info.is_unknown:
            return False
        info = await state.cloud.info()
        if info.is_unknown or (changes := await state.cloud.changes(seen)) is None:
            return False
        difference = state.apply(changes)
        if difference or info != state.info:
            state.info = info
            self._post(InventoryChanged(state, difference))
        else:
            self._post(CloudTouched(state))
        return True

    async def _load(self, state: CloudState) -> None:
        info = await state.cloud.info()
        volumes: list[Volume] = []
        snapshots: list[Snapshot] = []
        if not (info.opened or state.wanted):
            # what was in it may be much: it is read when somebody opens it or looks for something
            if info != state.info:
                state.info, state.loaded = info, True
                self._post(InventoryChanged(state, Difference()))
            return
        if info.available or info.as_of is not None:
            volumes = await collect(state.cloud.volumes())
            if not state.loaded:
                await self._show_volumes(state, info, volumes)
            snapshots = await collect(state.cloud.snapshots())
        elif state.loaded:
            # what was known of a cloud that is down is still worth seeing
            if info != state.info:
                state.info = info
                state.generation += 1
                self._post(InventoryChanged(state, Difference()))
            return
        first = not state.complete
        # 100 000 comparisons are not to keep a key waiting
        loaded = await asyncio.to_thread(state.compared, volumes, snapshots)
        difference = state.take_over(loaded)
        if first or difference or info != state.info:
            state.info = info
            self._post(InventoryChanged(state, difference))

    async def _show_volumes(
        self, state: CloudState, info: CloudInfo, volumes: Sequence[Volume]
    ) -> None:
        """Volumes know how many snapshots they have: many need not be listed to show the volumes.

        Few are listed sooner than another repaint is made.
        """
        if self._shown is None or sum(each.snapshot_count for each in volumes) < MANY_SNAPSHOTS:
            return
        state.info = info
        self._post(InventoryChanged(state, state.take_volumes(volumes)))
        await self._shown()

    def _down(self, state: CloudState, reason: str) -> None:
        kind = state.info.kind if state.info is not None else ""
        info = CloudInfo(name=state.name, kind=kind, available=False, reason=reason)
        if info != state.info or not state.loaded:
            state.info, state.loaded = info, True
            self._post(InventoryChanged(state, Difference()))

    async def _follow_jobs(self) -> None:
        failures = 0
        while True:
            # Without running jobs, only a change of a cloud can have brought one.
            self._wake_jobs.clear()
            try:
                jobs = await asyncio.to_thread(self._jobs.list)
            except Exception as error:  # noqa: BLE001 - the clouds can be followed all the same
                failures += 1
                # A store that is busy for a moment is no news.
                if failures == (BUSY_TIMES if isinstance(error, SnaptuiError) else 1):
                    self._post(JobsUnknown(described(error)))
                await self._sleep(self._wake_jobs, POLL_SECONDS)
                continue
            failures = 0
            self._take_jobs(jobs)
            if self._inventory.running:
                await self._sleep(self._wake_jobs, POLL_SECONDS)
            else:
                await self._wake_jobs.wait()

    def _take_jobs(self, jobs: Sequence[Job]) -> None:
        before = {uid: job.status for uid, job in self._inventory.jobs.items()}
        changed, ended = self._inventory.take_jobs(jobs)
        if self._first_listing:
            self._first_listing, ended = False, []
        if changed and self._worth_telling(before):
            self._told_at = time.monotonic()
            self._post(JobsChanged(changed))
        for job in ended:
            for state in self._inventory.touched_by(job):
                state.cloud.look_again()
        if ended:
            for event in self._wake.values():
                event.set()
        for job in reversed(ended):
            self._post(JobEnded(job))

    def _worth_telling(self, before: dict[str, JobStatus]) -> bool:
        """Whether more than progress has changed, or the last time is long enough ago."""
        if not self._calm or time.monotonic() - self._told_at >= CALM_SECONDS:
            return True
        return before != {uid: job.status for uid, job in self._inventory.jobs.items()}

    @staticmethod
    async def _sleep(event: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
        event.clear()
