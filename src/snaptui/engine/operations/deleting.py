"""Deleting snapshots: into the trash, back again, and for good.

A purge drops a snapshot's record at once, and its map when no other map is a delta against it. The
blocks stay in their packs until a prune finds them unused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snaptui.engine.faults import told
from snaptui.engine.layout import fsync_directory
from snaptui.engine.records import Actor, Document, event_document, moment, now
from snaptui.models import LeftOut
from snaptui.units import iso_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from snaptui.engine.catalog import Transaction
    from snaptui.engine.repository import Repository

BATCH = 200
"""Snapshots a transaction: on a full disk it has to fit into the catalog's reserve."""

_OF_THE_TRASH = ("deleted_at", "deleted_by", "expires_at")


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of it: the uids it was done to, and the others."""

    uids: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def move_to_trash(
    repository: Repository, uids: Sequence[str], actor: Actor, keep: timedelta, *, force: bool
) -> Moved:
    """Move snapshots to the trash; see `Trash.put`."""
    at = now()

    def move(transaction: Transaction, uid: str) -> Document | LeftOut:
        document = transaction.get("snapshots", uid)
        if document is None:
            return LeftOut(resource_uid=uid, name=uid, reason="it is deleted already")
        if document.get("pinned") and not force:
            return LeftOut(resource_uid=uid, name=document["name"], reason="it is pinned")
        transaction.delete("snapshots", uid)
        trashed = {
            **document,
            "deleted_at": iso_time(at),
            "deleted_by": actor.user,
            "expires_at": iso_time(at + keep),
        }
        transaction.put("trash", uid, trashed)
        _record(transaction, actor, "delete-snapshot", uid, document, "deleted {}")
        return document

    with told("delete the snapshots"):
        return _in_batches(repository, uids, move)


def take_back(repository: Repository, uids: Sequence[str], actor: Actor) -> Moved:
    """Take snapshots out of the trash again; see `Trash.take_back`."""

    def move(transaction: Transaction, uid: str) -> Document | LeftOut:
        document = transaction.get("trash", uid)
        if document is None:
            return _not_in_trash(uid)
        transaction.delete("trash", uid)
        for name in _OF_THE_TRASH:
            del document[name]
        transaction.put("snapshots", uid, document)
        _record(transaction, actor, "undelete-snapshot", uid, document, "undeleted {}")
        return document

    with told("take the snapshots back"):
        return _in_batches(repository, uids, move)


def is_expired(document: Mapping[str, Any], at: datetime) -> bool:
    """Whether a document of the trash has been kept as long as was promised."""
    until = moment(document["expires_at"])
    return until is not None and until <= at


def purge(
    repository: Repository, uids: Sequence[str], actor: Actor, *, expired_at: datetime | None = None
) -> Moved:
    """Delete snapshots that are in the trash for good; see `Trash.purge`.

    With `expired_at`, only those that are not to be kept beyond it.
    """

    def drop(transaction: Transaction, uid: str) -> Document | LeftOut:
        document = transaction.get("trash", uid)
        if document is None:
            return _not_in_trash(uid)
        # taken back and deleted again since it was looked for: then it is kept anew
        if expired_at is not None and not is_expired(document, expired_at):
            return LeftOut(resource_uid=uid, name=document["name"], reason="it is kept still")
        # of retained maps, too: a snapshot that is being taken may ask for the nearest that is left
        for table in ("snapshots", "trash", "retained_maps"):
            for child_uid in list(transaction.related(table, "parent_uid", uid)):
                child = transaction.get(table, child_uid)
                if child is not None:
                    adopted = {**child, "parent_uid": document["parent_uid"]}
                    transaction.put(table, child_uid, adopted)
        transaction.delete("trash", uid)
        retained = {"map_base": document["map_base"], "parent_uid": document["parent_uid"]}
        transaction.put("retained_maps", uid, retained)
        _record(transaction, actor, "purge-snapshot", uid, document, "purged {}")
        return document

    def drop_maps(transaction: Transaction) -> list[str]:
        # all of them, for a job may have held one when its snapshot was deleted
        return [
            map_uid
            for retained in list(transaction.rows("retained_maps"))
            for map_uid in _drop_unused_maps(transaction, retained)
        ]

    with told("purge the snapshots"):
        return _in_batches(repository, uids, drop, drop_maps)


def _in_batches(
    repository: Repository,
    uids: Sequence[str],
    change: Callable[[Transaction, str], Document | LeftOut],
    unused_maps: Callable[[Transaction], list[str]] | None = None,
) -> Moved:
    """Do `change` to each, some hundred a transaction; then the map files go that nothing needs."""
    done: list[str] = []
    left_out: list[LeftOut] = []
    wanted = list(dict.fromkeys(uids))
    for first in range(0, len(wanted), BATCH):
        unused: list[str] = []
        changed: list[str] = []
        with repository.catalog.transaction() as transaction:
            for uid in wanted[first : first + BATCH]:
                outcome = change(transaction, uid)
                if isinstance(outcome, LeftOut):
                    left_out.append(outcome)
                else:
                    changed.append(uid)
            if unused_maps is not None and changed:
                unused = unused_maps(transaction)
        done += changed
        # Files go after the commit: a map without a record is waste, the reverse is loss.
        for map_uid in unused:
            repository.layout.map(map_uid).unlink(missing_ok=True)
        if unused:
            fsync_directory(repository.layout.maps)
    return Moved(tuple(done), tuple(left_out))


def _not_in_trash(uid: str) -> LeftOut:
    return LeftOut(resource_uid=uid, name=uid, reason="it is not in the trash any more")


def _record(
    transaction: Transaction, actor: Actor, action: str, uid: str, document: Document, text: str
) -> None:
    event = event_document(
        actor,
        action,
        document["volume_uid"],
        at=now(),
        related_uid=uid,
        text=text.replace("{}", f"snapshot {document['name']}"),
    )
    transaction.put("events", transaction.new_uid("events", "event"), event)


def living_parent(transaction: Transaction, uid: str | None) -> str | None:
    """`uid`, or if that snapshot was purged meanwhile, the nearest one before it that was not."""
    while uid is not None and not any(
        uid in transaction.rows(table) for table in ("snapshots", "trash")
    ):
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
            or any(
                transaction.related(table, "map_base", uid)
                for table in ("snapshots", "trash", "retained_maps")
            )
        ):
            return
        transaction.delete("retained_maps", uid)
        yield uid
        uid = retained["map_base"]
