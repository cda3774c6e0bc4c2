"""Lines of styled text, and the strips they become.

A line is a list of spans, a span is a text and the name of a style. Text from outside is put into
spans through `outside`, so that nothing but plain characters reaches a terminal; spans are never
read as markup.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from snaptui.text import safe_text
from snaptui.tui.glyphs import glyphs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.style import Style

Span = tuple[str, str]
"""A text and the name of its style; an empty name is the line's own style."""
Line = list[Span]

OUTSIDE_LIMIT = 512
"""More of a name than any screen shows: 10 000 characters are not measured at every repaint."""

# Marks that stand on the character before them. A name may carry a few, not a tower of them.
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_COMBINING = re.compile(f"({_MARK}{{4}}){_MARK}+")

# What terminals do not agree on: joiners, variation selectors, skin tones. They make one sign of
# several or a wide one of a narrow one, in some of them. Without these every character is as
# wide everywhere as we count it, and the column beside it stays where it is.
_DISPUTED = re.compile(
    "[\u00ad\u200b-\u200d\u2060-\u2064\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
_FLAGS = {0x1F1E6 + number: chr(ord("A") + number) for number in range(26)}
"""Two of these are a flag, or two signs of one cell or of two: shown as the letters they are."""


@lru_cache(maxsize=8192)
def outside(text: str, limit: int = OUTSIDE_LIMIT) -> str:
    """Text from elsewhere, safe to show on this terminal, on one line."""
    result = safe_text(text, limit)
    if result.isascii():
        return result
    plain = _COMBINING.sub(r"\1", _DISPUTED.sub("", result.translate(_FLAGS)))
    return glyphs().show(plain)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly `width` cells: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        # a wide character may be cut in half: set_cell_size pads that with a blank
        return set_cell_size(text, width - 1) + glyphs().ellipsis
    blanks = " " * (width - length)
    return blanks + text if right else text + blanks


def fit_ends(text: str, width: int, *, parts: int = 3) -> str:
    """As `fit`, but cut in the middle: one of so many parts is its beginning, the rest its end."""
    size = len(text) if text.isascii() else cell_len(text)
    if size <= width or width < 6:
        return fit(text, width)
    head = (width - 1) // parts
    cells = chop_cells(text[::-1], width - 1 - head)  # the end, backwards
    return fit(fit(text, head + 1) + cells[0][::-1], width)


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken at blanks where there are any."""
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        candidate = f"{current} {word}" if current else word
        if cell_len(candidate) <= width:
            current = candidate
            continue
        if current:
            lines.append(current)
        *full, current = chop_cells(word, max(1, width)) or [""]
        lines.extend(full)
    lines.append(current)
    return lines


def length(line: Iterable[Span]) -> int:
    """How many cells a line takes."""
    return sum(cell_len(text) for text, _ in line)


def spread(left: Line, right: Line, width: int) -> Line:
    """`left` and `right` at the two ends of `width` cells; the left one gives way."""
    room = width - length(right)
    used = length(left)
    if used > room:
        left, used = crop(left, max(0, room)), max(0, room)
    return [*left, (" " * (room - used), ""), *right]


def crop(line: Line, width: int) -> Line:
    """`line` in at most `width` cells."""
    result: Line = []
    for text, style in line:
        size = cell_len(text)
        if size > width:
            if width > 0:
                result.append((fit(text.rstrip(" "), width), style))
            break
        result.append((text, style))
        width -= size
    return result


def strip(line: Line, width: int, base: Style, style_of: Callable[[str], Style]) -> Strip:
    """`line` as a strip of exactly `width` cells, neighbours of one style joined."""
    segments: list[Segment] = []
    pending, pending_style = "", base
    used = 0
    for text, name in crop(line, width):
        style = base + style_of(name) if name else base
        used += cell_len(text)
        if style == pending_style:
            pending += text
            continue
        if pending:
            segments.append(Segment(pending, pending_style))
        pending, pending_style = text, style
    if pending:
        segments.append(Segment(pending, pending_style))
    if used < width:
        segments.append(Segment(" " * (width - used), base))
    return Strip(segments, width)
