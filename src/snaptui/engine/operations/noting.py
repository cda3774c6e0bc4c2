"""Writing down what was done: in the words for it, and to another cloud than the local one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.engine.records import event_document, now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snaptui.engine.records import Actor
    from snaptui.engine.repository import Repository
    from snaptui.requests import EditSnapshotRequest


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done to a volume or snapshot of a cloud.

    Attributes:
        action: one of the words that events have.
        subject_uid: what it was done to.
        text: what it was, for people.
        related_uid: what came of it.
    """

    action: str
    subject_uid: str
    text: str
    related_uid: str | None = None


def edit_told(name: str, description: str, request: EditSnapshotRequest) -> str:
    """What an edit changes of a snapshot with this name and description; empty if it is nothing.

    Word by word: the event is the only place that keeps what was there before.
    """
    told = []
    whose = f"the description of snapshot {name}"
    if request.name is not None and request.name != name:
        told.append(f"renamed snapshot {name} to {request.name}")
        whose = "its description"
    if request.description is not None and request.description != description:
        before, after = (
            f'"{each}"' if each else "nothing" for each in (description, request.description)
        )
        told.append(f"changed {whose} from {before} to {after}")
    return "; ".join(told)


def note(repository: Repository, cloud: str, actor: Actor, all_done: Iterable[Done]) -> None:
    """Record events of a cloud whose volumes and snapshots are not in the catalog.

    Raises:
        RepositoryError: they cannot be written; then none is.
    """
    repository.require_writable()
    with repository.catalog.transaction() as transaction:
        for done in all_done:
            event = event_document(
                actor,
                done.action,
                done.subject_uid,
                at=now(),
                related_uid=done.related_uid,
                text=done.text,
            )
            uid = transaction.new_uid("events", "event")
            transaction.put("events", uid, {**event, "cloud": cloud})
