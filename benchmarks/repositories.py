"""Repositories with as many volumes and snapshots as one likes, and a job that goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from snaptui.engine import Repository
from snaptui.engine.records import snapshot_document
from snaptui.jobs.files import JobFiles
from snaptui.jobs.records import create, new_document, update
from snaptui.jobs.reporter import Reporter
from snaptui.models import (
    Consistency,
    JobStatus,
    ReadMethod,
    Snapshot,
    SnapshotStatus,
    Visibility,
)
from snaptui.requests import SnapshotRequest, Subject
from snaptui.units import iso_time

GIB = 1 << 30


def volume_uid(number: int) -> str:
    """The UID of a volume."""
    return f"vol-{number:08X}"


def volume_document(number: int, path: Path, created: datetime) -> dict[str, Any]:
    """A volume as the engine records it."""
    return {
        "resource_uid": volume_uid(number),
        "name": f"data-{number:04d}",
        "size_bytes": 20 * GIB,
        "block_size": 65536,
        "zone": "default",
        "path": str(path),
        "managed": False,
        "created_at": iso_time(created),
        "owner": "admin",
        "source_snapshot_uid": None,
    }


def snapshot(number: int, volumes: int, newest: datetime) -> Snapshot:
    """A snapshot as the engine records it; the highest number is the oldest."""
    volume = number % volumes
    older = number + volumes
    return Snapshot(
        resource_uid=f"snap-{number:08X}",
        name=f"nightly-{number:06d}",
        description="before the upgrade of the database",
        created_at=newest - timedelta(minutes=7 * number),
        owner="admin",
        visibility=Visibility.PRIVATE,
        status=SnapshotStatus.COMPLETED,
        volume_uid=volume_uid(volume),
        volume_name=f"data-{volume:04d}",
        size_bytes=20 * GIB,
        block_size=65536,
        data_bytes=11 * GIB,
        new_bytes=number * 65536,
        stored_bytes=number * 30011,
        parent_uid=f"snap-{older:08X}",
        consistency=Consistency.STABLE,
        read_method=ReadMethod.FULL,
        job_uid=f"job-{number:08X}",
    )


def make_repository(directory: Path, *, volumes: int, snapshots: int) -> Path:
    """A repository whose catalog holds so much; its blocks are not there."""
    path = directory / f"repository-{volumes}-{snapshots}"
    images = directory / f"images-{volumes}-{snapshots}"
    images.mkdir(parents=True)
    newest = datetime.now(UTC) - timedelta(hours=5)
    with Repository.create(path) as repository:
        for first in range(0, volumes, 5000):
            with repository.catalog.transaction() as transaction:
                for number in range(first, min(first + 5000, volumes)):
                    image = images / f"{number:04d}.img"
                    with image.open("wb") as file:
                        file.truncate(20 * GIB)
                    document = volume_document(number, image, newest - timedelta(days=900))
                    transaction.put("volumes", volume_uid(number), document)
        for first in range(0, snapshots, 5000):
            with repository.catalog.transaction() as transaction:
                for number in range(first, min(first + 5000, snapshots)):
                    made = snapshot(number, volumes, newest)
                    document = snapshot_document(made, None, 4096)
                    transaction.put("snapshots", made.resource_uid, document)
        repository.catalog.compact()
    return path


@contextmanager
def running_job(path: Path) -> Iterator[Reporter]:
    """A job that runs as long as the block: give the reporter what is done, as a worker does."""
    with Repository.open(path) as repository:
        request = SnapshotRequest(volume_uid=volume_uid(0), name="before-the-upgrade")
        document = new_document(
            Subject(cloud="local", uid=volume_uid(0), name="data-0000"), request, owner="admin"
        )
        job, lock = create(repository, document)
        with lock:
            started = {"status": str(JobStatus.RUNNING), "started_at": iso_time(job.created_at)}
            update(repository, job.resource_uid, **started)
            files = JobFiles(repository.layout, job.resource_uid)
            try:
                yield Reporter(files.write_progress, lambda: files.stop_asked)
            finally:
                ended = iso_time(datetime.now(UTC))
                update(
                    repository,
                    job.resource_uid,
                    status=str(JobStatus.COMPLETED),
                    ended_at=ended,
                    summary="the job of the benchmark is over",
                )


def report_steadily(reporter: Reporter, seconds: float, total: int = 20 * GIB) -> Iterator[None]:
    """Go from nothing to `total`, a step every fifth of a second; yields between the steps."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        reporter("reading", int(total * passed / seconds), total)
        yield
