"""How jobs ended, told in toasts: not over a form, and not so many that they hide the screen.

What a job made is told when it is in the lists, for who reads that it is there looks for it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snaptui.errors import VolumeChangedError
from snaptui.models import Job, JobKind, JobStatus
from snaptui.tui import keys
from snaptui.tui.inventory import JobsChanged
from snaptui.tui.made import LISTED_SECONDS
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from textual.app import App

    from snaptui.tui.inventory import Inventory

MOST = 3
"""So many are told one by one; more are counted."""


class Outcomes:
    """Ended jobs that a person is still to be told of."""

    def __init__(self, app: App[Any], inventory: Inventory) -> None:
        self._app = app
        self._inventory = inventory
        self._jobs: list[Job] = []
        self._unlisted: set[str] = set()
        """Jobs whose making is not in the lists yet."""

    def add(self, job: Job) -> None:
        """Tell of a job soon: with others that ended with it, and when no form is in the way."""
        self._jobs.append(job)
        if not self._inventory.is_listed(job):
            uid = job.resource_uid
            self._unlisted.add(uid)
            self._app.set_timer(LISTED_SECONDS, lambda: self._wait_no_longer(job))
        self._app.call_later(self.tell)

    def listed(self) -> None:
        """There is something new in the lists."""
        if self._unlisted:
            listed = [job for job in self._jobs if self._inventory.is_listed(job)]
            self._unlisted.difference_update(job.resource_uid for job in listed)
            if listed:  # behind what is being shown just now
                self._app.call_later(self.tell)

    def screen_changed(self, _: object) -> None:
        """What was in the way may be gone, whatever lies below it."""
        if self._jobs:
            self._app.call_later(self.tell)

    def _wait_no_longer(self, job: Job) -> None:
        if job.resource_uid in self._unlisted:
            self._unlisted.discard(job.resource_uid)
            self._app.post_message(JobsChanged([job]))  # its row goes now
        self.tell()

    def tell(self) -> None:
        """Tell of all that is left to tell, unless somebody is filling in a form."""
        from snaptui.tui.screens.form import Form

        # when the app ends, its screens go first
        if not self._app.screen_stack or isinstance(self._app.screen, Form):
            return
        jobs = [job for job in self._jobs if job.resource_uid not in self._unlisted]
        self._jobs = [job for job in self._jobs if job.resource_uid in self._unlisted]
        if len(jobs) <= MOST:
            for job in jobs:
                self._tell_of(job)
            return
        counts = {status: sum(job.status is status for job in jobs) for status in JobStatus}
        text = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        failed = bool(counts[JobStatus.FAILED])
        self._app.notify(
            f"Jobs: {text}. Press {keys.of('go.jobs')} to see them.",
            severity="error" if failed else "information",
            timeout=12,
            markup=False,
        )

    def _tell_of(self, job: Job) -> None:
        if job.status is JobStatus.COMPLETED:
            self._app.notify(outside(job.summary), markup=False)
        elif job.status is JobStatus.CANCELLED:
            self._app.notify(outside(job.summary or "The job was cancelled."), markup=False)
        else:
            self._app.notify(outside(failure(job)), severity="error", timeout=12, markup=False)


def failure(job: Job) -> str:
    """Which job failed, why, and what to do about it, in the words of the screen."""
    hint = job.hint
    if job.kind is JobKind.SNAPSHOT and job.exit_code == VolumeChangedError.exit_code:
        key = keys.of("do.snapshot")
        hint = f"stop what writes to it, or press {key} again and tick {keys.FUZZY_LABEL!r}"
    subject = f"{job.kind.noun.capitalize()} of {job.subject_name}"
    return ": ".join(part for part in (subject, job.summary, hint) if part)
