"""What a job that was cut short has left for the one that is made of its request again."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from snaptui.engine.locks import FileLock
from snaptui.engine.records import now
from snaptui.errors import ConflictError
from snaptui.jobs.files import JobFiles
from snaptui.jobs.records import status_of
from snaptui.models import Job, JobKind, JobStatus
from snaptui.requests import TAKEN_UP, JobRequest
from snaptui.units import parse_iso_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from snaptui.engine import Repository

KEPT_DAYS = 7
"""So long what an import has stored is kept for a retry: it may be as large as the volume."""


def taking_up(request: JobRequest, job: Job) -> JobRequest:
    """The request of a remote cloud's job for a retry, which takes up what the cloud may have made.

    The worker may have died after it had asked for it; what was cancelled was given up.

    Args:
        request: the job's.
        job: has ended.
    """
    if not isinstance(request, TAKEN_UP):
        return request
    given_up = job.status is not JobStatus.FAILED
    return replace(request, token="" if given_up else request.token or job.resource_uid)


def require_first(request: JobRequest, job: Job, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise if what a retry would take up is another one's already.

    What that made would be found, and told as if it were new. To be called where nobody else can
    record a job meanwhile: of two retries that begin at once only one is the first.

    Args:
        request: the retry's, see `taking_up`.
        job: what is retried.
        rows: all jobs as they are recorded.

    Raises:
        ConflictError: another retry is at it, or has done it.
    """
    token = getattr(request, "token", "")
    if not token:
        return
    for uid, row in rows.items():
        if (row["kind"], row["cloud"], row["request"].get("token")) != (job.kind, job.cloud, token):
            continue
        status = status_of(row)
        if not status.ended:
            raise ConflictError(
                f"{job.resource_uid} is retried already: {uid} is at it", "see the jobs"
            )
        if status is JobStatus.COMPLETED:
            raise ConflictError(
                f"{job.resource_uid} was retried already: {uid} has done it",
                "for another one, start it anew instead of retrying this job",
            )


def taken_over(repository: Repository, job: Job) -> Path:
    """The file that says what of an export has arrived; an earlier job's, if one left it."""
    mine = JobFiles(repository.layout, job.resource_uid).sent

    def is_same(row: Mapping[str, Any]) -> bool:
        return bool(row["request"] == job.request) and status_of(row).ended

    return _moved(repository, job, is_same, lambda files: files.sent, mine)


def kept(repository: Repository, job: Job) -> Path:
    """The directory of what an import has stored: with what an earlier one of the same kept.

    Whatever that was to be called here. One whose worker died need not have been looked at since:
    that nobody has its lock is enough.
    """
    mine = JobFiles(repository.layout, job.resource_uid).kept

    def is_same(row: Mapping[str, Any]) -> bool:
        return bool(row["request"].get("snapshot_uid") == job.request["snapshot_uid"])

    return _moved(repository, job, is_same, lambda files: files.kept, mine)


def _moved(
    repository: Repository,
    job: Job,
    is_same: Callable[[Mapping[str, Any]], bool],
    part: Callable[[JobFiles], Path],
    mine: Path,
) -> Path:
    """Have what the latest job of the kind has left; of two that begin at once only one has it."""
    repository.refresh()
    rows = repository.catalog.rows("jobs")
    earlier = [
        (str(row["created_at"]), uid)
        for uid, row in rows.items()
        if uid != job.resource_uid
        and (row["kind"], row["cloud"]) == (job.kind, job.cloud)
        and is_same(row)
    ]
    for _, uid in sorted(earlier, reverse=True):
        files = JobFiles(repository.layout, uid)
        # another one may have it by now, and root's is not ours
        with suppress(OSError):
            if part(files).exists() and not _is_at_work(files):
                part(files).rename(mine)
                break
    return mine


def _is_at_work(files: JobFiles) -> bool:
    lock = FileLock(files.lock).try_acquire()
    if lock is None:
        return True
    lock.release()
    return False


def forget_kept(repository: Repository) -> None:
    """Remove what imports have kept that nobody goes on from: too old, or done, or given up."""
    for files in _left(repository):
        shutil.rmtree(files.kept, ignore_errors=True)


def _left(repository: Repository) -> Iterator[JobFiles]:
    since = now() - timedelta(days=KEPT_DAYS)
    for uid, row in list(repository.catalog.rows("jobs").items()):
        status = status_of(row)
        if row["kind"] != JobKind.IMPORT or not status.ended:
            continue
        ended = row.get("ended_at")
        is_old = ended is None or parse_iso_time(ended) < since
        if is_old or status is not JobStatus.FAILED:
            yield JobFiles(repository.layout, uid)
