"""Writing a snapshot out: a clone, a new file, or over its own volume."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from snaptui.engine.blockmap import differs, is_data, runs_of
from snaptui.engine.blocks import DIGEST_SIZE, HOLE, block_digest
from snaptui.engine.faults import told
from snaptui.engine.layout import fsync_directory
from snaptui.engine.leases import hold_lease
from snaptui.engine.reading import BlockReader, Run, in_parallel, read_runs
from snaptui.engine.records import Actor, event_document, now, volume_from
from snaptui.engine.source import VolumeSource
from snaptui.engine.target import VolumeTarget
from snaptui.errors import ConflictError, InUseError, InvalidInputError, NotFoundError
from snaptui.models import RestoreReport, Snapshot, Volume
from snaptui.text import file_stem
from snaptui.units import format_size, iso_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from snaptui.engine.blockmap import BlockMap
    from snaptui.engine.catalog import Transaction
    from snaptui.engine.mapfile import Digests
    from snaptui.engine.repository import Repository
    from snaptui.progress import ProgressCallback


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVolume:
    """What a volume that is made here is to be."""

    name: str
    zone: str
    path: Path
    size_bytes: int
    block_size: int
    created_at: datetime


def clone_snapshot(
    repository: Repository,
    snapshot: Snapshot,
    new: NewVolume,
    actor: Actor,
    progress: ProgressCallback,
) -> Volume:
    """Make a volume from a snapshot; see `Repository.clone`."""
    if new.size_bytes < snapshot.size_bytes:
        raise InvalidInputError(
            f"a clone of {format_size(new.size_bytes)} is smaller than its snapshot "
            f"({format_size(snapshot.size_bytes)})",
            f"give at least {snapshot.size_bytes} bytes",
        )

    def fill(partial: Path) -> None:
        _fill(repository, snapshot, partial, new.size_bytes, progress)

    return _make_volume(repository, new, snapshot, fill, actor)


def create_blank(repository: Repository, new: NewVolume, actor: Actor) -> Volume:
    """Make a volume that reads as zeros; see `Repository.create_volume`."""

    def fill(partial: Path) -> None:
        with partial.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.truncate(new.size_bytes)
            os.fsync(file.fileno())

    return _make_volume(repository, new, None, fill, actor)


def _make_volume(
    repository: Repository,
    new: NewVolume,
    snapshot: Snapshot | None,
    fill: Callable[[Path], None],
    actor: Actor,
) -> Volume:
    partial = _partial_path(new.path)
    snapshot_uid = snapshot.resource_uid if snapshot else None

    def prepare(transaction: Transaction) -> dict[str, Any]:
        if snapshot_uid is not None:
            require_snapshot(transaction, snapshot_uid)
        return {
            "partial_path": str(partial),
            "target_path": str(new.path),
            "map_base": snapshot_uid,
            "volume_uid": transaction.new_uid("volumes", "vol"),
        }

    kind = "clone" if snapshot else "create-volume"
    with hold_lease(repository.catalog, repository.layout, kind, prepare) as lease:
        with told(f"write {new.path}"):
            fill(partial)
            # both names stay until the commit, so that it is known whose file this is
            _publish(partial, new.path)
        uid: str = lease.details["volume_uid"]
        document = {
            "resource_uid": uid,
            "name": new.name,
            "size_bytes": new.size_bytes,
            "block_size": new.block_size,
            "zone": new.zone,
            "path": str(new.path),
            "managed": True,
            "created_at": iso_time(new.created_at),
            "owner": actor.user,
            "source_snapshot_uid": snapshot_uid,
        }
        event = event_document(
            actor,
            kind,
            snapshot_uid or uid,
            at=new.created_at,
            related_uid=uid if snapshot_uid else None,
            text=f"{'cloned to' if snapshot else 'created'} volume {new.name} in zone {new.zone}",
        )
        with repository.catalog.transaction() as transaction:
            transaction.put("volumes", uid, document)
            transaction.put("events", transaction.new_uid("events", "event"), event)
    return volume_from(uid, document)


def restore_to_file(
    repository: Repository,
    snapshot: Snapshot,
    path: Path,
    actor: Actor,
    progress: ProgressCallback,
) -> RestoreReport:
    """Write a snapshot to a new sparse file; see `Repository.restore_to_file`."""
    partial = _partial_path(path)

    def prepare(transaction: Transaction) -> dict[str, Any]:
        require_snapshot(transaction, snapshot.resource_uid)
        return {"partial_path": str(partial), "map_base": snapshot.resource_uid}

    with ExitStack() as stack:
        stack.callback(partial.unlink, missing_ok=True)
        if not repository.read_only:
            lease = hold_lease(repository.catalog, repository.layout, "restore", prepare)
            stack.enter_context(lease)
        with told(f"write {path}"):
            written = _fill(repository, snapshot, partial, snapshot.size_bytes, progress)
            _publish(partial, path)
        if not repository.read_only:
            _record_restore(repository, snapshot, actor, f"restored to {path}")
    return RestoreReport(
        snapshot_uid=snapshot.resource_uid,
        path=str(path),
        size_bytes=snapshot.size_bytes,
        written_bytes=written,
        unchanged_bytes=0,
    )


def restore_in_place(
    repository: Repository,
    snapshot: Snapshot,
    volume: Volume,
    actor: Actor,
    *,
    exclusive: bool,
    progress: ProgressCallback,
) -> RestoreReport:
    """Write what differs over the volume; see `Repository.restore_in_place`."""
    path = Path(volume.path)

    def prepare(transaction: Transaction) -> dict[str, Any]:
        require_snapshot(transaction, snapshot.resource_uid)
        return {"map_base": snapshot.resource_uid, "target_volume_uid": volume.resource_uid}

    with (
        hold_lease(repository.catalog, repository.layout, "restore", prepare) as lease,
        closing(repository.load_map(snapshot.resource_uid)) as block_map,
    ):
        with VolumeSource(path) as source:
            present = source.size()
            if source.is_device and present < snapshot.size_bytes:
                raise ConflictError(
                    f"{path} has {format_size(present)}, the snapshot needs "
                    f"{format_size(snapshot.size_bytes)}",
                    "make the device larger, or restore to a new file",
                )
            resize = not source.is_device and present != snapshot.size_bytes
            exclusive = exclusive and source.is_device
        reader = BlockReader(repository.load_index(lease))
        descriptor = _open_target(path, exclusive=exclusive)
        _mark_restoring(repository, volume, snapshot.resource_uid)
        with told(f"write {path}", "the volume is half restored: make room and restore it again"):
            written = _overwrite(descriptor, block_map, reader, resize=resize, progress=progress)
        _record_restore(repository, snapshot, actor, f"restored over volume {volume.name}")
        size = snapshot.size_bytes if resize else None
        _mark_restoring(repository, volume, None, size)
    return RestoreReport(
        snapshot_uid=snapshot.resource_uid,
        path=volume.path,
        size_bytes=snapshot.size_bytes,
        written_bytes=written,
        unchanged_bytes=snapshot.size_bytes - written,
    )


def require_snapshot(transaction: Transaction, uid: str) -> None:
    """Raise `NotFoundError` if a snapshot was deleted since it was looked up."""
    if uid not in transaction.rows("snapshots"):
        raise NotFoundError(f"the snapshot {uid} was deleted meanwhile", "choose another one")


def _partial_path(path: Path) -> Path:
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


def _fill(
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


def _publish(partial: Path, path: Path) -> None:
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


def _open_target(path: Path, *, exclusive: bool) -> int:
    """Open a volume to write over it.

    `O_EXCL` on a block device (open(2)) is refused while the kernel uses it, which also finds users
    that no list of processes and mounts shows: an iSCSI target, a ZFS pool.
    """
    # The path was resolved when the volume was registered: a link there now is somebody's trick.
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_EXCL if exclusive else 0)
    with told(f"write {path}"):
        try:
            return os.open(path, flags)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise ConflictError(
                    f"{path} is a link now, and was none when the volume was registered",
                    "register what it leads to, or restore to a new file",
                ) from error
            if error.errno != errno.EBUSY:
                raise
            raise InUseError(
                f"{path} is in use by the kernel",
                "detach it first, or force the restore (--force)",
            ) from error


def _mark_restoring(
    repository: Repository, volume: Volume, snapshot_uid: str | None, size_bytes: int | None = None
) -> None:
    """Record that a volume is between two states, so that one cut short is not taken for whole."""
    with repository.catalog.transaction() as transaction:
        document = transaction.get("volumes", volume.resource_uid)
        if document is not None:
            document["restoring"] = snapshot_uid
            document["size_bytes"] = size_bytes or document["size_bytes"]
            transaction.put("volumes", volume.resource_uid, document)


def _overwrite(
    descriptor: int,
    block_map: BlockMap,
    reader: BlockReader,
    *,
    resize: bool,
    progress: ProgressCallback,
) -> int:
    """Make the file or device read as the map says, writing only what differs; closes it."""
    block_size, size = block_map.block_size, block_map.size_bytes
    with VolumeTarget(descriptor) as target:
        if resize:
            os.ftruncate(descriptor, size)
        position = written = 0

        def work(start: int, digests: Digests) -> tuple[list[Run], list[tuple[int, int]]]:
            """The data to write, and where to write zeros: (offset, length)."""
            # An extra pass of hashing, but a restore that follows a small accident writes little,
            # and one that was cut short goes on where it stopped.
            here = [
                _present_digest(
                    descriptor, number * block_size, min(block_size, size - number * block_size)
                )
                for number in range(start, start + len(digests))
            ]
            present = np.frombuffer(b"".join(here), dtype=np.uint8).reshape(-1, DIGEST_SIZE)
            wrong = differs(present, digests)
            wanted = digests.copy()
            wanted[~wrong] = 0
            zeros = [
                ((start + low) * block_size, min((start + high) * block_size, size))
                for low, high in runs_of(wrong & ~is_data(digests))
            ]
            return (
                read_runs(reader, block_size, start, wanted),
                [(begin, end - begin) for begin, end in zeros],
            )

        def done(length: int, found: tuple[list[Run], list[tuple[int, int]]] | None) -> None:
            nonlocal position, written
            position += length
            runs, zeros = found or ([], [])
            written += sum(target.write(run.offset, run.buffers) for run in runs)
            written += sum(target.write_zeros(*place) for place in zeros)
            progress("writing", position, size)

        in_parallel(block_map, work, done, holes=True)
        progress("syncing", size, size)
        target.sync()
    return written


def _present_digest(descriptor: int, offset: int, length: int) -> bytes:
    data = os.pread(descriptor, length, offset)
    if not data.strip(b"\0"):
        return HOLE
    return block_digest(data)


def _record_restore(repository: Repository, snapshot: Snapshot, actor: Actor, text: str) -> None:
    with repository.catalog.transaction() as transaction:
        transaction.put(
            "events",
            transaction.new_uid("events", "event"),
            event_document(
                actor,
                "restore",
                snapshot.resource_uid,
                at=now(),
                related_uid=snapshot.volume_uid,
                text=text,
            ),
        )
