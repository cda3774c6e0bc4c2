"""What is exported of what is seen: the rows of a table as they are shown, or a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snaptui.export import Format, as_csv, as_json, render
from snaptui.models import Candidate, DiffRange, Event, Job, Snapshot, Volume, Zone
from snaptui.text import file_stem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from snaptui.models import Diff

_NOUNS: dict[type, tuple[str, str]] = {
    Volume: ("volume", "volumes"),
    Snapshot: ("snapshot", "snapshots"),
    Event: ("event", "events"),
    Job: ("job", "jobs"),
    Zone: ("zone", "zones"),
    Candidate: ("disk or device", "disks and devices"),
}


@dataclass(frozen=True, slots=True)
class Export:
    """What would be written.

    Attributes:
        what: what it is, for a person ("12 snapshots of web-data").
        stem: a file name for it, without its ending.
        text: makes the file's text; may take a while.
    """

    what: str
    stem: str
    text: Callable[[Format], str]


def rows_export(items: Sequence[Any], of: str = "") -> Export | None:
    """The rows of a table, in their order; None when there are none."""
    if not items:
        return None
    things, model = list(items), type(items[0])
    one, many = _NOUNS.get(model, ("row", "rows"))
    what = f"{len(things)} {one if len(things) == 1 else many}"
    stem = file_stem(f"{of}-{many}" if of else many)
    return Export(f"{what} of {of}" if of else what, stem, lambda kind: render(things, model, kind))


def diff_export(diff: Diff, before: str, after: str) -> Export:
    """A comparison: whole as JSON, its ranges as CSV."""

    def text(kind: Format) -> str:
        return as_json(diff) if kind is Format.JSON else as_csv(diff.ranges, DiffRange)

    return Export(
        f"what differs from {before} to {after}", file_stem(f"diff-{before}-{after}"), text
    )
