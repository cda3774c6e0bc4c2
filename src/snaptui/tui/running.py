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


_SHARED = (*keys.ROWS, *keys.TREE)
_ONCE = frozenset({"show_tab"})
"""What many keys do that say the same of themselves."""


def all_here(screen: Screen[Any]) -> list[Binding]:
    """All that keys do on a screen: its own, its widgets', the app's."""
    if isinstance(screen, MainScreen):
        shared = (*_SHARED, *keys.TABLE)
        own = [each for each in _declared(screen.pane.main_widget) if each not in shared]
        return [*keys.MAIN, *keys.TABLE, *keys.APP, *own, *_SHARED]
    return [*_declared(screen), *keys.APP]


def _declared(node: DOMNode | None) -> list[Binding]:
    """The bindings of a widget's or screen's own class."""
    return [each for each in node.BINDINGS if isinstance(each, Binding)] if node else []


def home_of(app: App[Any], screen: Screen[Any], binding: Binding) -> DOMNode | None:
    """Who does what a binding says; None when there is nobody here."""
    name = keys.parsed(binding)[0]
    if binding in keys.APP or name.startswith("app."):
        return app
    if not isinstance(screen, MainScreen):
        return screen
    pane = screen.pane
    if binding in keys.TABLE:
        return pane.table
    if binding in keys.TREE or (binding in keys.ROWS and screen.in_tree):
        return screen.tree_view
    is_rows = binding in keys.ROWS or binding in _declared(pane.main_widget)
    return pane.main_widget if is_rows else screen


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


def impossible(screen: Screen[Any]) -> list[tuple[Binding, str]]:
    """What cannot be done here of what the keys do, and why."""
    found: list[tuple[Binding, str]] = []
    told: set[str] = set()
    for binding in all_here(screen):
        reason = why_not(screen, binding)
        if not reason or (keys.parsed(binding)[0] in _ONCE and reason in told):
            continue
        told.add(reason)
        found.append((binding, reason))
    return found
