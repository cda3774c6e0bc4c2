"""Are you sure?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Button, Static

from snaptui.errors import InvalidInputError
from snaptui.tui.glyphs import glyphs
from snaptui.tui.screens.form import Field, Form
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from textual.widget import Widget

    from snaptui.models import Deletion


class ConfirmDelete(Form):
    """What is lost, what stays; a volume asks for its name to be typed."""

    DANGEROUS = True

    def __init__(
        self,
        kind: str,
        plan: Deletion,
        delete: Callable[[], Awaitable[None]],
        *,
        typed: bool,
    ) -> None:
        super().__init__(f"Delete {kind}", "Delete")
        self._plan = plan
        self._delete = delete
        self._typed = typed and not plan.reason

    def fields(self) -> Iterable[Widget]:
        """The name, what is lost, what stays."""
        plan, signs = self._plan, glyphs()
        yield Static(
            Content.assemble((outside(plan.name, 60), "bold"), f"  {outside(plan.uid)}"), id="what"
        )
        for text in plan.lost:
            yield Static(Content(f"{signs.minus} lost    {outside(text, 300)}"), classes="lost")
        for text in plan.kept:
            yield Static(Content(f"{signs.good} stays   {outside(text, 300)}"), classes="kept")
        if plan.reason:
            yield Static(Content(f"{signs.bad} {outside(plan.reason, 300)}"), classes="forbidden")
        if self._typed:
            yield Field(f"Type its name: {outside(plan.name, 40)}", id="typed")

    def on_mount(self) -> None:
        """The harmless button has the focus."""
        super().on_mount()
        self.query_one("#submit", Button).disabled = bool(self._plan.reason)
        self.query_one("#typed" if self._typed else "#cancel").focus()

    async def send(self) -> None:
        """Delete it."""
        if self._typed and self.text_of("typed") != self._plan.name:
            raise InvalidInputError(
                "the name is another", f"type {outside(self._plan.name, 40)} to delete it"
            )
        await self._delete()
