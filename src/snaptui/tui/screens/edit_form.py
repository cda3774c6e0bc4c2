"""Edit a snapshot's name and description."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from snaptui.requests import EditSnapshotRequest
from snaptui.tui.screens.form import Field, Form, Given
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from textual.widget import Widget

    from snaptui.clouds.base import Ability
    from snaptui.models import Snapshot


class EditForm(Form):
    """Name and description as they are, to be written over; only what was is sent."""

    AUTO_FOCUS = "#name"

    def __init__(
        self,
        snapshot: Snapshot,
        submit: Callable[[EditSnapshotRequest], Awaitable[None]],
        describable: Ability,
    ) -> None:
        """A form for a snapshot.

        Args:
            snapshot: as it is.
            submit: asks for the change.
            describable: whether the description can be changed, and if not, why.
        """
        super().__init__("Edit a Snapshot", "Save")
        self._snapshot = snapshot
        self._submit_request = submit
        self._describable = describable
        self._before: dict[str, str] = {}
        """What the fields showed at first: of several lines, or hostile ones, nothing."""

    def fields(self) -> Iterable[Widget]:
        """The snapshot, its name, its description or why that stays."""
        snapshot = self._snapshot
        yield Given(
            "Snapshot", f"{snapshot.resource_uid}  of {snapshot.volume_name}", id="snapshot"
        )
        yield self._field("Name", "name", snapshot.name)
        if self._describable:
            yield self._field("Description", "description", snapshot.description)
        else:
            yield Given("Description", snapshot.description or "none", id="description")
            yield Static(Content(outside(self._describable.reason, 300)), id="warning")

    def _field(self, label: str, id: str, value: str) -> Field:
        hidden = "it cannot be shown in one line; what is typed takes its place"
        field = Field(label, value, id=id)
        if value and not field.value:
            field.placeholder = hidden
        self._before[id] = field.value
        return field

    def _typed(self, id: str) -> str | None:
        """What was typed into a field; None when it shows what it did at first."""
        if id not in self._before:
            return None
        typed = self.text_of(id)
        return None if typed == self._before[id] else typed

    async def send(self) -> None:
        """Change what is another; to change nothing is to leave."""
        name, description = self._typed("name"), self._typed("description")
        if name is None and description is None:
            return
        await self._submit_request(
            EditSnapshotRequest(
                snapshot_uid=self._snapshot.resource_uid,
                name=name if name is None else name.strip(),
                description=description,
            )
        )
