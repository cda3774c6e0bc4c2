"""Long commands: in the foreground with a progress line, or handed to a worker with `--detach`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from snaptui.cli.output import emit_json, say
from snaptui.cli.progress import follow_progress
from snaptui.cli.settings import wait_for, warn
from snaptui.models import LOCAL_CLOUD
from snaptui.requests import CreateVolumeRequest, Subject

if TYPE_CHECKING:
    from snaptui.cli.settings import Settings
    from snaptui.clouds.base import Cloud
    from snaptui.jobs import Jobs
    from snaptui.models import Job, Snapshot, Volume
    from snaptui.requests import JobRequest


@dataclass(frozen=True, slots=True)
class Work:
    """Something to do to a volume or snapshot of a cloud, or to a whole cloud; or to make there."""

    cloud: Cloud
    jobs: Jobs
    request: JobRequest
    thing: Volume | Snapshot | None = None

    @property
    def subject(self) -> Subject | None:
        """What it is done to, or a volume that is only to be made; None: the whole cloud."""
        if isinstance(self.request, CreateVolumeRequest):
            return Subject(cloud=self.cloud.name, uid="", name=self.request.name)
        if self.thing is None:
            return None
        return Subject(cloud=self.cloud.name, uid=self.thing.resource_uid, name=self.thing.name)

    def check(self) -> None:
        """Say at once what a remote cloud cannot do: no job is recorded for that.

        The local one says it when the job begins, also to one that nobody could record.

        Raises:
            SnaptuiError: what speaks against it.
        """
        if self.cloud.name != LOCAL_CLOUD:
            wait_for(self.cloud.precheck(self.request))


def run_in_foreground(work: Work) -> Job:
    """Do the work here and now; returns the job that ended.

    Raises:
        SnaptuiError: the work failed, or was cancelled by Ctrl-C or from elsewhere.
    """
    work.check()
    if work.cloud.name != LOCAL_CLOUD and not work.jobs.are_recorded:
        warn("the local repository is read-only: the job is not recorded in it")
    line = follow_progress()
    try:
        return work.jobs.run(work.request, line.update, work.subject)
    finally:
        line.close()


def run_or_start(settings: Settings, work: Work, *, detach: bool) -> None:
    """Do what makes a snapshot, a volume or a file, and say what was made.

    With `detach` a worker does it, which outlives this command, and its job's uid is printed.

    Raises:
        SnaptuiError: as `run_in_foreground`.
    """
    if detach:
        start_detached(settings, work)
        return
    job = run_in_foreground(work)
    if settings.json:
        emit_json(job.result)
    else:
        say_made(job.summary, job.result_uid)


def start_detached(settings: Settings, work: Work) -> None:
    """Start a worker and print its job's uid."""
    work.check()
    tell_started(settings, work.jobs.start(work.request, work.subject))


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
