"""What Cinder and Nova say of a thing, as our models. Names come back as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.models import (
    Attachment,
    Instance,
    Snapshot,
    SnapshotStatus,
    Visibility,
    Volume,
    VolumeStatus,
    VolumeType,
    Zone,
)
from snaptui.units import GIB

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.clouds.openstack.shapes import Shape

REQUEST_KEY = "snaptui-request"
"""The key of the metadata that says which request of ours made a thing."""

_VOLUMES = {
    "available": VolumeStatus.AVAILABLE,
    "in-use": VolumeStatus.IN_USE,
    "creating": VolumeStatus.CREATING,
    "downloading": VolumeStatus.CREATING,
    "deleting": VolumeStatus.DELETING,
    "deleted": VolumeStatus.DELETING,
}
_SNAPSHOTS = {
    "available": SnapshotStatus.COMPLETED,
    "creating": SnapshotStatus.PENDING,
    "deleting": SnapshotStatus.DELETING,
    "deleted": SnapshotStatus.DELETING,
}
HOST_KEY = "snaptui-attached-to"
"""The key of the metadata that says which host an attachment of ours is to: `ATTACHMENT HOST`."""
SOMEWHERE = "a host"
"""The instance, where Cinder does not tell an ordinary user which it is."""


def volume_status(word: str) -> tuple[VolumeStatus, str]:
    """Our status for one of Cinder's, and its own word where ours says less."""
    if word in _VOLUMES:
        return _VOLUMES[word], ""
    if word.startswith("error"):
        return VolumeStatus.ERROR, _in_words(word)
    return VolumeStatus.BUSY, _in_words(word)


def snapshot_status(word: str) -> tuple[SnapshotStatus, str]:
    """Our status for one of Cinder's, and its own word where ours says less.

    One that is being backed up or reverted to cannot be used until that is done: it is pending.
    """
    if word in _SNAPSHOTS:
        return _SNAPSHOTS[word], ""
    if word.startswith("error"):
        return SnapshotStatus.ERROR, _in_words(word)
    return SnapshotStatus.PENDING, _in_words(word)


def _in_words(word: str) -> str:
    return "" if word == "error" else word.replace("_", " ").replace("-", " ")


class Reader:
    """Reads for one project: what belongs to it is told by its name."""

    def __init__(self, project_id: str, project_name: str) -> None:
        self._id = project_id
        self._name = project_name or project_id

    def volume(self, said: Shape) -> Volume:
        """A volume."""
        status, reason = volume_status(said.text("status"))
        uid = said.text("id")
        attachments = tuple(
            Attachment(
                volume_uid=uid,
                instance=attached_to(said, each),
                device=each.maybe("device"),
                since=each.maybe_time("attached_at"),
            )
            for each in said.objects("attachments")
        )
        return Volume(
            resource_uid=uid,
            name=said.maybe("name"),
            size_bytes=said.number("size") * GIB,
            status=status,
            zone=said.maybe("availability_zone"),
            created_at=said.time("created_at"),
            owner=self._owner(said.maybe("os-vol-tenant-attr:tenant_id")),
            source_snapshot_uid=said.maybe("snapshot_id") or None,
            attachment=attachments[0] if attachments else None,
            other_attachments=attachments[1:],
            reason=reason,
            description=said.maybe("description"),
            volume_type=said.maybe("volume_type"),
            encrypted=said.flag("encrypted"),
            tags=_tags(said),
        )

    def snapshot(self, said: Shape) -> Snapshot:
        """A snapshot. The volume's name is not said."""
        status, reason = snapshot_status(said.text("status"))
        return Snapshot(
            resource_uid=said.text("id"),
            name=said.maybe("name"),
            description=said.maybe("description"),
            created_at=said.time("created_at"),
            owner=self._owner(said.maybe("os-extended-snapshot-attributes:project_id")),
            visibility=Visibility.PRIVATE,
            status=status,
            volume_uid=said.maybe("volume_id"),
            volume_name="",
            size_bytes=said.number("size") * GIB,
            reason=reason,
            percent=_percent(said) if status is SnapshotStatus.PENDING else None,
            tags=_tags(said),
        )

    def _owner(self, project: str) -> str:
        return self._name if project in {"", self._id} else project


def zone(said: Shape) -> Zone:
    """An availability zone."""
    available = "zoneState" not in said or said.object("zoneState").flag("available") is not False
    return Zone(
        name=said.text("zoneName"),
        available=available,
        reason="" if available else "the cloud says that it is not available",
    )


def volume_type(said: Shape) -> VolumeType:
    """A volume type."""
    return VolumeType(name=said.text("name"), description=said.maybe("description"))


def instance(said: Shape) -> Instance:
    """A server of Nova's."""
    return Instance(
        resource_uid=said.text("id"),
        name=said.maybe("name"),
        zone=said.maybe("OS-EXT-AZ:availability_zone"),
        status=said.maybe("status").lower(),
    )


def attached_to(volume: Shape, attachment: Shape) -> str:
    """Whose an attachment of a volume is, as far as Cinder tells, or we wrote it down there."""
    told = attachment.maybe("server_id") or attachment.maybe("host_name")
    if told:
        return told
    uid, _, host = volume.texts("metadata").get(HOST_KEY, "").partition(" ")
    return host if host and uid == attachment.maybe("attachment_id") else SOMEWHERE


def _percent(said: Shape) -> int | None:
    progress = said.maybe("os-extended-snapshot-attributes:progress").removesuffix("%")
    return min(100, int(progress)) if progress.isascii() and progress.isdecimal() else None


def _tags(said: Shape) -> Mapping[str, str]:
    every = said.texts("metadata").items()
    tags = {name: value for name, value in every if name not in {REQUEST_KEY, HOST_KEY}}
    return tags or _NO_TAGS


_NO_TAGS: Mapping[str, str] = {}  # one for all that have none
