"""A new file with a snapshot's data: hidden until it is whole, then it gets its name."""

from __future__ import annotations

import errno
import os
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

from snaptui.engine.layout import fsync_directory
from snaptui.engine.reading import BlockReader, Run, in_parallel, read_runs
from snaptui.engine.target import VolumeTarget
from snaptui.errors import ConflictError, NotFoundError
from snaptui.text import file_stem

if TYPE_CHECKING:
    from pathlib import Path

    from snaptui.engine.catalog import Transaction
    from snaptui.engine.mapfile import Digests
    from snaptui.engine.repository import Repository
    from snaptui.models import Snapshot
    from snaptui.progress import ProgressCallback


def require_snapshot(transaction: Transaction, uid: str) -> None:
    """Raise `NotFoundError` if a snapshot was deleted since it was looked up."""
    if uid not in transaction.rows("snapshots"):
        raise NotFoundError(f"the snapshot {uid} was deleted meanwhile", "choose another one")


def partial_path(path: Path) -> Path:
    """The hidden name a file has until it is whole.

    Raises:
        NotFoundError: its directory is not there.
        ConflictError: there is something by its name.
    """
    if not path.parent.is_dir():
        raise NotFoundError(f"the directory {path.parent} does not exist", "make it first")
    if os.path.lexists(path):
        raise ConflictError(f"{path} exists already", "choose another name; nothing was written")
    return path.with_name(f".{file_stem(path.name)}.{uuid4().hex[:8]}.partial")


def fill_file(
    repository: Repository,
    snapshot: Snapshot,
    partial: Path,
    size_bytes: int,
    progress: ProgressCallback,
) -> int:
    """Write a snapshot's data to a new sparse file, durably; returns the bytes of data."""
    with closing(repository.load_map(snapshot.resource_uid)) as block_map:
        reader = BlockReader(repository.load_index(None))
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with VolumeTarget(descriptor) as target:
            os.ftruncate(descriptor, size_bytes)
            position = written = 0

            def work(start: int, digests: Digests) -> list[Run]:
                return read_runs(reader, block_map.block_size, start, digests)

            def done(length: int, runs: list[Run] | None) -> None:
                nonlocal position, written
                position += length
                # Written here, in one thread: two that write one file wait for each other.
                written += sum(target.write(run.offset, run.buffers) for run in runs or ())
                progress("writing", position, snapshot.size_bytes)

            in_parallel(block_map, work, done)
            progress("syncing", snapshot.size_bytes, snapshot.size_bytes)
            target.sync()
    return written


def publish(partial: Path, path: Path) -> None:
    """Give a whole file its name, which must still be free; durable afterwards."""
    try:
        os.link(partial, path)
    except FileExistsError as error:
        raise ConflictError(f"{path} exists already", "it was made meanwhile") from error
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
            raise
        # a file system without hard links (FAT): the check and the renaming are two steps there
        if path.exists():
            raise ConflictError(f"{path} exists already", "it was made meanwhile") from error
        partial.rename(path)
    fsync_directory(path.parent)
