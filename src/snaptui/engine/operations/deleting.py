"""Deleting a snapshot: its record at once, its map when no other map is a delta against it.

The blocks stay in their packs until a prune finds them unused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.engine.faults import told
from snaptui.engine.layout import fsync_directory
from snaptui.engine.records import Actor, event_document, now
from snaptui.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snaptui.engine.catalog import Transaction
    from snaptui.engine.repository import Repository
    from snaptui.models import Snapshot


def delete_snapshot(repository: Repository, snapshot: Snapshot, actor: Actor) -> None:
    """Delete a snapshot; see `Repository.delete_snapshot`."""
    uid = snapshot.resource_uid
    with told("delete the snapshot"):
        with repository.catalog.transaction() as transaction:
            document = transaction.get("snapshots", uid)
            if document is None:
                raise NotFoundError(f"there is no snapshot {uid} any more")
            for child_uid in list(transaction.related("snapshots", "parent_uid", uid)):
                child = transaction.get("snapshots", child_uid)
                if child is not None:
                    adopted = {**child, "parent_uid": document["parent_uid"]}
                    transaction.put("snapshots", child_uid, adopted)
            transaction.delete("snapshots", uid)
            retained = {"map_base": document["map_base"], "parent_uid": document["parent_uid"]}
            transaction.put("retained_maps", uid, retained)
            # all of them, for a job may have held one when its snapshot was deleted
            unused = [
                map_uid
                for retained in list(transaction.rows("retained_maps"))
                for map_uid in _drop_unused_maps(transaction, retained)
            ]
            transaction.put(
                "events",
                transaction.new_uid("events", "event"),
                event_document(
                    actor,
                    "delete-snapshot",
                    snapshot.volume_uid,
                    at=now(),
                    related_uid=uid,
                    text=f"deleted snapshot {snapshot.name}",
                ),
            )
        # Files go after the commit: a map without a record is waste, the reverse is loss.
        for map_uid in unused:
            repository.layout.map(map_uid).unlink(missing_ok=True)
        if unused:
            fsync_directory(repository.layout.maps)


def living_parent(transaction: Transaction, uid: str | None) -> str | None:
    """`uid`, or if that snapshot was deleted meanwhile, the nearest one before it that was not."""
    while uid is not None and uid not in transaction.rows("snapshots"):
        retained = transaction.get("retained_maps", uid)
        uid = retained.get("parent_uid") if retained is not None else None
    return uid


def _drop_unused_maps(transaction: Transaction, first: str) -> Iterator[str]:
    """Take maps that nothing needs any more out of `retained_maps`, from `first` downwards."""
    held = {document.get("map_base") for document in transaction.rows("leases").values()}
    uid: str | None = first
    while uid is not None:
        retained = transaction.get("retained_maps", uid)
        if (
            retained is None
            or uid in held
            or transaction.related("snapshots", "map_base", uid)
            or transaction.related("retained_maps", "map_base", uid)
        ):
            return
        transaction.delete("retained_maps", uid)
        yield uid
        uid = retained["map_base"]
