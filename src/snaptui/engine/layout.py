"""Where a repository keeps what.

snaptui-repository.json   what this is, and the version of the format
catalog/                  TinyDB: volumes, snapshots, segments, jobs, leases, events
packs/                    blocks, in immutable files named <writer>-<number>.pack
maps/                     one block map a snapshot, named <Resource UID>.map
index/                    digest > (pack, slot); derived, can be thrown away
staging/                  what a running job has written and not yet committed
locks/                    a lock a volume: one job at a time reads or writes it; one for the making
jobs/                     a directory a job: its log and progress
volumes/                  the pool of the zone `default`
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from snaptui.engine.locks import FileLock
from snaptui.engine.ownership import adopt
from snaptui.errors import DamagedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SNAPSHOT_UID = re.compile(r"snap-[0-9A-F]{8}")
_LEASE_UID = re.compile(r"lease-[0-9A-F]{8}")
_JOB_UID = re.compile(r"job-[0-9A-F]{8}")
_PACK_ID = re.compile(r"[0-9a-f]{16}-[0-9]{4,9}")

FORMAT_NAME = "snaptui-repository"
FORMAT_VERSION = 1


class Layout:
    """The paths of a repository."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.header = root / "snaptui-repository.json"
        self.catalog = root / "catalog"
        self.packs = root / "packs"
        self.maps = root / "maps"
        self.index = root / "index"
        self.staging = root / "staging"
        self.locks = root / "locks"
        self.jobs = root / "jobs"
        self.volumes = root / "volumes"

    @property
    def directories(self) -> tuple[Path, ...]:
        """All that must be there, but the catalog's, which makes its own."""
        return (
            self.packs,
            self.maps,
            self.index,
            self.staging,
            self.locks,
            self.jobs,
            self.volumes,
        )

    def complete(self) -> None:
        """Make the directories that are not there: copies often lose empty ones.

        Raises:
            DamagedError: one of them is a link, and would lead out of the repository.
        """
        for directory in self.directories:
            if not directory.exists():
                directory.mkdir(mode=0o700, exist_ok=True)
                adopt(directory)
            if directory.is_symlink():
                raise DamagedError(f"{directory} is a link", "put the directory itself there")

    def is_unfinished(self) -> bool:
        """Whether there is nothing at the path but what a killed `create` leaves behind."""
        if not self.root.is_dir() or self.root.is_symlink() or self.header.exists():
            return False
        ours = {*self.directories, self.catalog, self.header.with_suffix(".tmp")}
        return set(self.root.iterdir()) <= ours and not any(
            path.exists() and any(path.iterdir()) for path in (self.packs, self.maps, self.volumes)
        )

    def being_made(self) -> FileLock:
        """The lock of whoever makes the repository."""
        return FileLock(self.locks / "repository.lock")

    def pack(self, pack_id: str) -> Path:
        """A committed pack."""
        return self.packs / f"{_checked(_PACK_ID, pack_id)}.pack"

    def lacks_packs(self, sizes: Mapping[str, int]) -> bool:
        """Whether one of these packs is missing, or is not of the size it should have."""
        there = {}
        for entry in os.scandir(self.packs):
            with suppress(FileNotFoundError):  # another job may just have undone it
                there[entry.name] = entry.stat().st_size
        return any(there.get(f"{pack_id}.pack") != size for pack_id, size in sizes.items())

    def map(self, map_uid: str) -> Path:
        """A committed block map."""
        return self.maps / f"{_checked(_SNAPSHOT_UID, map_uid)}.map"

    def lease(self, uid: str) -> Path:
        """What a running job has not committed yet."""
        return self.staging / _checked(_LEASE_UID, uid)

    def leases(self) -> list[Path]:
        """The directories of all leases; what else lies beside them is none of ours."""
        return [
            path
            for path in self.staging.iterdir()
            if _LEASE_UID.fullmatch(path.name) and not path.is_symlink()
        ]

    def job(self, uid: str) -> Path:
        """A job's own directory."""
        return self.jobs / _checked(_JOB_UID, uid)


def _checked(pattern: re.Pattern[str], identifier: str) -> str:
    """An identifier that is about to become a path.

    A catalog that somebody else wrote must not be able to name files outside of its repository.

    Raises:
        DamagedError: it does not look like one of ours.
    """
    if pattern.fullmatch(identifier) is None:
        raise DamagedError(
            f"{identifier[:40]!r} is no identifier of this kind", "who wrote this repository?"
        )
    return identifier


def fsync_directory(path: Path) -> None:
    """Make names that were made, renamed or removed in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, buffers: list[bytes | bytearray | memoryview]) -> int:
    """Write all of `buffers` at the file's position; returns how many bytes that were.

    The kernel may take less than it is given (a signal, a nearly full disk), and at most 1024
    buffers at once.
    """
    pending = [memoryview(buffer).cast("B") for buffer in buffers if len(buffer)]
    total = 0
    while pending:
        written = os.writev(descriptor, pending[:1024])
        total += written
        done = 0
        while done < len(pending) and written >= len(pending[done]):
            written -= len(pending[done])
            done += 1
        del pending[:done]
        if written:
            pending[0] = pending[0][written:]
    return total
