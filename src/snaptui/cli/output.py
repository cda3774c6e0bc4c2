"""What commands print: one JSON document for programs, aligned text for people.

`--plain` (or `SNAPTUI_PLAIN=1`) prints a field a line instead, for those who listen: no columns,
nothing shortened, sizes in bytes and times in full.

Text for people has passed `safe_text`, on a terminal and in a pipe (which may well end on a
terminal); only the JSON keeps every character.
"""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from snaptui.cli.settings import is_plain
from snaptui.errors import InvalidInputError
from snaptui.models import to_json
from snaptui.text import safe_text
from snaptui.units import format_age, format_size, format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from snaptui.cli.settings import Settings

_NARROWEST = 8


def emit_json(value: Any) -> None:
    """Print one JSON document.

    All ASCII: whatever is in a name comes back byte for byte in any locale, and can do nothing to a
    terminal on its way.
    """
    click.echo(json.dumps(to_json(value), indent=2))


def emit_for_programs(settings: Settings, found: Sequence[Any], model: type) -> bool:
    """Print a list as JSON or CSV, if that is what was asked for; whether it was.

    Raises:
        InvalidInputError: both were.
    """
    if settings.json and settings.csv:
        raise InvalidInputError("JSON and CSV at once are not possible", "leave one of them out")
    if settings.csv:
        from snaptui.export import as_csv

        click.echo(as_csv(found, model), nl=False)
    elif settings.json:
        emit_json(found)
    return settings.json or settings.csv


def say(sentence: str) -> None:
    """Print a line for people."""
    click.echo(safe_text(sentence))


def text_width(text: str) -> int:
    """How many columns a terminal gives to `text`."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` columns, with an ellipsis where something is left out."""
    if text_width(text) <= width:
        return text
    kept, room = "", width - 1
    for character in text:
        room -= _character_width(character)
        if room < 0:
            break
        kept += character
    return f"{kept}…"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        title: its head.
        right: whether it is aligned to the right (numbers).
        flexible: whether it gives way when a terminal is too narrow.
        spare: where a terminal is too narrow for all columns, those with the highest go first; none
            goes that has 0.
        spoken: what it is called in a plain list (by default as its head, in words).
    """

    title: str
    right: bool = False
    flexible: bool = False
    spare: int = 0
    spoken: str = ""

    @property
    def label(self) -> str:
        """What it is called where each value has its name."""
        return self.spoken or self.title.title().replace("Uid", "UID")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A value that is short in a table and whole in a plain list."""

    short: str
    whole: str

    def __str__(self) -> str:
        return self.short


NONE = Spoken("-", "none")
"""Where there is nothing to say."""


def size(count: int | None) -> Spoken:
    """A size: `84 MiB`; in a plain list `88080384 bytes (84 MiB)`; none that is not known."""
    if count is None:
        return NONE
    return Spoken(format_size(count), f"{count} bytes ({format_size(count)})")


def yes_or_no(value: bool | None) -> object:
    """A yes or a no; none where it is not known."""
    return NONE if value is None else "yes" if value else "no"


def tags(pairs: Mapping[str, str]) -> object:
    """Tags, in a line."""
    return ", ".join(f"{key}={value}" for key, value in sorted(pairs.items())) or NONE


def age(moment: datetime | None) -> Spoken:
    """An age: `3h`; in a plain list the exact time."""
    if moment is None:
        return NONE
    return Spoken(format_age(moment, short=True), format_time(moment))


def time_of(moment: datetime | None) -> object:
    """An exact time."""
    return NONE if moment is None else format_time(moment)


class PagedTable:
    """Rows in aligned columns, printed a page at a time; the first page says how wide they are.

    Nothing is cut or left out unless a terminal is too narrow: in a later page, a cell that is
    wider than its column pushes the rest of its row aside. In plain mode each row is a paragraph
    with a field a line.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._widths: list[int] = []
        self._shown: list[int] = []
        """Which columns there is room for."""
        self._gap = 2
        self._begun = False

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Print a page."""
        if is_plain():
            self._add_paragraphs(rows)
            return
        cells = [[safe_text(cell) for cell in row] for row in rows]
        if not self._begun:
            self._begun = True
            cells.insert(0, [column.title for column in self._columns])
            self._measure(cells)
        narrow = sys.stdout.isatty()
        for row in cells:
            line = (" " * self._gap).join(
                _pad(
                    shorten(row[at], width) if narrow else row[at],
                    width,
                    right=self._columns[at].right,
                )
                for at, width in zip(self._shown, self._widths, strict=True)
            )
            click.echo(line.rstrip())

    def _measure(self, cells: Sequence[Sequence[str]]) -> None:
        needed = [max(text_width(row[at]) for row in cells) for at in range(len(self._columns))]
        self._shown, self._widths = list(range(len(needed))), needed
        if not sys.stdout.isatty():
            return
        available = shutil.get_terminal_size().columns
        if sum(needed) + self._gap * (len(needed) - 1) > available:
            self._gap = 1
        while True:
            room = available - self._gap * (len(self._shown) - 1)
            self._widths = [needed[at] for at in self._shown]
            _fit(self._widths, [self._columns[at] for at in self._shown], room)
            least = max(self._shown, key=lambda at: self._columns[at].spare)
            if sum(self._widths) <= room or not self._columns[least].spare:
                return
            self._shown.remove(least)  # a row that breaks in mid-word is read by nobody

    def _add_paragraphs(self, rows: Iterable[Sequence[object]]) -> None:
        for row in rows:
            if self._begun:
                click.echo()
            self._begun = True
            for column, value in zip(self._columns, row, strict=True):
                click.echo(_field(column.label, value))


def emit_table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """Print all rows in aligned columns; see `PagedTable`."""
    PagedTable(columns).add(rows)


def _field(label: str, value: object) -> str:
    whole = value.whole if isinstance(value, Spoken) else value
    return f"{label}: {safe_text(whole)}".rstrip()


def _fit(widths: list[int], columns: Sequence[Column], available: int) -> None:
    """Take from the widest flexible column until the columns fit, or none can give more."""

    def left(at: int) -> int:
        return widths[at] - max(_NARROWEST, text_width(columns[at].title))

    flexible = [at for at, column in enumerate(columns) if column.flexible]
    while sum(widths) > available:
        giving = [at for at in flexible if left(at) > 0]
        if not giving:
            break
        widths[max(giving, key=lambda at: widths[at])] -= 1


def _pad(text: str, width: int, *, right: bool) -> str:
    blanks = " " * (width - text_width(text))
    return blanks + text if right else text + blanks


def emit_fields(pairs: Iterable[tuple[str, object]]) -> None:
    """Print what one thing is like, a field a line."""
    known = list(pairs)
    if is_plain():
        for label, value in known:
            click.echo(_field(label, value))
        return
    width = max((len(label) for label, _ in known), default=0) + 1
    for label, value in known:
        click.echo(f"{label + ':':<{width}}  {safe_text(value)}".rstrip())


def hint_when_empty(sentence: str) -> None:
    """On a terminal, say why a list is empty (a pipe gets nothing at all)."""
    if sys.stdout.isatty():
        click.echo(sentence, err=True)
