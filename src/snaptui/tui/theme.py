"""The colours. Style sheets speak of them by variable only."""

from __future__ import annotations

from dataclasses import replace

from textual.theme import Theme


def _variables(
    *,
    muted: str,
    faint: str,
    border: str,
    border_blurred: str,
    cursor: tuple[str, str],
    cursor_blurred: tuple[str, str],
    shared: str,
    bar: tuple[str, str, str],
    bar_background: str,
    caret: str,
) -> dict[str, str]:
    """What a theme has to say beyond Textual's own colours; pairs are text and background."""
    resting, hovered, active = bar
    return {
        "text-muted": muted,
        "text-disabled": faint,
        "border": border,
        "border-blurred": border_blurred,
        "block-cursor-foreground": cursor[0],
        "block-cursor-background": cursor[1],
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-foreground": cursor_blurred[0],
        "block-cursor-blurred-background": cursor_blurred[1],
        "input-cursor-background": caret,
        "input-selection-background": cursor[1],
        "shared": shared,
        "scrollbar": resting,
        "scrollbar-hover": hovered,
        "scrollbar-active": active,
        "scrollbar-background": bar_background,
        "scrollbar-background-hover": bar_background,
        "scrollbar-background-active": bar_background,
        "scrollbar-corner-color": bar_background,
    }


MIDNIGHT = Theme(
    name="snaptui",
    primary="#5cc8d7",
    secondary="#8fa8ff",
    accent="#f0b45c",
    success="#7ccf95",
    warning="#f0b45c",
    error="#f2727b",
    foreground="#cfd8e3",
    background="#0e1217",
    surface="#0e1217",
    panel="#171d26",
    dark=True,
    variables=_variables(
        muted="#7d8a9a",
        faint="#5d6a7a",
        border="#4aa3b0",
        border_blurred="#2c3643",
        cursor=("#f3f8fb", "#1c4d5a"),
        cursor_blurred=("#cfd8e3", "#1d2530"),
        shared="#5b6ca2",
        bar=("#2c3643", "#3b4757", "#5cc8d7"),
        bar_background="#0e1217",
        caret="#5cc8d7",
    ),
)

LIGHT = Theme(
    name="light",
    primary="#0b6b7a",
    secondary="#3d55c9",
    accent="#8a5200",
    success="#1d7040",
    warning="#8a5200",
    error="#b3232f",
    foreground="#1d2733",
    background="#fbfcfd",
    surface="#fbfcfd",
    panel="#e9eef3",
    dark=False,
    variables=_variables(
        muted="#566270",
        faint="#7b8693",
        border="#0b6b7a",
        border_blurred="#c3ccd6",
        cursor=("#0d1620", "#b5dee6"),
        cursor_blurred=("#1d2733", "#e1e7ee"),
        shared="#7786d0",
        bar=("#c3ccd6", "#a9b4c0", "#0b6b7a"),
        bar_background="#fbfcfd",
        caret="#0b6b7a",
    ),
)

HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#5ff1ff",
    secondary="#b3c4ff",
    accent="#ffd166",
    success="#7dffa0",
    warning="#ffd166",
    error="#ff9a9a",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    dark=True,
    variables=_variables(
        muted="#d8d8d8",
        faint="#b0b0b0",
        border="#5ff1ff",
        border_blurred="#b0b0b0",
        cursor=("#000000", "#ffe45c"),
        cursor_blurred=("#ffffff", "#3d3d3d"),
        shared="#b3c4ff",
        bar=("#b0b0b0", "#d8d8d8", "#5ff1ff"),
        bar_background="#000000",
        caret="#ffe45c",
    ),
)

ANSI = Theme(
    name="ansi",
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_blue",
    accent="ansi_magenta",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    # the terminal's own: dark on light where it is light
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        **_variables(
            muted="ansi_default",
            faint="ansi_bright_black",
            border="ansi_cyan",
            border_blurred="ansi_bright_black",
            cursor=("ansi_black", "ansi_cyan"),
            cursor_blurred=("ansi_black", "ansi_white"),
            shared="ansi_blue",
            bar=("ansi_bright_black", "ansi_white", "ansi_cyan"),
            bar_background="ansi_default",
            caret="ansi_cyan",
        ),
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "input-cursor-foreground": "ansi_black",
        "input-selection-foreground": "ansi_black",
    },
)

THEMES = {theme.name: theme for theme in (MIDNIGHT, LIGHT, HIGH_CONTRAST, ANSI)}

TERMINAL = "terminal"
"""The theme that is one of the others, by what the terminal's background is."""


def following(dark: bool | None) -> Theme:
    """The theme that follows a terminal; of one that does not tell, it uses the own colours."""
    base = ANSI if dark is None else MIDNIGHT if dark else LIGHT
    return replace(base, name=TERMINAL)
