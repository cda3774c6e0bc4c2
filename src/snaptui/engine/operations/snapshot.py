"""Taking a snapshot.

The order that makes it safe: packs and map are written and fsynced under `staging/`, moved to their
places, the places' directories fsynced; then one catalog commit makes the snapshot exist. Before
that commit nothing lists it; after it nothing it needs is missing.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.engine.comparison import Comparison, add_content, new_content
from snaptui.engine.leases import Lease, hold_lease
from snaptui.engine.mapfile import MapWriter
from snaptui.engine.operations.committing import Stored, commit_snapshot, open_parent
from snaptui.engine.operations.locating import expected_identity
from snaptui.engine.records import Actor, event_document, now
from snaptui.engine.scan import VolumeScan, became_shorter
from snaptui.engine.session import SealedPack, StoreSession
from snaptui.engine.sizes import block_size_of, count_blocks
from snaptui.engine.source import Fingerprint, VolumeSource
from snaptui.errors import ConflictError, SourceError, VolumeChangedError
from snaptui.models import Consistency, ReadMethod, Snapshot, SnapshotStatus, Visibility, Volume

if TYPE_CHECKING:
    from datetime import datetime

    from snaptui.engine.blockmap import BlockMap
    from snaptui.engine.catalog import Transaction
    from snaptui.engine.repository import Repository
    from snaptui.progress import ProgressCallback

_ATTEMPTS = 3
_LOOK_EVERY = 256 * 1024 * 1024
"""Bytes after which a reader looks whether the volume moved; there is no use in reading on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotOptions:
    """What a person says about the snapshot to take."""

    name: str
    description: str
    allow_fuzzy: bool
    job_uid: str | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """A pass over the volume that counts."""

    started: datetime
    size_bytes: int
    map_writer: MapWriter
    data_bytes: int
    new_bytes: int
    consistency: Consistency


def take_snapshot(
    repository: Repository,
    volume: Volume,
    options: SnapshotOptions,
    actor: Actor,
    progress: ProgressCallback,
) -> Snapshot:
    """Read a volume and keep what is new; see `Repository.take_snapshot`."""
    if volume.reason and not options.allow_fuzzy:
        raise ConflictError(
            f"the volume {volume.name} is in no state worth keeping: {volume.reason}",
            "restore it first, or take a fuzzy snapshot (--allow-fuzzy)",
        )

    def prepare(transaction: Transaction) -> dict[str, str | None]:
        # in one transaction with the lease: from here on nobody can delete the parent's map
        return {
            "volume_uid": volume.resource_uid,
            "map_base": repository.parent_for(transaction, volume),
            "snapshot_uid": repository.new_snapshot_uid(transaction),
            "job_uid": options.job_uid,
        }

    with ExitStack() as stack:
        source = stack.enter_context(VolumeSource(volume.path))
        source.require_identity(expected_identity(repository, volume.resource_uid))
        lease = stack.enter_context(
            hold_lease(repository.catalog, repository.layout, "snapshot", prepare)
        )
        parent, reason = open_parent(repository, lease.details["map_base"])
        if parent is not None:
            stack.enter_context(closing(parent))
        index = repository.load_index(lease)
        session = stack.enter_context(StoreSession(lease.directory, lease.writer_id, index))
        taker = _Taker(volume, options, source, lease, session, progress)
        reading = taker.read(parent)
        stack.callback(reading.map_writer.close)
        progress("syncing", reading.size_bytes, reading.size_bytes)
        packs = session.finish()
        method = ReadMethod.DATA_ONLY if source.knows_holes else ReadMethod.FULL
        snapshot = _describe(volume, options, actor, lease, reading, packs, method, reason)
        event = event_document(
            actor,
            "snapshot",
            volume.resource_uid,
            at=snapshot.created_at,
            related_uid=snapshot.resource_uid,
            text=f"took snapshot {snapshot.name}",
        )
        stored = Stored(lease, packs, reading.map_writer, parent)
        snapshot = commit_snapshot(repository, stored, snapshot, event)
    if index.wants_merge:
        repository.merge_index()
    return snapshot


class _Taker:
    """Reads a volume until it held still."""

    def __init__(
        self,
        volume: Volume,
        options: SnapshotOptions,
        source: VolumeSource,
        lease: Lease,
        session: StoreSession,
        progress: ProgressCallback,
    ) -> None:
        self._volume = volume
        self._block_size = block_size_of(volume)
        self._options = options
        self._source = source
        self._lease = lease
        self._session = session
        self._progress = progress

    def read(self, parent: BlockMap | None) -> _Reading:
        """Read until the volume held still, or it is clear that it does not.

        Raises:
            VolumeChangedError: it changed each time, and a fuzzy snapshot is not allowed.
            SourceError: it cannot be read, is empty, or is not there any more.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            reading = self._read_once(parent, attempt)
            if reading is not None:
                if not self._source.still_there():
                    reading.map_writer.close()
                    raise SourceError(
                        f"{self._source.path} was removed or replaced while it was read",
                        "no snapshot was made; is the volume's path still right?",
                    )
                return reading
        raise VolumeChangedError(
            f"the volume {self._volume.name} changed while it was read, {_ATTEMPTS} times over",
            "stop or freeze its writer, or allow a fuzzy snapshot (--allow-fuzzy)",
        )

    def _read_once(self, parent: BlockMap | None, attempt: int) -> _Reading | None:
        started = now()
        before = self._source.fingerprint()
        if not self._options.allow_fuzzy and self._source.moved_since(before):
            return None
        if before.size_bytes == 0:
            raise SourceError(f"{self._source.path} is empty", "there is nothing to snapshot")
        block_size = self._block_size
        writer = MapWriter(
            self._lease.directory / f"attempt-{attempt}.map",
            delta=parent is not None and not parent.wants_full,
            block_size=block_size,
            block_count=count_blocks(before.size_bytes, block_size),
            size_bytes=before.size_bytes,
        )
        comparison = Comparison(parent, block_size, writer, self._session)
        try:
            held_still = self._pass(before, comparison)
        except BaseException:
            writer.close()
            raise
        if not held_still and not self._options.allow_fuzzy:
            writer.close()
            return None
        return _Reading(
            started,
            before.size_bytes,
            writer,
            comparison.data_bytes,
            comparison.new_bytes,
            Consistency.STABLE if held_still else Consistency.FUZZY,
        )

    def _pass(self, before: Fingerprint, comparison: Comparison) -> bool:
        """Read it all once; returns whether it held still."""
        size, block_size = before.size_bytes, self._block_size
        look_at = _LOOK_EVERY
        try:
            for piece in VolumeScan(self._source, size, block_size).pieces():
                comparison.take(piece)
                done = min((piece.start + piece.count) * block_size, size)
                self._progress("reading", done, size)
                if done >= look_at and not self._options.allow_fuzzy:
                    look_at = done + _LOOK_EVERY
                    if self._source.moved_since(before):
                        return False
            if self._source.size() < size:
                raise became_shorter(self._source.path)
        except VolumeChangedError:  # then what was read is not even fuzzy
            if self._options.allow_fuzzy:
                raise
            return False
        if self._source.moved_since(before):
            return False
        if self._source.is_doubtful(before):
            return self._reads_the_same(size, comparison) and not self._source.moved_since(before)
        return True

    def _reads_the_same(self, size: int, comparison: Comparison) -> bool:
        """Whether a second reading gives what the first did.

        If each block is the same in both, all of them were so at the moment in between, which makes
        the first reading a point in time, whatever the host can tell about writes.
        """
        content = new_content()
        for piece in VolumeScan(self._source, size, self._block_size).pieces():
            add_content(content, piece)
            done = min((piece.start + piece.count) * self._block_size, size)
            self._progress("reading again", done, size)
        return bool(content.digest() == comparison.content.digest())


def _describe(
    volume: Volume,
    options: SnapshotOptions,
    actor: Actor,
    lease: Lease,
    reading: _Reading,
    packs: list[SealedPack],
    method: ReadMethod,
    reason: str,
) -> Snapshot:
    return Snapshot(
        resource_uid=lease.details["snapshot_uid"],
        name=options.name,
        description=options.description,
        created_at=options.created_at or reading.started,
        owner=actor.user,
        visibility=Visibility.PRIVATE,
        status=SnapshotStatus.COMPLETED,
        volume_uid=volume.resource_uid,
        volume_name=volume.name,
        size_bytes=reading.size_bytes,
        block_size=block_size_of(volume),
        data_bytes=reading.data_bytes,
        new_bytes=reading.new_bytes,
        stored_bytes=sum(pack.size for pack in packs),
        parent_uid=lease.details["map_base"],
        consistency=reading.consistency,
        read_method=method,
        job_uid=options.job_uid,
        reason=reason,
    )
