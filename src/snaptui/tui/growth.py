"""How a volume grew: what each of its snapshots brought, oldest to newest, as a small chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.tui.glyphs import glyphs
from snaptui.tui.spans import Line, Span, fit, outside
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.models import Snapshot

_BAR_MAX = 4
"""A bar is at most so many cells wide: few snapshots need not fill the screen."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the chart: a sum, whether that is off the scale, whether it is what is shown."""

    value: int
    first: bool = False
    here: bool = False


def bars_of(values: Sequence[Bar], room: int) -> list[Bar]:
    """At most `room` bars: where there are more values, neighbours are added up."""
    count = min(len(values), max(1, room))
    bars = []
    for at in range(count):
        group = values[at * len(values) // count : (at + 1) * len(values) // count]
        bars.append(
            Bar(
                sum(each.value for each in group),
                any(each.first for each in group),
                any(each.here for each in group),
            )
        )
    return bars


def sparkline(values: Sequence[Bar], room: int, height: int = 1) -> list[Line]:
    """The bars as `height` lines of at most `room` cells.

    The scale ends at the largest that is not a first snapshot: that one has everything, and beside
    it all others would look like nothing. It is drawn as high as the chart, in grey.
    """
    bars = bars_of(values, room)
    if not bars:
        return [[] for _ in range(height)]
    signs = glyphs()
    steps = len(signs.ramp)
    top = max((bar.value for bar in bars if not bar.first), default=0)
    top = top or max(bar.value for bar in bars)
    each = max(1, min(_BAR_MAX, room // len(bars)))
    width, gap = (each - 1, " ") if each > 2 else (each, "")
    lines: list[Line] = []
    for row in range(height - 1, -1, -1):
        spans: list[Span] = []
        for bar in bars:
            level = _level(bar.value, top, steps * height) - row * steps
            sign = " " if level <= 0 else signs.ramp[min(level, steps) - 1]
            style = "accent" if bar.here else "faint" if bar.first else "new"
            spans.append((sign * width + gap, style))
        lines.append(spans)
    return lines


def _level(value: int, top: int, levels: int) -> int:
    """How high a bar is; whoever brought anything is seen."""
    if value <= 0 or top <= 0:
        return 0
    return max(1, min(levels, round(value * levels / top)))


def growth_lines(
    snapshots: Sequence[Snapshot], shown: str, width: int, *, height: int = 1
) -> list[Line]:
    """The chart of a volume's snapshots (newest first, as they are listed): new and stored bytes.

    `shown` is the Resource UID of the one that stands out.
    """
    oldest_first = list(reversed(snapshots))
    count = len(oldest_first)
    rest = [each for each in oldest_first if each.parent_uid is not None]
    largest = max(rest or oldest_first, key=lambda each: each.new_bytes or 0)
    if largest.new_bytes is None:  # the cloud tells of none what it brought
        count_only: Line = [(" Growth   ", "muted"), (_counted(count), "")]
        return [count_only, *_charts(oldest_first, shown, width, height)]
    signs = glyphs()
    head = _counted(count)
    tail = f" {format_size(largest.new_bytes)}"
    most = f"  {signs.dot} most after the first: " if len(rest) < count and rest else "  most: "
    if len(head) + len(most) + len(tail) + 24 > width:
        most = f" {signs.dot} most: "
    room = max(6, width - 10 - len(head) - len(most) - len(tail))
    name = outside(largest.name)
    name = name if len(name) <= room else fit(name, room)
    first: Line = [
        (" Growth   ", "muted"),
        (head, ""),
        (most, "muted"),
        (name, "bright"),
        (tail, ""),
    ]
    return [first, *_charts(oldest_first, shown, width, height)]


def _counted(count: int) -> str:
    return f"{count} snapshot{'' if count == 1 else 's'}"


def _charts(oldest_first: Sequence[Snapshot], shown: str, width: int, height: int) -> list[Line]:
    """New and stored bytes, as far as the cloud tells them."""
    lines: list[Line] = []
    for label, of in (("New", "new_bytes"), ("Stored", "stored_bytes")):
        known = sum(getattr(each, of) is not None for each in oldest_first)
        if not known:
            continue
        bars = [
            Bar(getattr(each, of) or 0, each.parent_uid is None, each.resource_uid == shown)
            for each in oldest_first
        ]
        whole = "in all" if known == len(bars) else "known"
        total = f"{format_size(sum(bar.value for bar in bars)):>9} {whole}"
        if height > 1 and lines:
            lines.append([])
        chart = sparkline(bars, max(4, width - 10 - len(total) - 3), height)
        for number, line in enumerate(chart):
            last = number == height - 1
            lines.append(
                [
                    (f" {label if last else '':<9}", "muted"),
                    *line,
                    (f"  {total}" if last else "", "muted"),
                ]
            )
    return lines
