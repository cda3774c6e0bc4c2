"""Availability zones of the local cloud: pools, directories that volumes are made in.

The zone `default` is a directory of the repository and always there; others are registered.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.config import user_path
from snaptui.engine.leases import sweep_in
from snaptui.engine.records import event_document, now
from snaptui.errors import ConflictError, InvalidInputError, NotFoundError, SourceError
from snaptui.models import Zone
from snaptui.requests import DEFAULT_ZONE
from snaptui.text import checked_name, count_of, file_stem, safe_text
from snaptui.units import iso_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.engine import Actor, Repository


def list_zones(repository: Repository) -> list[Zone]:
    """All zones, `default` first, with the space there is."""
    counts: dict[str, int] = {}
    for document in repository.catalog.rows("volumes").values():
        counts[document["zone"]] = counts.get(document["zone"], 0) + 1
    return [_describe(name, path, counts.get(name, 0)) for name, path in _paths(repository).items()]


def _paths(repository: Repository) -> dict[str, Path]:
    rows = repository.catalog.rows("zones")
    named = {uid: Path(document["path"]) for uid, document in sorted(rows.items())}
    return {DEFAULT_ZONE: repository.layout.volumes, **named}


def _describe(name: str, path: Path, volume_count: int) -> Zone:
    size = free = 0
    reason = ""
    try:
        usage = shutil.disk_usage(path)
        size, free = usage.total, usage.free
        if not os.access(path, os.W_OK | os.X_OK):
            reason = f"{path} is not writable"
    except OSError as error:
        reason = f"{path}: {error.strerror}"
    return Zone(
        name=name,
        path=str(path),
        size_bytes=size,
        free_bytes=free,
        volume_count=volume_count,
        available=not reason,
        reason=reason,
    )


def zone_path(repository: Repository, name: str) -> Path:
    """The directory of a zone.

    Raises:
        NotFoundError: there is no such zone, or its directory is gone.
    """
    paths = _paths(repository)
    if name not in paths:
        raise _unknown(name, list(paths))
    if not paths[name].is_dir():
        raise NotFoundError(
            f"the directory {paths[name]} of zone {name} is not there", "is it mounted?"
        )
    return paths[name]


def _unknown(name: str, known: Sequence[str]) -> NotFoundError:
    names = ", ".join(safe_text(zone, 40) for zone in known)
    return NotFoundError(
        f"there is no zone {safe_text(name, 80)!r}",
        f"known: {names}; make one with `snaptui zone add NAME PATH`",
    )


def require_default(name: str) -> None:
    """Refuse all other zones: a repository that is yet to be made has no other.

    Raises:
        NotFoundError: it is another one.
    """
    if name != DEFAULT_ZONE:
        raise _unknown(name, [DEFAULT_ZONE])


def zone_of_path(repository: Repository, path: Path) -> str:
    """The zone whose directory holds a path most closely, else `default`."""
    holding = [
        (len(directory.parts), name)
        for name, directory in _paths(repository).items()
        if path.is_relative_to(directory)
    ]
    return max(holding)[1] if holding else DEFAULT_ZONE


def volume_path(repository: Repository, zone: str, name: str) -> Path:
    """Where a new volume of that name is made."""
    stem = file_stem(name)
    if not name.isascii() or len(name) > len(stem):
        # what little is left of names in other scripts, or of very long ones, would meet there
        stem = f"{stem}-{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"
    return zone_path(repository, zone) / f"{stem}.raw"


def inspect_zone(name: str, path: str, repository_path: Path) -> Path:
    """The directory at a path that is to be a zone; nothing is registered.

    Raises:
        InvalidInputError: the name cannot be one, or the path is inside the repository.
        SourceError: the path is no directory one can write to.
    """
    checked_name(name)
    directory = user_path(path).resolve()
    if not directory.is_dir():
        what = "is not a directory" if directory.exists() else "does not exist"
        raise SourceError(f"{directory} {what}", "make it first")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise SourceError(f"{directory} is not writable", "volumes are made in it")
    if directory.is_relative_to(repository_path.resolve()):
        raise InvalidInputError(
            f"{directory} is inside the repository", "choose a directory outside of it"
        )
    return directory


def add_zone(repository: Repository, name: str, path: str, actor: Actor) -> Zone:
    """Register a directory as a zone.

    Raises:
        InvalidInputError: the name cannot be one, or the path is inside the repository.
        ConflictError: the name or the directory is a zone already.
        SourceError: the path is no directory one can write to.
    """
    repository.require_writable()
    directory = inspect_zone(name, path, repository.path)
    with repository.catalog.transaction() as transaction:
        for zone, used in _paths(repository).items():
            if zone == name:
                raise ConflictError(
                    f"there is a zone {name} already ({used})", "choose another name"
                )
            if used.exists() and used.samefile(directory):
                raise ConflictError(f"{directory} is the zone {zone} already", "use that one")
        at = now()
        transaction.put("zones", name, {"path": str(directory), "created_at": iso_time(at)})
        text = f"added zone {name} ({directory})"
        event = event_document(actor, "add-zone", name, at=at, text=text)
        transaction.put("events", transaction.new_uid("events", "event"), event)
    return _describe(name, directory, 0)


def delete_zone(repository: Repository, name: str, actor: Actor) -> Zone:
    """Forget a zone that has no volume; its directory and what is in that stay as they are.

    Raises:
        NotFoundError: there is no such zone.
        ConflictError: it is the default one, or has volumes, or gets one this moment.
    """
    repository.require_writable()
    with repository.catalog.transaction() as transaction:
        paths = _paths(repository)
        if name not in paths:
            raise _unknown(name, list(paths))
        if name == DEFAULT_ZONE:
            raise ConflictError(
                f"the zone {name} is part of the repository", "it cannot be deleted"
            )
        rows = transaction.rows("volumes").values()
        count = sum(row["zone"] == name for row in rows)
        if count:
            raise ConflictError(
                f"the zone {name} has {count_of(count, 'volume')}",
                "empty it first: snaptui volume list",
            )
        sweep_in(transaction, repository.layout)  # what died makes no volume any more
        if any(row.get("zone") == name for row in transaction.rows("leases").values()):
            raise ConflictError(
                f"a volume is being made in the zone {name}", "wait for it: snaptui job list"
            )
        at = now()
        transaction.delete("zones", name)
        text = f"deleted zone {name} ({paths[name]}); its files stay"
        event = event_document(actor, "delete-zone", name, at=at, text=text)
        transaction.put("events", transaction.new_uid("events", "event"), event)
    return _describe(name, paths[name], 0)
