"""`snaptui job`: follow and cancel long operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from snaptui.cli.output import Column, emit_fields, emit_json, emit_table, hint_when_empty
from snaptui.cli.progress import progress_text
from snaptui.cli.settings import Settings, common_options, pass_settings
from snaptui.text import safe_text
from snaptui.units import format_duration, format_time

if TYPE_CHECKING:
    from snaptui.models import Job

_COLUMNS = (
    Column("RESOURCE UID"),
    Column("KIND"),
    Column("OF", flexible=True),
    Column("STATUS"),
    Column("CREATED AT"),
    Column("OWNER"),
    Column("OUTCOME", flexible=True),
)


@click.group
@common_options
def job() -> None:
    """Long operations: snapshots, clones, restores and checks."""


@job.command("list")
@common_options
@pass_settings
def list_(settings: Settings) -> None:
    """List all jobs, newest first."""
    found: list[Job] = []
    if not settings.has_nothing_yet():
        with settings.jobs() as (_cloud, jobs):
            found = jobs.list()
    if settings.json:
        emit_json(found)
    elif found:
        emit_table(_COLUMNS, (_row(each) for each in found))
    else:
        hint_when_empty("No jobs yet.")


def _row(each: Job) -> tuple[object, ...]:
    return (
        each.resource_uid,
        each.kind,
        each.subject_name or each.subject_uid or "-",
        each.status,
        format_time(each.created_at),
        each.owner,
        _outcome(each),
    )


def _outcome(each: Job) -> str:
    if each.progress is not None and not each.status.ended:
        progress = each.progress
        percent = f" {int(progress.fraction * 100)}%" if progress.total_bytes else ""
        return f"{progress.phase}{percent}"
    return f"{each.summary}: {each.hint}" if each.hint else each.summary or "-"


@job.command
@click.argument("job")
@common_options
@pass_settings
def show(settings: Settings, job: str) -> None:
    """Show everything about JOB, and what its worker wrote."""
    with settings.jobs() as (_cloud, jobs):
        found = jobs.get(job)
        log = "" if settings.json else jobs.log(found.resource_uid)
    if settings.json:
        emit_json(found)
        return
    subject = f"{found.subject_name} ({found.subject_uid})" if found.subject_uid else "everything"
    took = "-"
    if found.started_at and found.ended_at:
        took = format_duration((found.ended_at - found.started_at).total_seconds())
    emit_fields(
        (
            ("Resource UID", found.resource_uid),
            ("Kind", found.kind),
            ("Of", subject),
            ("Name", found.name or "-"),
            ("Status", found.status),
            ("Owner", found.owner),
            ("Created At", format_time(found.created_at)),
            ("Started At", format_time(found.started_at)),
            ("Ended At", format_time(found.ended_at)),
            ("Took", took),
            ("Made", found.result_uid or "-"),
            ("Progress", progress_text(found.progress) if found.progress else "-"),
            ("Outcome", _outcome(found) if found.status.ended else "-"),
        )
    )
    if log.strip():
        click.echo("Log:")
        for line in log.splitlines():
            click.echo(f"  {safe_text(line)}")


@job.command
@click.argument("job")
@common_options
@pass_settings
def cancel(settings: Settings, job: str) -> None:
    """Ask JOB to stop; it cleans up after itself."""
    with settings.jobs() as (_cloud, jobs):
        found = jobs.cancel(job)
    if settings.json:
        emit_json(found)
    else:
        click.echo(f"Job {found.resource_uid} was asked to stop.")
