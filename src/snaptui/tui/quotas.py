"""What a cloud's page, and a form that makes something there, say of quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.clouds.base import Capability
from snaptui.tui.documents import LABEL, fields
from snaptui.tui.guard import guarded
from snaptui.tui.signs import share
from snaptui.tui.spans import fit, outside
from snaptui.units import GIB

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from snaptui.clouds.base import Cloud
    from snaptui.models import Quota
    from snaptui.tui.spans import Line, Span

    AskQuotas = Callable[[], Awaitable[Sequence[Quota]]]
    Wanted = Mapping[str, int]

NOT_KNOWN = "not known"
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


def asks_quotas(cloud: Cloud) -> AskQuotas | None:
    """What asks a cloud for its quotas, and tells none when it fails; None: it never tells any."""
    if not cloud.ability(Capability.QUOTAS):
        return None

    async def ask() -> Sequence[Quota]:
        told: list[Quota] = []
        with guarded(lambda _: None):  # it is an aside: the form is good without it
            told += await cloud.quotas()
        return told

    return ask


def of_volume(size_bytes: int) -> Wanted:
    """What of the quotas a new volume takes."""
    return {"volumes": 1, "gigabytes": -(-size_bytes // GIB)}


def of_snapshot(size_bytes: int) -> Wanted:
    """What of the quotas a new snapshot takes.

    Its volume's size is counted, unless the operator counts volumes only, which nobody is told.
    """
    return {"snapshots": 1, "gigabytes": -(-size_bytes // GIB)}


def quota_line(quotas: Sequence[Quota], wanted: Wanted) -> Span:
    """One line on what is wanted: how much of it there is and may be, or what would not fit.

    What has no limit is left out; nothing is said where nothing has one.
    """
    limited = [each for each in quotas if each.name in wanted and each.limit is not None]
    over = [each for each in limited if each.used + wanted[each.name] > (each.limit or 0)]
    if over:
        told = [_told(each, f"{each.used} + {wanted[each.name]}") for each in over]
        return f"over quota: {', '.join(told)}", "warn"
    return (
        f"quota: {', '.join(_told(each, str(each.used)) for each in limited)}" if limited else "",
        "muted",
    )


def _told(quota: Quota, used: str) -> str:
    return f"{used} of {quota.limit} {'GiB' if quota.name == 'gigabytes' else outside(quota.name)}"
