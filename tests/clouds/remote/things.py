"""Volumes and snapshots as a provider tells of them, and what may go wrong when it is asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from snaptui.models import Snapshot, SnapshotStatus, Visibility, Volume, VolumeStatus

GIB = 1024**3
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
_numbers = count(1)


def a_volume(name: str = "web", **changes: Any) -> Volume:
    """A volume as a provider tells of it."""
    number = next(_numbers)
    volume = Volume(
        resource_uid=f"vol-{number:08x}",
        name=name,
        size_bytes=GIB,
        status=VolumeStatus.AVAILABLE,
        zone="nova",
        created_at=START + timedelta(minutes=number),
        owner="project-1",
    )
    return replace(volume, **changes)


def a_snapshot(volume: Volume | str, name: str = "monday", **changes: Any) -> Snapshot:
    """A snapshot as a provider tells of it, each newer than the one before."""
    number = next(_numbers)
    snapshot = Snapshot(
        resource_uid=f"snap-{number:08x}",
        name=name,
        description="",
        created_at=START + timedelta(minutes=number),
        owner="project-1",
        visibility=Visibility.PRIVATE,
        status=SnapshotStatus.COMPLETED,
        volume_uid=volume if isinstance(volume, str) else volume.resource_uid,
        volume_name="",
        size_bytes=GIB if isinstance(volume, str) else volume.size_bytes,
    )
    return replace(snapshot, **changes)


@dataclass
class Fault:
    """What a method does instead, from its `after`-th call on, `times` times (None: for ever)."""

    does: Exception | asyncio.Event
    after: int
    times: int | None

    def due(self) -> bool:
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
            return self.times >= 0
        return True
