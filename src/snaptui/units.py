"""Sizes, rates, durations and ages as people read and write them."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from snaptui.errors import InvalidInputError

if TYPE_CHECKING:
    from datetime import tzinfo

KIB = 1024
MIB = 1024**2
GIB = 1024**3
TIB = 1024**4

UNKNOWN = "-"
"""What a size is shown as that a cloud does not tell."""
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_AGES: tuple[tuple[float, int, str], ...] = (
    (60, 1, "s"),
    (3600, 60, "min"),
    (86400, 3600, "h"),
    (86400 * 365, 86400, "d"),
    (float("inf"), 86400 * 365, "y"),
)
_DURATION = re.compile(
    r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(s|m|min|h|d|w|y)\s*", re.ASCII | re.IGNORECASE
)
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_SIZE = re.compile(r"\s*(\d{1,20}(?:\.\d{1,20})?)\s*([kmgtpe]?)(i?b?)\s*", re.IGNORECASE)


def format_size(size: float | None) -> str:
    """`size` in binary units with at most three digits that matter: `84 MiB`, `1.1 GiB`, `0 B`.

    A size that is not known is `-`.
    """
    if size is None:
        return UNKNOWN
    value = float(size)
    for unit in _UNITS:
        # 1023.6 KiB would round to 1024: take the next unit first
        if value < 999.5 or unit == _UNITS[-1]:
            return f"{value:.1f} {unit}" if value < 9.95 and unit != "B" else f"{value:.0f} {unit}"
        value /= 1024
    raise AssertionError(unit)


def exact_size(size: int) -> str:
    """A size that is to be met: `1.0 GiB (1073741824 bytes)`."""
    return f"{format_size(size)} ({size} bytes)"


def rounded_up(wanted: int | None, given: int) -> str:
    """The end of a sentence where more was given than was asked for: `, rounded up to 3.0 GiB`."""
    return f", rounded up to {format_size(given)}" if wanted and given > wanted else ""


def parse_size(text: str) -> int:
    """Bytes in `text`: `4096`, `10G`, `10GiB`, `1.5 TiB` (binary units), `10GB` is refused.

    Raises:
        InvalidInputError: it is no size, or a decimal unit whose meaning people differ about.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise InvalidInputError(f"{text!r} is not a size", "write it like 512MiB, 10GiB or 2T")
    number, unit, tail = match.groups()
    if unit and tail.lower() == "b":
        raise InvalidInputError(
            f"{text!r} could be binary or decimal", f"write {unit.upper()}iB for binary units"
        )
    exponent = "kmgtpe".index(unit.lower()) + 1 if unit else 0
    return int(float(number) * 1024**exponent) if "." in number else int(number) * 1024**exponent


def parse_duration(text: str) -> float:
    """Seconds in `text`: `45s`, `30min` (or `30m`), `12h`, `7d`, `2w`, `1y`.

    Raises:
        InvalidInputError: it is no duration.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise InvalidInputError(f"{text!r} is not a duration", "write it like 30min, 12h or 7d")
    return float(match[1]) * _SECONDS[match[2].lower()]


def format_rate(bytes_per_second: float) -> str:
    """A rate: `512 MiB/s`."""
    return f"{format_size(bytes_per_second)}/s"


def format_duration(seconds: float) -> str:
    """A duration: `42 s`, `3 min 20 s`, `2 h 05 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def format_age(moment: datetime | None, now: datetime | None = None, *, short: bool = False) -> str:
    """How long ago `moment` was: `just now`, `3 h ago`, `2 d ago`; short: `0s`, `3h`, `2d`.

    A dash when there is no moment. A moment in the future counts as now (clocks differ).
    """
    if moment is None:
        return "-"
    seconds = max(0, int(((now or datetime.now(UTC)) - moment).total_seconds()))
    divisor, unit = next((size, unit) for limit, size, unit in _AGES if seconds < limit)
    count = seconds // divisor
    if short:
        return f"{count}{'m' if unit == 'min' else unit}"
    return "just now" if seconds < 5 else f"{count} {unit} ago"


class _Clock:
    """The zone that people are told times in; None is the machine's own."""

    zone: tzinfo | None = None


def tell_times_in(zone: tzinfo | None) -> None:
    """Tell times in this zone from now on; None is the machine's own."""
    _Clock.zone = zone


def local_time(moment: datetime) -> datetime:
    """`moment` on the user's clock."""
    return moment.astimezone(_Clock.zone)


def from_local(clock: datetime) -> datetime:
    """The moment at which the user's clock shows `clock`, which has no zone."""
    return clock.astimezone() if _Clock.zone is None else clock.replace(tzinfo=_Clock.zone)


def format_left(moment: datetime, now: datetime | None = None) -> str:
    """How long until `moment`: `6 d`, `3 h`, `5 min`; `0 min` when it is over.

    Begun minutes count whole: what was to be seven days a moment ago is seven days still.
    """
    seconds = max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
    whole = math.ceil(seconds / 60) * 60
    divisor, unit = next((size, unit) for limit, size, unit in _AGES[1:] if whole < limit)
    return f"{whole // divisor} {unit}"


def format_time(moment: datetime | None) -> str:
    """The exact time in the user's zone: `2026-04-12 14:02:07 CEST`, a dash when there is none."""
    return local_time(moment).strftime("%Y-%m-%d %H:%M:%S %Z") if moment else "-"


def format_moment(moment: datetime | None, now: datetime | None = None) -> str:
    """When `moment` was, in at most 11 characters: `14:02:07`, `04-12 14:02`, `2025-04-12`."""
    if moment is None:
        return "-"
    then, today = local_time(moment), local_time(now or datetime.now(UTC))
    if then.date() == today.date():
        return then.strftime("%H:%M:%S")
    return then.strftime("%m-%d %H:%M" if then.year == today.year else "%Y-%m-%d")


_LOGGED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z(?= |$)", re.ASCII)


def log_line(line: str) -> str:
    """A line of a job's log, with the time that it begins with as people are told times."""
    found = _LOGGED.match(line)
    if found is None:
        return line
    try:
        moment = parse_iso_time(found[0])
    except ValueError:
        return line
    return format_time(moment) + line[found.end() :]


def iso_time(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds, ending in `Z`: sorts as text."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='microseconds')}Z"


def parse_iso_time(text: str) -> datetime:
    """The moment that `iso_time` wrote."""
    return datetime.fromisoformat(text)
