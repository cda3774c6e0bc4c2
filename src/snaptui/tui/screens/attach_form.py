"""Attach a volume to an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.requests import AttachRequest
from snaptui.tui.columns import Column
from snaptui.tui.screens.form import Field, Form, Given
from snaptui.tui.screens.zones import Picker
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from textual.widget import Widget

    from snaptui.models import Instance, Volume
    from snaptui.tui.widgets.rows import Rows

INSTANCES: tuple[Column[Instance], ...] = (
    Column(
        id="name",
        title="Instance",
        cell=lambda i: (outside(i.name or i.resource_uid), "bright"),
        width=14,
        ideal=24,
    ),
    Column(
        id="uid",
        title="Resource UID",
        cell=lambda i: (outside(i.resource_uid), "muted"),
        width=19,
        ideal=36,
    ),
    Column(id="status", title="Status", cell=lambda i: (outside(i.status), "muted"), width=8),
)


class InstancePicker(Picker["Instance"]):
    """The instances there are; what the form will take of them stands in its field."""

    def __init__(self, *, id: str) -> None:
        super().__init__(INSTANCES, lambda each: each.resource_uid, empty="looking", id=id)
        self._taken = ""

    def set_taken(self, text: str) -> None:
        """The field says this now."""
        self._taken = text
        self.repaint()

    def is_pointed_at(self, index: int, *, selected: bool) -> bool:
        """The cursor; without the focus, what the field says."""
        if self.has_focus:
            return selected
        instance = self.item_at(index)
        return instance is not None and self._taken in {instance.resource_uid, instance.name} - {""}


class AttachForm(Form):
    """Volume, instance, device."""

    AUTO_FOCUS = "#instance"

    def __init__(
        self,
        volume: Volume,
        instances: Callable[[], Awaitable[Sequence[Instance]]],
        submit: Callable[[AttachRequest], Awaitable[None]],
    ) -> None:
        """A form for a volume.

        Args:
            volume: what to attach.
            instances: loads what it can be attached to.
            submit: attaches it.
        """
        super().__init__("Attach a Volume", "Attach")
        self._volume = volume
        self._load_instances = instances
        self._submit_request = submit
        self._found = InstancePicker(id="found")

    def fields(self) -> Iterable[Widget]:
        """The volume, the instance, those there are, the device."""
        yield Given("Volume", f"{self._volume.name}  {self._volume.resource_uid}", id="volume")
        yield Field("Instance", placeholder="a name or UID, or choose one below", id="instance")
        yield self._found
        yield Field("Device", placeholder="optional: /dev/sdf", id="device")

    def on_mount(self) -> None:
        """The instances come when the cloud has answered."""
        self.load(self._fill)

    def on_input_changed(self) -> None:
        """Another instance may be meant."""
        self._found.set_taken(self.text_of("instance").strip())
        super().on_input_changed()

    async def _fill(self) -> None:
        try:
            found = await self._load_instances()
        except Exception:
            self._found.empty = "it is not known which there are"
            self._found.repaint()
            raise
        self._found.empty = "the cloud tells of none here: type one"
        self._found.set_items(found)

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter on an instance: take it."""
        event.stop()
        if (instance := self._found.item_at(event.index)) is not None:
            self.query_one("#instance", Field).value = instance.resource_uid
            self.query_one("#device", Field).focus()

    async def send(self) -> None:
        """Attach it."""
        await self._submit_request(
            AttachRequest(
                volume_uid=self._volume.resource_uid,
                instance=self.text_of("instance").strip(),
                device=self.text_of("device").strip(),
            )
        )
