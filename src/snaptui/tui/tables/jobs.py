"""The columns of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.tui.ages import moment_or_age
from snaptui.tui.columns import Column
from snaptui.tui.signs import job_sign
from snaptui.tui.spans import outside
from snaptui.units import format_duration

if TYPE_CHECKING:
    from snaptui.models import Job


def job_seconds(job: Job) -> float:
    """How long a job took; less than nothing before it is over."""
    if job.started_at is None or job.ended_at is None:
        return -1.0
    return (job.ended_at - job.started_at).total_seconds()


def job_time(job: Job) -> str:
    """How long a job took, or a dash."""
    seconds = job_seconds(job)
    return "-" if seconds < 0 else format_duration(seconds)


JOBS: tuple[Column[Job], ...] = (
    Column(id="sign", title="", cell=job_sign, width=1),
    Column(
        id="kind",
        title="Job",
        sort=lambda j: j.kind.value,
        cell=lambda j: (j.kind.value, "bright"),
        width=8,
    ),
    Column(
        id="subject",
        title="Of",
        sort=lambda j: j.subject_name.casefold(),
        cell=lambda j: (outside(j.subject_name) or "-", ""),
        width=12,
        ideal=24,
    ),
    Column(
        id="name",
        title="Name",
        sort=lambda j: j.name.casefold(),
        cell=lambda j: (outside(j.name) or "-", ""),
        width=12,
        ideal=28,
    ),
    Column(
        id="status",
        title="Status",
        sort=lambda j: j.status.value,
        cell=lambda j: (j.status.value, job_sign(j)[1]),
        width=9,
    ),
    Column(
        id="age",
        title="Started",
        sort=lambda j: j.created_at.timestamp(),
        falling=True,
        cell=lambda j: (moment_or_age(j.created_at), "muted"),
        width=11,
        right=True,
        drop=1,
    ),
    Column(
        id="took",
        title="Took",
        sort=job_seconds,
        falling=True,
        cell=lambda j: (job_time(j), "muted"),
        width=12,
        right=True,
        drop=2,
    ),
    Column(
        id="owner",
        title="Owner",
        sort=lambda j: j.owner.casefold(),
        cell=lambda j: (outside(j.owner), "muted"),
        width=8,
        ideal=12,
        drop=3,
    ),
    Column(
        id="cloud",
        title="Cloud",
        sort=lambda j: j.cloud.casefold(),
        cell=lambda j: (outside(j.cloud), "muted"),
        width=8,
        ideal=18,
        drop=4,
    ),
)
