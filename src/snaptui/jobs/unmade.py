"""The jobs of a repository that is not there yet: none, until it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.errors import NotFoundError
from snaptui.jobs.jobs import Jobs
from snaptui.models import LOCAL_CLOUD

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable

    from snaptui.engine import Repository
    from snaptui.models import Job
    from snaptui.requests import JobRequest, Subject


class UnmadeJobs:
    """As `Jobs`, over a repository that may come."""

    def __init__(
        self, find: Callable[[], Repository | None], make: Callable[[], Repository]
    ) -> None:
        """The jobs of what `find` gives, once it gives something; the first job makes it."""
        self._find = find
        self._make = make
        self._found: Jobs | None = None

    def _known(self) -> Jobs | None:
        if self._found is None and (repository := self._find()) is not None:
            self._found = Jobs(repository)
        return self._found

    def _jobs(self) -> Jobs:
        if (jobs := self._known()) is None:
            raise NotFoundError("there is no repository yet", "it is made with the first volume")
        return jobs

    def start(self, request: JobRequest, subject: Subject | None = None) -> Job:
        """Start a job in a process of its own; one of a remote cloud makes the repository."""
        if subject is None or subject.cloud == LOCAL_CLOUD:
            return self._jobs().start(request, subject)
        if self._found is None:
            self._found = Jobs(self._make())
        return self._found.start(request, subject)

    def list(self) -> builtins.list[Job]:
        """All jobs, newest first."""
        jobs = self._known()
        return [] if jobs is None else jobs.list()

    def get(self, reference: str) -> Job:
        """One job."""
        return self._jobs().get(reference)

    def cancel(self, reference: str) -> Job:
        """Ask a job to stop."""
        return self._jobs().cancel(reference)

    def retry(self, reference: str) -> Job:
        """Make a job's request again."""
        return self._jobs().retry(reference)

    def log(self, reference: str) -> str:
        """What a job's worker wrote."""
        return self._jobs().log(reference)
