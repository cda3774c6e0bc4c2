"""What can be asked of a cloud, as typed requests.

A request travels as JSON from the process that asks (the screen, the command line) to the process
that works, so it is validated with pydantic where it is read. Building one checks the plain things
(names, sizes) and raises `InvalidInputError` with a sentence for the form.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from snaptui.errors import InvalidInputError
from snaptui.models import Job, JobKind, JobStatus, Visibility
from snaptui.text import checked_description, checked_name

DEFAULT_ZONE = "default"
"""The local cloud's usual zone; in any other cloud, the one that suits."""
_REGION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_LARGEST = 2**63 - 1  # what a file offset can be


def checked_size(size_bytes: int) -> int:
    """`size_bytes`, if a file can be that large.

    Raises:
        InvalidInputError: it cannot.
    """
    if size_bytes > _LARGEST:
        raise InvalidInputError("that size is larger than any file can be", "e.g. 10GiB")
    return size_bytes


class _TravelsAsJson:
    """What another version of snaptui added to a request must not be passed over in silence."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRequest(_TravelsAsJson):
    """Take a snapshot of a volume.

    `token` is the job that asked for it first: what a remote cloud has made for that is taken up.
    """

    kind: ClassVar[JobKind] = JobKind.SNAPSHOT
    volume_uid: str
    name: str
    description: str = ""
    allow_fuzzy: bool = False
    token: str = ""

    def __post_init__(self) -> None:
        checked_name(self.name)
        checked_description(self.description)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloneRequest(_TravelsAsJson):
    """Make a new volume from a snapshot; `size_bytes` None means the snapshot's size.

    `token` is as in `SnapshotRequest`.
    """

    kind: ClassVar[JobKind] = JobKind.CLONE
    snapshot_uid: str
    name: str
    zone: str = DEFAULT_ZONE
    size_bytes: int | None = None
    volume_type: str | None = None
    token: str = ""

    def __post_init__(self) -> None:
        checked_name(self.name)
        if self.size_bytes is not None:
            checked_size(self.size_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateVolumeRequest(_TravelsAsJson):
    """Make a blank volume; in the local cloud a sparse file in a zone's pool.

    `token` is as in `SnapshotRequest`.
    """

    kind: ClassVar[JobKind] = JobKind.CREATE
    name: str
    size_bytes: int
    zone: str = DEFAULT_ZONE
    volume_type: str | None = None
    token: str = ""

    def __post_init__(self) -> None:
        checked_name(self.name)
        if self.size_bytes <= 0:
            raise InvalidInputError("a volume needs a size of at least one byte", "e.g. 10GiB")
        checked_size(self.size_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRequest(_TravelsAsJson):
    """Write a snapshot to a new file (`to_path`), or over its own volume (`in_place`).

    `force` allows an in-place restore onto a volume that is in use.
    """

    kind: ClassVar[JobKind] = JobKind.RESTORE
    snapshot_uid: str
    to_path: str | None = None
    in_place: bool = False
    force: bool = False

    def __post_init__(self) -> None:
        if (self.to_path is None) == (not self.in_place):
            raise InvalidInputError(
                "a restore goes either to a new file or in place",
                "give one of --to PATH and --in-place",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest(_TravelsAsJson):
    """Read and verify every block: of one snapshot, or of the whole repository (None)."""

    kind: ClassVar[JobKind] = JobKind.CHECK
    snapshot_uid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest(_TravelsAsJson):
    """Bring a remote cloud's snapshot into the local repository, under a name."""

    kind: ClassVar[JobKind] = JobKind.IMPORT
    snapshot_uid: str
    name: str

    def __post_init__(self) -> None:
        checked_name(self.name)


CloudRequest = SnapshotRequest | CloneRequest | CreateVolumeRequest | RestoreRequest | CheckRequest
"""What one cloud does by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest(_TravelsAsJson):
    """Bring a snapshot of the local repository into a remote cloud, under a name."""

    kind: ClassVar[JobKind] = JobKind.EXPORT
    snapshot_uid: str
    cloud: str
    name: str
    description: str = ""

    def __post_init__(self) -> None:
        checked_name(self.name)
        checked_description(self.description)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRequest(_TravelsAsJson):
    """Copy a remote cloud's snapshot to another region.

    With `encrypted` the copy is, also of one that is not. `token` is as in `SnapshotRequest`.
    """

    kind: ClassVar[JobKind] = JobKind.COPY
    snapshot_uid: str
    region: str
    name: str
    description: str = ""
    encrypted: bool = False
    token: str = ""

    def __post_init__(self) -> None:
        checked_name(self.name)
        checked_description(self.description)
        if not _REGION.fullmatch(self.region):
            raise InvalidInputError(
                "that is no name of a region" if self.region else "no region is named",
                "e.g. eu-west-1",
            )


JobRequest = CloudRequest | ImportRequest | ExportRequest | CopyRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class AddVolumeRequest:
    """Register a raw image file or block device as a volume.

    Defaults: the file's name without its ending, the zone that holds the path (else `default`), and
    the block size of the two-million rule.
    """

    path: str
    name: str | None = None
    zone: str | None = None
    block_size: int | None = None

    def __post_init__(self) -> None:
        if self.name is not None:
            checked_name(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachRequest:
    """Attach a volume to an instance; an empty device is what the cloud chooses."""

    volume_uid: str
    instance: str
    device: str = ""

    def __post_init__(self) -> None:
        if not self.instance.strip():
            raise InvalidInputError("no instance is named", "give the Resource UID of one")


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachRequest:
    """Detach a volume; an empty instance is the one it is attached to."""

    volume_uid: str
    instance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResizeRequest:
    """Make a volume larger; no cloud makes one smaller."""

    volume_uid: str
    size_bytes: int

    def __post_init__(self) -> None:
        if self.size_bytes <= 0:
            raise InvalidInputError("a volume needs a size of at least one byte", "e.g. 10GiB")
        checked_size(self.size_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditSnapshotRequest:
    """Change a snapshot's name, its description, or both; None is left as it is."""

    snapshot_uid: str
    name: str | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        if self.name is None and self.description is None:
            raise InvalidInputError(
                "nothing is to be changed", "give a name (--name) or a description (--description)"
            )
        if self.name is not None:
            checked_name(self.name)
        if self.description is not None:
            checked_description(self.description)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRequest:
    """Change who may see and clone a snapshot; `shared_with` is all of them."""

    snapshot_uid: str
    visibility: Visibility
    shared_with: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shared = self.visibility is Visibility.SHARED
        if shared != bool(self.shared_with):
            raise InvalidInputError(
                "a shared snapshot is shared with somebody, and another one with nobody",
                "name the accounts or projects that may use it",
            )


_REQUESTS: dict[str, type[JobRequest]] = {
    request.kind: request
    for request in (
        SnapshotRequest,
        CloneRequest,
        CreateVolumeRequest,
        RestoreRequest,
        CheckRequest,
        ImportRequest,
        ExportRequest,
        CopyRequest,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a job works on: a volume or snapshot of a cloud, and what it is called.

    What is only to be made has no `uid` yet.
    """

    cloud: str
    uid: str
    name: str


def dump_request(request: JobRequest) -> dict[str, Any]:
    """The request as plain JSON values, without its kind (the job has that)."""
    return asdict(request)


TAKEN_UP = (SnapshotRequest, CloneRequest, CreateVolumeRequest, CopyRequest)
"""What a remote cloud may have made for a job that died: by their `token` a retry finds it."""


def why_no_retry(job: Job) -> str:
    """Why the same request is not made again as a new job; empty when it can be."""
    if not job.status.ended:
        return "it is not over yet"
    return "it did what it was asked to" if job.status is JobStatus.COMPLETED else ""


def overwrites(job: Job) -> bool:
    """Whether a job writes over the data of a volume, so that doing it again has to be asked."""
    return bool(job.request.get("in_place"))


def load_request(kind: JobKind, document: dict[str, Any]) -> JobRequest:
    """Read a request that another process wrote.

    Raises:
        InvalidInputError: it is not what a request of that kind looks like, or of no known kind.
    """
    if kind is JobKind.UNKNOWN:
        raise InvalidInputError(
            "the job is of a kind that this snaptui does not know",
            "another version made it: retry it with that one",
        )
    from pydantic import TypeAdapter, ValidationError

    try:
        request: JobRequest = TypeAdapter(_REQUESTS[kind]).validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InvalidInputError(
            f"the job's request is not readable ({field}: {first['msg']})",
            "was it made by another version of snaptui?",
        ) from error
    return request
