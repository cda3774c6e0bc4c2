"""Doing a job's work in this process, from its request to its closing sentence."""

from __future__ import annotations

import asyncio
import traceback
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from snaptui.clouds import open_cloud
from snaptui.config import read_config
from snaptui.engine.records import now
from snaptui.errors import DamagedError, JobCancelledError, SnaptuiError
from snaptui.jobs import records
from snaptui.jobs.files import JobFiles
from snaptui.jobs.performing import Outcome, bring_home, copy_away, perform, send_up
from snaptui.jobs.reporter import Reporter
from snaptui.jobs.resuming import kept, taken_over
from snaptui.models import Job, JobKind, JobStatus, Progress
from snaptui.requests import CopyRequest, ExportRequest, ImportRequest, JobRequest, load_request
from snaptui.text import safe_text
from snaptui.units import iso_time

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from snaptui.engine import Repository


_HEARTBEAT = 0.2


class JobWork:
    """One job being worked on; `do` does it, `stop` may be called meanwhile.

    The request is read from the job, where another process wrote it, unless it is given.
    """

    def __init__(
        self,
        repository: Repository,
        job: Job,
        request: JobRequest | None = None,
        on_progress: Callable[[Job], None] | None = None,
        *,
        recorded: bool = True,
    ) -> None:
        self._repository = repository
        self._recorded = recorded
        self._job = job
        self._request = request
        self._on_progress = on_progress
        self._files = JobFiles(repository.layout, job.resource_uid)
        self._reporter = Reporter(self._tell, lambda: self._files.stop_asked)

    def stop(self) -> None:
        """Stop at the next step and clean up."""
        self._reporter.stop()

    def do(self) -> Job:
        """Do the work and record how it ended.

        Raises:
            SnaptuiError: what the work raised, after it was recorded.
        """
        self._update(status=str(JobStatus.RUNNING), started_at=iso_time(now()))
        try:
            request = self._request or load_request(self._job.kind, self._job.request)
            work = self._perform(request)
            outcome = asyncio.run(_hearing_signals(work))
        except JobCancelledError as error:
            summary = f"{_title(self._job)} was cancelled."
            # a hint: what could not be taken back
            self._end(JobStatus.CANCELLED, summary, hint=error.hint, exit_code=130)
            raise
        except SnaptuiError as error:
            self._end(JobStatus.FAILED, error.message, hint=error.hint, exit_code=error.exit_code)
            raise
        except BaseException as error:
            # A defect of ours: the log has the traceback, the job says so in a line.
            self._end(
                JobStatus.FAILED,
                f"snaptui failed: {type(error).__name__}: {safe_text(error, 200)}",
                hint="this is a defect; the job's log has the details",
                exit_code=1,
                log=traceback.format_exc(),
            )
            raise
        status = JobStatus.FAILED if outcome.damaged else JobStatus.COMPLETED
        self._end(
            status,
            outcome.summary,
            result_uid=outcome.result_uid,
            result=outcome.result,
            exit_code=DamagedError.exit_code if outcome.damaged else 0,
        )
        return self._job

    async def _perform(self, request: JobRequest) -> Outcome:
        if isinstance(request, ExportRequest):
            record = taken_over(self._repository, self._job)
            return await send_up(self._repository, request, self._reporter, record)
        cloud = open_cloud(self._job.cloud, self._repository, read_config())
        try:
            if isinstance(request, ImportRequest):
                directory = kept(self._repository, self._job)
                return await bring_home(
                    cloud,
                    self._repository,
                    request,
                    self._reporter,
                    self._job.resource_uid,
                    directory,
                )
            if isinstance(request, CopyRequest):
                return await copy_away(
                    cloud, self._repository, request, self._reporter, self._job.resource_uid
                )
            return await perform(cloud, request, self._reporter, self._job.resource_uid)
        finally:
            await cloud.close()

    def _tell(self, progress: Progress) -> None:
        if self._recorded:
            with suppress(OSError):  # the work matters more than the word of it
                self._files.write_progress(progress)
        if self._on_progress is not None:
            self._on_progress(replace(self._job, progress=progress))

    def _update(self, **changes: Any) -> None:
        if not self._recorded:
            self._job = records.changed(self._job, changes)
            return
        self._job = records.update(self._repository, self._job.resource_uid, **changes)

    def _end(self, status: JobStatus, summary: str, *, log: str = "", **changes: Any) -> None:
        if self._recorded:
            line = " ".join([iso_time(now()), status, summary, changes.get("hint", ""), log])
            with suppress(OSError), self._files.open_log() as file:
                file.write(f"{line}\n".encode(errors="replace"))
        self._update(status=str(status), summary=summary, ended_at=iso_time(now()), **changes)


async def _hearing_signals(work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Do the work, and wake up now and then.

    Python runs its signal handlers between two of its own instructions. A signal that comes just
    before the loop falls asleep would not be heard before the work is done.
    """
    task = asyncio.ensure_future(work)
    while not task.done():
        await asyncio.wait({task}, timeout=_HEARTBEAT)
    return task.result()


def _title(job: Job) -> str:
    subject, name = safe_text(job.subject_name), safe_text(job.name)
    titles = {
        JobKind.SNAPSHOT: f"Snapshot {name} of {subject}",
        JobKind.CLONE: f"Clone {name} of snapshot {subject}",
        JobKind.CREATE: f"Creation of volume {name}",
        JobKind.CHECK: f"Check of {subject}",
    }
    return titles.get(job.kind, f"{job.kind.value.capitalize()} of snapshot {subject}")
