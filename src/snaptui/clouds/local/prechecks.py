"""What can be said against a request before a job is started for it.

The work checks all of it again when its turn comes; here it is told where it was asked for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.clouds.local import zones
from snaptui.clouds.local.unsupported import NO_COPY, NO_IMPORT
from snaptui.config import user_path
from snaptui.errors import ConflictError, InvalidInputError, NotFoundError, UnsupportedError
from snaptui.requests import (
    CloneRequest,
    CopyRequest,
    ExportRequest,
    ImportRequest,
    JobRequest,
    RestoreRequest,
    SnapshotRequest,
)
from snaptui.units import exact_size, format_size

if TYPE_CHECKING:
    from snaptui.engine import Repository
    from snaptui.models import Snapshot


def precheck(repository: Repository, request: JobRequest) -> None:
    """Raise what the work would raise, as far as that is known now."""
    match request:
        case SnapshotRequest():
            repository.volume(request.volume_uid)
        case CloneRequest():
            snapshot = repository.snapshot(request.snapshot_uid)
            path = zones.volume_path(repository, request.zone, request.name)
            if os.path.lexists(path):
                raise ConflictError(f"{path} exists already", "choose another name")
            if request.size_bytes is not None and request.size_bytes < snapshot.size_bytes:
                raise InvalidInputError(
                    f"{format_size(request.size_bytes)} is smaller than the snapshot",
                    f"give at least {exact_size(snapshot.size_bytes)}",
                )
        case ExportRequest():
            repository.snapshot(request.snapshot_uid)
        case ImportRequest():
            raise UnsupportedError(f"local: {NO_IMPORT}", "name another cloud with --cloud")
        case CopyRequest():
            raise UnsupportedError(f"local: {NO_COPY}", "name another cloud with --cloud")
        case RestoreRequest(to_path=str(to_path)):
            snapshot = repository.snapshot(request.snapshot_uid)
            require_new(repository, snapshot, user_path(to_path).absolute())


def require_new(repository: Repository, snapshot: Snapshot, path: Path) -> None:
    """Raise unless a snapshot can be restored to a new file at `path`.

    Raises:
        ConflictError: there is something, or it would be in the repository.
        NotFoundError: its directory is not there.
    """
    if not os.path.lexists(path):
        if path.resolve().is_relative_to(repository.path.resolve()):
            raise ConflictError(f"{path} is inside the repository", "choose a path outside of it")
        if not path.parent.is_dir():
            raise NotFoundError(f"the directory {path.parent} does not exist", "make it first")
        return
    for volume in repository.volumes():
        if Path(volume.path) == path or (
            path.exists() and Path(volume.path).exists() and path.samefile(volume.path)
        ):
            own = volume.resource_uid == snapshot.volume_uid
            raise ConflictError(
                f"{path} is the volume {volume.name}",
                "to write a snapshot over its own volume, restore it in place (--in-place)"
                if own
                else "choose a new path; a snapshot goes in place only over its own volume",
            )
    what = "exists already and is no volume of this repository"
    raise ConflictError(f"{path} {what}", "choose a new path; nothing was written")
