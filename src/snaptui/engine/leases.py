"""What a running job holds, so that nobody takes it away and somebody cleans up after its death.

A lease is a document in the catalog, which says what the job counts on (`map_base`) and what it may
leave behind, and a directory under `staging/` with a file that the job keeps locked. The kernel
lets go of the lock when the process dies, however it dies; then the next writer sweeps: it undoes
what was not committed and removes the lease. Nobody has to repair anything by hand.
"""

from __future__ import annotations

import re
import shutil
import stat
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from snaptui.engine.layout import Layout, fsync_directory
from snaptui.engine.locks import FileLock, HeldLock
from snaptui.engine.ownership import adopt
from snaptui.errors import SnaptuiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snaptui.engine.catalog import Catalog, Transaction

_LOCK_NAME = "lock"
_WRITER = re.compile(r"[0-9a-f]{16}")
_PARTIAL = re.compile(r"\..+\.[0-9a-f]{8}\.partial")


class Lease:
    """A lease that is held.

    Attributes:
        directory: a private directory for what is not committed yet.
        writer_id: 16 hexadecimal digits that begin the names of this job's packs.
        details: what `prepare` gave.
    """

    def __init__(
        self, uid: str, directory: Path, writer_id: str, details: dict[str, Any], lock: HeldLock
    ) -> None:
        self.uid = uid
        self.directory = directory
        self.writer_id = writer_id
        self.details = details
        self._lock = lock

    def release(self, transaction: Transaction) -> None:
        """Give the lease up as part of the transaction that commits the work."""
        transaction.delete("leases", self.uid)

    def discard(self, catalog: Catalog, layout: Layout) -> None:
        """Remove what is left of it; what was not committed is undone.

        Never fails: what cannot be undone now (the disk is full, say) is swept by the next writer.
        """
        try:
            if catalog.get("leases", self.uid) is not None:
                with catalog.transaction() as transaction:
                    document = transaction.get("leases", self.uid)
                    if document is not None:
                        undo(transaction, document, layout)
                        transaction.delete("leases", self.uid)
            shutil.rmtree(self.directory, ignore_errors=True)
        except (OSError, SnaptuiError):
            return
        finally:
            self._lock.release()


@contextmanager
def hold_lease(
    catalog: Catalog,
    layout: Layout,
    kind: str,
    prepare: Callable[[Transaction], dict[str, Any]],
    *,
    writer_id: str = "",
) -> Iterator[Lease]:
    """Hold a lease for the time of the block; leaving it undoes what was not committed.

    With a `writer_id`, it goes on as a writer whose job was cut short, if nobody else is that.

    What `prepare` gives goes into the lease's document (see `undo` for what means something). It is
    called inside the transaction that makes the lease, so what it finds is held from then on.
    """
    with ExitStack() as made:
        with catalog.transaction() as transaction:
            sweep_in(transaction, layout)
            if not _is_nobody(transaction, writer_id):
                writer_id = uuid4().hex[:16]
            details = prepare(transaction)
            uid = transaction.new_uid("leases", "lease")
            directory = layout.lease(uid)
            directory.mkdir(mode=0o700)
            made.callback(shutil.rmtree, directory, ignore_errors=True)
            adopt(directory)
            # waits a moment: another process that sweeps may be looking whether it is free
            lock = FileLock(directory / _LOCK_NAME).exclusive(timeout=10)
            made.callback(lock.release)
            transaction.put("leases", uid, {"kind": kind, "writer_id": writer_id, **details})
        made.pop_all()  # committed: from here on it is the lease's
    lease = Lease(uid, directory, writer_id, details, lock)
    try:
        yield lease
    finally:
        lease.discard(catalog, layout)


def _is_nobody(transaction: Transaction, writer_id: str) -> bool:
    """Whether packs can have a writer's name: no job has it, and none of its packs is committed."""
    if _WRITER.fullmatch(writer_id) is None:
        return False
    held = {str(row.get("writer_id")) for row in transaction.rows("leases").values()}
    segments = transaction.rows("segments")
    return writer_id not in held and not any(
        pack_id.startswith(f"{writer_id}-") for pack_id in segments
    )


def dead_leases(layout: Layout) -> list[str]:
    """The leases whose jobs are not there any more."""
    dead = []
    for directory in layout.leases():
        with suppress(FileNotFoundError, NotADirectoryError):  # it was released this moment
            lock = FileLock(directory / _LOCK_NAME).try_acquire()
            if lock is not None:
                lock.release()
                dead.append(directory.name)
    return dead


def sweep(catalog: Catalog, layout: Layout) -> int:
    """Clean up after jobs that died; returns how many there were. Cheap when there are none."""
    if not dead_leases(layout) and not _lost(catalog, layout):
        return 0
    with catalog.transaction() as transaction:
        return sweep_in(transaction, layout)


def _lost(catalog: Catalog, layout: Layout) -> bool:
    return any(not layout.lease(uid).exists() for uid in catalog.rows("leases"))


def sweep_in(transaction: Transaction, layout: Layout) -> int:
    """As `sweep`, inside a transaction, which keeps others from making leases meanwhile."""
    dead = set(dead_leases(layout))
    # a lease whose directory somebody removed protects nothing any more
    dead.update(uid for uid in list(transaction.rows("leases")) if not layout.lease(uid).exists())
    for uid in dead:
        document = transaction.get("leases", uid)
        if document is not None:
            undo(transaction, document, layout)
            transaction.delete("leases", uid)
        shutil.rmtree(layout.lease(uid), ignore_errors=True)
    return len(dead)


def undo(transaction: Transaction, document: dict[str, Any], layout: Layout) -> None:
    """Remove what a job left behind, unless it was committed.

    Meaningful details of a lease: `writer_id` (its packs), `snapshot_uid` (its map), `volume_uid`,
    `partial_path` and `target_path` (the file it was writing, and the name that was to get).
    """
    segments = transaction.rows("segments")
    writer_id = str(document.get("writer_id"))
    # The document may be a stranger's: nothing in it may name a file that is not a job's.
    for path in layout.packs.glob(f"{writer_id}-*.pack") if _WRITER.fullmatch(writer_id) else ():
        if path.stem not in segments:
            path.unlink(missing_ok=True)
    snapshot_uid = document.get("snapshot_uid")
    committed = ("snapshots", "trash", "retained_maps")
    if snapshot_uid and not any(snapshot_uid in transaction.rows(table) for table in committed):
        layout.map(snapshot_uid).unlink(missing_ok=True)
    partial_path = document.get("partial_path")
    if partial_path:
        _undo_file(transaction, document, Path(partial_path))


def _undo_file(transaction: Transaction, document: dict[str, Any], partial: Path) -> None:
    target_path = document.get("target_path")
    volume_uid = document.get("volume_uid")
    committed = volume_uid is None or volume_uid in transaction.rows("volumes")
    with suppress(OSError):  # the pool may not be mounted any more; then there is nothing to undo
        if not _PARTIAL.fullmatch(partial.name) or not stat.S_ISREG(partial.lstat().st_mode):
            return
        if target_path and not committed:
            target = Path(target_path)
            # the target is ours only if it is the file that was being written
            if target.exists() and partial.exists() and target.samefile(partial):
                target.unlink()
        partial.unlink(missing_ok=True)
        fsync_directory(partial.parent)
