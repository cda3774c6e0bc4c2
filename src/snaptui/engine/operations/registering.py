"""Recording volumes, and forgetting them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from snaptui.engine.device import identity_of
from snaptui.engine.faults import told
from snaptui.engine.records import Actor, Document, event_document, now
from snaptui.errors import ConflictError, NotFoundError
from snaptui.requests import DEFAULT_ZONE
from snaptui.text import safe_text
from snaptui.units import parse_iso_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.engine.catalog import Transaction
    from snaptui.engine.repository import Repository


def add_volume(repository: Repository, document: Document, actor: Actor) -> str:
    """Record a volume and give it its UID, which is added to `document`, too.

    Raises:
        ConflictError: its path is a volume already, perhaps by another name of the same file.
        NotFoundError: its zone is gone.
    """
    path = Path(document["path"])
    document["device_identity"] = identity = _identity(path)
    with told("record the volume"), repository.catalog.transaction() as transaction:
        require_zone(transaction, document["zone"])
        for other_uid, other in transaction.rows("volumes").items():
            if _is_same(other, path, identity):
                raise ConflictError(
                    f"{path} is registered already, as volume {other['name']} ({other_uid})",
                    "use that one",
                )
        uid: str = transaction.new_uid("volumes", "vol")
        document["resource_uid"] = uid
        transaction.put("volumes", uid, document)
        event = event_document(
            actor,
            "add-volume",
            uid,
            at=parse_iso_time(document["created_at"]),
            text=f"{'created' if document['managed'] else 'registered'} {path}",
        )
        transaction.put("events", transaction.new_uid("events", "event"), event)
    return uid


def require_zone(transaction: Transaction, zone: str) -> None:
    """Refuse a zone that somebody has deleted since it was chosen.

    Raises:
        NotFoundError: it is not there.
    """
    if zone != DEFAULT_ZONE and zone not in transaction.rows("zones"):
        raise NotFoundError(
            f"there is no zone {safe_text(zone, 80)!r} any more", "choose one of: snaptui zone list"
        )


def _is_same(other: Mapping[str, Any], path: Path, identity: str | None) -> bool:
    """Whether what is at `path` is another volume."""
    known = other.get("device_identity")
    if identity and known and identity != known:
        return False  # the other device only had that name before
    others = Path(other["path"])
    if others == path or _same_file(others, path):
        return True
    # the other device has that name now; two that nobody can tell from each other are two
    return bool(identity) and identity == known and _identity(others) != known


def _identity(path: Path) -> str | None:
    try:
        return identity_of(path.stat())
    except OSError:
        return None


def remove_volume(repository: Repository, uid: str, actor: Actor) -> None:
    """Forget a volume; see `Repository.remove_volume`."""
    with told("remove the volume"), repository.catalog.transaction() as transaction:
        document = transaction.get("volumes", uid)
        if document is None:
            raise NotFoundError(f"there is no volume {uid} any more")
        transaction.delete("volumes", uid)
        text = f"deleted volume {document['name']}"
        event = event_document(actor, "delete-volume", uid, at=now(), text=text)
        transaction.put("events", transaction.new_uid("events", "event"), event)


def _same_file(left: Path, right: Path) -> bool:
    """Whether both paths lead to one file (also by a hard link) or to one block device."""
    try:
        a, b = left.stat(), right.stat()
    except OSError:
        return False
    return (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino) or (
        a.st_rdev != 0 and a.st_rdev == b.st_rdev
    )
