"""Ages as the screen shows them.

Within the first minute an age says "now": a text that changed every second would be sent to the
terminal every second.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from snaptui.units import format_age

_MINUTE = timedelta(minutes=1)


def _fresh(moment: datetime | None) -> bool:
    return moment is not None and datetime.now(UTC) - moment < _MINUTE


def age(moment: datetime | None) -> str:
    """`just now`, `3 h ago`, or a dash."""
    return "just now" if _fresh(moment) else format_age(moment)


def short_age(moment: datetime | None) -> str:
    """`now`, `3h`, or a dash."""
    return "now" if _fresh(moment) else format_age(moment, short=True)
