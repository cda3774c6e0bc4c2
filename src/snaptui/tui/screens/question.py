"""A question with two answers, of which the harmless one has the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from snaptui.tui.glyphs import glyphs
from snaptui.tui.screens.form import Field, Form, TypedName
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from textual.widget import Widget


class Question(Form):
    """What would be done, what that means, and whether to; a name may have to be typed.

    Args:
        title: the title of the box, and what the button says.
        answer: the button's label.
        facts: what a person should know first, a paragraph each.
        do: what is done when the answer is yes.
        typed: kind, name and Resource UID of what has to be typed before.
    """

    DANGEROUS = True
    TYPED_AHEAD = False  # an answer is one only to what has been read
    CANCEL = "Leave it"

    def __init__(
        self,
        title: str,
        answer: str,
        facts: Sequence[str],
        do: Callable[[], Awaitable[None]],
        *,
        typed: tuple[str, str, str] | None = None,
    ) -> None:
        super().__init__(title, answer)
        self._facts = facts
        self._do = do
        self._typed = typed

    def fields(self) -> Iterable[Widget]:
        """The facts, and a field where something has to be typed."""
        for fact in self._facts:
            yield Static(Content(outside(fact, 600)), classes="paragraph")
        if self._typed is not None:
            yield TypedName(*self._typed, id="wanted")
            yield Field("Name or Resource UID", id="typed")

    def key_hint(self) -> str:
        """What the keys do."""
        if self._typed is not None:
            return super().key_hint()
        return f" Tab Choose {glyphs().dot} Esc Leave it "

    def on_mount(self) -> None:
        """Enter alone does nothing."""
        self.query_one("#typed" if self._typed is not None else "#cancel").focus()

    async def send(self) -> None:
        """Do it."""
        if self._typed is not None:
            self.query_one(TypedName).check(self.text_of("typed"), "go on")
        await self._do()
