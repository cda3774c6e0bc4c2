"""The command palette: every action by its name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.markup import escape

from snaptui.tui import keys
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import Binding

HELP_WIDTH = 68
"""What fits beside the scroll bar: an entry of two lines leaves none that is cut in half."""
_HIDDEN = frozenset({"app.commands"})


class Actions(Provider):
    """All actions of the main screen and the app. One that cannot be done here says why."""

    def _commands(self) -> list[tuple[str, str, Callable[[], object]]]:
        from snaptui.tui.screens.main import MainScreen

        screen = self.screen
        commands: list[tuple[str, str, Callable[[], object]]] = []
        tables = keys.TABLE if isinstance(screen, MainScreen) else ()
        for binding in (*keys.MAIN, *tables, *keys.APP):
            if binding.id in _HIDDEN:
                continue
            help_text = f"{keys.display(binding)}  {binding.tooltip}"
            if isinstance(screen, MainScreen) and binding.action.startswith("do("):
                ability = screen.ability(binding.action[4:-2])
                if not ability:
                    help_text = f"{keys.display(binding)}  not possible here: {ability.reason}"
            # The palette reads this as markup, and reasons come from outside.
            text = escape(outside(help_text, HELP_WIDTH))
            commands.append((binding.description, text, self._runner(binding)))
        return commands

    def _runner(self, binding: Binding) -> Callable[[], object]:
        if binding in keys.TABLE:
            return partial(self._in_table, binding)
        in_app = binding in keys.APP or binding.action.startswith("app.")
        namespace = self.app if in_app else self.screen
        return partial(self.app.run_action, binding.action, namespace)

    async def _in_table(self, binding: Binding) -> None:
        from snaptui.tui.screens.main import MainScreen

        screen = self.screen
        table = screen.pane.table if isinstance(screen, MainScreen) else None
        if table is None:
            self.app.notify("There is no table here.", severity="warning", markup=False)
            return
        await self.app.run_action(binding.action, table)

    async def discover(self) -> Hits:
        """All of them, in the order of the keys."""
        for name, text, run in self._commands():
            yield DiscoveryHit(Content(name), run, text=name, help=text)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for name, text, run in self._commands():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, text=name, help=text)
