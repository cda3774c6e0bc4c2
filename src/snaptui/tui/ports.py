"""What the screen needs from the floors below it, as protocols."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import builtins

    from snaptui.clouds.base import Cloud
    from snaptui.doctor import Report
    from snaptui.models import Job
    from snaptui.requests import JobRequest, Subject


class JobsLike(Protocol):
    """Starting, following and cancelling jobs. All calls block: the screen makes them in threads.

    `snaptui.jobs.Jobs` is one.
    """

    def start(self, request: JobRequest, subject: Subject | None = None) -> Job:
        """Start a job in a process of its own; without a subject, in the local cloud."""

    def list(self) -> builtins.list[Job]:
        """All jobs, newest first; the running ones with their progress."""

    def get(self, reference: str) -> Job:
        """One job."""

    def cancel(self, reference: str) -> Job:
        """Ask a job to stop."""

    def retry(self, reference: str) -> Job:
        """Make the request of a job that failed or was cancelled again, as a new job."""

    def log(self, reference: str) -> str:
        """What the job's process wrote."""


class Backend(NamedTuple):
    """What the app works on.

    Attributes:
        clouds: those to show, in order.
        jobs: theirs.
        more: finds the clouds to show below those, and why some may be missing, a sentence each; it
            is called in a thread when the first cloud is on the screen.
    """

    clouds: Sequence[Cloud]
    jobs: JobsLike
    more: More | None = None


More = Callable[[], "tuple[Sequence[Cloud], Sequence[str]]"]


Examine = Callable[[], "Report"]
"""What the doctor finds, but for clouds and terminal; blocks."""

Connect = Callable[[], Backend]
"""Opens the clouds and the jobs; may block, may raise `SnaptuiError`."""
