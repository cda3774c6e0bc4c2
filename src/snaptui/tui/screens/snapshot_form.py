"""New Volume Snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.requests import SnapshotRequest
from snaptui.tui import keys
from snaptui.tui.quotas import of_snapshot
from snaptui.tui.screens.form import Field, Form, Given
from snaptui.tui.screens.quota_line import QuotaLine
from snaptui.tui.widgets.tick import Tick

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from textual.widget import Widget

    from snaptui.models import Volume
    from snaptui.tui.quotas import AskQuotas


class SnapshotForm(Form):
    """Name, volume, description."""

    AUTO_FOCUS = "#name"

    def __init__(
        self,
        volume: Volume,
        submit: Callable[[SnapshotRequest], Awaitable[None]],
        *,
        fuzzy: bool = True,
        quotas: AskQuotas | None = None,
    ) -> None:
        """A form for a volume.

        Args:
            volume: what to take a snapshot of.
            submit: asks for the snapshot.
            fuzzy: a volume that changes meanwhile can be taken as it is.
            quotas: asks for the cloud's quotas.
        """
        line = QuotaLine(quotas, lambda: of_snapshot(volume.size_bytes))
        super().__init__("New Volume Snapshot", "Create", quotas=line)
        self._fuzzy = fuzzy
        self._volume = volume
        self._submit_request = submit

    def fields(self) -> Iterable[Widget]:
        """Name, volume, description."""
        yield Field("Name", id="name", placeholder="e.g. before-upgrade")
        yield Given("Volume", f"{self._volume.name}  {self._volume.resource_uid}", id="volume")
        yield Field("Description", id="description", placeholder="optional")
        if self._fuzzy:
            yield Tick(f"{keys.FUZZY_LABEL} if the volume changes meanwhile", id="fuzzy")

    async def send(self) -> None:
        """Ask for the snapshot."""
        await self._submit_request(
            SnapshotRequest(
                volume_uid=self._volume.resource_uid,
                name=self.text_of("name").strip(),
                description=self.text_of("description"),
                allow_fuzzy=any(tick.value for tick in self.query(Tick)),
            )
        )
