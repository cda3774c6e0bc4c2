"""How the app looks on this terminal: signs, colours, and what a person has set about them."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual.filter import LineFilter, Monochrome, NoColor
from textual.scrollbar import ScrollBar, ScrollBarRender

from snaptui.config import Config
from snaptui.config.settings import DEFAULT
from snaptui.tui import ages, glyphs
from snaptui.tui.spans import outside
from snaptui.tui.theme import ANSI, MIDNIGHT, TERMINAL, THEMES, following

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.style import Style
    from textual.app import App
    from textual.color import Color
    from textual.dom import DOMNode

NO_COLOURS = "There are no colours here: NO_COLOR is set, or the terminal has none."

_COLOURLESS = re.compile(r"vt\d+|.*-m(ono)?$")
_MANY_COLOURS = re.compile(r".*(256color|direct|truecolor)|xterm-kitty|kitty|alacritty|foot.*")


def has_no_colours(environment: Mapping[str, str]) -> bool:
    """Whether nobody wants colours here (https://no-color.org), or the terminal has none."""
    said = bool(environment.get("NO_COLOR"))
    return said or bool(_COLOURLESS.fullmatch(environment.get("TERM", "")))


def has_few_colours(environment: Mapping[str, str]) -> bool:
    """Whether the terminal shows 16 colours or fewer, as far as it says."""
    forced = environment.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if forced != "auto":
        return forced == "standard"
    if environment.get("COLORTERM", "") in {"truecolor", "24bit"}:
        return False
    term = environment.get("TERM", "")
    return term not in {"", "dumb", "unknown"} and not _MANY_COLOURS.fullmatch(term)


def first_theme(config: Config, environment: Mapping[str, str], remembered: str = "") -> str:
    """The theme to begin with: what is set, else what was chosen last, else what fits."""
    if has_no_colours(environment):
        return ANSI.name
    if remembered and remembered in {*THEMES, TERMINAL}:
        return remembered
    if config.origin("theme") != DEFAULT:
        return config.theme
    few = config.calm or has_few_colours(environment)
    return ANSI.name if few else MIDNIGHT.name


def config_of(node: DOMNode) -> Config:
    """The config of the app that a widget is in."""
    config: Config = getattr(node.app, "config", None) or Config()
    return config


def dress(app: App[Any], config: Config, theme: str, *, dark: bool | None) -> None:
    """Give an app its signs, its themes and the first of them.

    Args:
        app: the app, before it runs.
        config: what is set.
        theme: the theme to begin with.
        dark: whether the terminal's background is; None when it does not tell.
    """
    glyphs.choose(config.ascii)
    outside.cache_clear()
    ages.tell_exactly(exact=config.times == "exact")
    for each in (*THEMES.values(), following(dark)):
        app.register_theme(each)
    app.theme = theme
    app.animation_level = "none"
    app.no_color = has_no_colours(os.environ)
    app._filters[:] = [  # noqa: SLF001 - Textual's own would send shades of grey
        each
        for each in app._filters  # noqa: SLF001
        if not isinstance(each, Monochrome | NoColor)
    ]
    if app.no_color:
        app._filters.append(Colourless())  # noqa: SLF001
    ascii_only = glyphs.glyphs().ascii_only
    app.set_class(ascii_only, "-ascii-glyphs")
    app.set_class(app.no_color, "-colourless")
    app.set_class(config.calm, "-calm")
    ScrollBar.renderer = ScrollBarRender
    if ascii_only or app.no_color:
        from snaptui.tui.ascii_scrollbar import AsciiScrollBarRender

        ScrollBar.renderer = AsciiScrollBarRender


@lru_cache(1024)
def _without_colour(style: Style) -> Style:
    return style.without_color


class Colourless(LineFilter):
    """Takes all colours away; what is bold, dim, underlined or reversed stays."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """A line without colours."""
        del background
        return [
            Segment(text, None if style is None else _without_colour(style), control)
            for text, style, control in segments
        ]
