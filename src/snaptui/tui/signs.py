"""A sign and a colour for every state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.models import (
    Consistency,
    Job,
    JobStatus,
    Snapshot,
    SnapshotStatus,
    Volume,
    VolumeStatus,
)
from snaptui.tui.glyphs import glyphs
from snaptui.tui.spans import outside
from snaptui.units import format_duration, format_rate

if TYPE_CHECKING:
    from snaptui.tui.spans import Line, Span


def volume_sign(volume: Volume) -> Span:
    """Whether a volume is used, idle, being made or broken."""
    signs = glyphs()
    return {
        VolumeStatus.AVAILABLE: (signs.idle, "muted"),
        VolumeStatus.IN_USE: (signs.active, "good"),
        VolumeStatus.CREATING: (signs.pending, "warn"),
        VolumeStatus.DELETING: (signs.minus, "warn"),
        VolumeStatus.BUSY: (signs.pending, "warn"),
        VolumeStatus.ERROR: (signs.bad, "bad"),
    }[volume.status]


def snapshot_sign(snapshot: Snapshot) -> Span:
    """Whether a snapshot is whole, and pinned."""
    signs = glyphs()
    if snapshot.status is SnapshotStatus.PENDING:
        return signs.pending, "warn"
    if snapshot.status is SnapshotStatus.ERROR:
        return signs.bad, "bad"
    if snapshot.status is SnapshotStatus.DELETING:
        return signs.minus, "warn"
    sign = signs.pin if snapshot.pinned else signs.good
    return sign, "warn" if snapshot.consistency is Consistency.FUZZY else "good"


def job_sign(job: Job) -> Span:
    """How a job is doing."""
    signs = glyphs()
    return {
        JobStatus.QUEUED: (signs.idle, "muted"),
        JobStatus.RUNNING: (signs.pending, "warn"),
        JobStatus.COMPLETED: (signs.good, "good"),
        JobStatus.FAILED: (signs.bad, "bad"),
        JobStatus.CANCELLED: (signs.minus, "muted"),
    }[job.status]


def bar(fraction: float, width: int) -> Line:
    """A progress bar of `width` cells."""
    signs = glyphs()
    halves = round(fraction * width * 2)
    full, tip = divmod(halves, 2)
    line: Line = [(signs.bar_full * full + signs.bar_tip * tip, "accent")]
    return [*line, (signs.bar_empty * (width - full - tip), "faint")]


def share(fraction: float, width: int, style: str) -> Line:
    """A bar that shows a share of a whole."""
    signs = glyphs()
    full = min(width, max(1 if fraction > 0 else 0, round(fraction * width)))
    return [(signs.cell_new * full, style), (signs.cell_hole * (width - full), "faint")]


def progress_line(job: Job, width: int) -> Line:
    """A running job's bar, percentage, rate and time left, in `width` cells."""
    progress = job.progress
    if progress is None or not progress.total_bytes:
        phase = progress.phase if progress else job.status.value
        return [(f"pending  {outside(phase)}", "muted")]
    left = "" if progress.seconds_left is None else f"{format_duration(progress.seconds_left)} left"
    rate = format_rate(progress.rate) if progress.rate else ""
    facts = [f"{progress.fraction:4.0%}", rate.rjust(10), left.rjust(15)]
    # What matters least goes first when there is no room for a bar of eight cells.
    while len(facts) > 1 and width - len("  ".join(["", *facts])) < 8:
        facts.pop(1 if len(facts) > 2 else -1)
    text = "  ".join(["", *facts])
    room = min(40, max(4, width - len(text)))
    return [*bar(progress.fraction, room), (text, "muted")]
