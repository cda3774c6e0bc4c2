"""An app that sends its terminal what changed on the screen, and only when that can show it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from snaptui.tui.pace import Pace
from snaptui.tui.wire import Bytes, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType
    from textual.message import Message
    from textual.screen import Screen
    from textual.timer import Timer

T = TypeVar("T")

LOOK_SECONDS = 0.05
"""How often one looks whether a terminal that is behind has caught up without saying so."""
QUEUED_WRITES = 8
"""Textual's writer queues 30 writes, some to a frame; then it keeps the whole app waiting."""
LEAVE_SECONDS = 0.6
"""How long a last answer is waited for, which would else be read by the shell."""


class ThinApp(App[T]):
    """Textual's app over a thin wire."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.wire = Wire()
        self.pace = Pace()
        self._missed: Timer | None = None
        """Ticks while the terminal has missed something."""
        self._when_shown: list[Callable[[], object]] = []

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Textual's way to the terminal."""
        driver = self._driver
        shown = self._running and not (self._closed or self._batch_count or self.is_headless)
        if shown and renderable is not None and driver is not None and not driver.is_inline:
            if isinstance(renderable, LayoutUpdate | ChopsUpdate):
                if self._is_behind:
                    self._miss()
                    return
                text = self.wire.difference(renderable, self.console)
                cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
                if not text and cursor == self._previous_cursor_position:
                    return
                if not driver.is_web:
                    text += self.pace.sending(len(text))
                renderable = cast("RenderableType", Bytes(text))
            else:
                self.wire.forget()
        super()._display(screen, renderable)

    # A terminal that is behind

    @property
    def _is_behind(self) -> bool:
        if self.pace.is_behind:
            return True
        if not isinstance(self._driver, LinuxDriver) or self._driver._writer_thread is None:  # noqa: SLF001
            return False
        return self._driver._writer_thread._queue.qsize() > QUEUED_WRITES  # noqa: SLF001

    def _miss(self) -> None:
        """Send nothing now, and all that was missed when the terminal has caught up."""
        if self._missed is None:
            self._missed = self.set_interval(LOOK_SECONDS, self._catch_up)

    def _catch_up(self) -> None:
        if self._is_behind:
            return
        if self._missed is not None:
            self._missed.stop()
            self._missed = None
            screen = self.screen
            # The wire knows what the terminal shows: of all of the screen, the difference is sent.
            everything = screen._compositor.render_update(  # noqa: SLF001 - as Textual does it
                full=True, screen_stack=self._background_screens
            )
            self._display(screen, everything)
        self._tell_shown()

    def _tell_shown(self) -> None:
        if self._missed is not None or not self.pace.has_shown_all:
            return
        waiting, self._when_shown = self._when_shown, []
        for callback in waiting:
            self.call_later(callback)

    def call_when_shown(self, callback: Callable[[], object]) -> None:
        """Call when the terminal has shown what is on the screen now, as far as that is known."""
        self._when_shown.append(callback)
        self._look_again()

    def _look_again(self) -> None:
        self._catch_up()
        if self._when_shown:
            self.set_timer(LOOK_SECONDS, self._look_again)

    def post_message(self, message: Message) -> bool:
        """Take the terminal's answers at once: they are not to wait behind keys."""
        if isinstance(message, events.CursorPosition):
            self.pace.answered()
            self._catch_up()
            return True
        return super().post_message(message)

    async def on_exit_app(self) -> None:
        """Hear the last answers, lest the shell does."""
        while self.pace.awaits_answers(LEAVE_SECONDS):  # noqa: ASYNC110 - or for the time to pass
            await asyncio.sleep(LOOK_SECONDS)

    # A terminal that shows something else

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
        self.pace.forget()
        self.wire.forget()
        self.screen.refresh()

    def _refresh_notifications(self) -> None:
        """Show toasts; those that make room for another one must be seen to move."""
        # After a scroll Textual makes its map of the screen only when somebody asks for a place. If
        # that is between a toast's coming and the layout, the map has it already, and what moved is
        # not painted anew. So it is made before.
        _ = self.screen._compositor.full_map  # noqa: SLF001 - nothing public makes it
        super()._refresh_notifications()
