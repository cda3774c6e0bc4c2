"""The columns of what differs between two snapshots."""

from __future__ import annotations

from snaptui.models import DiffRange, RangeKind
from snaptui.tui.columns import Column
from snaptui.units import format_size

RANGES: tuple[Column[DiffRange], ...] = (
    Column(
        id="offset",
        title="Offset",
        sort=lambda r: r.offset,
        cell=lambda r: (f"{r.offset:,}", ""),
        width=19,
        right=True,
    ),
    Column(
        id="at",
        title="At",
        cell=lambda r: (format_size(r.offset), "muted"),
        width=9,
        right=True,
        drop=2,
    ),
    Column(
        id="length",
        title="Length",
        sort=lambda r: r.length,
        falling=True,
        cell=lambda r: (format_size(r.length), ""),
        width=9,
        right=True,
    ),
    Column(
        id="kind",
        title="Kind",
        sort=lambda r: r.kind.value,
        cell=lambda r: (
            r.kind.value,
            {RangeKind.ADDED: "good", RangeKind.REMOVED: "bad"}.get(r.kind, "warn"),
        ),
        width=8,
    ),
)
