"""Opening what a row stands for: in the tree, in a table, in a family tree; and crumbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.models import Event, Snapshot, Volume
from snaptui.tui.cloud_state import LISTING
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.navigation import Navigation
from snaptui.tui.spans import outside
from snaptui.tui.widgets.lineage import Lineage
from snaptui.tui.widgets.table import Table

if TYPE_CHECKING:
    from snaptui.tui.widgets.header import Header
    from snaptui.tui.widgets.rows import Rows


class OpensRows(Navigation):
    """Enter on a row, and clicks that go somewhere."""

    # Rows

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter: open what the cursor is on."""
        event.stop()
        rows, index = event.rows, event.index
        if rows is self.tree_view:
            place = self.tree_view.place_at(index)
            if place is not None:
                self.trail.clear()
                self.open_in_tree(place)
        elif isinstance(rows, Lineage):
            node = rows.node_at(index)
            if node is not None and not node.deleted:
                kind = PlaceKind.VOLUME if node.kind == "volume" else PlaceKind.SNAPSHOT
                self._go_to(kind, node.uid)
        elif isinstance(rows, Table):
            self._open_row(rows, index)

    def _open_row(self, table: Table[object], index: int) -> None:
        if (job := table.job_at(index)) is not None:
            self.action_jobs(job.resource_uid)
            return
        item = table.item_at(index)
        if isinstance(item, Volume):
            self._go_to(PlaceKind.VOLUME, item.resource_uid)
        elif isinstance(item, Snapshot):
            self._go_to(PlaceKind.SNAPSHOT, item.resource_uid)
        elif isinstance(item, Event):
            self._open_event(item)
        elif table.id == "candidates":
            self.action_do("new")

    def _open_event(self, event: Event) -> None:
        """Go to what something was done to: what was made of it, or it itself."""
        state = self.state()
        for uid in (event.related_uid, event.subject_uid):
            for kind in (PlaceKind.SNAPSHOT, PlaceKind.VOLUME):
                place = Place(state.name, kind, uid or "") if state is not None else None
                if place is not None and place != self.place and self.is_there(place):
                    self.go(place)
                    return
        listing = state is not None and not state.complete
        gone = "What this was done to is here, or is deleted."
        self.notify(outside(LISTING) if listing else gone, markup=False)

    def _go_to(self, kind: PlaceKind, uid: str) -> None:
        if self.place is not None:
            self.go(Place(self.place.cloud, kind, uid))

    # Crumbs

    def on_header_crumb_chosen(self, event: Header.CrumbChosen) -> None:
        """A click on a crumb."""
        event.stop()
        if event.place != self.place:
            self.go(event.place)

    def on_header_jobs_chosen(self, event: Header.JobsChosen) -> None:
        """A click on how many jobs run."""
        event.stop()
        self.action_jobs()
