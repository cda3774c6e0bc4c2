"""Writing a snapshot to a new file, or over its own volume."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from snaptui.engine.blockmap import differs, is_data, runs_of
from snaptui.engine.blocks import DIGEST_SIZE, HOLE, block_digest
from snaptui.engine.device import require_same
from snaptui.engine.faults import told
from snaptui.engine.leases import hold_lease
from snaptui.engine.operations.files import fill_file, partial_path, publish, require_snapshot
from snaptui.engine.operations.locating import expected_identity
from snaptui.engine.reading import BlockReader, Run, in_parallel, read_runs
from snaptui.engine.records import Actor, event_document, now
from snaptui.engine.source import VolumeSource
from snaptui.engine.target import VolumeTarget
from snaptui.errors import ConflictError, DamagedError, InUseError, NoSpaceError
from snaptui.models import RestoreReport, Snapshot, Volume
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from snaptui.engine.blockmap import BlockMap
    from snaptui.engine.catalog import Transaction
    from snaptui.engine.index import DigestIndex
    from snaptui.engine.mapfile import Digests
    from snaptui.engine.repository import Repository
    from snaptui.progress import ProgressCallback


_UNREADABLE = b"\xff" * DIGEST_SIZE
"""Equal to no digest, nor to a hole."""


def restore_to_file(
    repository: Repository,
    snapshot: Snapshot,
    path: Path,
    actor: Actor,
    progress: ProgressCallback,
) -> RestoreReport:
    """Write a snapshot to a new sparse file; see `Repository.restore_to_file`."""
    partial = partial_path(path)

    def prepare(transaction: Transaction) -> dict[str, Any]:
        require_snapshot(transaction, snapshot.resource_uid)
        return {"partial_path": str(partial), "map_base": snapshot.resource_uid}

    with ExitStack() as stack:
        stack.callback(partial.unlink, missing_ok=True)
        _hold_if_possible(stack, repository, prepare)
        with told(f"write {path}"):
            written = fill_file(repository, snapshot, partial, snapshot.size_bytes, progress)
            publish(partial, path)
        if not repository.read_only:
            with suppress(NoSpaceError), repository.catalog.transaction() as transaction:
                _record_restore(
                    transaction, snapshot, actor, f"restored snapshot {snapshot.name} to {path}"
                )
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

    with ExitStack() as stack:
        _hold_if_possible(stack, repository, prepare)
        block_map = stack.enter_context(closing(repository.load_map(snapshot.resource_uid)))
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
        index = repository.load_index(None)
        _require_blocks(block_map, index)
        reader = BlockReader(index)
        expected = expected_identity(repository, volume.resource_uid)
        with VolumeTarget(_open_target(path, expected, exclusive=exclusive)) as target:
            _mark_restoring(repository, volume, snapshot.resource_uid)
            with told(
                f"write {path}", "the volume is half restored: make room and restore it again"
            ):
                written = _overwrite(target, block_map, reader, resize=resize, progress=progress)
        _end_restoring(repository, snapshot, volume, actor, resized=resize)
    return RestoreReport(
        snapshot_uid=snapshot.resource_uid,
        path=volume.path,
        size_bytes=snapshot.size_bytes,
        written_bytes=written,
        unchanged_bytes=snapshot.size_bytes - written,
    )


def _hold_if_possible(
    stack: ExitStack,
    repository: Repository,
    prepare: Callable[[Transaction], dict[str, Any]],
) -> None:
    """Hold a lease for a restore, unless the repository cannot be written.

    On the worst day its disk is full or read-only. The open map and packs suffice then.
    """
    if repository.read_only:
        return
    with suppress(NoSpaceError):
        stack.enter_context(hold_lease(repository.catalog, repository.layout, "restore", prepare))


def _require_blocks(block_map: BlockMap, index: DigestIndex) -> None:
    """Raise `DamagedError` if a block is in no pack, before anything is written over."""
    for start, digests in block_map.windows():
        numbers = is_data(digests).nonzero()[0]
        for number, location in zip(numbers, index.find(digests[numbers]), strict=True):
            if location is None:
                offset = (start + int(number)) * block_map.block_size
                raise DamagedError(
                    f"the block at byte {offset} of the snapshot is missing from the repository",
                    "the volume was not touched; see which snapshots are whole: snaptui check",
                )


def _open_target(path: Path, expected: str | None, *, exclusive: bool) -> int:
    """Open a volume to write over it, if it is still what was registered.

    `O_EXCL` on a block device (open(2)) is refused while the kernel uses it, which also finds users
    that no list of processes and mounts shows: an iSCSI target, a ZFS pool.
    """
    # The path was resolved when the volume was registered: a link there now is somebody's trick.
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_EXCL if exclusive else 0)
    with told(f"write {path}"):
        try:
            descriptor = os.open(path, flags)
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
    try:
        require_same(path, os.fstat(descriptor), expected)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _mark_restoring(repository: Repository, volume: Volume, snapshot_uid: str) -> None:
    """Record that a volume is between two states, so that one cut short is not taken for whole."""
    with repository.catalog.transaction() as transaction:
        document = transaction.get("volumes", volume.resource_uid)
        if document is not None:
            transaction.put("volumes", volume.resource_uid, {**document, "restoring": snapshot_uid})


def _end_restoring(
    repository: Repository, snapshot: Snapshot, volume: Volume, actor: Actor, *, resized: bool
) -> None:
    """Record that a volume is whole again, and who made it so."""

    def end(*, with_event: bool) -> None:
        with repository.catalog.transaction() as transaction:
            document = transaction.get("volumes", volume.resource_uid)
            if document is not None:
                size = snapshot.size_bytes if resized else document["size_bytes"]
                whole = {**document, "restoring": None, "size_bytes": size}
                transaction.put("volumes", volume.resource_uid, whole)
            if with_event:
                text = f"restored snapshot {snapshot.name} over volume {volume.name}"
                _record_restore(transaction, snapshot, actor, text)

    try:
        end(with_event=True)
    except NoSpaceError:  # that the volume is whole needs no room, for it adds nothing
        end(with_event=False)


def _overwrite(
    target: VolumeTarget,
    block_map: BlockMap,
    reader: BlockReader,
    *,
    resize: bool,
    progress: ProgressCallback,
) -> int:
    """Make the file or device read as the map says, writing only what differs."""
    block_size, size = block_map.block_size, block_map.size_bytes
    descriptor = target.fileno()
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
    if resize:
        # Last: what is cut off cannot be had back, should something before this fail.
        os.ftruncate(descriptor, size)
    progress("syncing", size, size)
    target.sync()
    return written


def _present_digest(descriptor: int, offset: int, length: int) -> bytes:
    try:
        data = os.pread(descriptor, length, offset)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return _UNREADABLE  # writing a sector that cannot be read is what mends it
    if not data.strip(b"\0"):
        return HOLE
    return block_digest(data)


def _record_restore(transaction: Transaction, snapshot: Snapshot, actor: Actor, text: str) -> None:
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
