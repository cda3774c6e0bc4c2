"""The columns of what happened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from snaptui.tui.ages import moment_or_age, short_age
from snaptui.tui.columns import Column
from snaptui.tui.spans import outside
from snaptui.units import format_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from snaptui.models import Event

NO_EVENTS = "nothing has happened yet"
ASKING_EVENTS = "asking what happened"

EVENTS: tuple[Column[Event], ...] = (
    Column(
        id="at",
        title="When",
        sort=lambda e: e.at.timestamp(),
        falling=True,
        cell=lambda e: (moment_or_age(e.at), ""),
        width=11,
        right=True,
    ),
    Column(
        id="time",
        title="Time",
        sort=lambda e: e.at.timestamp(),
        falling=True,
        cell=lambda e: (format_time(e.at), "muted"),
        width=24,
        drop=3,
    ),
    Column(
        id="user",
        title="Who",
        sort=lambda e: e.user.casefold(),
        cell=lambda e: (outside(e.user), "muted"),
        width=6,
        ideal=12,
    ),
    Column(
        id="action",
        title="What",
        sort=lambda e: (e.text or e.action).casefold(),
        cell=lambda e: (outside(e.text or e.action), "bright"),
        width=28,
        ideal=80,
    ),
    Column(
        id="origin",
        title="From",
        sort=lambda e: e.origin.casefold(),
        cell=lambda e: (outside(e.origin), "muted"),
        width=8,
        ideal=20,
        drop=2,
    ),
)


def cloud_events(name_of: Callable[[str], str]) -> tuple[Column[Event], ...]:
    """The activity of a whole cloud: also of what, by the name that a uid has now."""

    def of(event: Event) -> str:
        return outside(name_of(event.subject_uid) or event.subject_uid)

    when: Column[Event] = Column(
        id="at",
        title="When",
        sort=lambda e: e.at.timestamp(),
        falling=True,
        cell=lambda e: (short_age(e.at), ""),
        width=5,
        right=True,
    )
    subject: Column[Event] = Column(
        id="of",
        title="Of",
        sort=lambda e: of(e).casefold(),
        cell=lambda e: (of(e), ""),
        width=10,
        ideal=20,
    )
    time, user, action, origin = EVENTS[1:]
    # Where there is no room for all, who did it is told at the lower edge.
    return when, time, replace(user, drop=1), subject, replace(action, width=24), origin


def event_facts(event: Event) -> list[str]:
    """What a narrow row of an event leaves out: when exactly, from where, of what."""
    where = f"{outside(event.user)} from {outside(event.origin)}" if event.origin else event.user
    return [format_time(event.at), outside(where), outside(event.related_uid or event.subject_uid)]
