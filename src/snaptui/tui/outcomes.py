"""How jobs ended, told in toasts: not over a form, and not so many that they hide the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snaptui.errors import VolumeChangedError
from snaptui.models import Job, JobKind, JobStatus
from snaptui.tui import keys
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from textual.app import App

MOST = 3
"""So many are told one by one; more are counted."""


class Outcomes:
    """Ended jobs that a person is still to be told of."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._jobs: list[Job] = []

    def add(self, job: Job) -> None:
        """Tell of a job soon: with others that ended with it, and when no form is in the way."""
        self._jobs.append(job)
        self._app.call_later(self.tell)

    def tell(self) -> None:
        """Tell of all that is left to tell, unless somebody is filling in a form."""
        from snaptui.tui.screens.form import Form

        if isinstance(self._app.screen, Form):
            return
        jobs, self._jobs = self._jobs, []
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
    subject = f"{job.kind.value.capitalize()} of {job.subject_name}"
    return ": ".join(part for part in (subject, job.summary, hint) if part)
