"""From the SVG that Textual exports to a PNG that looks like a terminal.

The SVG asks for a web font and for text stretched to a length, neither of which CairoSVG does: the
font becomes DejaVu Sans Mono, in the size whose lines touch each other (so that borders have no
gaps), and every character is put at the x of its cell.
"""

from __future__ import annotations

import re
from html import escape, unescape

import cairosvg
from rich.cells import cell_len

FONT = "DejaVu Sans Mono"
CELL_WIDTH = 12.2
FONT_SIZE = 20.96

_FONT_FACE = re.compile(r"@font-face\s*{[^}]*}")
_TEXT = re.compile(
    r'<text class="(?P<classes>[^"]*)" x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)" '
    r'textLength="[\d.]+"(?P<rest>[^>]*)>(?P<text>[^<]*)</text>'
)


def _placed(match: re.Match[str]) -> str:
    x = float(match["x"])
    places: list[str] = []
    for character in unescape(match["text"]):
        places.append(f"{x:.1f}")
        x += CELL_WIDTH * cell_len(character)
    text = escape(unescape(match["text"]))
    return (
        f'<text class="{match["classes"]}" x="{" ".join(places)}" y="{match["y"]}"'
        f"{match['rest']}>{text}</text>"
    )


def png_of(svg: str) -> bytes:
    """The picture of an exported screen."""
    svg = _FONT_FACE.sub("", svg).replace("Fira Code", FONT)
    svg = svg.replace("font-size: 20px;", f"font-size: {FONT_SIZE}px;")
    png: bytes = cairosvg.svg2png(bytestring=_TEXT.sub(_placed, svg).encode())
    return png
