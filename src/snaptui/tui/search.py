"""What a filter looks in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snaptui.models import Candidate, Snapshot, Volume


def volume_text(volume: Volume) -> str:
    """All words of a volume."""
    attachment = volume.attachment
    used_by = f"{attachment.instance} {attachment.device}" if attachment else ""
    words = [volume.name, volume.resource_uid, volume.status, volume.zone, volume.path, used_by]
    return " ".join(words)


def snapshot_text(snapshot: Snapshot) -> str:
    """All words of a snapshot."""
    words = [
        snapshot.name,
        snapshot.resource_uid,
        snapshot.volume_name,
        snapshot.volume_uid,
        snapshot.description,
        snapshot.status,
        snapshot.owner,
    ]
    return " ".join(words)


def candidate_text(candidate: Candidate) -> str:
    """All words of a disk image or device."""
    return f"{candidate.path} {candidate.kind} {candidate.detail}"
