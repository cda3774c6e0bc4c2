"""What a cloud's page says of quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.tui.documents import LABEL, fields
from snaptui.tui.signs import share
from snaptui.tui.spans import fit, outside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.models import Quota
    from snaptui.tui.spans import Line

_NEARLY = 0.9
"""From here on a quota is something to think of."""


def quota_lines(quotas: Sequence[Quota], reason: str, width: int) -> list[Line]:
    """How much of each there is and may be; or why that is not known. Nothing, if neither."""
    if reason:
        return [[], *fields([("Quotas", outside(reason, 600), "muted")], width)]
    if not quotas:
        return []
    return [[], [(" Quotas", "muted")], *(_line(quota, width) for quota in quotas)]


def _line(quota: Quota, width: int) -> Line:
    name = (f" {fit(outside(quota.name), LABEL)}", "bright")
    if quota.limit is None:
        return [name, (f"{quota.used} used, no limit", "")]
    used = min(1.0, quota.used / quota.limit) if quota.limit else 1.0
    told = f"  {quota.used} of {quota.limit} used" + (": none left" if quota.full else "")
    style = "shared" if used < _NEARLY else "warn"
    return [
        name,
        *share(used, max(6, min(24, width - 46)), style),
        (told, "bad" if quota.full else ""),
    ]
