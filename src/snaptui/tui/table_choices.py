"""What a person chose about tables: which columns, and by which they are sorted.

Kept by kind of table, for as long as the app runs; plain enough to be written down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class TableChoice:
    """What was chosen for one kind of table.

    Attributes:
        columns: by id, whether a column shall be seen; one that is not here is seen where there is
            room for it.
        sort: the id of the column that it is sorted by; empty: the order that things come in.
        descending: whether the order is turned round.
    """

    columns: dict[str, bool] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False


TableChoices = dict[str, TableChoice]
"""By kind of table: `volumes`, `snapshots`, `volume-snapshots`, …"""


@runtime_checkable
class KeepsTableChoices(Protocol):
    """An app that remembers them."""

    table_choices: TableChoices
