"""What the screen knows of the clouds and jobs, and the messages that tell what is another.

`Inventory` is the state; a `Follower` keeps it current.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.message import Message

from snaptui.models import Job, JobKind, JobStatus
from snaptui.tui.cloud_state import CloudState, Difference
from snaptui.tui.made import LISTED_SECONDS, is_listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.clouds.base import Cloud

__all__ = [
    "CloudState",
    "CloudTouched",
    "Difference",
    "FollowsJobs",
    "Inventory",
    "InventoryChanged",
    "JobEnded",
    "JobsChanged",
    "JobsUnknown",
]

CLOSE_SECONDS = 1.0


@dataclass
class InventoryChanged(Message):
    """A cloud's volumes, snapshots or availability changed."""

    state: CloudState
    difference: Difference


@dataclass
class CloudTouched(Message):
    """Something happened in a cloud that is not to be seen in its volumes and snapshots.

    Its zones, its trash or its activity may be other ones.
    """

    state: CloudState


@dataclass
class JobsChanged(Message):
    """Jobs were added, went on or ended; `jobs` are those whose state changed."""

    jobs: Sequence[Job]


@dataclass
class JobEnded(Message):
    """A job that was not over before is over now, whoever started it."""

    job: Job


@dataclass
class JobsUnknown(Message):
    """The jobs cannot be listed; it is tried again."""

    reason: str


@runtime_checkable
class FollowsClouds(Protocol):
    """A screen that shows what is in a cloud."""

    def inventory_changed(self, message: InventoryChanged) -> None:
        """A cloud's volumes, snapshots or availability changed."""


@runtime_checkable
class FollowsJobs(Protocol):
    """A screen that shows jobs."""

    def jobs_changed(self, message: JobsChanged) -> None:
        """Jobs began, went on or ended."""


class Inventory:
    """All clouds and jobs, as last seen."""

    def __init__(self) -> None:
        self.clouds: dict[str, CloudState] = {}
        self.jobs: dict[str, Job] = {}
        self._ended_at: dict[str, float] = {}
        """When a job that was seen running had made something that is not in the lists yet."""

    def add_clouds(self, clouds: Sequence[Cloud]) -> None:
        """Show these clouds, in this order, below those that are there."""
        self.clouds = {**self.clouds, **{cloud.name: CloudState(cloud) for cloud in clouds}}

    async def close(self) -> None:
        """Let go of all clouds; none of them keeps anybody waiting for long."""

        async def let_go(cloud: Cloud) -> None:
            with suppress(Exception):  # it is left in any case
                await asyncio.wait_for(cloud.close(), CLOSE_SECONDS)

        await asyncio.gather(*(let_go(state.cloud) for state in self.clouds.values()))

    @property
    def running(self) -> list[Job]:
        """Jobs that are not over, oldest first."""
        jobs = [job for job in self.jobs.values() if not job.status.ended]
        return sorted(jobs, key=lambda job: job.created_at)

    def running_for(self, cloud: str, *kinds: JobKind, uid: str | None = None) -> list[Job]:
        """A cloud's running jobs of these kinds, of a volume or snapshot or of all."""
        return [
            job
            for job in self.running
            if job.kind in kinds and uid in {None, job.subject_uid} and self.is_of(job, cloud)
        ]

    def cloud_of(self, job: Job) -> CloudState | None:
        """The cloud that a job is of, or the one that took its place.

        A job keeps the name that its cloud had when it was found.
        """
        if (state := self.clouds.get(job.cloud)) is not None:
            return state
        states = self.clouds.values()
        return next((state for state in states if job.cloud in state.cloud.found_as), None)

    def is_of(self, job: Job, cloud: str) -> bool:
        """Whether a job is of the cloud of that name."""
        return (state := self.cloud_of(job)) is not None and state.name == cloud

    def making(self, cloud: str, *kinds: JobKind, uid: str | None = None) -> list[Job]:
        """Jobs that make what a list shows, until that is in it: a row is not to come and go.

        Those that have made it by now are as they were.
        """
        late = [
            replace(job, status=JobStatus.RUNNING)
            for job in map(self.jobs.get, self._ended_at)
            if job is not None
            and job.kind in kinds
            and uid in {None, job.subject_uid}
            and self.is_of(job, cloud)
            and not self.is_listed(job)
            and time.monotonic() - self._ended_at[job.resource_uid] < LISTED_SECONDS
        ]
        return [*late, *self.running_for(cloud, *kinds, uid=uid)]

    def is_listed(self, job: Job) -> bool:
        """Whether what a job made is in the lists; there may be nothing of the kind."""
        return is_listed(job, self.clouds.values())

    def touched_by(self, job: Job) -> list[CloudState]:
        """The clouds in which a job may have made something.

        Which cloud is the region that a snapshot was copied to is not known here: any of its kind.
        """
        state = self.cloud_of(job)
        names = {state.name if state is not None else job.cloud, job.request.get("cloud")}
        found = [state for state in self.clouds.values() if state.name in names]
        if job.kind is JobKind.COPY:
            kinds = {state.info.kind for state in found if state.info is not None}
            found += [
                state
                for state in self.clouds.values()
                if state.name not in names and state.info is not None and state.info.kind in kinds
            ]
        return found

    def take_jobs(self, jobs: Sequence[Job]) -> tuple[list[Job], list[Job]]:
        """Take over a listing of jobs: which ones changed, and which ones ended since."""
        changed = [job for job in jobs if self.jobs.get(job.resource_uid) != job]
        ended = [
            job
            for job in changed
            if job.status.ended
            and not ((known := self.jobs.get(job.resource_uid)) and known.status.ended)
        ]
        now = time.monotonic()
        unlisted = {
            job.resource_uid: now
            for job in ended
            if job.resource_uid in self.jobs and not self.is_listed(job)
        }
        late = {uid: at for uid, at in self._ended_at.items() if now - at < LISTED_SECONDS}
        self._ended_at = late | unlisted
        self.jobs = {job.resource_uid: job for job in jobs}
        return changed, ended
