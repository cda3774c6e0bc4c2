"""Clone: a new volume from a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.errors import InvalidInputError
from snaptui.requests import CloneRequest
from snaptui.tui.quotas import of_volume
from snaptui.tui.screens.form import Field, Form, Given
from snaptui.tui.screens.quota_line import QuotaLine
from snaptui.tui.screens.zones import TypePicker, ZonePicker
from snaptui.units import exact_size, format_size, parse_size

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

    from textual.widget import Widget

    from snaptui.models import Snapshot, VolumeType, Zone
    from snaptui.tui.quotas import AskQuotas


def suggested_name(name: str, taken: Collection[str]) -> str:
    """A name for a clone that no volume has yet."""
    base = f"{name[:200]}-clone"
    number = 1
    candidate = base
    while candidate in taken:
        number += 1
        candidate = f"{base}-{number}"
    return candidate


class CloneForm(Form):
    """Name, zone, size."""

    AUTO_FOCUS = "#name"

    def __init__(
        self,
        snapshot: Snapshot,
        zones: Callable[[], Awaitable[Sequence[Zone]]],
        types: Callable[[], Awaitable[Sequence[VolumeType]]],
        taken: Collection[str],
        submit: Callable[[CloneRequest], Awaitable[None]],
        *,
        zone: str = "",
        quotas: AskQuotas | None = None,
    ) -> None:
        """A form for a snapshot.

        Args:
            snapshot: what to clone.
            zones: loads the zones to choose from.
            types: loads the volume types to choose from.
            taken: names that volumes have.
            submit: asks for the clone.
            zone: the zone that is chosen at first, where there is one of that name.
            quotas: asks for the cloud's quotas.
        """
        line = QuotaLine(quotas, lambda: of_volume(self.size_of("size")))
        super().__init__("Clone to a New Volume", "Clone", quotas=line)
        self._load_types = types
        self._zone = zone
        self._snapshot = snapshot
        self._load_zones = zones
        self._taken = taken
        self._submit_request = submit

    def fields(self) -> Iterable[Widget]:
        """Name, snapshot, zone, size."""
        snapshot = self._snapshot
        yield Field("Name", suggested_name(snapshot.volume_name, self._taken), id="name")
        yield Given("Snapshot", f"{snapshot.name}  of {snapshot.volume_name}", id="snapshot")
        yield ZonePicker()
        yield TypePicker()
        size = format_size(snapshot.size_bytes)
        yield Field(
            "Size",
            # A size that is not a round number of units would be told too small.
            size if parse_size(size) == snapshot.size_bytes else str(snapshot.size_bytes),
            placeholder=f"at least {size}",
            id="size",
        )

    def on_mount(self) -> None:
        """The zones come when the cloud has answered."""
        self.load(self._fill_zones)
        self.load(self._fill_types)

    async def _fill_zones(self) -> None:
        picker = self.query_one(ZonePicker)
        picker.set_zones(await self._load_zones())
        if self._zone:
            picker.select(self._zone)

    async def _fill_types(self) -> None:
        self.query_one(TypePicker).set_types(await self._load_types())

    async def send(self) -> None:
        """Ask for the clone."""
        size = parse_size(self.text_of("size"))
        if size < self._snapshot.size_bytes:
            raise InvalidInputError(
                f"{format_size(size)} is smaller than the snapshot",
                f"give at least {exact_size(self._snapshot.size_bytes)}",
            )
        await self._submit_request(
            CloneRequest(
                snapshot_uid=self._snapshot.resource_uid,
                name=self.text_of("name").strip(),
                zone=self.query_one(ZonePicker).zone,
                size_bytes=size,
                volume_type=self.query_one(TypePicker).type,
            )
        )
