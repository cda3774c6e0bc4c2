"""What an action would be done to: what the cursor is on, and nothing that merely is around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from snaptui.models import Candidate, Snapshot, Volume
from snaptui.tui.widgets.blocks_view import BlocksView
from snaptui.tui.widgets.lineage import Lineage
from snaptui.tui.widgets.table import Table

if TYPE_CHECKING:
    from textual.widget import Widget

    from snaptui.tui.inventory import CloudState
    from snaptui.tui.place import Place


@dataclass(frozen=True)
class Target:
    """What an action would be done to.

    `chosen` is the volume or snapshot that is selected; `snapshot` is it or, for a volume, its
    newest one, so that a volume can be cloned without looking for that. `volume` alone is where
    one is: enough to take a snapshot of, not to delete. `marked` are the marked rows of the list
    that is seen, in its order.
    """

    state: CloudState | None = None
    volume: Volume | None = None
    snapshot: Snapshot | None = None
    chosen: Volume | Snapshot | None = None
    candidate: Candidate | None = None
    marked: tuple[Volume | Snapshot, ...] = ()

    @classmethod
    def of(cls, state: CloudState, chosen: Volume | Snapshot | None) -> Target:
        """The target that a volume or snapshot makes."""
        if isinstance(chosen, Volume):
            return cls(state, chosen, state.newest(chosen.resource_uid), chosen)
        if isinstance(chosen, Snapshot):
            return cls(state, state.volumes.get(chosen.volume_uid), chosen, chosen)
        return cls(state)

    @classmethod
    def by_uid(cls, state: CloudState, uid: str) -> Target:
        """The target that a Resource UID makes."""
        return cls.of(state, state.volumes.get(uid) or state.snapshots.get(uid))

    def around(self) -> Target:
        """Only where it is: nothing in it is chosen."""
        return replace(self, snapshot=None, chosen=None)

    def among(self, marked: tuple[Volume | Snapshot, ...]) -> Target:
        """The same, with rows that are marked beside it."""
        return replace(self, marked=marked)

    @property
    def uid(self) -> str:
        """The Resource UID of what is chosen."""
        return self.chosen.resource_uid if self.chosen is not None else ""


def target_in(state: CloudState, place: Place, widget: Widget | None) -> Target:
    """The target in a view: in a list its row or nothing, in a text what the text is about."""
    here = Target.by_uid(state, place.uid)
    if isinstance(widget, Lineage):
        node = widget.node_at(widget.cursor)
        found = Target.by_uid(state, node.uid) if node is not None else here.around()
        return found if found.chosen is not None else here.around()
    if isinstance(widget, BlocksView) and widget.snapshot is not None:
        # What is done to a snapshot is done to the one whose map is seen.
        return replace(here, snapshot=widget.snapshot)
    if not isinstance(widget, Table) or widget.has_class("activity"):
        return here
    item = widget.current
    if isinstance(item, Candidate):
        return Target(state, candidate=item)
    at = Target.of(state, item) if isinstance(item, Volume | Snapshot) else here.around()
    # A table is of one kind of thing; a hundred thousand marks are not looked at one by one.
    marks = widget.marked
    return at.among(tuple(marks)) if marks and isinstance(marks[0], Volume | Snapshot) else at
