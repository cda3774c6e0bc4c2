"""An app whose keys wait for what they are meant for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from snaptui.tui.set_app import SetApp
from snaptui.tui.typing_ahead import TypingAhead

if TYPE_CHECKING:
    from textual import events

    from snaptui.config import Config
    from snaptui.tui.state import Remembered

T = TypeVar("T")


class PatientApp(SetApp[T]):
    """An app that types ahead into what a key opens."""

    def __init__(
        self, config: Config | None, remembered: Remembered | None, *, dark: bool | None
    ) -> None:
        super().__init__(config, remembered, dark=dark)
        self.typing_ahead = TypingAhead(self)

    def on_mount(self) -> None:
        """Learn of a new screen at once: keys behind the one that opened it wait already."""
        changed = self.typing_ahead.screen_changed
        self.screen_change_signal.subscribe(self, changed, immediate=True)

    async def on_event(self, event: events.Event) -> None:
        """Hand what was typed ahead to what it is meant for."""
        if not self.typing_ahead.takes(event):
            await super().on_event(event)
