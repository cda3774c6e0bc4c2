"""`snaptui job`: follow, cancel and retry long operations."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from snaptui.cli import candidates
from snaptui.cli.asking import confirm_overwriting
from snaptui.cli.examples import examples
from snaptui.cli.lazy import Nouns
from snaptui.cli.output import (
    NONE,
    Column,
    Spoken,
    emit_fields,
    emit_for_programs,
    emit_json,
    emit_table,
    hint_when_empty,
    time_of,
)
from snaptui.cli.progress import follow_progress, progress_sentence, progress_text
from snaptui.cli.selecting import selecting_options, selector
from snaptui.cli.settings import (
    Settings,
    common_options,
    list_options,
    pass_settings,
    wait_for,
    warn,
)
from snaptui.cli.work import tell_started
from snaptui.clouds.base import Capability
from snaptui.errors import JobCancelledError
from snaptui.models import LOCAL_CLOUD, Job
from snaptui.requests import RestoreRequest, overwrites, why_no_retry
from snaptui.text import safe_text
from snaptui.units import format_duration, format_rate, format_time, log_line

if TYPE_CHECKING:
    from snaptui.fields import Fields
    from snaptui.jobs import Jobs

_LOOK_SECONDS = 0.2
_COLUMNS = (
    Column("RESOURCE UID"),
    Column("KIND"),
    Column("OF", flexible=True),
    Column("STATUS"),
    Column("CREATED AT", spare=1),
    Column("OWNER", spare=2),
    Column("OUTCOME", flexible=True),
)


@click.group(cls=Nouns, epilog=examples("snaptui job list", "snaptui job show job-52EF05A9"))
@common_options
def job() -> None:
    """Long operations: snapshots, clones, restores, checks, new volumes where they take a while."""


@job.command(
    "list",
    epilog=examples(
        "snaptui job list",
        "snaptui job list --filter 'status:failed age:<7d'",
        "snaptui job list --filter kind:snapshot --sort of",
    ),
)
@selecting_options
@list_options
@pass_settings
def list_(settings: Settings, wanted: str | None, sort: str | None) -> None:
    """List jobs, newest first; all of them, or those that a filter lets through.

    With --cloud only those of one cloud.
    """
    select = selector(settings, _fields, wanted, sort)
    found: list[Job] = []
    only = settings.chosen_cloud
    if not settings.has_no_records_yet():
        with settings.recorded_jobs() as jobs:
            found = jobs.list()
    if only:
        # the jobs of a cloud that is there no more are still told
        there = any(each.cloud == only for each in found)
        name = only if there else settings.cloud_name
        names = {name, *_found_as(settings, name)}
        found = [each for each in found if each.cloud in names]
    found = select(found)
    if emit_for_programs(settings, found, Job):
        return
    if found:
        elsewhere = any(each.cloud != LOCAL_CLOUD for each in found)
        emit_table(_columns(elsewhere), (_row(each, elsewhere) for each in found))
    elif wanted is not None:
        hint_when_empty("No job is like that.")
    else:
        hint_when_empty("No jobs yet.")


def _found_as(settings: Settings, name: str) -> list[str]:
    """The names that a cloud was found by before it was set: its jobs then keep them."""
    from snaptui.clouds.registry import known_clouds

    replaced = known_clouds(settings.config).replaced
    return [old for old, new in replaced.items() if new == name]


def _fields() -> Fields[Job]:
    from snaptui.fields import JOB_FIELDS

    return JOB_FIELDS


def _columns(elsewhere: bool) -> tuple[Column, ...]:
    """With the cloud, where some job is not of the local one."""
    return (_COLUMNS[0], Column("CLOUD", flexible=True), *_COLUMNS[1:]) if elsewhere else _COLUMNS


def _row(each: Job, elsewhere: bool) -> tuple[object, ...]:
    return (
        each.resource_uid,
        *((each.cloud,) if elsewhere else ()),
        each.kind,
        each.subject_name or each.subject_uid or NONE,
        each.status,
        format_time(each.created_at),
        each.owner,
        _outcome(each) or NONE,
    )


def _outcome(each: Job) -> str:
    if each.progress is not None and not each.status.ended:
        progress = each.progress
        parts = [progress.phase]
        if progress.total_bytes:
            parts.append(f"{int(progress.fraction * 100)}%")
        if progress.rate:
            parts.append(format_rate(progress.rate))
        if progress.seconds_left is not None:
            parts.append(f"{format_duration(progress.seconds_left)} left")
        return "  ".join(parts)
    return f"{each.summary}: {each.hint}" if each.hint else each.summary


def _progress(found: Job) -> Spoken:
    if found.progress is None:
        return NONE
    return Spoken(progress_text(found.progress), progress_sentence(found.progress))


@job.command(
    epilog=examples("snaptui job show job-52EF05A9", "snaptui job show job-52EF05A9 --follow")
)
@click.argument("job", shell_complete=candidates.jobs)
@click.option("--follow", is_flag=True, help="Wait until it ends; Ctrl-C leaves it running.")
@common_options
@pass_settings
def show(settings: Settings, job: str, follow: bool) -> int:
    """Show everything about JOB, and what its worker wrote.

    With --follow the exit code is the job's.
    """
    try:
        with settings.recorded_jobs() as jobs:
            found = jobs.get(job)
            if follow:
                found = _follow(jobs, found)
            log = "" if settings.json else jobs.log(found.resource_uid)
    except KeyboardInterrupt:
        if not follow:
            raise
        warn(f"the job goes on; see: snaptui job show {job} --follow")
        return JobCancelledError.exit_code
    if settings.json:
        emit_json(found)
    else:
        _print(found, log)
    return found.exit_code if follow else 0


def _follow(jobs: Jobs, found: Job) -> Job:
    """Show how far a job is until it ends."""
    line = follow_progress()
    try:
        while not found.status.ended:
            line.update(found)
            time.sleep(_LOOK_SECONDS)
            found = jobs.get(found.resource_uid)
    finally:
        line.close()
    return found


def _print(found: Job, log: str) -> None:
    uid = f"({found.subject_uid})" if found.subject_uid else ""  # what is to be made has none yet
    took: object = NONE
    if found.started_at and found.ended_at:
        took = format_duration((found.ended_at - found.started_at).total_seconds())
    emit_fields(
        (
            ("Resource UID", found.resource_uid),
            ("Kind", found.kind_words),
            ("Cloud", found.cloud),
            ("Of", f"{found.subject_name} {uid}".strip() or NONE),
            ("Name", found.name or NONE),
            ("Status", found.status),
            ("Owner", found.owner),
            ("Created At", format_time(found.created_at)),
            ("Started At", time_of(found.started_at)),
            ("Ended At", time_of(found.ended_at)),
            ("Took", took),
            ("Made", found.result_uid or NONE),
            ("Progress", _progress(found)),
            ("Outcome", (_outcome(found) if found.status.ended else "") or NONE),
        )
    )
    if log.strip():
        click.echo("Log:")
        _print_log(log, "  ")


def _print_log(log: str, indent: str = "") -> None:
    for line in log.splitlines():
        click.echo(f"{indent}{safe_text(log_line(line))}")


@job.command(epilog=examples("snaptui job log job-52EF05A9"))
@click.argument("job", shell_complete=candidates.jobs)
@common_options
@pass_settings
def log(settings: Settings, job: str) -> None:
    """Show what the worker of JOB wrote."""
    with settings.recorded_jobs() as jobs:
        found = jobs.get(job)
        text = jobs.log(found.resource_uid)
    if settings.json:
        emit_json({"resource_uid": found.resource_uid, "log": text})
    elif text.strip():
        _print_log(text)
    else:
        hint_when_empty("It has written nothing.")


@job.command(epilog=examples("snaptui job cancel job-52EF05A9"))
@click.argument("job", shell_complete=candidates.running_jobs)
@common_options
@pass_settings
def cancel(settings: Settings, job: str) -> None:
    """Ask JOB to stop; it cleans up after itself."""
    with settings.recorded_jobs() as jobs:
        found = jobs.cancel(job)
    if settings.json:
        emit_json(found)
    else:
        click.echo(f"Job {found.resource_uid} was asked to stop.")


@job.command(
    epilog=examples("snaptui job retry job-52EF05A9", "snaptui job retry job-52EF05A9 --yes")
)
@click.argument("job", shell_complete=candidates.ended_jobs)
@click.option("--yes", is_flag=True, help="A restore in place: do not ask.")
@common_options
@pass_settings
def retry(settings: Settings, job: str, yes: bool) -> None:
    """Make the request of JOB again, as a new job; it has failed or was cancelled.

    Prints the new job's uid; a worker does it. A restore over a volume has to be confirmed with the
    volume's name, or with --yes.
    """
    with settings.recorded_jobs() as jobs:
        found = jobs.get(job)
    if overwrites(found) and not yes and not why_no_retry(found):
        settings.given_cloud = found.cloud
        with settings.cloud() as cloud:
            snapshot = wait_for(cloud.snapshot(found.subject_uid))
            if cloud.name != LOCAL_CLOUD:  # as `snapshot restore` does
                again = RestoreRequest(snapshot_uid=snapshot.resource_uid, in_place=True)
                wait_for(cloud.precheck(again))
            caution = cloud.ability(Capability.RESTORE_IN_PLACE).caution
            confirm_overwriting(wait_for(cloud.volume(snapshot.volume_uid)), snapshot, caution)
    with settings.recorded_jobs() as jobs:
        fresh = jobs.retry(found.resource_uid)
    tell_started(settings, fresh)
