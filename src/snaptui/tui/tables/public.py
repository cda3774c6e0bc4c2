"""The columns of other accounts' public snapshots: of those nobody sees a name or a volume."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from snaptui.tui.tables.snapshots import SNAPSHOTS

if TYPE_CHECKING:
    from snaptui.models import Snapshot
    from snaptui.tui.columns import Column

_WIDTHS = {"uid": (22, 22, 0), "owner": (12, 14, 1), "size": (8, 8, 3), "description": (14, 70, 0)}
"""Width, ideal width, and how soon it gives way."""
_BY_ID = {column.id: column for column in SNAPSHOTS}


def _column(which: str) -> Column[Snapshot]:
    column = _BY_ID[which]
    if which not in _WIDTHS:
        return replace(column, drop=2)
    width, ideal, drop = _WIDTHS[which]
    return replace(column, width=width, ideal=ideal, drop=drop)


PUBLIC: tuple[Column[Snapshot], ...] = tuple(
    _column(which) for which in ("uid", "owner", "created", "size", "description")
)
"""Other accounts' public snapshots."""
