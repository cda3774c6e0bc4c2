"""Choosing an availability zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual.content import Content

from snaptui.models import VolumeType, Zone
from snaptui.tui.columns import Column
from snaptui.tui.spans import outside
from snaptui.tui.widgets.table import Table
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

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
        told=lambda z: z.free_bytes is not None or not z.available,
    ),
    Column(
        id="path",
        title="Path",
        cell=lambda z: (outside(z.path if z.available else z.reason), "muted"),
        width=16,
        ideal=60,
        told=lambda z: bool(z.path or z.reason),
    ),
)


class Picker(Table[T]):
    """A short table in a form."""


class Chooser(Picker[T]):
    """One of the form's own choices, the row at the cursor: Enter sends the form.

    So does Enter in every other field of it: what is chosen must be seen without the focus, and
    without colour, too.
    """

    def is_pointed_at(self, index: int, *, selected: bool) -> bool:
        """What is chosen, always."""
        del index
        return selected

    def clicked(self, index: int, x: int) -> bool:
        """A click chooses, and no more: a form is not sent by chance."""
        del index, x
        return False


class ZonePicker(Chooser[Zone]):
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


TYPES: tuple[Column[VolumeType], ...] = (
    Column(
        id="name",
        title="Volume type",
        cell=lambda t: (outside(t.name), "bright"),
        width=12,
        ideal=20,
    ),
    Column(
        id="description",
        title="",
        cell=lambda t: ("by default" if t.is_default else outside(t.description), "muted"),
        width=16,
        ideal=60,
    ),
)


class TypePicker(Chooser[VolumeType]):
    """A short table of volume types, where a cloud has any; the one at the cursor is chosen."""

    def __init__(self, *, id: str = "type") -> None:
        super().__init__(TYPES, lambda each: each.name, empty="", id=id)
        self.border_title = Content("Volume type")
        self.display = False

    def set_types(self, types: Sequence[VolumeType]) -> None:
        """Choose from these, the default first; none: there is nothing to choose."""
        self.set_items(sorted(types, key=lambda each: not each.is_default))
        self.display = len(types) > 1

    @property
    def type(self) -> str | None:
        """The name of the chosen type; None: what the cloud takes by itself."""
        current = self.current
        return None if current is None or current.is_default else current.name
