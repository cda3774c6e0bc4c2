"""Writing down what was done to another cloud than the local one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.engine.records import event_document, now

if TYPE_CHECKING:
    from snaptui.engine.records import Actor
    from snaptui.engine.repository import Repository


def note(
    repository: Repository,
    cloud: str,
    actor: Actor,
    action: str,
    subject_uid: str,
    *,
    related_uid: str | None = None,
    text: str = "",
) -> None:
    """Record an event of a cloud whose volumes and snapshots are not in the catalog.

    Raises:
        RepositoryError: it cannot be written.
    """
    repository.require_writable()
    event = event_document(actor, action, subject_uid, at=now(), related_uid=related_uid, text=text)
    with repository.catalog.transaction() as transaction:
        uid = transaction.new_uid("events", "event")
        transaction.put("events", uid, {**event, "cloud": cloud})
