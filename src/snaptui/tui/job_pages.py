"""What is told of a job, as lines for a width: beside the list, and over the whole sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.models import JobStatus
from snaptui.tui.documents import fields
from snaptui.tui.signs import job_sign, progress_line
from snaptui.tui.spans import Line, outside, wrap
from snaptui.tui.tables.jobs import job_time
from snaptui.units import format_rate, format_size, format_time, log_line

if TYPE_CHECKING:
    from snaptui.models import Job
    from snaptui.tui.documents import Field

LOG_LINES = 5000
"""So many lines of a log are shown, the last ones."""


def reason_of(job: Job) -> str:
    """Why a job ended as it did, and what to do about it."""
    return ": ".join(part for part in (job.summary, job.hint) if part)


def outcome_lines(job: Job, width: int) -> list[Line]:
    """How it ended, or how far it is."""
    style = {JobStatus.FAILED: "bad", JobStatus.COMPLETED: "good"}.get(job.status, "muted")
    room = max(10, width - 2)
    if not job.status.ended:
        return [[(" ", ""), *progress_line(job, room)], *_bytes_done(job)]
    text = outside(job.summary, 2000) or job.status.value
    lines: list[Line] = [[(f" {part}", style)] for part in wrap(text, room)]
    if job.hint:
        lines += [[(f" {part}", "")] for part in wrap(outside(job.hint, 2000), room)]
    return lines


def _bytes_done(job: Job) -> list[Line]:
    progress = job.progress
    if progress is None or not progress.total_bytes:
        return []
    done, total = format_size(progress.done_bytes), format_size(progress.total_bytes)
    line: Line = [(f" {outside(progress.phase)}", "bright"), (f"  {done} of {total}", "muted")]
    if progress.rate:
        line.append((f"  {format_rate(progress.rate)}", "muted"))
    return [line]


def job_facts(job: Job, width: int) -> list[Line]:
    """Everything a job is known by."""
    sign, style = job_sign(job)
    subject = outside(job.subject_name) or "-"
    rows: list[Field] = [
        ("Resource UID", outside(job.resource_uid), "bright"),
        ("Job", outside(job.kind_words), ""),
        ("Of", f"{subject}  {outside(job.subject_uid)}", ""),
        *([("Name", outside(job.name), "")] if job.name else []),
        ("Status", f"{sign} {job.status.value}", style),
        ("Cloud", outside(job.cloud), ""),
        ("Owner", outside(job.owner), ""),
        ("Created At", format_time(job.created_at), ""),
        ("Started At", format_time(job.started_at), ""),
        ("Ended At", format_time(job.ended_at), ""),
        ("Took", job_time(job), ""),
        *([("Made", outside(job.result_uid), "")] if job.result_uid else []),
    ]
    return fields(rows, width)


def log_lines(log: str, width: int, most: int = LOG_LINES) -> list[Line]:
    """What its worker wrote; the end of it, where it is long."""
    room = max(10, width - 2)
    entries = log.splitlines()
    lines: list[Line] = []
    if len(entries) > most:
        lines.append([(f" {len(entries) - most:,} lines before", "faint")])
    for entry in entries[-most:]:
        lines += [[(f" {part}", "muted")] for part in wrap(outside(log_line(entry), 2000), room)]
    return lines


def beside_the_list(job: Job, log: str, width: int) -> list[Line]:
    """The outcome, when, and the end of the log."""
    lines = outcome_lines(job, width)
    took = f", took {job_time(job)}" if job.ended_at and job.started_at else ""
    when = f" {outside(job.resource_uid)}  {format_time(job.created_at)}{took}"
    lines.append([(when, "faint")])
    if log.strip():
        lines += [[], *log_lines(log, width, 200)]
    return lines


def whole_page(job: Job, log: str, width: int) -> list[Line]:
    """Facts, outcome, log."""
    lines = [*job_facts(job, width), [], *outcome_lines(job, width), [], [(" Log", "head")]]
    if log.strip():
        return [*lines, *log_lines(log, width)]
    return [*lines, [(" the worker wrote nothing", "faint")]]
