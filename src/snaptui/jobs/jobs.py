"""Starting, following and cancelling jobs."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from snaptui.config import user_path
from snaptui.engine.faults import told
from snaptui.engine.locks import FileLock, HeldLock
from snaptui.engine.records import now
from snaptui.engine.references import resolve
from snaptui.errors import ConflictError, NoSpaceError, ReadOnlyError, RepositoryError
from snaptui.jobs import records
from snaptui.jobs.ending import ended_by_signals
from snaptui.jobs.files import JobFiles
from snaptui.jobs.resuming import KEPT_DAYS, forget_kept, require_first, taking_up
from snaptui.models import LOCAL_CLOUD, Job, JobKind, JobStatus
from snaptui.requests import (
    TAKEN_UP,
    CheckRequest,
    CloneRequest,
    CreateVolumeRequest,
    JobRequest,
    RestoreRequest,
    SnapshotRequest,
    Subject,
    load_request,
    why_no_retry,
)
from snaptui.text import safe_text
from snaptui.units import iso_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from snaptui.engine import Repository


KILLED = "the worker was killed before it was done"


class Jobs:
    """The jobs of a repository. Its methods block; the screen calls them in threads."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._children: list[subprocess.Popen[bytes]] = []

    @property
    def are_recorded(self) -> bool:
        """Whether a new job can be recorded, so that others can follow and cancel it."""
        return not self._repository.read_only

    # -- starting

    def start(self, request: JobRequest, subject: Subject | None = None) -> Job:
        """Start a job in a process of its own, which outlives this one.

        Args:
            request: what to do.
            subject: what to do it to, and in which cloud; None: the request names something of the
                local cloud, which is looked up.

        Raises:
            NotFoundError: what it is to work on does not exist.
            RepositoryError: the job cannot be recorded, or the process not be started.
        """
        return self._start(*self._create(request, subject))

    def _start(self, job: Job, lock: HeldLock) -> Job:
        """Start the worker of a job that was recorded."""
        files = JobFiles(self._repository.layout, job.resource_uid)
        command = [
            sys.executable,
            "-P",  # nothing is imported from the directory somebody happens to stand in
            "-m",
            "snaptui.jobs.worker",
            str(self._repository.path),
            job.resource_uid,
        ]
        try:
            with files.open_log() as log:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    cwd=_worker_directory(job.cloud),
                    pass_fds=(lock.fileno(),),
                    env=_worker_environment(),
                )
        except OSError as error:
            lock.release()
            self._fail(job.resource_uid, f"the worker cannot be started ({error.strerror})")
            raise RepositoryError(
                f"the worker cannot be started ({error.strerror})", f"python is {sys.executable}"
            ) from error
        # The lock stays locked: it belongs to the open file, which the worker has as well.
        lock.disown()
        self._children = [child for child in self._children if child.poll() is None]
        self._children.append(process)
        return job

    def run(
        self,
        request: JobRequest,
        on_progress: Callable[[Job], None] | None = None,
        subject: Subject | None = None,
    ) -> Job:
        """Do a job in this process. It can be followed and cancelled from others all the same.

        Ctrl-C and SIGTERM cancel it; SIGHUP, the end of the terminal, does not touch it. A check
        that finds damage ends as a failed job and does not raise.

        Raises:
            SnaptuiError: what the work raised.
        """
        from snaptui.jobs.work import JobWork

        job, held = self._create_if_possible(request, subject)
        with held:
            recorded = isinstance(held, HeldLock)
            work = JobWork(
                self._repository, job, _absolute(request), on_progress, recorded=recorded
            )
            with ended_by_signals(work.stop):
                return work.do()

    def _create_if_possible(
        self, request: JobRequest, subject: Subject | None
    ) -> tuple[Job, AbstractContextManager[object]]:
        """Record a job, or go without where that is possible.

        It is, in a read-only repository, for what only reads it or is done in another cloud; and
        where there is no room, for a restore, too.
        """
        try:
            return self._create(request, subject)
        except ReadOnlyError:
            if not (_only_reads(request) or _is_elsewhere(request, subject)):
                raise
        except NoSpaceError:
            if not (_only_reads(request) or isinstance(request, RestoreRequest)):
                raise
        # a cloud takes the uid of a job for the same request again: no two jobs have one
        uid = f"job-{uuid4().hex[:8].upper()}"
        return records.job_from(uid, self._document(request, subject)), nullcontext()

    def _create(
        self,
        request: JobRequest,
        subject: Subject | None,
        admit: Callable[[Mapping[str, Mapping[str, Any]]], None] = lambda _: None,
    ) -> tuple[Job, HeldLock]:
        """Record a job; see `records.create`."""
        if not self.are_recorded and subject is not None and _is_elsewhere(request, subject):
            raise ReadOnlyError(
                f"the jobs of {safe_text(subject.cloud, 80)} are recorded in the local repository, "
                "which is read-only",
                "a command does it without a record if it is not to --detach; or take read_only "
                "out of [clouds.local] in the config file",
            )
        self._repository.require_writable()
        document = self._document(request, subject)
        with told("record the job"):
            made = records.create(self._repository, document, admit)
        forget_kept(self._repository)
        return made

    def _document(self, request: JobRequest, subject: Subject | None) -> dict[str, Any]:
        from snaptui.identity import current_owner

        self._repository.refresh()
        subject = subject or self._subject(request)
        return records.new_document(subject, _absolute(request), owner=current_owner())

    def _subject(self, request: JobRequest) -> Subject:
        if isinstance(request, CreateVolumeRequest):
            return Subject(cloud=LOCAL_CLOUD, uid="", name=request.name)
        if isinstance(request, SnapshotRequest):
            volume = self._repository.volume(request.volume_uid)
            return Subject(cloud=LOCAL_CLOUD, uid=volume.resource_uid, name=volume.name)
        if request.snapshot_uid is None:
            return Subject(cloud=LOCAL_CLOUD, uid="", name="the whole repository")
        snapshot = self._repository.snapshot(request.snapshot_uid)
        return Subject(cloud=LOCAL_CLOUD, uid=snapshot.resource_uid, name=snapshot.name)

    # -- following

    def list(self) -> list[Job]:
        """All jobs, newest first; a running one says how far it is."""
        self._repository.refresh()
        self._children = [child for child in self._children if child.poll() is None]
        rows = self._repository.catalog.rows("jobs")
        jobs = [self._look(uid) for uid in list(rows)]
        present = [job for job in jobs if job is not None]
        if not self._repository.read_only:
            forget_kept(self._repository)
        return sorted(present, key=lambda job: (job.created_at, job.resource_uid), reverse=True)

    def get(self, reference: str) -> Job:
        """One job, by UID or a unique prefix of it."""
        self._repository.refresh()
        uid = resolve("job", reference, self._repository.catalog.rows("jobs"))
        job = self._look(uid)
        assert job is not None
        return job

    def log(self, reference: str) -> str:
        """What a job's worker wrote."""
        return JobFiles(self._repository.layout, self.get(reference).resource_uid).read_log()

    def cancel(self, reference: str) -> Job:
        """Ask a job to stop; it does so at its next step, and cleans up.

        Raises:
            ConflictError: it has ended already.
        """
        self._repository.require_writable()
        job = self.get(reference)
        if job.status.ended:
            raise ConflictError(
                f"the job {job.resource_uid} has ended already ({job.status})",
                "there is nothing to cancel",
            )
        with told(f"cancel {job.resource_uid}"):
            JobFiles(self._repository.layout, job.resource_uid).ask_to_stop()
        return job

    def retry(self, reference: str) -> Job:
        """Make the same request again, as a new job.

        Raises:
            ConflictError: the job is not over, or did what it was asked to; or another retry did.
            InvalidInputError: another version of snaptui made the request.
            NotFoundError: what it worked on does not exist any more.
        """
        self._repository.require_writable()
        job = self.get(reference)
        if reason := why_no_retry(job):
            raise ConflictError(
                f"the job {job.resource_uid} cannot be retried",
                f"{reason}; only what failed or was cancelled can",
            )
        request = load_request(job.kind, job.request)
        if job.cloud == LOCAL_CLOUD:
            return self.start(request)
        request = taking_up(request, job)
        subject = Subject(cloud=job.cloud, uid=job.subject_uid, name=job.subject_name)
        self.list()  # one whose worker died is at nothing any more
        made = self._create(request, subject, lambda rows: require_first(request, job, rows))
        return self._start(*made)

    def _look(self, uid: str) -> Job | None:
        document = self._repository.catalog.rows("jobs").get(uid)
        if document is None:
            return None
        job = records.job_from(uid, document)
        if job.status.ended:
            return job
        files = JobFiles(self._repository.layout, uid)
        if not _is_free(files.lock):
            return replace(job, progress=files.read_progress())
        # Nobody works on it. It may have ended since the catalog was read; else it died.
        self._repository.refresh()
        document = self._repository.catalog.rows("jobs").get(uid)
        if document is None or records.status_of(document).ended:
            return records.job_from(uid, document) if document else None
        if job.kind is JobKind.UNKNOWN or document["status"] != records.status_of(document):
            return _not_ours(job, document)
        return self._bury(job)

    def _bury(self, job: Job) -> Job:
        """Record the end of a job whose worker died without a word."""
        rows = self._repository.catalog.rows
        for uid, snapshot in chain(rows("snapshots").items(), rows("trash").items()):
            if snapshot.get("job_uid") == job.resource_uid:
                # killed between the snapshot's commit and its own
                done = "imported" if job.kind is JobKind.IMPORT else "created"
                summary = f"Snapshot {snapshot['name']} was successfully {done}."
                status = JobStatus.COMPLETED
                return self._end(job, status, summary, result_uid=uid)
        last = (
            JobFiles(self._repository.layout, job.resource_uid).read_log().strip().rpartition("\n")
        )
        why = f" ({safe_text(last[2], 200)})" if last[2] else ""
        return self._fail(job.resource_uid, f"{KILLED}{why}")

    def _fail(self, uid: str, reason: str) -> Job:
        job = records.job_from(uid, self._repository.catalog.rows("jobs")[uid])
        hint = "nothing was half-made; start it again"
        files = JobFiles(self._repository.layout, uid)
        if job.cloud != LOCAL_CLOUD and job.kind is not JobKind.IMPORT:
            hint = "the cloud may have gone on with it: look at the list before you start it again"
            if job.kind in {request.kind for request in TAKEN_UP}:
                hint = "the cloud may have gone on with it: a retry takes that up, if so"
        elif job.kind is JobKind.IMPORT and files.kept.exists():
            hint = f"retry it within {KEPT_DAYS} days: it goes on where this one stopped"
        elif job.kind is JobKind.EXPORT:
            hint = "retry it: it goes on where this one stopped"
        elif job.request.get("in_place") and self._is_half_restored(job):
            hint = "the volume is half restored: restore it again"
        elif job.kind in {JobKind.CLONE, JobKind.CREATE}:
            hint = "nothing is half-made; look whether the volume is there, else start it again"
        return self._end(job, JobStatus.FAILED, reason, hint=hint, exit_code=1)

    def _is_half_restored(self, job: Job) -> bool:
        # whatever became of the snapshot: a deleted one has left its volume between two states, too
        volumes = self._repository.catalog.rows("volumes").values()
        return any(volume.get("restoring") == job.subject_uid for volume in volumes)

    def _end(self, job: Job, status: JobStatus, summary: str, **changes: Any) -> Job:
        at = now()
        if not self._repository.read_only:
            with suppress(RepositoryError):  # then the next one who looks records it
                return records.update(
                    self._repository,
                    job.resource_uid,
                    status=str(status),
                    summary=summary,
                    ended_at=iso_time(at),
                    **changes,
                )
        return replace(job, status=status, summary=summary, ended_at=at, **changes)


def _not_ours(job: Job, document: Mapping[str, Any]) -> Job:
    """A newer snaptui's job that nobody works on: only that one records what became of it."""
    summary = KILLED
    if (status := document["status"]) != records.status_of(document):
        summary = f"nobody works on it, and this snaptui knows no {safe_text(status, 40)!r} jobs"
    hint = "see what is left of it with the snaptui that started it"
    return replace(job, status=JobStatus.FAILED, summary=summary, hint=hint, exit_code=1)


def _is_free(path: Path) -> bool:
    try:
        if not path.exists():  # a lock that is taken makes its file: who only looks must not
            return True
        lock = FileLock(path).try_acquire()
    except FileNotFoundError:
        return True
    except PermissionError:
        return False  # root's in our repository: only root can tell
    if lock is None:
        return False
    lock.release()
    return True


def _only_reads(request: JobRequest) -> bool:
    """Whether the repository is only read by it."""
    return isinstance(request, CheckRequest) or (
        isinstance(request, RestoreRequest) and not request.in_place
    )


def _is_elsewhere(request: JobRequest, subject: Subject | None) -> bool:
    """Whether all that it changes is in a remote cloud, and nothing of it is kept here."""
    return (
        subject is not None
        and subject.cloud != LOCAL_CLOUD
        and isinstance(
            request, SnapshotRequest | CloneRequest | CreateVolumeRequest | RestoreRequest
        )
    )


def _absolute(request: JobRequest) -> JobRequest:
    """The request for a process that stands elsewhere."""
    if isinstance(request, RestoreRequest) and request.to_path is not None:
        return replace(request, to_path=str(user_path(request.to_path).absolute()))
    return request


def _worker_directory(cloud: str) -> str | None:
    """Where the worker stands; None: where this process does.

    A remote cloud may be described by a `clouds.yaml` that lies here, or by a variable with a path
    from here. Elsewhere the same name would be no cloud, or another one.
    """
    return "/" if cloud == LOCAL_CLOUD else None  # hold no file system that is to be unmounted


def _worker_environment() -> dict[str, str]:
    """The worker finds the snaptui that started it, also when that is a checkout."""
    package_root = str(Path(__file__).parents[2])
    if package_root in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        return dict(os.environ)
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([package_root, inherited] if inherited else [package_root])
    return {**os.environ, "PYTHONPATH": path}
