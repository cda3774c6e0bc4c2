"""Finding a volume's device again after its kernel name changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.engine.device import find_device, identity_of
from snaptui.engine.faults import told
from snaptui.engine.records import Actor, event_document, now
from snaptui.errors import ConflictError

if TYPE_CHECKING:
    from snaptui.engine.repository import Repository
    from snaptui.models import Volume


def expected_identity(repository: Repository, uid: str) -> str | None:
    """What a volume's device was when it was registered; None for a file."""
    document = repository.catalog.rows("volumes").get(uid)
    if document is not None and "device_identity" not in document:
        # registered by a version that kept none: it may be either, and nobody can tell it
        return None if _identity_at(document["path"]) is None else ""
    identity: str | None = document["device_identity"] if document is not None else None
    return identity


def locate(repository: Repository, volume: Volume, actor: Actor) -> Volume:
    """The volume with the path at which its device is today, which is recorded.

    What cannot be found, or not without doubt, keeps its path: whoever opens that compares again.
    The volume's lock must be held.
    """
    expected = expected_identity(repository, volume.resource_uid)
    if not expected or _identity_at(volume.path) == expected:
        return volume
    found = find_device(expected)
    if len(found) != 1:
        return volume
    (path,) = found
    with told("record where the volume is"), repository.catalog.transaction() as transaction:
        for uid, row in transaction.rows("volumes").items():
            # one that is known to be another device only had that name before: it is found, too
            others = row.get("device_identity") or expected
            if row["path"] == path and uid != volume.resource_uid and others == expected:
                raise ConflictError(
                    f"the device of {volume.name} is {path} now, which is registered as "
                    f"{row['name']} ({uid})",
                    "delete one of the two; a device's data stays as it is",
                )
        document = transaction.get("volumes", volume.resource_uid)
        if document is None:
            return volume
        transaction.put("volumes", volume.resource_uid, {**document, "path": path})
        text = f"found its device again as {path}, was {volume.path}"
        event = event_document(actor, "move-volume", volume.resource_uid, at=now(), text=text)
        transaction.put("events", transaction.new_uid("events", "event"), event)
    return repository.volume(volume.resource_uid)


def _identity_at(path: str) -> str | None:
    try:
        return identity_of(os.stat(Path(path)))
    except OSError:
        return None
