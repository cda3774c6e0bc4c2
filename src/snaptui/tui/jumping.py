"""The jump line over the main screen: opened when it is wanted, and what comes of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from snaptui.tui import keys
from snaptui.tui.cloud_state import LISTING
from snaptui.tui.finder import recall, unsearched
from snaptui.tui.jump import suggestions
from snaptui.tui.running import run, why_not
from snaptui.tui.spans import outside
from snaptui.tui.widgets.jump_bar import JumpBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.tui.jump import Suggestion
    from snaptui.tui.screens.navigation import Navigation


async def open_line(screen: Navigation) -> None:
    """Let a place or an action be typed."""

    async def suggest(line: str) -> Sequence[Suggestion]:
        cloud = screen.place.cloud if screen.place is not None else ""
        if line.strip():
            await recall(screen.inventory, screen.look_now)
        actions = [*keys.MAIN, *keys.TABLE, *keys.APP]
        return await suggestions(line, screen.inventory, cloud, actions, partial(why_not, screen))

    def more_to_come() -> str:
        states = screen.inventory.clouds.values()
        if any(state.loaded and not state.complete for state in states):
            return LISTING
        closed = ", ".join(outside(name, 40) for name in unsearched(screen.inventory))
        return f"not found; not looked through, because not opened: {closed}" if closed else ""

    bar = screen.jump_bar
    if bar is None:
        bar = JumpBar(suggest, screen.jumps, more_to_come=more_to_come, id="jump")
        screen.jump_bar = bar
        await screen.mount(bar)
    screen.jumped_from = screen.focused
    bar.open()


def take(screen: Navigation, suggestion: Suggestion) -> None:
    """Go there, or do that, from where one was."""
    leave(screen)
    if suggestion.place is not None:
        screen.go(suggestion.place)
    elif suggestion.binding is not None:
        # The focus must be back first: it says what an action is done to.
        screen.call_after_refresh(run, screen.app, screen, suggestion.binding)


def leave(screen: Navigation) -> None:
    """Back to where one was."""
    if screen.jump_bar is not None:
        screen.jump_bar.close()
    screen.set_focus(screen.jumped_from)
