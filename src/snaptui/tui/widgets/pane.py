"""The right-hand pane: an index, or the tabs of what was opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from rich.cells import cell_len
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from snaptui.fields import SNAPSHOT_FIELDS, VOLUME_FIELDS
from snaptui.models import Event
from snaptui.tui import keys
from snaptui.tui.cloud_state import LISTING, VOLUMES_LISTING
from snaptui.tui.glyphs import glyphs
from snaptui.tui.spans import fit, outside
from snaptui.tui.tables.events import cloud_events, event_facts
from snaptui.tui.tables.snapshots import SNAPSHOTS
from snaptui.tui.tables.volumes import VOLUMES
from snaptui.tui.typing_ahead import focus_now
from snaptui.tui.widgets.cloud_page import CloudPage
from snaptui.tui.widgets.detail import Detail, SnapshotDetail, VolumeDetail, event_table
from snaptui.tui.widgets.filter_bar import FilterBar
from snaptui.tui.widgets.table import Table
from snaptui.tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from snaptui.models import Snapshot, Volume
    from snaptui.tui.cloud_state import CloudState


def no_volumes(state: CloudState | None = None) -> str:
    """What to do about it."""
    if state is not None and not (state.complete and state.is_counted):
        return VOLUMES_LISTING
    return f"no volumes: press {keys.of('do.new')} to add one"


def no_snapshots(state: CloudState | None = None) -> str:
    """What to do about it."""
    if state is not None and not state.complete:
        return LISTING
    return f"no snapshots: press {keys.of('do.snapshot')} on a volume to take one"


TITLE_EDGES = 8
"""Corners, blanks and rules beside the title."""

NO_LIST = "there is no list here to filter"
UID_LEAST = 6
"""So many cells of a Resource UID are worth showing."""

W = TypeVar("W", bound=Widget)


class Pane(Vertical):
    """One view at a time. Views are made when they are first shown, and kept."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.filter_bar = FilterBar(id="filter")
        self.filter_bar.display = False
        self.current: Widget | None = None
        self._title = ("", "", "")
        self._told = ""
        self.named: Mapping[str, Volume | Snapshot] = {}
        """What the events of a whole cloud were done to, by uid."""

    def compose(self) -> ComposeResult:
        """The filter; views come when they are shown."""
        yield self.filter_bar

    def _made(self, kind: type[W], id: str) -> W | None:
        return next((w for w in self.children if w.id == id and isinstance(w, kind)), None)

    def _shown(self, view: W) -> W:
        if view is not self.current:
            self.hide_filter()
            if self.current is not None:
                self.current.display = False
            self.current = view
            view.display = True
            if view.parent is None:
                self.mount(view, before=self.filter_bar)
        return view

    def volumes(self) -> Table[Volume]:
        """Show the index of volumes."""
        made = self._made(Table, "volumes")
        return self._shown(
            made
            or Table(
                VOLUMES,
                lambda v: v.resource_uid,
                fields=VOLUME_FIELDS,
                kind="volumes",
                empty=no_volumes(),
                markable=True,
                id="volumes",
            )
        )

    def snapshots(self) -> Table[Snapshot]:
        """Show the index of snapshots."""
        made = self._made(Table, "snapshots")
        return self._shown(
            made
            or Table(
                SNAPSHOTS,
                lambda s: s.resource_uid,
                fields=SNAPSHOT_FIELDS,
                kind="snapshots",
                empty=no_snapshots(),
                markable=True,
                id="snapshots",
            )
        )

    def activity(self) -> Table[Event]:
        """Show what happened in a cloud."""
        made = self._made(Table, "activity")
        return self._shown(
            made
            or event_table(cloud_events(self._event_name), kind="cloud-activity", id="activity")
        )

    def _event_name(self, uid: str) -> str:
        thing = self.named.get(uid)
        return thing.name if thing is not None else ""

    def volume(self) -> VolumeDetail:
        """Show a volume's tabs."""
        return self._shown(self._made(VolumeDetail, "volume") or VolumeDetail(id="volume"))

    def snapshot(self) -> SnapshotDetail:
        """Show a snapshot's tabs."""
        return self._shown(self._made(SnapshotDetail, "snapshot") or SnapshotDetail(id="snapshot"))

    def cloud(self) -> CloudPage:
        """Show a cloud's page."""
        return self._shown(self._made(CloudPage, "cloud") or CloudPage(id="cloud"))

    def welcome(self) -> Welcome:
        """Show the empty state."""
        return self._shown(self._made(Welcome, "welcome") or Welcome(id="welcome"))

    # Titles and focus

    def set_title(self, name: str, facts: str = "", uid: str = "") -> None:
        """The name of what is shown, and what else the title line says."""
        if (name, facts, uid) == self._title:
            return
        self._title = (name, facts, uid)
        self._entitle()

    def on_resize(self) -> None:
        """More or less room for the title."""
        self._entitle()

    def _entitle(self) -> None:
        name, facts, uid = self._title
        # Textual cuts with an ellipsis that not every terminal has.
        room = max(8, self.outer_size.width - TITLE_EDGES) if self.is_mounted else 1000
        name = name if cell_len(name) <= room else fit(name, room)
        room -= cell_len(name) + 2
        if uid:
            uid_room = room - cell_len(facts) - 2
            uid = uid if cell_len(uid) <= uid_room else fit(uid, uid_room)
            # a beginning that is shorter tells nothing from anything
            facts = f"{uid}  {facts}" if uid_room >= UID_LEAST else facts
        facts = facts if cell_len(facts) <= room else fit(facts, max(0, room))
        parts = [Content.styled(f"{name} ", "bold")]
        if facts:
            parts.append(Content.styled(f" {facts} ", "$text-muted"))
        self.border_title = Content("").join(parts)

    @property
    def main_widget(self) -> Widget | None:
        """What gets the focus when the pane is gone to."""
        view = self.current
        if isinstance(view, Detail):
            return view.widget_of(view.tab)
        if isinstance(view, Welcome):
            return view.table
        return view

    @property
    def table(self) -> Table[Any] | None:
        """The table that is seen and can be filtered."""
        widget = self.main_widget
        return widget if isinstance(widget, Table) and widget.filterable else None

    # The filter

    def show_filter(self) -> bool:
        """Let words be typed; whether there is something to filter.

        The line opens in any case: what is typed behind the key for it is meant as a filter, and
        without a line for it each letter would be an action.
        """
        self.filter_bar.display = True
        focus_now(self.filter_bar)
        self._tell()
        return self.table is not None

    def restore_filter(self, text: str) -> None:
        """Filter by what was typed another time; the rows keep the focus."""
        if self.table is not None:
            self.filter_bar.display = True
            self.filter_bar.value = text
            self.apply_filter()

    def hide_filter(self) -> bool:
        """Show all rows again; whether there was a filter."""
        if not self.filter_bar.display:
            return False
        self.filter_bar.display = False
        with self.filter_bar.prevent(FilterBar.Changed):
            self.filter_bar.value = ""
        if self.table is not None:
            self.table.set_filter("")
        self._tell()
        return True

    def on_input_changed(self, event: FilterBar.Changed) -> None:
        """Words were typed."""
        event.stop()
        self.apply_filter()

    def apply_filter(self) -> None:
        """Filter the table that is seen, and say how much is left."""
        if self.table is not None:
            # Another tab's table may have been filtered before the bar was closed.
            self.table.set_filter(self.filter_bar.value if self.filter_bar.display else "")
        self._tell()

    def unmark(self) -> bool:
        """Take the marks away from the table that is seen; whether there were any."""
        return self.table is not None and self.table.unmark()

    def on_rows_highlighted(self) -> None:
        """The cursor is on another row: of an event all is told."""
        self._tell()

    def on_table_marked(self) -> None:
        """More rows are marked, or fewer."""
        self._tell()

    def _tell(self) -> None:
        """Say at the lower edge what is filtered and marked, or why a filter is not understood."""
        table = self.table
        filtering = self.filter_bar.display and bool(self.filter_bar.value.strip())
        problem = table.problem if table is not None and filtering else None
        self.filter_bar.set_class(problem is not None, "-not-understood")
        facts: list[str] = []
        nothing = table is None and self.filter_bar.display
        if problem is not None:
            facts = [outside(str(problem))]
        elif nothing:
            facts = [NO_LIST, "Escape closes"]
        elif table is not None:
            if filtering:
                facts.append(f"{table.matching} of {table.total}")
            if table.marked or table.hidden_marks:
                hidden = f", {table.hidden_marks} more hidden" if table.hidden_marks else ""
                facts.append(f"{len(table.marked)} marked{hidden}")
            if facts:
                facts.append("Escape shows all" if filtering else "Escape unmarks")
            elif isinstance(event := table.current, Event):
                facts = event_facts(event)
                room = max(8, self.outer_size.width - TITLE_EDGES)
                while len(facts) > 1 and cell_len(f" {glyphs().dot} ".join(facts)) > room:
                    facts.pop()
        text = f" {glyphs().dot} ".join(facts)
        if text != self._told:
            self._told = text
            room = max(8, self.outer_size.width - TITLE_EDGES)
            text = text if cell_len(text) <= room else fit(text, room)
            style = "$warning" if problem is not None or nothing else ""
            self.border_subtitle = Content.styled(f" {text} ", style) if text else None

    def refresh_ages(self) -> None:
        """Time has passed."""
        view = self.current
        if isinstance(view, Detail):
            view.refresh_ages()
        elif isinstance(view, Table):
            view.repaint()
