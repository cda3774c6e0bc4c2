"""What is shown when the terminal is too small for anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

MIN_WIDTH = 60
MIN_HEIGHT = 15


class TooSmall(ModalScreen[None]):
    """One sentence."""

    def compose(self) -> ComposeResult:
        """Say it."""
        yield Static(Content(""), id="too-small")

    def on_resize(self) -> None:
        """Say how small."""
        width, height = self.app.size
        self.query_one(Static).update(
            Content(f"snaptui needs {MIN_WIDTH}x{MIN_HEIGHT}\nthis is {width}x{height}")
        )
