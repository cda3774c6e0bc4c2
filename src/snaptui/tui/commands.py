"""The command palette: every action by its name, every volume and snapshot by what it is called."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.markup import escape

from snaptui.tui import keys
from snaptui.tui.finder import find, recall, unsearched
from snaptui.tui.fuzzy import Fuzzy, merged
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.running import all_here, run, why_not
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from textual.binding import Binding

HELP_WIDTH = 68
"""What fits beside the scroll bar: an entry of two lines leaves none that is cut in half."""
NAME_WIDTH = 60
LEAST = 0.01
"""The score of what does not match, but may have what does."""
_HIDDEN = frozenset({"app.commands"})
_MOVES = frozenset({"rows", "tree"})
"""Groups that are found when they are looked for, and not listed before that."""


def highlighted(text: str, fuzzy: Fuzzy) -> Content:
    """A text with what was typed set off; nothing in it is read as markup."""
    content = Content(text)
    for start, end in merged(fuzzy.places(text)):
        content = content.stylize("$accent bold", start, end)
    return content


class Actions(Provider):
    """All that keys do on the screen one is on. What cannot be done here says why."""

    def _bindings(self) -> list[Binding]:
        return [binding for binding in all_here(self.screen) if binding.id not in _HIDDEN]

    def _help(self, binding: Binding) -> str:
        reason = why_not(self.screen, binding)
        text = f"not possible here: {reason}" if reason else binding.tooltip
        # The palette reads this as markup, and reasons come from outside.
        return escape(outside(f"{keys.display(binding)}  {text}", HELP_WIDTH))

    async def discover(self) -> Hits:
        """All of them, in the order of the keys."""
        for binding in self._bindings():
            if (binding.id or "").split(".")[0] not in _MOVES:
                label = binding.description
                command = partial(run, self.app, self.screen, binding)
                yield DiscoveryHit(Content(label), command, text=label, help=self._help(binding))

    async def search(self, query: str) -> Hits:
        """Those that match, by name or by what they are said to do."""
        fuzzy = Fuzzy(query)
        for binding in self._bindings():
            label = binding.description
            score = max(fuzzy.score(label) + 0.1, fuzzy.score(label, binding.tooltip) * 0.8)
            if fuzzy.score(label, binding.tooltip) > 0:
                yield Hit(
                    score,
                    highlighted(label, fuzzy),
                    partial(run, self.app, self.screen, binding),
                    text=label,
                    help=self._help(binding),
                )


class Things(Provider):
    """All volumes and snapshots of all clouds; choosing one goes there."""

    async def search(self, query: str) -> Hits:
        """The best answers, newest first among equals."""
        from snaptui.tui.screens.main import MainScreen

        screen = self.screen
        if not isinstance(screen, MainScreen):
            return
        await recall(screen.inventory, screen.look_now)
        fuzzy = Fuzzy(query)
        several = await find(screen.inventory, query)
        for cloud in () if several else unsearched(screen.inventory):
            name = outside(cloud, NAME_WIDTH)
            yield Hit(
                LEAST,
                Content(f"{name} is not opened"),
                partial(screen.go, Place(cloud, PlaceKind.CLOUD)),
                text=name,
                help="What is in it is not known: open it to look there, too",
            )
        for found in several:
            name = outside(found.name, NAME_WIDTH)
            yield Hit(
                found.score,
                highlighted(name, fuzzy),
                partial(screen.go, found.place),
                text=name,
                help=escape(outside(found.detail, HELP_WIDTH)),
            )
