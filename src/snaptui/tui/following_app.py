"""An app that follows clouds and jobs, and hands on what is told of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from snaptui.errors import SnaptuiError
from snaptui.tui import collector, keys
from snaptui.tui.follower import Follower
from snaptui.tui.guard import described, guarded
from snaptui.tui.hangup import leave_with_terminal
from snaptui.tui.inventory import (
    CloudTouched,
    Difference,
    FollowsClouds,
    FollowsJobs,
    Inventory,
    InventoryChanged,
    JobEnded,
    JobsChanged,
    JobsUnknown,
)
from snaptui.tui.later import later
from snaptui.tui.operations import Operations
from snaptui.tui.outcomes import Outcomes
from snaptui.tui.patient_app import PatientApp
from snaptui.tui.screens.main import MainScreen, down_reason
from snaptui.tui.spans import outside
from snaptui.tui.state import Remembered
from snaptui.tui.threads import DaemonThreads
from snaptui.tui.typing_ahead import START_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.message_pump import MessagePump
    from textual.screen import Screen

    from snaptui.clouds.base import Cloud
    from snaptui.config import Config
    from snaptui.tui.ports import Connect, Examine, JobsLike, More

T = TypeVar("T")
PAINT_SECONDS = 1.0
"""What is listed after a paint waits no longer for that."""
MORE_SECONDS = 2.0
"""Nor do other clouds wait longer for the first one."""

DEMO = "This is a demo on made-up volumes. All of it is removed when you leave."


async def _refreshed(pump: MessagePump) -> None:
    """Wait until what somebody was told before this has been painted."""
    painted = asyncio.Event()
    pump.call_after_refresh(painted.set)
    await painted.wait()


class FollowingApp(PatientApp[T]):
    """An app over clouds and their jobs: painted first, then filled, then kept current."""

    def __init__(
        self,
        clouds: Sequence[Cloud] = (),
        jobs: JobsLike | None = None,
        *,
        connect: Connect | None = None,
        config: Config | None = None,
        remembered: Remembered | None = None,
        dark: bool | None = None,
        examine: Examine | None = None,
        demo: bool = False,
    ) -> None:
        """An app over these clouds and jobs, or over what `connect` opens after the first paint.

        Args:
            clouds: what to show, in order.
            jobs: their jobs.
            connect: opens both, after the first paint.
            config: what is set.
            remembered: where one was the last time, and what one had chosen.
            dark: whether the terminal's background is, if it said so.
            examine: the doctor's look at what the command line knows of; it may take a moment.
            demo: it is all thrown away in the end, which is said.
        """
        super().__init__(config, remembered, dark=dark)
        self._clouds = clouds
        self._jobs = jobs
        self._connect = connect
        self._examine = examine
        self._follower: Follower | None = None
        self.inventory = Inventory()
        self.outcomes = Outcomes(self, self.inventory)
        self.main = MainScreen(self.inventory)
        self._is_demo = demo
        if demo:
            self.main.header.set_demo()
        self.failure: SnaptuiError | None = None
        self.left: Remembered | None = None
        self._first_shown = asyncio.Event()
        stop = remembered.stop if remembered is not None else None
        self._begins_in = stop.place.cloud if stop is not None else ""
        self.main.begin_at(remembered or Remembered())
        self.typing_ahead.expect_first()

    def get_default_screen(self) -> Screen[Any]:
        """The main screen."""
        return self.main

    def on_mount(self) -> None:
        """Paint first, then look at the clouds."""
        asyncio.get_running_loop().set_default_executor(DaemonThreads())
        if not self.is_headless:
            leave_with_terminal(self)
        self.screen_change_signal.subscribe(self, self.outcomes.screen_changed)
        self.call_after_refresh(self._begin)
        self.set_timer(START_SECONDS, self._see_first)

    def _begin(self) -> None:
        if not self.main.pane.is_mounted:
            # a toast makes a first paint, too, before the screen is whole
            self.set_timer(0.01, self._begin)
            return
        self.run_worker(later(self._follow), group="follow")
        self._tick()

    async def _follow(self) -> None:
        more: More | None = None
        try:
            if self._connect is not None:
                backend = await asyncio.to_thread(self._connect)
                self._clouds, self._jobs, more = backend
        except SnaptuiError as error:
            self.failure = error
        except Exception as error:  # noqa: BLE001 - told like any other reason not to begin
            self.failure = SnaptuiError(described(error))
        if self.failure is not None:
            self.exit(return_code=self.failure.exit_code)
            return
        assert self._jobs is not None
        if self._is_demo:
            self.notify(DEMO, timeout=8, markup=False)
        self.inventory.add_clouds(self._clouds)
        self._follower = Follower(
            self.inventory,
            self._jobs,
            self.post_message,
            calm=self.config.calm,
            shown=self._painted,
        )
        self.main.operations = Operations(
            self, self.inventory, self._jobs, self._follower.wake, self.main.making
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follower.run())
            if more is not None:
                group.create_task(self._follow_more(more, self._follower))

    async def _follow_more(self, more: More, follower: Follower) -> None:
        """Show more clouds, when the first one is there: who begins in it waits for no others."""
        if self._begins_in in {"", *self.inventory.clouds}:
            with suppress(TimeoutError):
                async with asyncio.timeout(MORE_SECONDS):
                    await self._first_shown.wait()
            await self._painted()
        with guarded(lambda reason: self.tell_problems([reason])):
            clouds, problems = await asyncio.to_thread(more)
            self._clouds = [*self._clouds, *clouds]
            follower.add(clouds)
            self.tell_problems(problems)

    def _see_first(self) -> None:
        """Whoever has typed already meant what is there now."""
        self.typing_ahead.settle_first(keys.acts_at_once)

    async def _painted(self) -> None:
        """Wait until what is to be seen now is on the screen; not for long, whatever keeps it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PAINT_SECONDS):
                await _refreshed(self)
                # a view that was made just now paints after that
                await _refreshed(self.main.pane.current or self)

    async def on_unmount(self) -> None:
        """Let go of the clouds."""
        await self.inventory.close()

    # Time

    def _tick(self) -> None:
        """Ages and the clock move on with the minute, all at once."""
        now = datetime.now(UTC)
        self.set_timer(60.05 - now.second - now.microsecond / 1e6, self._next_minute)

    def _next_minute(self) -> None:
        self.main.refresh_ages()
        self._tick()

    # What the follower says

    def on_inventory_changed(self, message: InventoryChanged) -> None:
        """A cloud is not what it was."""
        if self._exit:  # nothing can be mounted any more
            return
        if message.state.complete or down_reason(message.state):
            collector.go_on()
            self._first_shown.set()
        self.main.inventory_changed(message)
        if self.main.has_begun:
            self._see_first()
        self._tell_lists(message)
        self.outcomes.listed()

    def on_cloud_touched(self, message: CloudTouched) -> None:
        """What is asked for beside volumes and snapshots may be another."""
        if not self._exit:
            self.main.cloud_touched(message.state)
            self._tell_lists(InventoryChanged(message.state, Difference()))

    def _tell_lists(self, message: InventoryChanged) -> None:
        for screen in self.screen_stack:
            if screen is not self.main and isinstance(screen, FollowsClouds):
                screen.inventory_changed(message)

    def on_jobs_changed(self, message: JobsChanged) -> None:
        """Jobs began, went on or ended."""
        if self._exit:
            return
        self.main.jobs_changed(message)
        for screen in self.screen_stack:
            if screen is not self.main and isinstance(screen, FollowsJobs):
                screen.jobs_changed(message)

    def on_job_ended(self, message: JobEnded) -> None:
        """Tell how a job ended, whoever started it."""
        if self.main.operations is not None:
            self.main.operations.job_ended(message.job)
        self.outcomes.add(message.job)

    def on_jobs_unknown(self, message: JobsUnknown) -> None:
        """Say that progress is not to be seen just now."""
        text = f"the jobs cannot be listed: {message.reason}"
        self.notify(outside(text), severity="error", timeout=10, markup=False)
