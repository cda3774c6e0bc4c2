"""Between the catalog's documents (plain JSON) and the models."""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from snaptui.models import (
    LOCAL_CLOUD,
    Consistency,
    Event,
    ReadMethod,
    Snapshot,
    SnapshotStatus,
    TrashedSnapshot,
    Visibility,
    Volume,
    VolumeStatus,
)
from snaptui.units import iso_time, parse_iso_time

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and from where; recorded in the events."""

    user: str
    origin: str


# Looked up, not made: for 100 000 snapshots that is a quarter of the time a listing takes.
_VISIBILITY = {str(each): each for each in Visibility}
_SNAPSHOT_STATUS = {str(each): each for each in SnapshotStatus}
_CONSISTENCY = {str(each): each for each in Consistency}
_READ_METHOD = {str(each): each for each in ReadMethod}
_NOWHERE: Mapping[str, str] = {}  # one for all that were taken here


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def moment(text: str | None) -> datetime | None:
    """The time a document holds, if it holds one."""
    return parse_iso_time(text) if text else None


_SNAPSHOT_FIELDS = (
    "resource_uid",
    "name",
    "description",
    "created_at",
    "owner",
    "visibility",
    "status",
    "volume_uid",
    "volume_name",
    "size_bytes",
    "block_size",
    "data_bytes",
    "new_bytes",
    "stored_bytes",
    "parent_uid",
    "consistency",
    "read_method",
    "job_uid",
    "reason",
    "pinned",
    "origin",
)
"""What the catalog and the map's header keep; models have more, which only remote clouds tell."""


def snapshot_document(snapshot: Snapshot, map_base: str | None, map_bytes: int) -> Document:
    """A snapshot as the catalog keeps it; `map_base` is the map that its own is a delta against."""
    document: Document = {name: getattr(snapshot, name) for name in _SNAPSHOT_FIELDS}
    document["created_at"] = iso_time(snapshot.created_at)
    for name in ("visibility", "status", "consistency", "read_method"):
        document[name] = str(document[name])
    if snapshot.read_method is ReadMethod.CHANGED_BLOCKS:
        # what an older snaptui knows; that only changes were read is seen by the origin's `since`
        document["read_method"] = str(ReadMethod.DATA_ONLY)
    document["origin"] = dict(snapshot.origin)
    for name in ("reason", "pinned", "origin"):
        if not document[name]:  # what goes without saying takes memory for each of 100 000
            del document[name]
    document["map_base"] = map_base
    document["map_bytes"] = map_bytes
    return document


class VisibleParents:
    """The parents of snapshots, as people are told them: the nearest that is not in the trash.

    It remembers what it found, so that going through a trash of ten thousand, each the parent of
    the next, takes ten thousand steps.
    """

    def __init__(self, trash: Mapping[str, Mapping[str, Any]]) -> None:
        self._trash = trash
        self._found: dict[str, str | None] = {}

    def of(self, uid: str | None) -> str | None:
        """`uid`, or if that is in the trash, the nearest one before it that is not."""
        if uid not in self._trash:
            return uid
        passed: list[str] = []
        while uid is not None and uid in self._trash:
            if uid in self._found:
                uid = self._found[uid]
                break
            self._found[uid] = None  # a damaged catalog may go round in circles
            passed.append(uid)
            uid = self._trash[uid]["parent_uid"]
        self._found.update(dict.fromkeys(passed, uid))
        return uid


def snapshot_from(uid: str, document: Mapping[str, Any], parents: VisibleParents) -> Snapshot:
    """The snapshot that a document of the table `snapshots` (or `trash`) describes.

    The document names the parent that it was compared with, wherever that is now, so that
    everything is in its old place when that is taken back.
    """
    origin = document.get("origin", _NOWHERE)
    method = "changed-blocks" if "since" in origin else document["read_method"]
    return _made(
        uid,
        document["name"],
        document["description"],
        parse_iso_time(document["created_at"]),
        document["owner"],
        _VISIBILITY[document["visibility"]],
        _SNAPSHOT_STATUS[document["status"]],
        document["volume_uid"],
        document["volume_name"],
        document["size_bytes"],
        document["block_size"],
        document["data_bytes"],
        document["new_bytes"],
        document["stored_bytes"],
        parents.of(document["parent_uid"]),
        _CONSISTENCY[document["consistency"]],
        _READ_METHOD[method],
        document.get("job_uid"),
        document.get("reason", ""),
        document.get("pinned", False),
        origin,
    )


def _default(of: Field[Any]) -> Any:
    return of.default if of.default_factory is MISSING else of.default_factory()


_OTHERS = {each.name: each for each in fields(Snapshot) if each.name not in _SNAPSHOT_FIELDS}
_UNTOLD = tuple(map(_default, _OTHERS.values()))
_SLOTS = tuple(getattr(Snapshot, name).__set__ for name in (*_SNAPSHOT_FIELDS, *_OTHERS))


def _made(*values: object) -> Snapshot:
    """A snapshot with these values of `_SNAPSHOT_FIELDS`.

    A frozen dataclass's own way to make one is to ask for each field by its name who sets it. For
    100 000 snapshots that is a third of the time a listing takes.
    """
    made = object.__new__(Snapshot)
    for put, value in zip(_SLOTS, values + _UNTOLD, strict=True):
        put(made, value)
    return made


def trashed_from(uid: str, document: Mapping[str, Any], parents: VisibleParents) -> TrashedSnapshot:
    """The deleted snapshot that a document of the table `trash` describes."""
    return TrashedSnapshot(
        snapshot=snapshot_from(uid, document, parents),
        deleted_at=parse_iso_time(document["deleted_at"]),
        deleted_by=document["deleted_by"],
        expires_at=parse_iso_time(document["expires_at"]),
    )


def volume_from(
    uid: str,
    document: Mapping[str, Any],
    *,
    snapshot_count: int = 0,
    last_snapshot_at: datetime | None = None,
) -> Volume:
    """The volume that a document of the table `volumes` describes; the host's part is not in it."""
    return Volume(
        resource_uid=uid,
        name=document["name"],
        size_bytes=document["size_bytes"],
        block_size=document["block_size"],
        status=VolumeStatus.ERROR if document.get("restoring") else VolumeStatus.AVAILABLE,
        zone=document["zone"],
        path=document["path"],
        managed=document["managed"],
        created_at=parse_iso_time(document["created_at"]),
        owner=document["owner"],
        source_snapshot_uid=document.get("source_snapshot_uid"),
        snapshot_count=snapshot_count,
        last_snapshot_at=last_snapshot_at,
        reason=_restoring_reason(document.get("restoring")),
    )


def _restoring_reason(snapshot_uid: str | None) -> str:
    """Why a volume is not to be trusted, if its restore is going on or was cut short."""
    if snapshot_uid is None:
        return ""
    return f"the restore of {snapshot_uid} over it is not finished: restore it again"


def event_document(
    actor: Actor,
    action: str,
    subject_uid: str,
    *,
    at: datetime,
    related_uid: str | None = None,
    text: str = "",
) -> Document:
    """An event as the catalog keeps it."""
    return {
        "at": iso_time(at),
        "user": actor.user,
        "origin": actor.origin,
        "action": action,
        "subject_uid": subject_uid,
        "related_uid": related_uid,
        "text": text,
    }


def event_from(uid: str, document: Mapping[str, Any]) -> Event:
    """The event that a document of the table `events` describes."""
    return Event(
        uid=uid,
        at=parse_iso_time(document["at"]),
        user=document["user"],
        origin=document["origin"],
        action=document["action"],
        subject_uid=document["subject_uid"],
        related_uid=document.get("related_uid"),
        text=document.get("text", ""),
        cloud=document.get("cloud", LOCAL_CLOUD),
    )
