"""The base of everything here that draws itself line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual.dom import DOMNode
from textual.geometry import Region, Size
from textual.widget import Widget

from snaptui.tui.spans import Line, strip

if TYPE_CHECKING:
    from collections.abc import Hashable

    from rich.style import Style
    from textual.app import App
    from textual.strip import Strip


_STYLES: WeakKeyDictionary[App[Any], tuple[Hashable, dict[str, Style]]] = WeakKeyDictionary()


def look_of(app: App[Any]) -> Hashable:
    """What decides about colours: the theme, the classes of the app, and the sheets as parsed."""
    return app.theme, app.classes, id(app.stylesheet.rules)


def line_style(app: App[Any], name: str) -> Style:
    """What the style sheets say of `.line--NAME`, to be laid over a line's own style.

    It is the same for all widgets, so it is asked for once in an app. As component classes of each
    widget, it would be worked out sixteen times a widget, whenever one is shown: a third of the
    time that opening a view takes.
    """
    now = look_of(app)
    known = _STYLES.get(app)
    if known is None or known[0] != now:
        known = _STYLES[app] = (now, {})
    style = known[1].get(name)
    if style is None:
        style = known[1][name] = _styled(app, app, name).styles.partial_rich_style
    return style


def _styled(app: App[Any], parent: DOMNode, name: str) -> DOMNode:
    """A node that is not shown, with the styles of `.line--NAME` inside `parent`."""
    node = DOMNode(classes=f"line--{name}")
    node._attach(parent)  # noqa: SLF001 - as Textual does for component classes
    app.stylesheet.apply(node, animate=False)
    return node


class LineWidget(Widget):
    """A widget of lines that repaints only the lines that changed.

    Subclasses say what line `y` of the viewport looks like (`line_at`); after a change they call
    `repaint`, which compares with what was last painted and marks only what differs.
    """

    def __init__(
        self, *, id: str | None = None, classes: str | None = None, name: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes, name=name)
        self._painted: dict[int, Strip] = {}
        self._span_styles: dict[str, Style] = {}
        self._styled_for: Hashable = None

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
        style = self._span_styles.get(name)
        if style is None:
            style = self._span_styles[name] = line_style(self.app, name)
        return style

    def row_style_of(self, name: str) -> Style:
        """The style of a whole line; its background may let that of the widget through."""
        key = f"row {name}"
        style = self._span_styles.get(key)
        if style is None:
            style = self._span_styles[key] = _styled(self.app, self, name).rich_style
        return style

    def notify_style_update(self) -> None:
        """Another theme, other styles of spans."""
        super().notify_style_update()
        self._span_styles.clear()
        if self.is_attached and (now := look_of(self.app)) != self._styled_for:
            self._styled_for = now
            self.refresh()

    def drawn(self, line: Line, base: Style | None = None) -> Strip:
        """`line` over the widget's whole width."""
        return strip(line, self.room.width, base or self.base_style(), self.span_style)
