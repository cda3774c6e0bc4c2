"""Pinning snapshots: a word in the record that a deletion heeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.engine.records import Actor, event_document, now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.engine.repository import Repository


def pin_snapshots(
    repository: Repository, uids: Sequence[str], actor: Actor, *, pinned: bool
) -> list[str]:
    """Pin or unpin; returns the uids of those that were not so before. See `Repository.pin`."""
    changed = []
    with repository.catalog.transaction() as transaction:
        for uid in dict.fromkeys(uids):
            document = transaction.get("snapshots", uid)
            if document is None or document.get("pinned", False) == pinned:
                continue
            transaction.put("snapshots", uid, {**document, "pinned": pinned})
            event = event_document(
                actor,
                "pin-snapshot" if pinned else "unpin-snapshot",
                document["volume_uid"],
                at=now(),
                related_uid=uid,
                text=f"{'pinned' if pinned else 'unpinned'} snapshot {document['name']}",
            )
            transaction.put("events", transaction.new_uid("events", "event"), event)
            changed.append(uid)
    return changed
