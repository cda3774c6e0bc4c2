"""Are you sure?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Static

from snaptui.tui.glyphs import glyphs
from snaptui.tui.screens.form import Field, Form, TypedName
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from textual.widget import Widget

    from snaptui.models import Deletion


class Fact(Horizontal):
    """What happens to something, beside a sign; further lines hang below the first."""

    def __init__(self, sign: str, text: str, kind: str) -> None:
        super().__init__(
            Static(Content(sign), classes="sign"),
            Static(Content(outside(text, 600)), classes="text"),
            classes=f"fact {kind}",
        )


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
        self._kind = kind
        self._plan = plan
        self._delete = delete
        self._typed = typed and not plan.reason

    def fields(self) -> Iterable[Widget]:
        """The name, what is lost, what stays."""
        plan, signs = self._plan, glyphs()
        if not self._typed:
            yield Static(
                Content.assemble((outside(plan.name), "bold"), f"  {outside(plan.resource_uid)}"),
                id="what",
            )
        for text in plan.lost:
            yield Fact(f"{signs.minus} lost", text, "lost")
        for text in plan.kept:
            # No tick: that something stays may be good news or bad.
            yield Fact(f"{signs.dot} stays", text, "kept")
        if plan.reason:
            yield Fact(signs.bad, plan.reason, "forbidden")
        if self._typed:
            yield TypedName(self._kind, plan.name, plan.resource_uid, id="wanted")
            yield Field("Name or Resource UID", id="typed")

    def key_hint(self) -> str:
        """What the keys do."""
        if self._typed:
            return super().key_hint()
        return f" Tab Choose {glyphs().dot} Esc Cancel "

    def on_mount(self) -> None:
        """The harmless button has the focus."""
        super().on_mount()
        self.query_one("#submit", Button).disabled = bool(self._plan.reason)
        self.query_one("#typed" if self._typed else "#cancel").focus()

    async def send(self) -> None:
        """Delete it."""
        if self._typed:
            self.query_one(TypedName).check(self.text_of("typed"), "delete it")
        await self._delete()
