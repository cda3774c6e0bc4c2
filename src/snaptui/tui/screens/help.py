"""All keys, from the bindings; on top, those that do nothing here, and why."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content

from snaptui.tui import keys
from snaptui.tui.glyphs import glyphs
from snaptui.tui.screens.overlay import Overlay
from snaptui.tui.spans import Line, fit, outside, wrap
from snaptui.tui.widgets.document import Document
from snaptui.tui.widgets.filter_bar import FilterBar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult
    from textual.binding import Binding, BindingType

_WIDTH = 14
NOT_HERE = "Not possible here"


def help_lines(
    width: int, reasons: Sequence[tuple[Binding, str]] = (), words: Sequence[str] = ()
) -> list[Line]:
    """Every binding, in groups; only those that have all the words.

    Args:
        width: what there is to write in.
        reasons: what cannot be done here, and why.
        words: what is looked for, folded.
    """
    groups: dict[str, list[Entry]] = {}
    for binding in keys.every():
        assert binding.id is not None
        shown = keys.display(binding, every=True)
        entry = Entry(shown, binding.tooltip, binding.description)
        groups.setdefault(binding.id.split(".")[0], []).append(entry)
    sections = [(NOT_HERE, _not_here(reasons))]
    sections += [(title, groups[group]) for group, title in keys.GROUPS.items() if group in groups]
    lines: list[Line] = []
    for title, entries in sections:
        found = [entry for entry in entries if entry.has(words, title)]
        if found:
            lines += [[], [(f" {title}", "accent" if title != NOT_HERE else "warn")]]
            lines += [line for entry in found for line in entry.lines(width)]
    return lines[1:] or [[], [("  no key does anything of that name", "muted")]]


@dataclass(frozen=True, slots=True)
class Entry:
    """Keys, and what is said of them; `label` can be looked for as well."""

    keys: str
    text: str
    label: str = ""

    def has(self, words: Sequence[str], title: str) -> bool:
        """Whether all words are in it, or in the title above it."""
        folded = f"{title} {self.keys} {self.label} {self.text}".casefold()
        return all(word in folded for word in words)

    def lines(self, width: int) -> Iterable[Line]:
        """As many as it takes."""
        parts = wrap(self.text, max(16, width - _WIDTH - 3))
        for shown, part in zip_longest(wrap(self.keys, _WIDTH), parts, fillvalue=""):
            yield [(f" {fit(shown.strip(), _WIDTH)} ", "key"), (part, "")]


def _not_here(reasons: Sequence[tuple[Binding, str]]) -> list[Entry]:
    """What cannot be done for the same reason, in one entry."""
    together: dict[str, list[Binding]] = {}
    for binding, reason in reasons:
        together.setdefault(reason, []).append(binding)
    return [
        Entry(
            "  ".join(keys.display(binding) for binding in bindings),
            f"{', '.join(binding.description for binding in bindings)}: {outside(reason)}",
        )
        for reason, bindings in together.items()
    ]


class HelpScreen(Overlay[None]):
    """All keys, to be scrolled and searched."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.HELP]

    def __init__(self, reasons: Sequence[tuple[Binding, str]] = ()) -> None:
        super().__init__()
        self._reasons = reasons
        self._words: tuple[str, ...] = ()
        self.document = Document(id="help")
        self.filter_bar = FilterBar(id="help-filter")
        self.filter_bar.placeholder = "words to look for, Escape shows all"
        self.filter_bar.display = False

    def compose(self) -> ComposeResult:
        """A box to read in, and where words are typed."""
        with Vertical(id="sheet") as box:
            box.border_title = Content(" Help ")
            box.border_subtitle = Content(
                f" {keys.of('help.search')} Search {glyphs().dot} {keys.of('help.close')} closes "
            )
            yield self.document
            yield self.filter_bar

    def on_mount(self) -> None:
        """Say it."""
        self.document.set_builder(lambda width: help_lines(width, self._reasons, self._words))
        self.document.focus()

    # Searching

    def action_search(self) -> None:
        """Let words be typed."""
        self.filter_bar.display = True
        self.filter_bar.focus()

    def on_input_changed(self, event: FilterBar.Changed) -> None:
        """Show only what has the words."""
        event.stop()
        self._words = tuple(event.value.casefold().split())
        self.document.scroll_to(y=0, animate=False)
        self.document.rebuild()

    def on_input_submitted(self, event: FilterBar.Submitted) -> None:
        """Enter: read what was found."""
        event.stop()
        self.document.focus()

    def on_filter_bar_left(self) -> None:
        """Down or Tab: read what was found."""
        self.document.focus()

    def on_filter_bar_cleared(self) -> None:
        """Everything again."""
        self.filter_bar.display = False
        self.document.focus()

    def action_close(self) -> None:
        """Show everything again, or go back."""
        if self.filter_bar.display:
            self.filter_bar.action_clear()
        else:
            self.dismiss()
