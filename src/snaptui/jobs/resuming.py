"""What a job that was cut short has left for the one that is made of its request again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.jobs.files import JobFiles
from snaptui.models import Job, JobStatus

if TYPE_CHECKING:
    from pathlib import Path

    from snaptui.engine import Repository


def taken_over(repository: Repository, job: Job) -> Path:
    """The file that says what of an export has arrived: with what an earlier job left, if one did.

    It is moved, so that of two that begin at once only one goes on from it.
    """
    mine = JobFiles(repository.layout, job.resource_uid).sent
    repository.refresh()
    rows = repository.catalog.rows("jobs")
    earlier = [
        (str(row["created_at"]), uid)
        for uid, row in rows.items()
        if uid != job.resource_uid
        and (row["kind"], row["cloud"], row["request"]) == (job.kind, job.cloud, job.request)
        and JobStatus(row["status"]).ended
    ]
    for _, uid in sorted(earlier, reverse=True):
        try:
            JobFiles(repository.layout, uid).sent.rename(mine)
        except FileNotFoundError:
            continue
        break
    return mine
