"""`snaptui check`: read and verify everything in the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from snaptui.cli.examples import examples
from snaptui.cli.output import emit_json, say
from snaptui.cli.settings import Settings, common_options, pass_settings, warn
from snaptui.cli.work import Work, run_in_foreground, start_detached
from snaptui.requests import CheckRequest

if TYPE_CHECKING:
    from snaptui.models import Job


@click.command(epilog=examples("snaptui check", "snaptui check --detach"))
@click.option("--detach", is_flag=True, help="Let a worker do it; prints the job's uid.")
@common_options
@pass_settings
def check(settings: Settings, detach: bool) -> int:
    """Read and verify every block of every snapshot; exit code 3 when damage is found."""
    with settings.jobs() as (cloud, jobs):
        return run_check(settings, Work(cloud, jobs, CheckRequest()), detach=detach)


def run_check(settings: Settings, work: Work, *, detach: bool) -> int:
    """Check, and tell what was found; returns the exit code."""
    if detach:
        start_detached(settings, work)
        return 0
    job = run_in_foreground(work)
    if settings.json:
        emit_json(job.result)
    else:
        _tell(job)
    if job.exit_code:
        warn("damage found: what is listed cannot be restored whole; everything else can")
    return job.exit_code


def _tell(job: Job) -> None:
    say(job.summary)
    for damage in job.result.get("damages", ()):
        hit = ", ".join(damage["snapshot_uids"])
        say(f"  {damage['path']}: {damage['problem']}" + (f", hits {hit}" if hit else ""))
    for warning in job.result.get("warnings", ()):
        warn(warning)
