"""Storing a snapshot whose blocks somebody else supplies: another cloud.

It is made as one that is taken: packs and map durable, then one catalog commit. The volume has no
file here; its snapshots are kept under a volume's UID of their own, as those of a deleted volume.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from snaptui.engine.blocks import HOLE, block_digest
from snaptui.engine.comparison import Comparison
from snaptui.engine.faults import told
from snaptui.engine.leases import Lease, hold_lease
from snaptui.engine.mapfile import MapWriter
from snaptui.engine.operations.committing import Stored, commit_snapshot, open_parent
from snaptui.engine.operations.keeping import Kept, Known
from snaptui.engine.records import VisibleParents, event_document, now, snapshot_from
from snaptui.engine.scan import Piece
from snaptui.engine.session import StoreSession
from snaptui.engine.sizes import checked_block_size, count_blocks
from snaptui.errors import ConflictError, JobCancelledError, NoSpaceError, SourceError
from snaptui.models import Consistency, ReadMethod, Snapshot, SnapshotStatus, Visibility
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from snaptui.engine.blocks import Buffer
    from snaptui.engine.catalog import Transaction
    from snaptui.engine.records import Actor, Document

    Rows = Mapping[str, Mapping[str, object]]
    from snaptui.engine.repository import Repository
    from snaptui.progress import ProgressCallback


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What is to be imported.

    Attributes:
        name: the snapshot's name here.
        description: any text.
        volume_name: what the volume is called where it comes from.
        created_at: the point in time that the snapshot is.
        origin: where it comes from; `kind`, `cloud`, `snapshot_uid`, and `volume_uid`, empty where
            it is not known.
        base_uid: the snapshot here that the supply may tell the differences from.
        job_uid: the job that does it.
        kept: where it is kept what is stored before all of it is, and may be from an import of the
            same snapshot that was cut short; None: nowhere.
    """

    name: str
    description: str = ""
    volume_name: str
    created_at: datetime
    origin: Mapping[str, str]
    base_uid: str | None = None
    job_uid: str | None = None
    kept: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSupply:
    """The blocks of a snapshot.

    Attributes:
        size_bytes: the volume's size.
        block_size: that of the blocks.
        since_base: only what differs from the base is in it; a block that is not is as it was
            there. Otherwise a block that is not in it is a hole.
        total_bytes: how much data there is to come.
        blocks: (number, whole block), ascending; None is a hole.
        leave_out: told, before the first block is asked for, which need not come.
    """

    size_bytes: int
    block_size: int
    since_base: bool
    total_bytes: int
    blocks: Iterable[tuple[int, Buffer | None]]
    leave_out: Callable[[Callable[[int], bool]], None] = lambda _: None


def imported_before(repository: Repository, origin: Mapping[str, str]) -> list[Snapshot]:
    """What was imported of the same volume, and is not deleted, newest first."""
    with repository.catalog.pinned():
        rows, trash = repository.catalog.rows("snapshots"), repository.catalog.rows("trash")
    parents = VisibleParents(trash)
    found = [
        snapshot_from(uid, row, parents)
        for uid, row in rows.items()
        if _is_of(origin, "volume_uid", row)
    ]
    found.sort(key=lambda each: (each.created_at, each.resource_uid), reverse=True)
    return found


def import_snapshot(
    repository: Repository,
    options: ImportOptions,
    open_supply: Callable[[bool], BlockSupply],
    actor: Actor,
    progress: ProgressCallback,
) -> Snapshot:
    """Store a snapshot of another cloud, under a lease, in one catalog commit.

    Args:
        repository: where to.
        options: what it is.
        open_supply: gives the blocks; told whether the base is good, so that the differences from
            it will do.
        actor: who does it.
        progress: told how much of the data is there.

    Raises:
        ConflictError: it has been imported already, or is being imported.
        SourceError: the supply is none: blocks out of order, or of another size.
        NoSpaceError: the repository's disk is full.
    """
    repository.require_writable()
    repository.refresh()
    kept = Kept(options.kept, options.origin)
    try:
        with told(f"import {options.name}"):
            return _import(repository, options, open_supply, actor, progress, kept)
    except (JobCancelledError, NoSpaceError):
        # it was given up, or what is kept would keep the disk full
        kept.forget()
        raise
    finally:
        kept.close()


def _import(
    repository: Repository,
    options: ImportOptions,
    open_supply: Callable[[bool], BlockSupply],
    actor: Actor,
    progress: ProgressCallback,
    kept: Kept,
) -> Snapshot:
    def prepare(transaction: Transaction) -> Document:
        # in one transaction with the lease: nobody else begins with it, or deletes the base's map
        refuse_twice(transaction.rows, options.origin)
        base = options.base_uid if options.base_uid in transaction.rows("snapshots") else None
        return {
            "volume_uid": _volume_uid(transaction, options.origin),
            "map_base": base,
            "snapshot_uid": repository.new_snapshot_uid(transaction),
            "job_uid": options.job_uid,
            "origin": dict(options.origin),
        }

    with ExitStack() as stack:
        lease = stack.enter_context(
            hold_lease(
                repository.catalog,
                repository.layout,
                "import",
                prepare,
                writer_id=kept.writer_id,
            )
        )
        parent, reason = open_parent(repository, lease.details["map_base"])
        if parent is not None:
            stack.enter_context(closing(parent))
        index = repository.load_index(lease)
        session = stack.enter_context(StoreSession(lease.directory, lease.writer_id, index))
        # where packs were lost, so may be what the base has, and the supply would not send it again
        good = parent is not None and not session.lacks_packs
        supply = open_supply(good)
        checked_block_size(supply.block_size)
        if parent is not None and parent.block_size != supply.block_size:
            if supply.since_base:
                raise SourceError("the blocks are of another size than those they differ from")
            parent = None
        if supply.size_bytes <= 0 or (supply.since_base and not good):
            raise SourceError(f"what came for {options.name} is no snapshot", "try it again")
        writer = MapWriter(
            lease.directory / "imported.map",
            delta=parent is not None and not parent.wants_full,
            block_size=supply.block_size,
            block_count=count_blocks(supply.size_bytes, supply.block_size),
            size_bytes=supply.size_bytes,
        )
        stack.callback(writer.close)
        comparison = Comparison(parent, supply.block_size, writer, session)
        known = kept.take_up(lease, session, index, supply, progress)
        supply.leave_out(known.has)

        def came(number: int, digest: bytes) -> None:
            if not known.has(number):
                kept.note(number, digest)
            kept.keep(session.sealed)

        _take(supply, known, comparison, came, progress)
        progress("syncing", supply.total_bytes, supply.total_bytes)
        packs = session.finish()
        snapshot = _describe(options, actor, lease, supply, reason)
        snapshot = _with(snapshot, comparison, sum(pack.size for pack in packs))
        stored = Stored(lease, packs, writer, parent)
        snapshot = commit_snapshot(repository, stored, snapshot, _event(snapshot, actor))
        kept.forget()
    if index.wants_merge:
        repository.merge_index()
    return snapshot


def _take(
    supply: BlockSupply,
    known: Known,
    comparison: Comparison,
    came: Callable[[int, bytes], None],
    progress: ProgressCallback,
) -> None:
    """Hold all that comes, or is known, against the base, and what does not come, too."""
    size, block_size = supply.size_bytes, supply.block_size
    count = count_blocks(size, block_size)
    zeros = bytes(block_size)
    at = done = 0

    def skip(end: int) -> None:
        if supply.since_base:
            comparison.keep(at, end)
        elif end > at:
            comparison.take(Piece(at, end - at, None, memoryview(b"")))

    progress("fetching", 0, supply.total_bytes)
    for number, data in _merged(supply.blocks, known):
        if not at <= number < count:
            raise SourceError(f"block {number} came out of order, or is past the end")
        skip(number)
        digest = HOLE
        if data is None:
            comparison.take(Piece(number, 1, None, memoryview(b"")))
        else:
            if len(data) != min(block_size, size - number * block_size):
                raise SourceError(f"block {number} came with {len(data)} bytes")
            digest = HOLE if zeros.startswith(data) else block_digest(data)
            comparison.take(Piece(number, 1, digest, memoryview(data)))
            done += len(data)
        came(number, digest)
        at = number + 1
        progress("fetching", done, supply.total_bytes)
    skip(count)


def _merged(
    blocks: Iterable[tuple[int, Buffer | None]], known: Known
) -> Iterator[tuple[int, Buffer | None]]:
    """What comes and what is known, by number; where both have a block, what comes."""
    kept = iter(known)
    ours = next(kept, None)
    for number, data in blocks:
        while ours is not None and ours[0] <= number:
            if ours[0] < number:
                yield ours
            ours = next(kept, None)
        yield number, data
    if ours is not None:
        yield ours
        yield from kept


def _is_of(origin: Mapping[str, str], what: str, row: Mapping[str, object]) -> bool:
    """Whether a document is of the same snapshot or volume of the same kind of clouds."""
    other = row.get("origin")
    return (
        isinstance(other, dict)
        and bool(origin[what])
        and (other.get("kind"), other.get(what)) == (origin["kind"], origin[what])
    )


def refuse_twice(rows: Callable[[str], Rows], origin: Mapping[str, str]) -> None:
    """Raise unless a snapshot is new here.

    Raises:
        ConflictError: it is here, or will be soon.
    """
    uid = origin["snapshot_uid"]
    for table, where in (("snapshots", ""), ("trash", " and in the trash")):
        for here, row in rows(table).items():
            if _is_of(origin, "snapshot_uid", row):
                raise ConflictError(
                    f"{uid} was imported already: it is {safe_text(row['name'])} ({here}){where}",
                    f"take it back with `snaptui snapshot undelete {here}`" if where else "",
                )
    for row in rows("leases").values():
        if _is_of(origin, "snapshot_uid", row):
            raise ConflictError(f"{uid} is being imported", "see the jobs")


def _volume_uid(transaction: Transaction, origin: Mapping[str, str]) -> str:
    """The UID that the volume's snapshots have here, or a new one."""
    for table in ("snapshots", "trash", "leases"):
        for row in transaction.rows(table).values():
            if _is_of(origin, "volume_uid", row):
                return str(row["volume_uid"])
    taken = {
        row.get("volume_uid")
        for table in ("snapshots", "trash", "leases")
        for row in transaction.rows(table).values()
    }
    while (uid := transaction.new_uid("volumes", "vol")) in taken:
        pass
    return uid


def _describe(
    options: ImportOptions, actor: Actor, lease: Lease, supply: BlockSupply, reason: str
) -> Snapshot:
    base = lease.details["map_base"]
    return Snapshot(
        resource_uid=lease.details["snapshot_uid"],
        name=options.name,
        description=options.description,
        created_at=options.created_at,
        owner=actor.user,
        visibility=Visibility.PRIVATE,
        status=SnapshotStatus.COMPLETED,
        volume_uid=lease.details["volume_uid"],
        volume_name=options.volume_name,
        size_bytes=supply.size_bytes,
        block_size=supply.block_size,
        parent_uid=base,
        consistency=Consistency.FROZEN,
        read_method=ReadMethod.CHANGED_BLOCKS if supply.since_base else ReadMethod.DATA_ONLY,
        job_uid=options.job_uid,
        reason=reason,
        origin={**options.origin, "since": str(base)} if supply.since_base else options.origin,
    )


def _with(snapshot: Snapshot, comparison: Comparison, stored_bytes: int) -> Snapshot:
    return replace(
        snapshot,
        data_bytes=comparison.data_bytes,
        new_bytes=comparison.new_bytes,
        stored_bytes=stored_bytes,
    )


def _event(snapshot: Snapshot, actor: Actor) -> Document:
    origin = snapshot.origin
    return event_document(
        actor,
        "import",
        snapshot.volume_uid,
        at=now(),
        related_uid=snapshot.resource_uid,
        text=f"imported snapshot {snapshot.name} from {origin['cloud']} {origin['snapshot_uid']}",
    )
