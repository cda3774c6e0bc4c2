"""All keys, from the bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from snaptui.tui import keys
from snaptui.tui.spans import Line, fit, wrap
from snaptui.tui.widgets.document import Document

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import Binding, BindingType

_WIDTH = 18


def help_lines(width: int) -> list[Line]:
    """Every binding, in groups."""
    groups: dict[str, list[Binding]] = {}
    for binding in keys.every():
        assert binding.id is not None
        groups.setdefault(binding.id.split(".")[0], []).append(binding)
    lines: list[Line] = []
    for group, title in keys.GROUPS.items():
        if group not in groups:
            continue
        lines += [[], [(f" {title}", "accent")]]
        for binding in groups[group]:
            parts = wrap(binding.tooltip, max(16, width - _WIDTH - 3))
            for number, part in enumerate(parts):
                shown = keys.display(binding, every=True) if number == 0 else ""
                lines.append([(f" {fit(shown, _WIDTH)}", "key"), (part, "")])
    return lines[1:]


class HelpScreen(ModalScreen[None]):
    """All keys."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.HELP]

    def __init__(self) -> None:
        super().__init__()
        self.document = Document(id="help")

    def compose(self) -> ComposeResult:
        """A box to read in."""
        with Vertical(id="sheet") as box:
            box.border_title = Content(" Help ")
            box.border_subtitle = Content(" Esc closes ")
            yield self.document

    def on_mount(self) -> None:
        """Say it."""
        self.document.set_builder(help_lines)
        self.document.focus()

    def action_close(self) -> None:
        """Back."""
        self.dismiss()
