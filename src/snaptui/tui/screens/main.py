"""The main screen: the tree on the left, the pane on the right, and finding one's way."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal
from textual.screen import Screen

from snaptui.clouds.base import Ability
from snaptui.models import JobKind, Snapshot, Volume
from snaptui.tui import keys
from snaptui.tui.details import load_candidates, load_cloud, load_tab
from snaptui.tui.operations import Operations, is_read_only
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.spans import outside
from snaptui.tui.tables import attached_to
from snaptui.tui.targets import Target, target_in
from snaptui.tui.widgets.cloud_tree import CloudTree
from snaptui.tui.widgets.detail import Detail
from snaptui.tui.widgets.header import Header
from snaptui.tui.widgets.key_bar import KeyBar, KeyHint
from snaptui.tui.widgets.lineage import Lineage
from snaptui.tui.widgets.pane import NO_SNAPSHOTS, NO_VOLUMES, Pane
from snaptui.tui.widgets.table import Table
from snaptui.tui.widgets.welcome import Welcome
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer
    from textual.widget import Widget

    from snaptui.tui.inventory import CloudState, Inventory, InventoryChanged, JobsChanged
    from snaptui.tui.widgets.filter_bar import FilterBar
    from snaptui.tui.widgets.rows import Rows

PREVIEW_SECONDS = 0.12
"""A place in the tree is shown when the cursor has rested on it this long: holding a key down
sends no pane after pane over a slow line."""


def down_reason(state: CloudState) -> str:
    """Why a cloud shows nothing; empty when it is there."""
    if state.info is None or state.info.available:
        return ""
    return outside(f"{state.name} is down: {state.info.reason}")


class MainScreen(Screen[None]):
    """Where one is, and how one gets elsewhere."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.MAIN]
    AUTO_FOCUS = "#tree"

    def __init__(self, inventory: Inventory) -> None:
        super().__init__()
        self.inventory = inventory
        self.operations: Operations | None = None
        self.place: Place | None = None
        self._history: list[Place] = []
        self._preview: Timer | None = None
        self._leaving_tree = False
        self._greeted = False
        self.tree_view = CloudTree(id="tree")
        self.pane = Pane(id="pane")
        self.header = Header(id="header")
        self.key_bar = KeyBar(id="keys")

    def compose(self) -> ComposeResult:
        """Header, tree and pane, keys."""
        yield self.header
        with Horizontal(id="body"):
            yield self.tree_view
            yield self.pane
        yield self.key_bar

    def on_mount(self) -> None:
        """Say which keys there are."""
        self.pane.set_title("snaptui")
        self.refresh_hints()

    # What the follower says

    def inventory_changed(self, message: InventoryChanged) -> None:
        """Show a cloud's new state wherever it is seen."""
        self.tree_view.set_clouds(list(self.inventory.clouds.values()))
        if self.place is None:
            if message.state.loaded:
                start = Place(message.state.name, PlaceKind.VOLUMES)
                self.tree_view.show_place(start)
                self.show(start)
        elif self.place.cloud == message.state.name:
            self.show(self.place)
        self.refresh_hints()

    def jobs_changed(self, message: JobsChanged) -> None:
        """Show how far jobs are."""
        self.header.set_jobs(len(self.inventory.running))
        place = self.place
        if place is None or place.kind is PlaceKind.CLOUD:
            return
        if any(job.cloud == place.cloud for job in message.jobs):
            self._fill(place)
            self.refresh_hints()

    def refresh_ages(self) -> None:
        """Another minute: repaint what reads otherwise."""
        self.header.repaint()
        self.tree_view.refresh_ages()
        self.pane.refresh_ages()

    # Showing a place

    def state(self, place: Place | None = None) -> CloudState | None:
        """The state of the cloud that a place (or the one shown) is in."""
        place = place or self.place
        return self.inventory.clouds.get(place.cloud) if place else None

    def show(self, place: Place, *, focus: bool = False) -> None:
        """Show a place in the pane."""
        state = self.state(place)
        if state is None:
            return
        self.place = place
        self._fill(place)
        self._entitle(place, state)
        if focus:
            self._focus_main()
        self.refresh_hints()

    def _focus_main(self) -> None:
        if (widget := self.pane.main_widget) is not None:
            self._focus(widget)

    def _focus(self, widget: Widget) -> None:
        # The focus moves a moment later; keys that come before that are meant for it already.
        self._leaving_tree = True
        if widget.is_mounted:
            widget.focus()
        else:
            self.call_after_refresh(widget.focus)

    def _fill(self, place: Place) -> None:
        """Put what is known of a place into its view."""
        state = self.state(place)
        if state is None:
            return
        match place.kind:
            case PlaceKind.VOLUMES if self._is_empty(state):
                self._fill_welcome(state)
            case PlaceKind.VOLUMES:
                self._fill_volumes(state)
            case PlaceKind.SNAPSHOTS:
                jobs = self.inventory.running_for(state.name, JobKind.SNAPSHOT)
                snapshots = self.pane.snapshots()
                snapshots.empty = down_reason(state) or NO_SNAPSHOTS
                snapshots.set_items(list(state.snapshots.values()), jobs)
            case PlaceKind.VOLUME:
                self.pane.volume().open(place, state, self.inventory)
            case PlaceKind.SNAPSHOT:
                self.pane.snapshot().open(place, state, self.inventory)
            case PlaceKind.CLOUD:
                self._fill_cloud(state)
        self.pane.apply_filter()

    def _fill_welcome(self, state: CloudState) -> None:
        if isinstance(self.pane.current, Welcome):
            return
        welcome = self.pane.welcome()
        welcome.look()
        self.run_worker(load_candidates(welcome, state.cloud, welcome.fail))
        # Enter adds what was found, so that is where one begins; but who has gone to the tree stays
        # there, however often the clouds change.
        if not (self._greeted and self.tree_view.has_focus):
            self._focus(welcome.table)
        self._greeted = True

    def _fill_volumes(self, state: CloudState) -> None:
        was_welcome = isinstance(self.pane.current, Welcome)
        table = self.pane.volumes()
        table.empty = down_reason(state) or NO_VOLUMES
        clones = self.inventory.running_for(state.name, JobKind.CLONE)
        table.set_items(list(state.volumes.values()), clones)
        if was_welcome and not self.tree_view.has_focus:
            self._focus(table)

    def _fill_cloud(self, state: CloudState) -> None:
        page = self.pane.cloud()
        page.open(state)
        self.run_worker(load_cloud(page, state), exclusive=True, group="cloud")

    @staticmethod
    def _is_empty(state: CloudState) -> bool:
        return state.loaded and not state.volumes and bool(state.info and state.info.available)

    def _entitle(self, place: Place, state: CloudState) -> None:
        """The pane's title line and the header's crumbs."""
        crumbs = [state.name]
        name, facts = outside(state.name), ""
        if place.kind is PlaceKind.VOLUMES:
            name, facts = "Volumes", str(len(state.volumes) or "")
            crumbs.append(name)
        elif place.kind is PlaceKind.SNAPSHOTS:
            name, facts = "Volume Snapshots", str(len(state.snapshots) or "")
            crumbs.append(name)
        elif volume := state.volumes.get(place.uid):
            used = f"in-use by {attached_to(volume)}" if volume.attachment else volume.status.value
            name = outside(volume.name, 40)
            facts = f"{outside(volume.resource_uid)}  {format_size(volume.size_bytes)}  {used}"
            crumbs.append(volume.name)
        elif snapshot := state.snapshots.get(place.uid):
            name = outside(snapshot.name, 40)
            facts = f"{outside(snapshot.resource_uid)}  of {outside(snapshot.volume_name, 40)}"
            crumbs += [snapshot.volume_name, snapshot.name]
        elif place.uid:
            name, facts = outside(place.uid), "deleted"
            crumbs.append(place.uid)
        self.pane.set_title(name, facts)
        read_only = state.info is not None and is_read_only(state.info)
        self.header.set_crumbs(crumbs, "read-only" if read_only else "")

    # Going elsewhere

    def go(self, place: Place) -> None:
        """Open a place, remembering where one came from."""
        if self.place is not None and self.place != place:
            self._history.append(self.place)
        self.show(place, focus=True)
        self.tree_view.show_place(self._tree_place(place))

    def _tree_place(self, place: Place) -> Place:
        """The node of the tree that stands for a place."""
        if place.kind is PlaceKind.SNAPSHOT and self._history:
            return self._tree_place(self._history[-1])
        return place

    def action_back(self) -> None:
        """Close the filter, or take marks away, or go back, or up, or to the tree."""
        if self.pane.hide_filter():
            if self.focused is None:
                self._focus_main()
            return
        if not self.tree_view.has_focus and self.pane.unmark():
            return
        if self.place is None or self.tree_view.has_focus:
            return
        child = self.place
        if self._history:
            self._return_to(self._history.pop(), child)
        elif child.parent is not None and child.parent.kind is not PlaceKind.CLOUD:
            self._return_to(child.parent, child)
        else:
            self.tree_view.focus()

    def _return_to(self, place: Place, child: Place) -> None:
        self.show(place, focus=True)
        self.tree_view.show_place(self._tree_place(place))
        if isinstance(view := self.pane.current, Table):
            view.select(child.uid)

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """The tree's cursor rests on a place: show it."""
        event.stop()
        if event.rows is not self.tree_view:
            self.refresh_hints()
            return
        if self._preview is not None:
            self._preview.stop()
        self._preview = self.set_timer(PREVIEW_SECONDS, self._show_highlighted)
        self.refresh_hints()

    def _show_highlighted(self) -> None:
        place = self.tree_view.place
        if place is not None and place != self.place:
            self._history.clear()
            self.show(place)

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter: open what the cursor is on."""
        event.stop()
        rows, index = event.rows, event.index
        if rows is self.tree_view:
            place = self.tree_view.place_at(index)
            if place is not None:
                self._history.clear()
                self.show(place, focus=True)
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
        elif table.id == "candidates":
            self.action_do("new")

    def _go_to(self, kind: PlaceKind, uid: str) -> None:
        if self.place is not None:
            self.go(Place(self.place.cloud, kind, uid))

    # Tabs

    def on_detail_wanted(self, event: Detail.Wanted) -> None:
        """A tab needs its data: load it beside everything else."""
        event.stop()
        if (state := self.state(event.place)) is not None:
            self.run_worker(load_tab(event, state))

    def on_detail_tab_shown(self, event: Detail.TabShown) -> None:
        """Other keys may do something now."""
        event.stop()
        self.pane.apply_filter()
        self.refresh_hints()

    def on_table_marked(self, event: Table.Marked) -> None:
        """An action would be done to other things now."""
        event.stop()
        self.refresh_hints()

    def action_tab(self, step: int) -> None:
        """Show the tab to the left or right."""
        if isinstance(view := self.pane.current, Detail):
            view.step_tab(step)

    def action_show_tab(self, number: int) -> None:
        """Show a tab by its number."""
        view = self.pane.current
        if isinstance(view, Detail) and number <= len(view.TABS):
            view.show_tab(view.TABS[number - 1])

    def action_tree(self) -> None:
        """Go to the tree."""
        self.tree_view.focus()

    # The filter

    def action_filter(self) -> None:
        """Let words be typed."""
        if not self.pane.show_filter():
            self.notify("There is no list here to filter.", severity="warning", markup=False)

    def on_filter_bar_cleared(self) -> None:
        """All rows again."""
        self.pane.hide_filter()
        self._focus_main()

    def on_filter_bar_left(self) -> None:
        """Down or Tab: to the rows."""
        self._focus_main()

    def on_input_submitted(self, event: FilterBar.Submitted) -> None:
        """Enter: to the rows."""
        event.stop()
        if not event.value.strip():
            self.pane.hide_filter()
        self._focus_main()

    # Doing something

    def target(self) -> Target:
        """What an action would be done to."""
        state = self.state()
        if state is None or self.place is None:
            return Target()
        if self.tree_view.has_focus and not self._leaving_tree:
            place = self.tree_view.place
            if place is None or (state := self.state(place)) is None:
                return Target()
            return Target.by_uid(state, place.uid)
        return target_in(state, self.place, self.pane.main_widget)

    def ability(self, action: str) -> Ability:
        """Whether an action can be done here, and if not, why."""
        if self.operations is None:
            return Ability(False, "the clouds are still being opened")
        return self.operations.ability(action, self.target())

    def action_do(self, action: str) -> None:
        """Do one of the things that can be done to volumes and snapshots."""
        ability = self.ability(action)
        if not ability or self.operations is None:
            self.notify(outside(ability.reason), severity="warning", markup=False)
            return
        self.operations.do(action, self.target)

    def action_jobs(self, uid: str | None = None) -> None:
        """The list of jobs."""
        if self.operations is not None:
            self.operations.show_jobs(uid)

    # The keys

    def hints(self) -> Sequence[KeyHint]:
        """The keys that are shown, from the bindings."""
        hints: list[KeyHint] = []
        uid = self.tree_view.place and self.tree_view.has_focus and self.tree_view.place.uid
        detail = uid or isinstance(self.pane.current, Detail)
        drops = keys.DROP_IN_DETAIL if detail else keys.DROP_IN_INDEX
        for binding in (*keys.MAIN, *keys.APP):
            if not binding.show:
                continue
            possible = True
            if binding.action.startswith("do("):
                possible = bool(self.ability(binding.action[4:-2]))
            drop = drops.get(binding.id or "", 0) + (0 if possible else 10)
            hints.append(KeyHint(keys.display(binding), binding.description, possible, drop))
        return hints

    def refresh_hints(self) -> None:
        """Say which keys do something here."""
        self.key_bar.set_hints(self.hints())

    def on_descendant_focus(self) -> None:
        """The target is another one."""
        self._leaving_tree = False
        self.refresh_hints()
