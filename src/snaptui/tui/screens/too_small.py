"""What is shown when the terminal is too small for anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import Static

from snaptui.tui import keys
from snaptui.tui.screens.overlay import Overlay

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

MIN_WIDTH = 60
MIN_HEIGHT = 15


class TooSmall(Overlay[None]):
    """A sentence, and the keys that get one out of here."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.SMALL]

    def compose(self) -> ComposeResult:
        """Say it."""
        yield Static(Content(""), id="too-small")

    def on_resize(self) -> None:
        """Say how small."""
        width, height = self.app.size
        self.query_one(Static).update(
            Content(
                f"snaptui needs {MIN_WIDTH}x{MIN_HEIGHT}\nthis is {width}x{height}\n"
                f"{keys.of('small.quit')} leaves, {keys.of('small.close')} goes on"
            )
        )

    def on_screen_resume(self) -> None:
        """Something lay over it while the terminal grew."""
        width, height = self.app.size
        if width >= MIN_WIDTH and height >= MIN_HEIGHT:
            self.dismiss()

    def action_close(self) -> None:
        """See what can be seen."""
        self.dismiss()
