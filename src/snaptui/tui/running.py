"""Running what a key does, for those that know its binding but not who does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.binding import Binding

from snaptui.tui import keys
from snaptui.tui.screens.main import MainScreen
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode
    from textual.screen import Screen


def all_here(screen: Screen[Any]) -> list[Binding]:
    """All that keys do on a screen: its own, its widgets', the app's."""
    if isinstance(screen, MainScreen):
        return [*keys.MAIN, *keys.TABLE, *keys.APP, *keys.ROWS, *keys.TREE]
    own = [binding for binding in screen.BINDINGS if isinstance(binding, Binding)]
    return [*own, *keys.APP]


def home_of(app: App[Any], screen: Screen[Any], binding: Binding) -> DOMNode | None:
    """Who does what a binding says; None when there is nobody here."""
    name = keys.parsed(binding)[0]
    if binding in keys.APP or name.startswith("app."):
        return app
    if not isinstance(screen, MainScreen):
        return screen
    if binding in keys.TREE:
        return screen.tree_view
    if binding in keys.TABLE:
        return screen.pane.table
    if binding in keys.ROWS:
        return screen.tree_view if screen.in_tree else screen.pane.main_widget
    return screen


def why_not(screen: Screen[Any], binding: Binding) -> str:
    """Why what a key does cannot be done here; empty when it can."""
    if not isinstance(screen, MainScreen):
        return ""
    if binding in keys.TABLE and screen.pane.table is None:
        return "there is no table here"
    return screen.why_not(binding)


async def run(app: App[Any], screen: Screen[Any], binding: Binding) -> None:
    """Do what a key does, or say why not."""
    reason = why_not(screen, binding)
    home = home_of(app, screen, binding)
    if reason or home is None:
        text = outside(reason or "that cannot be done here")
        app.notify(text, severity="warning", markup=False)
        return
    await app.run_action(binding.action, home)
