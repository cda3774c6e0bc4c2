"""Ages as the screen shows them.

Within the first minute an age says "now": a text that changed every second would be sent to the
terminal every second.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from snaptui.units import format_age, format_moment

_MINUTE = timedelta(minutes=1)


class _Said:
    """How lists tell when something was."""

    exact = False


def tell_exactly(*, exact: bool) -> None:
    """Whether lists tell the time, or how long ago that is."""
    _Said.exact = exact


def _fresh(moment: datetime | None) -> bool:
    return moment is not None and datetime.now(UTC) - moment < _MINUTE


def age(moment: datetime | None) -> str:
    """`just now`, `3 h ago`, or a dash."""
    return "just now" if _fresh(moment) else format_age(moment)


def short_age(moment: datetime | None) -> str:
    """`now`, `3h`, or a dash."""
    return "now" if _fresh(moment) else format_age(moment, short=True)


def moment_or_age(moment: datetime | None) -> str:
    """What lists say of a moment, as it is set: `3 h ago`, or `04-12 14:02`."""
    return format_moment(moment) if _Said.exact else age(moment)
