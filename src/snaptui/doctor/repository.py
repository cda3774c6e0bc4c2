"""The repository: whether it can be opened, written and trusted."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from snaptui.doctor.report import Finding, Level
from snaptui.engine import Repository
from snaptui.engine.catalog.mounts import file_system_of, network_warning
from snaptui.engine.header import read_header
from snaptui.engine.layout import Layout
from snaptui.engine.leases import dead_leases
from snaptui.errors import SnaptuiError
from snaptui.jobs import Jobs
from snaptui.models import Job, JobKind, JobStatus
from snaptui.units import GIB, MIB, format_age, format_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sized
    from pathlib import Path

_GROUP = "Repository"
_CHECK_DAYS = 30
_FAILED_DAYS = 7
_SHORT, _FULL = GIB, 64 * MIB


def look_at_repository(path: Path, origin: str) -> Iterator[Finding]:
    """Everything about it, from the outside in; what cannot be opened is not looked into."""
    layout = Layout(path.absolute())
    where = f"{path} ({origin})" if origin else str(path)
    if not layout.header.exists() and _is_nothing(path):
        advice = "it is made with the first volume: snaptui volume add PATH"
        yield Finding(_GROUP, "Path", Level.WARN, f"{where} is not there yet", advice)
        return
    yield Finding(_GROUP, "Path", Level.OK, where)
    try:
        header = read_header(layout)
    except SnaptuiError as error:
        yield _failed("Format", error)
        return
    since = str(header.get("created_at", ""))[:10]
    yield Finding(_GROUP, "Format", Level.OK, f"version {header['version']}, made {since}")
    yield _access(layout)
    yield _privacy(layout)
    yield _space(layout)
    yield _file_system(layout)
    try:
        with Repository.open(path, read_only=True) as repository:
            yield from _inside(repository)
    except SnaptuiError as error:
        yield _failed("Catalog", error)


def _is_nothing(path: Path) -> bool:
    try:
        return not any(path.iterdir())
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _failed(title: str, error: SnaptuiError) -> Finding:
    return Finding(_GROUP, title, Level.FAIL, error.message, error.hint)


def _access(layout: Layout) -> Finding:
    closed = [
        each.name
        for each in (*layout.directories, layout.catalog)
        if each.exists() and not os.access(each, os.W_OK | os.X_OK)
    ]
    if not closed:
        return Finding(_GROUP, "Access", Level.OK, "it can be written")
    advice = "nothing can be changed; mount it writable, or run as its owner"
    text = f"it can only be read ({', '.join(closed)})"
    return Finding(_GROUP, "Access", Level.WARN, text, advice)


def _privacy(layout: Layout) -> Finding:
    mode = layout.root.stat().st_mode & 0o777
    if mode & 0o007:
        advice = f"it holds what is on the disks; chmod o= {layout.root}"
        return Finding(_GROUP, "Privacy", Level.WARN, f"everybody can look in ({mode:o})", advice)
    return Finding(_GROUP, "Privacy", Level.OK, f"closed to others ({mode:o})")


def _space(layout: Layout) -> Finding:
    usage = shutil.disk_usage(layout.root)
    inodes = os.statvfs(layout.root)
    text = f"{format_size(usage.free)} free of {format_size(usage.total)}"
    if usage.free < _FULL:
        advice = "no snapshot fits; delete snapshots and purge the trash, or grow the disk"
        return Finding(_GROUP, "Space", Level.FAIL, text, advice)
    if inodes.f_files and inodes.f_favail < 1000:
        text += f", {inodes.f_favail} inodes"
        return Finding(_GROUP, "Space", Level.WARN, text, "the file system runs out of files")
    if usage.free < _SHORT or usage.free < usage.total // 50:
        return Finding(_GROUP, "Space", Level.WARN, text, "the next snapshots may not fit")
    return Finding(_GROUP, "Space", Level.OK, text)


def _file_system(layout: Layout) -> Finding:
    kind = file_system_of(layout.root) or "unknown"
    if network_warning(layout.catalog):
        advice = "locks and durability depend on its server; use it from one host only"
        return Finding(_GROUP, "File system", Level.WARN, f"{kind}, over the network", advice)
    if kind in {"tmpfs", "ramfs"}:
        advice = "it is memory: everything is gone at the next boot"
        return Finding(_GROUP, "File system", Level.WARN, kind, advice)
    return Finding(_GROUP, "File system", Level.OK, kind)


def _inside(repository: Repository) -> Iterator[Finding]:
    rows = repository.catalog.rows
    text = f"{_count(rows('volumes'), 'volume')}, {_count(rows('snapshots'), 'snapshot')}"
    if trash := len(rows("trash")):
        text += f", {trash} in the trash"
    yield Finding(_GROUP, "Catalog", Level.OK, text)
    for warning in repository.warnings:
        yield Finding(_GROUP, "Catalog", Level.WARN, warning)
    jobs = Jobs(repository).list()
    yield _last_check(jobs, has_snapshots=bool(rows("snapshots")))
    yield _died(jobs)
    yield _leases(repository)


def _count(rows: Sized, noun: str) -> str:
    return f"{len(rows)} {noun}{'' if len(rows) == 1 else 's'}"


def _last_check(jobs: list[Job], *, has_snapshots: bool) -> Finding:
    title = "Last check"
    whole = [job for job in jobs if job.kind is JobKind.CHECK and not job.subject_uid]
    ended = next((job for job in whole if job.ended_at is not None and _came_to_an_end(job)), None)
    if ended is None:
        level = Level.WARN if has_snapshots else Level.OK
        advice = (
            "disks forget: snaptui check reads and verifies everything" if has_snapshots else ""
        )
        return Finding(_GROUP, title, level, "never", advice)
    text = f"{format_age(ended.ended_at)}: {ended.summary}"
    if ended.exit_code:
        advice = f"what is hit cannot be restored whole: snaptui job show {ended.resource_uid}"
        return Finding(_GROUP, title, Level.FAIL, text, advice)
    assert ended.ended_at is not None
    if (datetime.now(UTC) - ended.ended_at).days >= _CHECK_DAYS:
        return Finding(_GROUP, title, Level.WARN, text, "snaptui check")
    return Finding(_GROUP, title, Level.OK, text)


def _came_to_an_end(job: Job) -> bool:
    """Whether a check read all it was to read, whatever it found."""
    return job.status is JobStatus.COMPLETED or bool(job.result)


def _died(jobs: list[Job]) -> Finding:
    running = sum(not job.status.ended for job in jobs)
    since = datetime.now(UTC) - timedelta(days=_FAILED_DAYS)
    failed = [job for job in jobs if job.status is JobStatus.FAILED and job.created_at > since]
    text = f"{running} running" if running else "none running"
    if failed:
        newest = failed[0]
        when = format_age(newest.ended_at or newest.created_at)
        text += f", {len(failed)} failed in the last {_FAILED_DAYS} days, the last {when}"
        advice = f"see: snaptui job show {newest.resource_uid}"
        return Finding(_GROUP, "Jobs", Level.WARN, text, advice)
    return Finding(_GROUP, "Jobs", Level.OK, text)


def _leases(repository: Repository) -> Finding:
    dead: list[str] = []
    with suppress(FileNotFoundError):
        dead = dead_leases(repository.layout)
    count = len(repository.catalog.rows("leases"))
    if dead:
        text = f"{len(dead)} of jobs that were killed"
        advice = "the next command that writes cleans up after them"
        return Finding(_GROUP, "Leases", Level.WARN, text, advice)
    return Finding(_GROUP, "Leases", Level.OK, f"{count} held by running jobs" if count else "none")
