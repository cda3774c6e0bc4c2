"""Making a snapshot exist, wherever its blocks came from: the last step, and the first.

Packs and map are durable under `staging/` by now. They are moved to their places, the places'
directories fsynced; then one catalog commit makes the snapshot exist.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from snaptui.engine.layout import fsync_directory
from snaptui.engine.operations.deleting import living_parent
from snaptui.engine.records import VisibleParents, snapshot_document
from snaptui.errors import DamagedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.engine.blockmap import BlockMap
    from snaptui.engine.leases import Lease
    from snaptui.engine.mapfile import MapWriter
    from snaptui.engine.records import Document
    from snaptui.engine.repository import Repository
    from snaptui.engine.session import SealedPack
    from snaptui.models import Snapshot


def open_parent(repository: Repository, uid: str | None) -> tuple[BlockMap | None, str]:
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


@dataclass(frozen=True, slots=True)
class Stored:
    """What a job has stored under its lease, and is to become a snapshot.

    Attributes:
        lease: the job's; it ends with the commit.
        packs: durable already.
        writer: the map, all told to it.
        parent: the map that this one is a delta against, if it is one.
    """

    lease: Lease
    packs: Sequence[SealedPack]
    writer: MapWriter
    parent: BlockMap | None


def commit_snapshot(
    repository: Repository, stored: Stored, snapshot: Snapshot, event: Document
) -> Snapshot:
    """Make the snapshot exist; if that fails, the lease undoes what was moved."""
    layout, uid = repository.layout, snapshot.resource_uid
    base = stored.parent if stored.writer.delta else None
    base_uid = stored.lease.details["map_base"] if base is not None else None
    document = snapshot_document(snapshot, base_uid, 0)
    map_bytes = stored.writer.finish(
        {
            "snapshot": document,
            "volume": repository.catalog.get("volumes", snapshot.volume_uid) or {},
            "base": base_uid,
            "base_checksum": base.checksum if base is not None else None,
        }
    )
    document["map_bytes"] = map_bytes
    with repository.catalog.transaction() as transaction:
        for pack in stored.packs:
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
        stored.writer.path.rename(layout.map(uid))
        if stored.packs:
            fsync_directory(layout.packs)
        fsync_directory(layout.maps)
        parent_uid = living_parent(transaction, snapshot.parent_uid)
        document["parent_uid"] = parent_uid
        transaction.put("snapshots", uid, document)
        current = transaction.get("volumes", snapshot.volume_uid)
        if current is not None and current["size_bytes"] != snapshot.size_bytes:
            transaction.put(
                "volumes", snapshot.volume_uid, {**current, "size_bytes": snapshot.size_bytes}
            )
        transaction.put("events", transaction.new_uid("events", "event"), event)
        stored.lease.release(transaction)
        visible = VisibleParents(transaction.rows("trash")).of(parent_uid)
    return replace(snapshot, parent_uid=visible)
