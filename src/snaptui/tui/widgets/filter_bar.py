"""Where a filter is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from snaptui.tui import keys
from snaptui.tui.widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from textual.binding import BindingType


EXAMPLE = "web  !test  size:>1GiB  age:<7d  status:error"


class FilterBar(SafeInput):
    """A line to type a filter in. What is typed here triggers nothing but the filter."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.FILTER]

    class Cleared(Message):
        """The filter is not wanted any more."""

    class Left(Message):
        """The filter stays, the rows are wanted."""

    def __init__(self, *, example: str = EXAMPLE, id: str | None = None) -> None:
        super().__init__(
            placeholder=example,
            id=id,
            compact=True,
            select_on_focus=False,
        )
        self.cursor_blink = False

    def action_clear(self) -> None:
        """Show all rows again."""
        self.value = ""
        self.post_message(self.Cleared())

    def action_leave(self) -> None:
        """Keep the filter and go to the rows."""
        self.post_message(self.Left())
