"""Making volumes: blank ones, and clones of snapshots."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snaptui.engine.faults import told
from snaptui.engine.leases import hold_lease
from snaptui.engine.operations.files import fill_file, partial_path, publish, require_snapshot
from snaptui.engine.operations.registering import require_zone
from snaptui.engine.ownership import adopt
from snaptui.engine.records import Actor, event_document, volume_from
from snaptui.errors import ConflictError, InvalidInputError
from snaptui.units import format_size, iso_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from snaptui.engine.catalog import Transaction
    from snaptui.engine.repository import Repository
    from snaptui.models import Snapshot, Volume
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
        fill_file(repository, snapshot, partial, new.size_bytes, progress)

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
    partial = partial_path(new.path)
    snapshot_uid = snapshot.resource_uid if snapshot else None

    def prepare(transaction: Transaction) -> dict[str, Any]:
        if snapshot_uid is not None:
            require_snapshot(transaction, snapshot_uid)
        require_zone(transaction, new.zone)
        _refuse_taken(transaction, new.path)
        return {
            "partial_path": str(partial),
            "target_path": str(new.path),
            "zone": new.zone,
            "map_base": snapshot_uid,
            "volume_uid": transaction.new_uid("volumes", "vol"),
        }

    kind = "clone" if snapshot else "create-volume"
    with hold_lease(repository.catalog, repository.layout, kind, prepare) as lease:
        with told(f"write {new.path}"):
            fill(partial)
            adopt(partial)
            # both names stay until the commit, so that it is known whose file this is
            publish(partial, new.path)
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
            "device_identity": None,
        }
        done = f"cloned snapshot {snapshot.name} to" if snapshot else "created"
        event = event_document(
            actor,
            kind,
            snapshot_uid or uid,
            at=new.created_at,
            related_uid=uid if snapshot_uid else None,
            text=f"{done} volume {new.name} in zone {new.zone}",
        )
        with repository.catalog.transaction() as transaction:
            _refuse_taken(transaction, new.path)
            transaction.put("volumes", uid, document)
            transaction.put("events", transaction.new_uid("events", "event"), event)
    return volume_from(uid, document)


def _refuse_taken(transaction: Transaction, path: Path) -> None:
    """Raise `ConflictError` if a volume has its data at `path`, even one whose file is gone."""
    for uid, row in transaction.rows("volumes").items():
        if row["path"] == str(path):
            raise ConflictError(
                f"{path} belongs to the volume {row['name']} ({uid}), whose file is missing",
                "choose another name, or delete that volume first",
            )
