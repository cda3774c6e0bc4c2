"""The colours. Style sheets speak of them by variable only."""

from __future__ import annotations

from textual.theme import Theme

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
    variables={
        "text-muted": "#7d8a9a",
        "text-disabled": "#505c6b",
        "border": "#4aa3b0",
        "border-blurred": "#2c3643",
        "block-cursor-background": "#1c4d5a",
        "block-cursor-foreground": "#f3f8fb",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#1d2530",
        "block-cursor-blurred-foreground": "#cfd8e3",
        "input-cursor-background": "#5cc8d7",
        "input-selection-background": "#1c4d5a",
        "scrollbar": "#2c3643",
        "scrollbar-hover": "#3b4757",
        "scrollbar-active": "#5cc8d7",
        "scrollbar-background": "#0e1217",
        "scrollbar-background-hover": "#0e1217",
        "scrollbar-background-active": "#0e1217",
        "scrollbar-corner-color": "#0e1217",
    },
)

THEMES = (MIDNIGHT,)
