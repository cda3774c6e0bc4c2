"""The app: what its keys, its palette and its terminal are connected with."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.widgets import Input

from snaptui.errors import SnaptuiError
from snaptui.tui import keys
from snaptui.tui.following_app import FollowingApp
from snaptui.tui.guard import guarded
from snaptui.tui.screens.too_small import MIN_HEIGHT, MIN_WIDTH, TooSmall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import RenderableType
    from textual import events
    from textual.app import SystemCommand
    from textual.binding import BindingType
    from textual.command import Provider
    from textual.screen import Screen

    from snaptui.tui.widgets.table import Table


def _actions() -> type[Provider]:
    from snaptui.tui.commands import Actions

    return Actions


def _things() -> type[Provider]:
    from snaptui.tui.commands import Things

    return Things


class SnaptuiApp(FollowingApp[None]):
    """A full-screen app over clouds and their jobs."""

    TITLE = "snaptui"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.APP]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_actions, _things}

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-narrow"),
        (110, "-middling"),
        (132, "-wide"),
        (180, "-very-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012

    # What a table asks for

    def on_table_columns_wanted(self, message: Table.ColumnsWanted) -> None:
        """Let its columns be chosen."""
        from snaptui.tui.screens.columns import ColumnsScreen

        self.push_screen(ColumnsScreen(message.table))
        self.typing_ahead.settle(message.expected, opened=True)

    # The terminal

    def on_resize(self, event: events.Resize) -> None:
        """Say so when there is no room."""
        small = event.size.width < MIN_WIDTH or event.size.height < MIN_HEIGHT
        if small and not any(isinstance(screen, TooSmall) for screen in self.screen_stack):
            self.push_screen(TooSmall())
        elif not small and isinstance(self.screen, TooSmall):
            self.screen.dismiss()
        # what is drawn anew for the new size must not be a minute ahead of what is not
        self.main.refresh_ages()

    # Actions

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """None of Textual's own: the palette has ours."""
        del screen
        return ()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy, through tmux and screen too; where that is impossible, only for this app."""
        from snaptui.tui.clipboard import sequence

        self._clipboard = text
        if self._driver is not None:
            # One write, between two frames: the driver's are made by this thread as well.
            with suppress(SnaptuiError):
                self._driver.write(sequence(text, os.environ))

    def action_command_palette(self) -> None:
        """Find any action by its name; Textual's own invitation to type is not ASCII."""
        from textual.command import CommandPalette

        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder="Search", id="--command-palette"))

    def action_help(self) -> None:
        """All keys."""
        from snaptui.tui.running import impossible
        from snaptui.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(impossible(self.screen)))

    def action_doctor(self) -> None:
        """Look whether everything is in order."""
        from snaptui.tui.screens.doctor import open_doctor

        open_doctor(self, self._examine, self._clouds)

    def action_help_quit(self) -> None:
        """Ctrl+C does not end a full-screen app by accident; say what does."""
        typing = self.screen is not self.main or isinstance(self.focused, Input)
        leave = f"ress {keys.of('app.quit')} to leave."
        text = f"Press Escape to close this, then p{leave}" if typing else f"P{leave}"
        self.notify(text, markup=False)

    def exit(
        self, result: None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        """Leave, and remember where one was."""
        with guarded(self.log.error):  # a defect in this must keep nobody here
            self.left = self.main.remember(self.table_choices, self.chosen_theme)
        super().exit(result, return_code, message)

    async def action_quit(self) -> None:
        """Leave; say what goes on without us."""
        running = len(self.inventory.running)
        if running:
            plural = "job goes" if running == 1 else "jobs go"
            self.exit(message=Text(f"{running} {plural} on running; see: snaptui job list"))
        else:
            self.exit()
