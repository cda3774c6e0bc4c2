"""Long commands: in the foreground with a progress line, or handed to a worker with `--detach`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from snaptui.cli.output import emit_json, say
from snaptui.cli.progress import follow_progress

if TYPE_CHECKING:
    from snaptui.cli.settings import Settings
    from snaptui.jobs import Jobs
    from snaptui.models import Job
    from snaptui.requests import JobRequest


def run_in_foreground(jobs: Jobs, request: JobRequest) -> Job:
    """Do the work here and now; returns the job that ended.

    Raises:
        SnaptuiError: the work failed, or was cancelled by Ctrl-C or from elsewhere.
    """
    line = follow_progress()
    try:
        return jobs.run(request, line.update)
    finally:
        line.close()


def run_or_start(settings: Settings, jobs: Jobs, request: JobRequest, *, detach: bool) -> None:
    """Do what makes a snapshot, a volume or a file, and say what was made.

    With `detach` a worker does it, which outlives this command, and its job's uid is printed.

    Raises:
        SnaptuiError: as `run_in_foreground`.
    """
    if detach:
        start_detached(settings, jobs, request)
        return
    job = run_in_foreground(jobs, request)
    if settings.json:
        emit_json(job.result)
    else:
        say_made(job.summary, job.result_uid)


def start_detached(settings: Settings, jobs: Jobs, request: JobRequest) -> None:
    """Start a worker and print its job's uid."""
    tell_started(settings, jobs.start(request))


def tell_started(settings: Settings, job: Job) -> None:
    """Print the uid of a job that a worker does."""
    if settings.json:
        emit_json(job)
        return
    click.echo(job.resource_uid)
    if sys.stderr.isatty():
        click.echo(f"follow it with: snaptui job show {job.resource_uid} --follow", err=True)


def say_made(summary: str, uid: str | None) -> None:
    """Say that a thing was made, and what its uid is."""
    say(summary)
    if uid:
        click.echo(uid)
