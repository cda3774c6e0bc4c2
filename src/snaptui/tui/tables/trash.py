"""The columns of the trash."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from snaptui.tui.ages import age
from snaptui.tui.columns import Column
from snaptui.tui.spans import Span, outside
from snaptui.units import format_left, format_size

if TYPE_CHECKING:
    from snaptui.models import TrashedSnapshot

_SOON = timedelta(days=1)


def _kept_for(trashed: TrashedSnapshot) -> Span:
    soon = trashed.expires_at - datetime.now(UTC) < _SOON
    return format_left(trashed.expires_at), "warn" if soon else ""


TRASH: tuple[Column[TrashedSnapshot], ...] = (
    Column(
        id="name",
        title="Name",
        cell=lambda t: (outside(t.name), "bright"),
        width=13,
        ideal=34,
    ),
    Column(
        id="uid",
        title="Resource UID",
        cell=lambda t: (outside(t.resource_uid), "muted"),
        width=13,
        drop=3,
    ),
    Column(
        id="volume",
        title="Volume",
        cell=lambda t: (outside(t.snapshot.volume_name), "muted"),
        width=10,
        ideal=20,
    ),
    Column(
        id="size",
        title="Size",
        cell=lambda t: (format_size(t.snapshot.size_bytes), "muted"),
        width=8,
        right=True,
        drop=4,
    ),
    Column(
        id="deleted",
        title="Deleted",
        cell=lambda t: (age(t.deleted_at), ""),
        width=10,
        right=True,
    ),
    Column(
        id="by",
        title="By",
        cell=lambda t: (outside(t.deleted_by), "muted"),
        width=6,
        ideal=12,
        drop=1,
    ),
    Column(
        id="left",
        title="Kept for",
        cell=_kept_for,
        width=8,
        right=True,
    ),
)
"""Deleted snapshots."""
