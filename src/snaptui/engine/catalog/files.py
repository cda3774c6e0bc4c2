"""The catalog's files: their names, and the few system calls that everything rests on.

All calls end in functions of `os` looked up by name (those of `pathlib` too), so that the crash
tests can record them and make them fail.
"""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

from snaptui.engine.ownership import adopt
from snaptui.errors import NoSpaceError, ReadOnlyError, RepositoryError

if TYPE_CHECKING:
    from pathlib import Path

LOCK = "lock"
RESERVE = "reserve"
QUARANTINE = "quarantine"
DIRECTORY_MODE = 0o700
FILE_MODE = 0o600

_SNAPSHOT_FILE = re.compile(r"catalog-(\d{6,})\.json")
_GENERATION_FILE = re.compile(r"(?:catalog|journal)-(\d{6,})\.(?:json|log|json\.tmp)")
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
UNWRITABLE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def snapshot_path(directory: Path, generation: int) -> Path:
    """The snapshot file of a generation: plain TinyDB JSON."""
    return directory / f"catalog-{generation:06d}.json"


def journal_path(directory: Path, generation: int) -> Path:
    """The journal of a generation: what was committed since its snapshot file."""
    return directory / f"journal-{generation:06d}.log"


def generations(directory: Path) -> list[int]:
    """The generations whose snapshot file is there, oldest first."""
    return sorted(
        int(match[1]) for name in os.listdir(directory) if (match := _SNAPSHOT_FILE.fullmatch(name))
    )


def generation_files(directory: Path) -> list[tuple[int, Path]]:
    """All files that belong to a generation, half-made ones too."""
    return [
        (int(match[1]), directory / name)
        for name in os.listdir(directory)
        if (match := _GENERATION_FILE.fullmatch(name))
    ]


def create_file(path: Path, *, append: bool = False) -> int:
    """Open a new file for writing; it must not exist."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | (os.O_APPEND if append else 0)
    descriptor = os.open(path, flags, FILE_MODE)
    try:
        adopt(path, descriptor)
    except BaseException:
        os.close(descriptor)
        path.unlink(missing_ok=True)
        raise
    return descriptor


def remove_file(path: Path) -> None:
    """Remove a file that may be gone already."""
    path.unlink(missing_ok=True)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it: a file system that fills up takes a part first, then fails."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])


def read_from(descriptor: int, offset: int, length: int) -> bytes:
    """Read `length` bytes at `offset`, fewer at the end of the file."""
    data = os.pread(descriptor, length, offset)
    if len(data) == length or not data:
        return data
    parts = [data]
    done = len(data)
    while done < length and (data := os.pread(descriptor, length - done, offset + done)):
        parts.append(data)
        done += len(data)
    return b"".join(parts)


def read_file(path: Path) -> bytes:
    """Read a whole file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return read_from(descriptor, 0, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)


def is_writable(directory: Path) -> bool:
    """Whether files can be made in this directory, the file system's own state included."""
    return os.access(directory, os.W_OK | os.X_OK)


def explain(error: OSError, directory: Path, doing: str) -> RepositoryError:
    """Turn a failed system call into an error a person can be told.

    Args:
        error: what the kernel said.
        directory: the catalog's directory.
        doing: what failed, as in "cannot be written".
    """
    reason = (error.strerror or str(error)).lower()
    if error.errno in FULL:
        return NoSpaceError(
            f"The catalog {directory} {doing}: {reason}",
            "nothing was changed; make room on that file system",
        )
    if error.errno in UNWRITABLE:
        return ReadOnlyError(
            f"The catalog {directory} {doing}: {reason}",
            "nothing was changed; see who may write there and whether it is mounted read-only",
        )
    return RepositoryError(
        f"The catalog {directory} {doing}: {reason}",
        "nothing was changed; see the kernel's messages (dmesg) for the disk, then try again",
    )
