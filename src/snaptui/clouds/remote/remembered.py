"""The last inventory of a remote cloud, on disk: shown at once, until the cloud has answered.

A file a cloud, in the user's cache directory, for the user alone: it has names and identifiers in
it, no secrets. What it does not read as it should is as if it were not there.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snaptui.models import (
    Attachment,
    Snapshot,
    SnapshotStatus,
    Visibility,
    Volume,
    VolumeStatus,
    to_json,
)
from snaptui.units import iso_time, parse_iso_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FORMAT = 1
_LARGEST = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a cloud had, and when that was listed."""

    at: datetime
    volumes: list[Volume]
    snapshots: list[Snapshot]


class RememberedInventory:
    """The file of one cloud.

    The file's name tells the cloud's kind and options apart: a name in the config file that leads
    to another account now shows nothing of the one before.
    """

    def __init__(self, directory: Path, name: str, kind: str, options: Mapping[str, str]) -> None:
        self._directory = directory
        said = json.dumps([name, kind, sorted(options.items())])
        digest = hashlib.sha256(said.encode()).hexdigest()[:24]
        self.path = directory / f"{digest}.json"

    def read(self) -> Remembered | None:
        """What was known the last time; None when nothing is, or it is not to be read. Blocks."""
        try:
            if self.path.stat().st_size > _LARGEST:
                return None
            document = json.loads(self.path.read_bytes())
            if document["format"] != _FORMAT:
                return None
            return Remembered(
                parse_iso_time(document["at"]),
                [_volume(each) for each in document["volumes"]],
                [_snapshot(each) for each in document["snapshots"]],
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def write(self, volumes: Sequence[Volume], snapshots: Sequence[Snapshot]) -> None:
        """Remember what there is. That it cannot is no matter: the cloud knows it. Blocks."""
        document = {
            "format": _FORMAT,
            "at": iso_time(datetime.now(UTC)),
            "volumes": [_told(each) for each in volumes],
            "snapshots": [_told(each) for each in snapshots],
        }
        with suppress(OSError):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._directory, prefix=".inventory-")
            try:
                with os.fdopen(handle, "w", encoding="ascii") as file:
                    json.dump(document, file, separators=(",", ":"))
                Path(temporary).replace(self.path)
            except BaseException:
                Path(temporary).unlink()
                raise

    def forget(self) -> None:
        """Remember nothing. Blocks."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


def _told(thing: Volume | Snapshot) -> dict[str, Any]:
    """What is not as it is by default: most fields of most things are."""
    document = {}
    for field in fields(thing):
        value = to_json(getattr(thing, field.name))
        if value not in (None, "", [], {}):
            document[field.name] = value
    return document


def _volume(document: dict[str, Any]) -> Volume:
    document["status"] = VolumeStatus(document["status"])
    document["created_at"] = parse_iso_time(document["created_at"])
    if "last_snapshot_at" in document:
        document["last_snapshot_at"] = parse_iso_time(document["last_snapshot_at"])
    if "attachment" in document:
        document["attachment"] = _attachment(document["attachment"])
    others = document.get("other_attachments", ())
    document["other_attachments"] = tuple(_attachment(each) for each in others)
    return Volume(**{"name": "", "zone": "", "owner": "", **document})


def _snapshot(document: dict[str, Any]) -> Snapshot:
    document["status"] = SnapshotStatus(document["status"])
    document["created_at"] = parse_iso_time(document["created_at"])
    visibility = document.get("visibility")
    document["visibility"] = Visibility(visibility) if visibility is not None else None
    document["shared_with"] = tuple(document.get("shared_with", ()))
    empty = {"name": "", "description": "", "owner": "", "volume_uid": "", "volume_name": ""}
    return Snapshot(**{**empty, **document})


def _attachment(document: dict[str, Any]) -> Attachment:
    since = document.get("since")
    return Attachment(
        volume_uid=document["volume_uid"],
        instance=document["instance"],
        device=document["device"],
        since=parse_iso_time(since) if since is not None else None,
    )
