"""An app that sends its terminal what changed on the screen, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App

from snaptui.tui.wire import Bytes, Wire

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual import events
    from textual.screen import Screen

T = TypeVar("T")


class ThinApp(App[T]):
    """Textual's app over a thin wire."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.wire = Wire()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Textual's way to the terminal."""
        driver = self._driver
        shown = self._running and not (self._closed or self._batch_count or self.is_headless)
        if shown and renderable is not None and driver is not None and not driver.is_inline:
            if isinstance(renderable, LayoutUpdate | ChopsUpdate):
                text = self.wire.difference(renderable, self.console)
                cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
                if not text and cursor == self._previous_cursor_position:
                    return
                renderable = cast("RenderableType", Bytes(text))
            else:
                self.wire.forget()
        super()._display(screen, renderable)

    def on_mount(self) -> None:
        """Send all of it after a suspension: the terminal shows nothing of it any more."""
        self.app_resume_signal.subscribe(self, lambda _: self._send_all(), immediate=True)

    def on_resize(self, event: events.Resize) -> None:
        """A terminal of another size may have moved what it shows."""
        del event
        self.wire.forget()

    def action_redraw(self) -> None:
        """Take toasts away, and send all of it anew: another program may have written over it."""
        self.clear_notifications()
        self._send_all()

    def _send_all(self) -> None:
        self.wire.forget()
        self.screen.refresh()

    def _refresh_notifications(self) -> None:
        """Show toasts; those that make room for another one must be seen to move."""
        # After a scroll Textual makes its map of the screen only when somebody asks for a place. If
        # that is between a toast's coming and the layout, the map has it already, and what moved is
        # not painted anew. So it is made before.
        _ = self.screen._compositor.full_map  # noqa: SLF001 - nothing public makes it
        super()._refresh_notifications()
