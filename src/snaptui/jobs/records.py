"""Jobs as the catalog keeps them: a document each, written when the state changes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from snaptui.engine.locks import FileLock, HeldLock
from snaptui.engine.records import moment, now
from snaptui.errors import NotFoundError
from snaptui.jobs.files import JobFiles
from snaptui.models import Job, JobKind, JobStatus, Progress
from snaptui.requests import JobRequest, Subject, dump_request
from snaptui.units import iso_time, parse_iso_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from snaptui.engine import Repository

KEPT = 200
"""How many ended jobs are remembered; what they did stays in the events."""


def kind_of(document: Mapping[str, Any]) -> JobKind:
    """What a job does; one that a newer snaptui has recorded beside this one may be unknown."""
    try:
        return JobKind(document["kind"])
    except ValueError:
        return JobKind.UNKNOWN


def status_of(document: Mapping[str, Any]) -> JobStatus:
    """What state a job is in; one in a state that only a newer snaptui knows may be at work."""
    try:
        return JobStatus(document["status"])
    except ValueError:
        return JobStatus.RUNNING


def job_from(uid: str, document: Mapping[str, Any], progress: Progress | None = None) -> Job:
    """The job that a document of the table `jobs` describes."""
    return Job(
        resource_uid=uid,
        kind=(kind := kind_of(document)),
        recorded_kind=str(document["kind"]) if kind is JobKind.UNKNOWN else "",
        cloud=document["cloud"],
        status=status_of(document),
        subject_uid=document["subject_uid"],
        subject_name=document["subject_name"],
        name=document["name"],
        owner=document["owner"],
        created_at=parse_iso_time(document["created_at"]),
        started_at=moment(document.get("started_at")),
        ended_at=moment(document.get("ended_at")),
        request=dict(document["request"]),
        result_uid=document.get("result_uid"),
        result=dict(document.get("result") or {}),
        summary=document.get("summary", ""),
        hint=document.get("hint", ""),
        exit_code=document.get("exit_code", 0),
        progress=progress,
    )


def new_document(subject: Subject, request: JobRequest, *, owner: str) -> dict[str, Any]:
    """The document of a job that nobody works on yet."""
    return {
        "kind": str(request.kind),
        "cloud": subject.cloud,
        "status": str(JobStatus.QUEUED),
        "subject_uid": subject.uid,
        "subject_name": subject.name,
        "name": getattr(request, "name", ""),
        "owner": owner,
        "created_at": iso_time(now()),
        "request": dump_request(request),
    }


def create(
    repository: Repository,
    document: dict[str, Any],
    admit: Callable[[Mapping[str, Mapping[str, Any]]], None] = lambda _: None,
) -> tuple[Job, HeldLock]:
    """Record a new job and take its lock, and forget the oldest of those that ended.

    `admit` is shown all jobs while nobody else can record one, and what it raises records none.
    """
    forgotten: list[str] = []
    with ExitStack() as made:
        with repository.catalog.transaction() as transaction:
            rows = transaction.rows("jobs")
            admit(rows)
            uid = transaction.new_uid("jobs", "job")
            ended = [
                key
                for key, row in rows.items()
                # what is not understood is for who understands it to forget
                if status_of(row).ended and kind_of(row) is not JobKind.UNKNOWN
            ]
            if len(ended) >= KEPT:
                ended.sort(key=lambda key: str(rows[key]["created_at"]))
                forgotten = ended[: len(ended) - KEPT + 1]
            for old in forgotten:
                transaction.delete("jobs", old)
            transaction.put("jobs", uid, document)
            files = JobFiles(repository.layout, uid)
            files.make()
            made.callback(files.remove)
            # before anybody can see the job: one that nobody holds counts as dead
            lock = FileLock(files.lock).exclusive()
            made.callback(lock.release)
        made.pop_all()
    for old in forgotten:
        JobFiles(repository.layout, old).remove()
    return job_from(uid, document), lock


def changed(job: Job, changes: Mapping[str, Any]) -> Job:
    """A job that is not in the catalog, after a change of its document."""
    fields = dict(changes)
    if "status" in fields:
        fields["status"] = JobStatus(fields["status"])
    for name in ("started_at", "ended_at"):
        if name in fields:
            fields[name] = moment(fields[name])
    return replace(job, **fields)


def update(repository: Repository, uid: str, **changes: Any) -> Job:
    """Write a job's new state; a job that has ended keeps the end it has.

    Raises:
        NotFoundError: the job is forgotten.
    """
    with repository.catalog.transaction() as transaction:
        document = transaction.get("jobs", uid)
        if document is None:
            raise NotFoundError(f"there is no job {uid} any more")
        if not status_of(document).ended:
            document = {**document, **changes}
            transaction.put("jobs", uid, document)
    return job_from(uid, document)
