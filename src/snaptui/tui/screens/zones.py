"""Choosing an availability zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from snaptui.models import Zone
from snaptui.tui.columns import Column
from snaptui.tui.spans import outside
from snaptui.tui.widgets.table import Table
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

ZONES: tuple[Column[Zone], ...] = (
    Column(
        id="name",
        title="Zone",
        cell=lambda z: (outside(z.name), "bright" if z.available else "faint"),
        width=10,
        ideal=16,
    ),
    Column(
        id="free",
        title="Free",
        cell=lambda z: (
            format_size(z.free_bytes) if z.available else "down",
            "" if z.available else "bad",
        ),
        width=8,
        right=True,
    ),
    Column(
        id="path",
        title="Path",
        cell=lambda z: (outside(z.path if z.available else z.reason), "muted"),
        width=16,
        ideal=60,
    ),
)


class ZonePicker(Table[Zone]):
    """A short table of zones; the one at the cursor is chosen."""

    def __init__(self, *, id: str = "zone") -> None:
        super().__init__(ZONES, lambda zone: zone.name, empty="looking", id=id)
        self.border_title = Content("Zone")

    def set_zones(self, zones: Sequence[Zone]) -> None:
        """Choose from these."""
        self.empty = "there is no zone"
        self.set_items(zones)

    @property
    def zone(self) -> str:
        """The name of the chosen zone."""
        return self.current.name if self.current is not None else "default"
