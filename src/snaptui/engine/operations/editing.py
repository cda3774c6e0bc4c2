"""Editing a snapshot: its name and its description, and nothing that its data hangs on.

The catalog alone is changed. The map's header repeats the record as it was when the snapshot was
taken: a map is never written again once it is in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.engine.operations.noting import edit_told
from snaptui.engine.records import event_document, now
from snaptui.errors import NotFoundError

if TYPE_CHECKING:
    from snaptui.engine.records import Actor
    from snaptui.engine.repository import Repository
    from snaptui.requests import EditSnapshotRequest


def edit_snapshot(
    repository: Repository, uid: str, request: EditSnapshotRequest, actor: Actor
) -> None:
    """Change what the request says; see `Repository.edit_snapshot`."""
    with repository.catalog.transaction() as transaction:
        # read in here: what another process has edited meanwhile stays, unless it is edited again
        document = transaction.get("snapshots", uid)
        if document is None:
            raise NotFoundError(f"there is no snapshot {uid} any more", "it has been deleted")
        told = edit_told(document["name"], document["description"], request)
        if not told:
            return
        wanted = {"name": request.name, "description": request.description}
        changed = {field: value for field, value in wanted.items() if value is not None}
        transaction.put("snapshots", uid, {**document, **changed})
        event = event_document(
            actor, "edit-snapshot", document["volume_uid"], at=now(), related_uid=uid, text=told
        )
        transaction.put("events", transaction.new_uid("events", "event"), event)
