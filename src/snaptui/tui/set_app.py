"""An app as a person has set it: its colours, its signs, its keys."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

from snaptui.config import Config
from snaptui.tui import keys
from snaptui.tui.appearance import NO_COLOURS, dress, first_theme
from snaptui.tui.background import dark_by_environment
from snaptui.tui.spans import outside
from snaptui.tui.state import Remembered
from snaptui.tui.styles import first_sheets, late_sheets
from snaptui.tui.theme import TERMINAL
from snaptui.tui.thin_app import ThinApp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.notifications import Notify
    from textual.screen import Screen

    from snaptui.tui.table_choices import TableChoices

T = TypeVar("T")
PROBLEMS_TOLD = 5
"""More toasts than this would hide the screen; `snaptui config show` tells all."""


class SetApp(ThinApp[T]):
    """An app that follows a config, and what was chosen the last time."""

    def __init__(
        self, config: Config | None, remembered: Remembered | None, *, dark: bool | None
    ) -> None:
        """An app with these settings.

        Args:
            config: what is set.
            remembered: what had been chosen when the app was left the last time.
            dark: whether the terminal's background is; None when it did not tell.
        """
        # A list of paths, not a class variable: where the styles are is known at run time.
        super().__init__(css_path=[str(path) for path in first_sheets()])
        self._late_sheets = late_sheets()
        remembered = remembered or Remembered()
        self.config = config or Config()
        self.table_choices: TableChoices = dict(remembered.tables)
        self.chosen_theme = remembered.theme
        theme = first_theme(self.config, os.environ, remembered.theme)
        if dark is None:
            dark = dark_by_environment(os.environ)
        self._asked_terminal = dark is not None or theme == TERMINAL
        dress(self, self.config, theme, dark=dark)
        self._key_problems = self._take_keys()

    def on_notify(self, event: Notify) -> None:
        """A toast comes; one that says the same already makes room for it."""
        message = event.notification.message
        for shown in [each for each in self._notifications if each.message == message]:
            self._unnotify(shown, refresh=False)

    def _load_screen_css(self, screen: Screen[Any]) -> None:
        """A screen is coming: the first one that lies over another brings the dialogs' styles."""
        if self._screen_stack:
            while self._late_sheets:
                self.stylesheet.read(self._late_sheets.pop())
        super()._load_screen_css(screen)

    def refresh_css(self, animate: bool = True) -> None:
        """Take other colours over; before there is a screen, no more than that has to be done."""
        if self._screen_stack:
            super().refresh_css(animate=animate)
        else:  # it would read all style sheets, and the first screen would have it done again
            self.stylesheet.set_variables(self.get_css_variables())

    def _take_keys(self) -> list[str]:
        """Use the person's own keys; what was wrong with them."""
        keys.use({})
        if not self.config.keys:
            return []
        from snaptui.tui.keymap import key_map

        mapped = key_map(self.config.keys)
        keys.use({which: mapped.keys[which] for which in mapped.changed})
        self.set_keymap(mapped.for_textual)
        return mapped.problems

    def on_mount(self) -> None:
        """Tell what cannot be as it is set."""
        mistakes = [f"{each}; it is left out" for each in self.config.problems]
        self.tell_problems([*mistakes, *self._key_problems])

    def tell_problems(self, problems: Sequence[str]) -> None:
        """Tell the first few things that are not as somebody meant them."""
        for problem in problems[:PROBLEMS_TOLD]:
            self.notify(outside(problem), severity="warning", timeout=12, markup=False)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What style sheets name beyond Textual's own; every theme of ours has it."""
        return {"shared": "blue"}

    def action_theme(self) -> None:
        """Choose the colours."""
        from snaptui.tui.screens.themes import ThemePicker

        if self.no_color:
            self.notify(NO_COLOURS, severity="warning", markup=False)
        elif not isinstance(self.screen, ThemePicker):
            self.push_screen(ThemePicker(asked=self._asked_terminal), self._theme_chosen)

    def _theme_chosen(self, name: str | None) -> None:
        self.chosen_theme = name or self.chosen_theme
