"""Send a snapshot of the local repository up, into a remote cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from snaptui.errors import InvalidInputError
from snaptui.requests import ExportRequest
from snaptui.tui.columns import Column
from snaptui.tui.screens.form import Field, Form, Given
from snaptui.tui.screens.zones import Chooser
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from textual.widget import Widget

    from snaptui.models import Snapshot
    from snaptui.tui.cloud_state import CloudState


def _where(state: CloudState) -> tuple[str, str]:
    """Where a cloud is, or that it does not answer."""
    info = state.info
    if info is None:
        return "", ""
    if not info.available:
        return outside(f"{info.state}: {info.reason}"), "bad"
    return outside(info.place or info.kind), "muted"


CLOUDS: tuple[Column[CloudState], ...] = (
    Column(
        id="name",
        title="Cloud",
        cell=lambda state: (outside(state.name), "bright"),
        width=16,
        ideal=24,
    ),
    Column(id="where", title="", cell=_where, width=16, ideal=60),
)


class CloudPicker(Chooser["CloudState"]):
    """A short table of clouds; the one at the cursor is chosen."""

    def __init__(self, *, id: str = "cloud") -> None:
        super().__init__(CLOUDS, lambda state: state.name, empty="there is none", id=id)
        self.border_title = Content("To the cloud")


class SendForm(Form):
    """Snapshot, cloud, name, description."""

    AUTO_FOCUS = "#cloud"

    def __init__(
        self,
        snapshot: Snapshot,
        clouds: Sequence[CloudState],
        submit: Callable[[ExportRequest], Awaitable[None]],
    ) -> None:
        """A form for a snapshot.

        Args:
            snapshot: what to send.
            clouds: those that can take it.
            submit: asks for the export.
        """
        super().__init__("Export to a Cloud", "Export")
        self._snapshot = snapshot
        self._clouds = clouds
        self._submit_request = submit

    def fields(self) -> Iterable[Widget]:
        """The snapshot, where to, and what it is called there."""
        snapshot = self._snapshot
        yield Given("Snapshot", f"{snapshot.name}  of {snapshot.volume_name}", id="snapshot")
        yield CloudPicker()
        yield Field("Name", snapshot.name, id="name")
        yield Field("Description", snapshot.description, placeholder="optional", id="description")

    def on_mount(self) -> None:
        """They are known."""
        self.query_one(CloudPicker).set_items(self._clouds)

    async def send(self) -> None:
        """Ask for the export."""
        cloud = self.query_one(CloudPicker).current
        if cloud is None:
            raise InvalidInputError("no cloud is chosen", "choose one")
        await self._submit_request(
            ExportRequest(
                snapshot_uid=self._snapshot.resource_uid,
                cloud=cloud.name,
                name=self.text_of("name").strip(),
                description=self.text_of("description"),
            )
        )
