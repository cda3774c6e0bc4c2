"""What EC2 says of volumes, snapshots, instances and zones, as our models.

The values come from botocore's parsers: of the types that the models say, if they are there at all.
What must be there and is not raises `ValueError`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from snaptui.models import (
    Attachment,
    Instance,
    Snapshot,
    SnapshotStatus,
    Visibility,
    Volume,
    VolumeStatus,
    Zone,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    Item = Mapping[str, Any]

GIB = 1024**3
NO_VOLUME = "vol-ffffffff"
"""What EC2 says of a snapshot that was copied or written block by block: it is of no volume."""
NAME_TAG = "Name"
TOKEN_TAG = "snaptui:token"  # noqa: S105 - no secret
"""Says which request made a thing, so that a request that is made again finds it."""

_VOLUME_STATUS = {
    "creating": VolumeStatus.CREATING,
    "available": VolumeStatus.AVAILABLE,
    "in-use": VolumeStatus.IN_USE,
    "deleting": VolumeStatus.DELETING,
    "error": VolumeStatus.ERROR,
}
_SNAPSHOT_STATUS = {
    "pending": SnapshotStatus.PENDING,
    "recovering": SnapshotStatus.PENDING,
    "completed": SnapshotStatus.COMPLETED,
    "error": SnapshotStatus.ERROR,
}
_MOVING = frozenset({"attaching", "detaching", "busy"})
_GONE = frozenset({"terminated", "shutting-down"})


def text(item: Item, key: str) -> str:
    """A text that must be there."""
    value = item.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} is missing")
    return value


def words(item: Item, key: str) -> str:
    """A text that may be missing."""
    value = item.get(key)
    return value if isinstance(value, str) else ""


def number(item: Item, key: str) -> int:
    """A whole number, not negative, that must be there."""
    value = item.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{key} is no number")
    return value


def moment(item: Item, key: str) -> datetime:
    """A point in time that must be there."""
    value = item.get(key)
    if not isinstance(value, datetime):
        raise ValueError(f"{key} is no time")  # noqa: TRY004 - an answer that is wrong
    return value.astimezone(UTC)


def items(answer: Item, key: str) -> list[Item]:
    """A list of things; empty when it is missing."""
    value = answer.get(key) or []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError(f"{key} is no list")
    return value


def tags(item: Item) -> dict[str, str]:
    """All tags of a thing."""
    return {words(tag, "Key"): words(tag, "Value") for tag in items(item, "Tags")}


def shown_tags(everything: Mapping[str, str]) -> dict[str, str]:
    """The tags that a person made, but for the name."""
    return {key: value for key, value in everything.items() if key not in {NAME_TAG, TOKEN_TAG, ""}}


def attachments(item: Item, uid: str) -> list[tuple[Attachment, str]]:
    """Who uses a volume, and the state that each use is in."""
    found = []
    for each in items(item, "Attachments"):
        state = words(each, "State")
        if state == "detached":
            continue
        user = (
            words(each, "InstanceId")
            or words(each, "AssociatedResource")
            or words(each, "InstanceOwningService")
        )
        since = each.get("AttachTime")
        attachment = Attachment(
            volume_uid=uid,
            instance=user,
            device=words(each, "Device"),
            since=since.astimezone(UTC) if isinstance(since, datetime) else None,
        )
        found.append((attachment, state))
    return found


def volume(item: Item, account: str) -> Volume | None:
    """A volume; None when it is deleted.

    Args:
        item: what EC2 says.
        account: whose it is when that is not said.
    """
    uid = text(item, "VolumeId")
    state = text(item, "State")
    if state == "deleted":
        return None
    status = _VOLUME_STATUS.get(state, VolumeStatus.BUSY)
    reason = "" if state in _VOLUME_STATUS else state
    used = attachments(item, uid)
    moving = [(by, doing) for by, doing in used if doing in _MOVING]
    if moving and status in {VolumeStatus.IN_USE, VolumeStatus.AVAILABLE}:
        status = VolumeStatus.BUSY
        reason = moving[0][1]
        if reason == "busy":
            reason = "detaching: the instance still has it open"
    everything = tags(item)
    return Volume(
        resource_uid=uid,
        name=everything.get(NAME_TAG, ""),
        size_bytes=number(item, "Size") * GIB,
        status=status,
        zone=words(item, "AvailabilityZone"),
        created_at=moment(item, "CreateTime"),
        owner=words(item, "OwnerId") or account,
        source_snapshot_uid=words(item, "SnapshotId") or None,
        attachment=used[0][0] if used else None,
        other_attachments=tuple(by for by, _ in used[1:]),
        reason=reason,
        volume_type=words(item, "VolumeType"),
        encrypted=flag(item, "Encrypted"),
        tags=shown_tags(everything),
    )


def snapshot(
    item: Item, visibility: Visibility | None = None, shared_with: tuple[str, ...] = ()
) -> Snapshot | None:
    """A snapshot; None when it is in the recycle bin.

    Args:
        item: what EC2 says.
        visibility: EC2 does not say it here; None where it is not known.
        shared_with: likewise.
    """
    uid = text(item, "SnapshotId")
    state = text(item, "State")
    if state == "recoverable":
        return None
    reason = words(item, "StateMessage")
    if state not in _SNAPSHOT_STATUS:
        reason = reason or f"its state is {state}"
    status = _SNAPSHOT_STATUS.get(state, SnapshotStatus.ERROR)
    everything = tags(item)
    full = item.get("FullSnapshotSizeInBytes")
    return Snapshot(
        resource_uid=uid,
        name=everything.get(NAME_TAG, ""),
        description=words(item, "Description"),
        created_at=moment(item, "StartTime"),
        owner=words(item, "OwnerId"),
        visibility=visibility,
        shared_with=shared_with,
        status=status,
        volume_uid=words(item, "VolumeId"),
        volume_name="",
        size_bytes=number(item, "VolumeSize") * GIB,
        data_bytes=full if isinstance(full, int) else None,
        reason=reason,
        percent=percent(words(item, "Progress")) if status is SnapshotStatus.PENDING else None,
        encrypted=flag(item, "Encrypted"),
        storage_tier=words(item, "StorageTier"),
        tags=shown_tags(everything),
    )


def percent(progress: str) -> int | None:
    """`45%` as a number; None when it is something else."""
    digits = progress.strip().rstrip("%")
    return min(100, int(digits)) if digits.isascii() and digits.isdigit() else None


def flag(item: Item, key: str) -> bool | None:
    """Yes, no, or not said."""
    value = item.get(key)
    return value if isinstance(value, bool) else None


def instance(item: Item) -> Instance | None:
    """An instance; None when it is terminated."""
    state = words(item.get("State") or {}, "Name")
    if state in _GONE:
        return None
    uid = text(item, "InstanceId")
    return Instance(
        resource_uid=uid,
        name=tags(item).get(NAME_TAG, ""),
        zone=words(item.get("Placement") or {}, "AvailabilityZone"),
        status=state,
    )


def zone(item: Item) -> Zone:
    """An availability zone."""
    state = words(item, "State")
    said = "; ".join(words(each, "Message") for each in items(item, "Messages"))
    available = state in {"available", "information", ""}
    return Zone(
        name=text(item, "ZoneName"),
        available=available,
        reason="" if available else said or state,
    )
