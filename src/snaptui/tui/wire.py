"""The line to the terminal: only the cells that changed are sent, with as few words as will do.

Textual repaints whole regions: a view that is opened is the whole screen, three times over, with
all colours said anew for every span; 36 KB at 80x24. `Wire` remembers what the terminal shows and
compares cell by cell; colours are said when they change, and never for blanks that do not show
them. The same view is 4 KB then, and a repaint of what is there already is nothing at all.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console
    from rich.segment import Segment
    from rich.style import Style


class Look(NamedTuple):
    """How a cell looks, as the codes of "select graphic rendition"."""

    attributes: frozenset[str] = frozenset()
    colour: str = ""
    background: str = ""


PLAIN = Look()
_SEEN_ON_BLANKS = frozenset({"4", "5", "6", "7", "8", "9", "21", "51", "52", "53"})
_OFF = {
    "1": "22",
    "2": "22",
    "3": "23",
    "4": "24",
    "21": "24",
    "5": "25",
    "6": "25",
    "7": "27",
    "8": "28",
    "9": "29",
    "51": "54",
    "52": "54",
    "53": "55",
}
_ONLY_RESETS = frozenset({"vt100", "vt102"})
"""Terminals that can end all attributes at once and no single one."""

_GAP = 4
"""So many unchanged cells are sent again rather than jumped over, which takes as many bytes."""


class Cell(NamedTuple):
    """What one cell shows; `width` is more than one for what must be sent as a whole."""

    text: str
    look: Look
    width: int = 1


_REST = Cell("", PLAIN, 0)
"""A cell that belongs to the one before it."""

Row = list[Cell | None]
"""The cells of a line; None is one of which nothing is known."""


@lru_cache(maxsize=4096)
def _is_certain(text: str) -> bool:
    """Whether every terminal gives each character of `text` one cell.

    Where combining or wide characters are, terminals do not agree with each other.
    """
    return text.isprintable() and (
        text.isascii()
        or all(
            (char < "\u0300" or "\u2010" <= char <= "\u2027" or "\u2190" <= char <= "\u27bf")
            and cell_len(char) == 1
            for char in text
        )
    )


@lru_cache(maxsize=4096)
def look_of(style: Style | None, system: ColorSystem) -> Look:
    """A style's codes, sorted into attributes, colour and background."""
    codes = Strip.render_ansi(style, system).split(";") if style is not None else []
    attributes, colours = set(), {"3": "", "4": ""}
    while codes:
        code = codes.pop(0)
        if code in {"38", "48"}:
            count = 4 if codes[0] == "2" else 2
            colours[code[0]] = ";".join([code, *codes[:count]])
            del codes[:count]
        elif len(code) < 2 or code in _OFF:
            attributes.add(code)
        elif code not in {"39", "49"}:
            colours["3" if code[0] in "39" else "4"] = code
    return Look(frozenset(attributes - {""}), colours["3"], colours["4"])


@lru_cache(maxsize=4096)
def turned(now: Look, to: Look, *, blank: bool = False, resets: bool = False) -> tuple[str, Look]:
    """The sequence that makes one look of another, and the look it makes.

    On a blank neither its colour nor bold is to be seen, so they are left as they are.
    """
    if blank and not to.attributes & _SEEN_ON_BLANKS:
        kept = frozenset() if now.attributes & _SEEN_ON_BLANKS else now.attributes
        to = Look(kept, now.colour, to.background)
    if now == to:
        return "", to
    codes: list[str] = []
    over = now.attributes - to.attributes
    if over and (resets or to == PLAIN):
        codes.append("0")
        now = PLAIN
    elif over:
        off = {_OFF[code] for code in over}
        codes += sorted(off)
        now = now._replace(
            attributes=frozenset(code for code in now.attributes if _OFF[code] not in off)
        )
    codes += sorted(to.attributes - now.attributes)
    if now.colour != to.colour:
        codes.append(to.colour or "39")
    if now.background != to.background:
        codes.append(to.background or "49")
    return f"\x1b[{';'.join(codes)}m", to


class Bytes(CompositorUpdate):
    """An update that is text already."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:
        """The text."""
        del console
        return self._text


class Wire:
    """What the terminal shows, and the least that must be sent to change it."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._resets = os.environ.get("TERM", "") in _ONLY_RESETS
        self._out: list[str] = []
        self._at: tuple[int, int] | None = None
        self._now = PLAIN

    def forget(self) -> None:
        """Nothing is known of what the terminal shows: whatever comes is sent."""
        self._rows = []

    def difference(self, update: LayoutUpdate | ChopsUpdate, console: Console) -> str:
        """What to send, so that the terminal shows the update; often it is nothing."""
        system = console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001 - as Strip.render
        if isinstance(update, LayoutUpdate):
            self._fit(*update.region.size)
            for y, strips in enumerate(update.strips, update.region.y):
                self._put(y, update.region.x, _cells(strips, system))
        else:
            self._fit(update.chop_ends[0][-1], len(update.chops))
            for y, x, strip in _pieces(update):
                self._put(y, x, _cells([strip], system))
        if self._now != PLAIN:
            self._out.append("\x1b[0m")
        text = "".join(self._out)
        self._out, self._at, self._now = [], None, PLAIN
        return text

    def _fit(self, width: int, height: int) -> None:
        if len(self._rows) != height or len(self._rows[0]) != width:
            self._rows = [[None] * width for _ in range(height)]

    def _put(self, y: int, x: int, cells: Row) -> None:
        """Bring cells to the terminal, from column `x` of line `y` on."""
        row = self._rows[y]
        del cells[len(row) - x :]
        if row[x : x + len(cells)] == cells:
            return
        position, end = 0, len(cells)
        while position < end:
            cell = cells[position]
            assert cell is not None
            width = max(1, cell.width)
            new, column = cells[position : position + width], x + position
            position += width
            if not _same(row[column : column + width], new):
                self._move(column, y, row)
                self._write(cell)
                if cell.width > 1:
                    # It may have taken more cells than it should.
                    row[column:] = [None] * (len(row) - column)
                    self._at = None
                else:
                    self._at = (column + 1, y)
            row[column : column + width] = new

    def _move(self, x: int, y: int, row: Row) -> None:
        if self._at == (x, y):
            return
        if self._at is None or self._at[1] != y or x < self._at[0]:
            self._out.append(f"\x1b[{y + 1};{x + 1}H")
            return
        between = row[self._at[0] : x]
        if len(between) <= _GAP and all(self._is_at_hand(cell) for cell in between):
            self._out.extend(cell.text for cell in between if cell is not None)
        else:
            self._out.append(f"\x1b[{x - self._at[0]}C")

    def _is_at_hand(self, cell: Cell | None) -> bool:
        """Whether a cell can be sent in the look that is on."""
        return cell is not None and cell.width == 1 and not self._turn(cell)[0]

    def _turn(self, cell: Cell) -> tuple[str, Look]:
        return turned(self._now, cell.look, blank=cell.text == " ", resets=self._resets)

    def _write(self, cell: Cell) -> None:
        codes, self._now = self._turn(cell)
        if codes:
            self._out.append(codes)
        self._out.append(cell.text)


def _same(before: Row, after: Row) -> bool:
    """Whether nobody sees a difference."""
    if before == after:
        return True
    old, new = before[0], after[0]
    if len(after) > 1 or old is None or new is None or not (old.text == " " == new.text):
        return False
    return (
        old.look.background == new.look.background
        and not (old.look.attributes | new.look.attributes) & _SEEN_ON_BLANKS
    )


@lru_cache(maxsize=8192)
def _cell(text: str, look: Look) -> Cell:
    """The same object for the same cell: equal ones are compared by identity."""
    return Cell(text, look)


def _cells(strips: Iterable[Strip], system: ColorSystem) -> Row:
    """The cells of a line."""
    cells: Row = []
    for strip in strips:
        for segment in strip:
            _extend(cells, segment, system)
    return cells


def _extend(cells: Row, segment: Segment, system: ColorSystem) -> None:
    text, style, _control = segment
    look = look_of(style, system)
    if _is_certain(text):
        cells.extend([_cell(char, look) for char in text])
        return
    # Views let nothing else through; but what comes by here is in the terminal.
    text = safe_text(text)
    width = cell_len(text)
    if width == 1:
        cells.append(Cell(text, look))
    elif width:
        cells.append(Cell(text, look, width))
        cells.extend([_REST] * (width - 1))


def _pieces(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """The strips of a partial update, each with its line and column (see its own rendering)."""
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > last or end <= first:
                continue
            whole = first <= x < last and end <= last
            yield y, x, strip if whole else strip.crop(0, min(end, last) - x)
