"""Taking a snapshot.

The order that makes it safe: packs and map are written and fsynced under `staging/`, moved to their
places, the places' directories fsynced; then one catalog commit makes the snapshot exist. Before
that commit nothing lists it; after it nothing it needs is missing.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import blake3

from snaptui.engine.blockmap import WINDOW, BlockMap, is_data, runs_of
from snaptui.engine.blocks import DIGEST_SIZE, HOLE
from snaptui.engine.layout import fsync_directory
from snaptui.engine.leases import Lease, hold_lease
from snaptui.engine.mapfile import MapWriter
from snaptui.engine.operations.deleting import living_parent
from snaptui.engine.operations.locating import expected_identity
from snaptui.engine.records import Actor, VisibleParents, event_document, now, snapshot_document
from snaptui.engine.scan import Piece, VolumeScan, became_shorter
from snaptui.engine.session import SealedPack, StoreSession
from snaptui.engine.sizes import block_size_of, count_blocks
from snaptui.engine.source import Fingerprint, VolumeSource
from snaptui.errors import ConflictError, DamagedError, SourceError, VolumeChangedError
from snaptui.models import Consistency, ReadMethod, Snapshot, SnapshotStatus, Visibility, Volume

if TYPE_CHECKING:
    from datetime import datetime

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
        parent, reason = _open_parent(repository, lease.details["map_base"])
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
        base = parent if reading.map_writer.delta else None
        snapshot = _commit(
            repository, lease, reading.map_writer, base, snapshot, packs, volume, actor
        )
    if index.wants_merge:
        repository.merge_index()
    return snapshot


def _open_parent(repository: Repository, uid: str | None) -> tuple[BlockMap | None, str]:
    """The map to compare with, and what there is to say about it.

    A damaged one must not keep a volume from being protected: then everything is compared with the
    index alone, and the new map is a full one.
    """
    if uid is None:
        return None, ""
    try:
        return repository.load_map(uid), ""
    except DamagedError as error:
        return None, f"taken without its parent's block map: {error.message}"


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
        comparison = _Comparison(parent, block_size, writer, self._session)
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

    def _pass(self, before: Fingerprint, comparison: _Comparison) -> bool:
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

    def _reads_the_same(self, size: int, comparison: _Comparison) -> bool:
        """Whether a second reading gives what the first did.

        If each block is the same in both, all of them were so at the moment in between, which makes
        the first reading a point in time, whatever the host can tell about writes.
        """
        content = blake3.blake3()
        for piece in VolumeScan(self._source, size, self._block_size).pieces():
            add_content(content, piece)
            done = min((piece.start + piece.count) * self._block_size, size)
            self._progress("reading again", done, size)
        return bool(content.digest() == comparison.content.digest())


def add_content(hasher: blake3.blake3, piece: Piece) -> None:
    """Add what a piece says to a hash over a whole reading; a hole counts as its zeros do."""
    if piece.digests is not None and piece.digests.strip(b"\0"):
        hasher.update(piece.start.to_bytes(8, "little"))
        hasher.update(piece.digests)


class _Comparison:
    """Holds the pieces of a volume against the parent's map and stores what is new."""

    def __init__(
        self,
        parent: BlockMap | None,
        block_size: int,
        writer: MapWriter,
        session: StoreSession,
    ) -> None:
        self._parent = parent
        self._block_size = block_size
        self._writer = writer
        self._session = session
        self.data_bytes = 0
        self.new_bytes = 0
        self.content = blake3.blake3()

    def take(self, piece: Piece) -> None:
        """Look at one piece."""
        add_content(self.content, piece)
        if piece.digests is None:
            self._take_hole(piece)
            return
        before = self._before(piece.start, piece.count)
        if piece.digests == before and self._writer.delta and not self._session.lacks_packs:
            self.data_bytes += sum(
                self._length(piece, number)
                for number in range(piece.count)
                if before[number * DIGEST_SIZE : (number + 1) * DIGEST_SIZE] != HOLE
            )
            return
        wanted: list[tuple[bytes, memoryview]] = []
        # Where packs were lost, what the parent has may be lost as well: look for each block then.
        distrust = self._session.lacks_packs
        for number in range(piece.count):
            digest = piece.digests[number * DIGEST_SIZE : (number + 1) * DIGEST_SIZE]
            changed = digest != before[number * DIGEST_SIZE : (number + 1) * DIGEST_SIZE]
            if digest == HOLE:
                if changed:
                    self._writer.add_hole(piece.start + number, 1)
                continue
            length = self._length(piece, number)
            self.data_bytes += length
            if changed:
                self.new_bytes += length
            if changed or distrust:
                offset = number * self._block_size
                wanted.append((digest, piece.data[offset : offset + length]))
            if changed or not self._writer.delta:
                self._writer.add_data(piece.start + number, digest)
        if wanted:
            self._session.store(wanted)

    def _take_hole(self, piece: Piece) -> None:
        if self._parent is None or not self._writer.delta:
            return
        # the parent's map is looked at in windows, so a hole of terabytes costs little memory
        start, end = piece.start, piece.start + piece.count
        while start < end:
            count = min(WINDOW, end - start)
            was_data = is_data(self._parent.window(start, count))
            for low, high in runs_of(was_data):
                self._writer.add_hole(start + low, high - low)
            start += count

    def _before(self, start: int, count: int) -> bytes:
        if self._parent is None:
            return HOLE * count
        return self._parent.slice(start, count)

    def _length(self, piece: Piece, number: int) -> int:
        return min(self._block_size, len(piece.data) - number * self._block_size)


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


def _commit(
    repository: Repository,
    lease: Lease,
    writer: MapWriter,
    base: BlockMap | None,
    snapshot: Snapshot,
    packs: list[SealedPack],
    volume: Volume,
    actor: Actor,
) -> Snapshot:
    """Make the snapshot exist; if that fails, the lease undoes what was moved."""
    layout, uid = repository.layout, snapshot.resource_uid
    base_uid = lease.details["map_base"] if base is not None else None
    document = snapshot_document(snapshot, base_uid, 0)
    volume_document = repository.catalog.get("volumes", volume.resource_uid) or {}
    map_bytes = writer.finish(
        {
            "snapshot": document,
            "volume": volume_document,
            "base": base_uid,
            "base_checksum": base.checksum if base is not None else None,
        }
    )
    document["map_bytes"] = map_bytes
    with repository.catalog.transaction() as transaction:
        for pack in packs:
            pack.path.rename(layout.pack(pack.pack_id))
            transaction.put(
                "segments",
                pack.pack_id,
                {
                    "size": pack.size,
                    "block_count": pack.block_count,
                    "plain_bytes": pack.plain_bytes,
                },
            )
        writer.path.rename(layout.map(uid))
        if packs:
            fsync_directory(layout.packs)
        fsync_directory(layout.maps)
        parent_uid = living_parent(transaction, snapshot.parent_uid)
        document["parent_uid"] = parent_uid
        transaction.put("snapshots", uid, document)
        current = transaction.get("volumes", volume.resource_uid)
        if current is not None and current["size_bytes"] != snapshot.size_bytes:
            transaction.put(
                "volumes", volume.resource_uid, {**current, "size_bytes": snapshot.size_bytes}
            )
        transaction.put(
            "events",
            transaction.new_uid("events", "event"),
            event_document(
                actor,
                "snapshot",
                volume.resource_uid,
                at=snapshot.created_at,
                related_uid=uid,
                text=f"took snapshot {snapshot.name}",
            ),
        )
        lease.release(transaction)
        visible = VisibleParents(transaction.rows("trash")).of(parent_uid)
    return replace(snapshot, parent_uid=visible)
