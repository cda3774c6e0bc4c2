"""Change who may see and clone a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from snaptui.models import Visibility
from snaptui.requests import ShareRequest
from snaptui.tui.screens.form import Field, Form, Given, TypedName
from snaptui.tui.widgets.choice import Choice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from textual.widget import Widget

    from snaptui.models import Snapshot
    from snaptui.tui.widgets.rows import Rows

_CHOICES = (Visibility.PRIVATE, Visibility.SHARED, Visibility.PUBLIC)
_FOLLOWING = {Visibility.SHARED: "#with", Visibility.PUBLIC: "#typed"}
"""The field that has to be filled in for a choice."""


class ShareForm(Form):
    """Snapshot, visibility, with whom; to make it public its name has to be typed."""

    AUTO_FOCUS = "#visibility"
    DANGEROUS = True
    TYPED_AHEAD = False  # who may read the data is not to be changed by what was typed blindly

    def __init__(
        self, snapshot: Snapshot, submit: Callable[[ShareRequest], Awaitable[None]]
    ) -> None:
        super().__init__("Share a Snapshot", "Apply")
        self._snapshot = snapshot
        self._submit_request = submit

    def fields(self) -> Iterable[Widget]:
        """The snapshot, the choice, and what each needs."""
        snapshot = self._snapshot
        yield Given("Snapshot", f"{snapshot.name}  {snapshot.resource_uid}", id="snapshot")
        yield Choice(
            ["Private: only its owner", "Shared with some accounts", "Public: everybody"],
            id="visibility",
        )
        yield Field(
            "Shared with", " ".join(snapshot.shared_with), placeholder="account ids", id="with"
        )
        yield Static(
            Content("Everybody in the cloud will be able to read all data of the volume."),
            id="warning",
        )
        yield TypedName("snapshot", snapshot.name, snapshot.resource_uid, id="wanted")
        yield Field("Name or Resource UID", id="typed")

    @property
    def visibility(self) -> Visibility:
        """What is chosen."""
        return _CHOICES[self.query_one(Choice).cursor]

    def on_mount(self) -> None:
        """Begin with what it is."""
        if self._snapshot.visibility is not None:
            self.query_one(Choice).move_cursor(_CHOICES.index(self._snapshot.visibility))
        self._show_fields()

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another choice, other fields."""
        event.stop()
        self.tell("")
        self._show_fields()

    def enter_does(self, focused: Widget | None) -> str:
        """What Enter does: on the choice it is done where no field follows."""
        if isinstance(focused, Choice) and self.visibility not in _FOLLOWING:
            return self._submit_label
        return super().enter_does(focused)

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter on the choice: to the field that follows, or do it where there is none."""
        event.stop()
        if (field := _FOLLOWING.get(self.visibility)) is not None:
            self.query_one(field).focus()
        else:
            self.submit()

    def _show_fields(self) -> None:
        self.tell_keys()
        self.query_one("#with").display = self.visibility is Visibility.SHARED
        for widget in self.query("#warning, #wanted, #typed"):
            widget.display = self.visibility is Visibility.PUBLIC

    async def send(self) -> None:
        """Change it."""
        visibility = self.visibility
        if visibility is Visibility.PUBLIC:
            self.query_one(TypedName).check(self.text_of("typed"), "make it public")
        whom: tuple[str, ...] = ()
        if visibility is Visibility.SHARED:
            whom = tuple(self.text_of("with").replace(",", " ").split())
        await self._submit_request(
            ShareRequest(
                snapshot_uid=self._snapshot.resource_uid, visibility=visibility, shared_with=whom
            )
        )
