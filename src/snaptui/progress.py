"""How work says how far it is, on every floor."""

from __future__ import annotations

from collections.abc import Callable

ProgressCallback = Callable[[str, int, int], None]
"""Called with (phase, bytes done, bytes in all); what it raises (`JobCancelledError`) stops the
work, which cleans up."""


def no_progress(phase: str, done_bytes: int, total_bytes: int) -> None:
    """A `ProgressCallback` for those who do not look."""
    del phase, done_bytes, total_bytes
