"""Copy a snapshot to another region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from snaptui.errors import InvalidInputError
from snaptui.requests import CopyRequest
from snaptui.text import name_or
from snaptui.tui.columns import Column
from snaptui.tui.screens.form import Field, Form, Given
from snaptui.tui.screens.zones import Chooser
from snaptui.tui.spans import outside
from snaptui.tui.widgets.tick import Tick

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from textual.widget import Widget

    from snaptui.models import Snapshot

REGIONS: tuple[Column[str], ...] = (
    Column(
        id="name",
        title="Region",
        cell=lambda r: (outside(r), "bright") if r != NONE_YET else ("choose one", "muted"),
        width=16,
        ideal=30,
    ),
)
NONE_YET = ""
"""The row above all regions: a copy in the wrong one costs money, so none is chosen by chance."""


class RegionPicker(Chooser[str]):
    """A short table of regions; the one at the cursor is chosen."""

    def __init__(self, *, id: str = "region") -> None:
        super().__init__(REGIONS, lambda region: region, empty="looking", id=id)
        self.border_title = Content("To the region")


class CopyForm(Form):
    """Snapshot, region, name, description, encrypted."""

    AUTO_FOCUS = "#region"

    def __init__(
        self,
        snapshot: Snapshot,
        regions: Callable[[], Awaitable[Sequence[str]]],
        submit: Callable[[CopyRequest], Awaitable[None]],
    ) -> None:
        """A form for a snapshot.

        Args:
            snapshot: what to copy.
            regions: loads the regions to choose from.
            submit: asks for the copy.
        """
        super().__init__("Copy to Another Region", "Copy")
        self._snapshot = snapshot
        self._load_regions = regions
        self._submit_request = submit

    def fields(self) -> Iterable[Widget]:
        """The snapshot, where to, and what it is called there."""
        snapshot = self._snapshot
        yield Given("Snapshot", f"{snapshot.name}  {snapshot.resource_uid}", id="snapshot")
        yield RegionPicker()
        yield Field("Name", name_or(snapshot.name, snapshot.resource_uid), id="name")
        yield Field("Description", snapshot.description, placeholder="optional", id="description")
        if not snapshot.encrypted:  # a copy of one that is is, too
            yield Tick("Encrypt the copy", id="encrypted")

    def on_mount(self) -> None:
        """The regions come when the cloud has answered."""
        self.load(self._fill_regions)

    async def _fill_regions(self) -> None:
        picker = self.query_one(RegionPicker)
        try:
            regions = await self._load_regions()
        except BaseException:
            picker.empty = "not known"
            picker.set_items([])
            raise
        picker.empty = "there is no other region"
        picker.set_items([NONE_YET, *regions] if regions else [])

    async def send(self) -> None:
        """Ask for the copy."""
        region = self.query_one(RegionPicker).current
        if region is None:
            raise InvalidInputError("no region is chosen", "wait until they are listed, or Esc")
        if region == NONE_YET:
            raise InvalidInputError("no region is chosen", "go to the regions, and down to one")
        await self._submit_request(
            CopyRequest(
                snapshot_uid=self._snapshot.resource_uid,
                region=region,
                name=self.text_of("name").strip(),
                description=self.text_of("description"),
                encrypted=any(tick.value for tick in self.query(Tick)),
            )
        )
