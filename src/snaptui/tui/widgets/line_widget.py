"""The base of everything here that draws itself line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region, Size
from textual.widget import Widget

from snaptui.tui.spans import Line, strip

if TYPE_CHECKING:
    from rich.style import Style
    from textual.strip import Strip


class LineWidget(Widget):
    """A widget of lines that repaints only the lines that changed.

    Subclasses say what line `y` of the viewport looks like (`line_at`); after a change they call
    `repaint`, which compares with what was last painted and marks only what differs.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line--accent",
        "line--bad",
        "line--bright",
        "line--cursor",
        "line--cursor-blurred",
        "line--faint",
        "line--good",
        "line--head",
        "line--here",
        "line--key",
        "line--mark",
        "line--muted",
        "line--new",
        "line--shared",
        "line--tab",
        "line--warn",
    }

    def __init__(
        self, *, id: str | None = None, classes: str | None = None, name: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes, name=name)
        self._painted: dict[int, Strip] = {}

    @property
    def room(self) -> Size:
        """What there is to draw on, without scroll bars."""
        return self.size - (self.scrollbar_size_vertical, self.scrollbar_size_horizontal)

    def line_at(self, y: int) -> Strip:
        """What line `y` of the viewport looks like now."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Textual asks for a line: give it, and remember it for the next comparison."""
        painted = self._painted[y] = self.line_at(y)
        return painted

    def repaint(self) -> None:
        """Repaint the lines that look different from what was painted last."""
        if not self.is_mounted:
            return
        width, height = self.room
        if not height:
            # Hidden, so there is nothing to compare; what Textual kept of it must not come back.
            self.refresh()
            return
        changed = [
            Region(0, y, width, 1)
            for y in range(height)
            if y not in self._painted or self._painted[y] != self.line_at(y)
        ]
        if changed:
            self.refresh(*changed)

    def base_style(self) -> Style:
        """The style of a line's own text."""
        return self.rich_style

    def span_style(self, name: str) -> Style:
        """The style of a span, to be laid over the line's."""
        return self.get_component_rich_style(f"line--{name}", partial=True)

    def drawn(self, line: Line, base: Style | None = None) -> Strip:
        """`line` over the widget's whole width."""
        return strip(line, self.room.width, base or self.base_style(), self.span_style)
