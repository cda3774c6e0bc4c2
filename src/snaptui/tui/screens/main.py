"""The main screen: the tree on the left, the pane on the right, what can be done there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal

from snaptui.clouds.base import Ability, Capability
from snaptui.models import JobKind
from snaptui.tui import keys
from snaptui.tui.clipboard import copy
from snaptui.tui.cloud_state import LISTING
from snaptui.tui.copying import copied
from snaptui.tui.details import (
    load_activity,
    load_candidates,
    load_cloud,
    load_own,
    load_tab,
    look_closely,
)
from snaptui.tui.exporting import Export, rows_export
from snaptui.tui.last_only import LastOnly
from snaptui.tui.later import later
from snaptui.tui.operations import Operations, is_read_only
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.typed_lines import TypedLines
from snaptui.tui.spans import outside
from snaptui.tui.tables.events import ASKING_EVENTS
from snaptui.tui.targets import Target, target_in
from snaptui.tui.titles import special_about, title_of
from snaptui.tui.widgets.detail import Detail
from snaptui.tui.widgets.key_bar import KeyBar, KeyHint
from snaptui.tui.widgets.pane import NO_LIST, no_snapshots, no_volumes
from snaptui.tui.widgets.table import Table
from snaptui.tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import Binding, BindingType

    from snaptui.tui.inventory import CloudState, Inventory, InventoryChanged, JobsChanged


NO_ROWS = "there is no list here to save"
NO_TABS = "there are no tabs here"


def down_reason(state: CloudState) -> str:
    """Why a cloud shows nothing; empty when it is there."""
    if state.info is None or state.info.available:
        return ""
    return outside(state.info.sentence)


class MainScreen(TypedLines):
    """What is shown of a place, and what is done there."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.MAIN]
    AUTO_FOCUS = "#tree"

    def __init__(self, inventory: Inventory) -> None:
        super().__init__(inventory)
        self.operations: Operations | None = None
        self._greeted = False
        self._activity = ("", -1)
        """Which cloud's activity was loaded, and of which of its generations."""
        self._loads = LastOnly(self.run_worker, at_once=2)
        self._looked_at: Place | None = None
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
        if self.waits_for_all(message.state):
            self.open_cloud(message.state)  # it is not read before
            return
        self.tree_view.set_clouds(list(self.inventory.clouds.values()))
        if self.is_to_begin(message.state):
            self.begin(message.state.name)
        elif self.go_to_awaited():
            pass
        elif self.place is not None and self.place.cloud == message.state.name:
            self._stay_with_tree(self.place, message)
            self.show(self.place)
        if self.jump_bar is not None:
            self.jump_bar.look_again()
        self.refresh_hints()

    def cloud_touched(self, state: CloudState) -> None:
        """Show what happened there, and how its zones are, if one looks at that."""
        place = self.place
        asked_for = {PlaceKind.ACTIVITY, PlaceKind.CLOUD}
        if place is not None and place.cloud == state.name and place.kind in asked_for:
            self.fill(place)

    def _stay_with_tree(self, place: Place, message: InventoryChanged) -> None:
        """When the tree's volume was deleted, go to the index: keys act on what the tree is on."""
        if place.uid in message.difference.removed and self.tree_view.has_focus and place.parent:
            self.place = place.parent
            self.tree_view.show_place(place.parent)

    def jobs_changed(self, message: JobsChanged) -> None:
        """Show how far jobs are."""
        self.header.set_jobs(len(self.inventory.running))
        place = self.place
        if place is None or place.kind is PlaceKind.CLOUD:
            return
        if any(self.inventory.is_of(job, place.cloud) for job in message.jobs):
            self.fill(place)
            self.refresh_hints()

    def refresh_ages(self) -> None:
        """Another minute: repaint what reads otherwise."""
        if self.place is not None and (state := self.state()) is not None:
            self.entitle(self.place, state)
        self.header.repaint()
        self.tree_view.refresh_ages()
        self.pane.refresh_ages()

    # Showing a place

    def fill(self, place: Place) -> None:
        """Put what is known of a place into its view."""
        state = self.state(place)
        if state is None:
            return
        if place.kind is not PlaceKind.SNAPSHOT:
            self._looked_at = None
        match place.kind:
            case PlaceKind.VOLUMES if self._is_empty(state):
                self._fill_welcome(state)
            case PlaceKind.VOLUMES:
                self._fill_volumes(state)
            case PlaceKind.SNAPSHOTS:
                jobs = self.inventory.making(state.name, JobKind.SNAPSHOT)
                snapshots = self.pane.snapshots()
                snapshots.empty = down_reason(state) or no_snapshots(state)
                snapshots.set_items(list(state.snapshots.values()), jobs)
            case PlaceKind.ACTIVITY:
                self._fill_activity(state)
            case PlaceKind.VOLUME:
                self.pane.volume().open(place, state, self.inventory)
            case PlaceKind.SNAPSHOT:
                self.pane.snapshot().open(place, state, self.inventory)
                self._look_closely(place, state)
            case PlaceKind.CLOUD:
                self._fill_cloud(state)
        self.pane.apply_filter()

    def _fill_welcome(self, state: CloudState) -> None:
        was_here = isinstance(self.pane.current, Welcome)
        welcome = self.pane.welcome()
        read_only = state.info is None or is_read_only(state.info)
        welcome.tell("" if state.info is None or read_only else state.info.reason)
        if was_here:
            return
        welcome.look()
        self.run_worker(later(load_candidates, welcome, state.cloud, welcome.fail))
        # Enter adds what was found, so that is where one begins; but who has gone to the tree stays
        # there, however often the clouds change.
        if not (self._greeted and self.tree_view.has_focus):
            self.focus_soon(welcome.table)
        self._greeted = True

    def _fill_volumes(self, state: CloudState) -> None:
        was_welcome = isinstance(self.pane.current, Welcome)
        table = self.pane.volumes()
        table.empty = down_reason(state) or no_volumes(state)
        coming = self.inventory.making(state.name, JobKind.CLONE, JobKind.CREATE)
        table.set_items(list(state.volumes.values()), coming)
        if was_welcome and not self.tree_view.has_focus:
            self.focus_soon(table)

    def _fill_activity(self, state: CloudState) -> None:
        table = self.pane.activity()
        self.pane.named = {**state.snapshots, **state.volumes}
        shown = (state.name, state.generation)
        if shown == self._activity:
            return
        if shown[0] != self._activity[0]:
            table.forget_cursor()
            table.empty = ASKING_EVENTS
        self._activity = shown

        async def load() -> None:
            if not await load_activity(table, state):
                self._activity = ("", -1)  # it is asked for again
            self.pane.apply_filter()

        self.run_worker(later(load), exclusive=True, group="activity")

    def _look_closely(self, place: Place, state: CloudState) -> None:
        """Once a visit, have found out what listings do not tell."""
        if self._looked_at != place:
            self._looked_at = place
            self.run_worker(later(look_closely, state, place.uid), exclusive=True, group="closely")

    def _fill_cloud(self, state: CloudState) -> None:
        page = self.pane.cloud()
        page.open(state)
        self.run_worker(later(load_cloud, page, state), exclusive=True, group="cloud")

    @staticmethod
    def _is_empty(state: CloudState) -> bool:
        has_candidates = bool(state.cloud.ability(Capability.ADD_VOLUME))
        up = state.info is not None and state.info.available
        return state.loaded and not state.volumes and up and has_candidates

    def entitle(self, place: Place, state: CloudState) -> None:
        """The pane's title line and the header's crumbs."""
        title = title_of(place, state)
        self.pane.set_title(title.name, title.facts, title.uid)
        self.header.set_crumbs(title.crumbs, special_about(state.info))

    # Tabs

    def on_detail_wanted(self, event: Detail.Wanted) -> None:
        """A tab needs its data: load it beside everything else."""
        event.stop()
        if (state := self.state(event.place)) is not None:
            self._loads.load((event.tab, event.place), lambda: self._load_tab(event, state))

    async def _load_tab(self, event: Detail.Wanted, state: CloudState) -> None:
        await load_tab(event, state)
        if event.tab == "Blocks":
            self._loads.load(("own", event.place), lambda: load_own(event, state))

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
        if not isinstance(view, Detail):
            self.notify(NO_TABS, severity="warning", markup=False)
        elif number <= len(view.TABS):
            view.show_tab(view.TABS[number - 1])

    def action_tree(self) -> None:
        """Go to the tree."""
        self.tree_view.focus()

    # Doing something

    def target(self) -> Target:
        """What an action would be done to."""
        state = self.state()
        if state is None or self.place is None:
            return Target()
        if self.in_tree:
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
            self.refuse(ability.reason)
            return
        self.operations.do(action, self.target)

    def action_copy(self, field: str) -> None:
        """Copy something of what the cursor is on to the person's clipboard."""
        found = copied(field, self.target())
        if isinstance(found, Ability):
            self.notify(outside(found.reason), severity="warning", markup=False)
        else:
            copy(self.app, found.text, found.what)

    def _can_export(self) -> bool:
        widget = self.pane.main_widget
        return isinstance(widget, Table) and bool(widget.shown)

    def export(self) -> Export | None:
        """What would be exported: the rows of the table that is seen, as they are shown."""
        table = self.pane.main_widget
        if not self._can_export() or not isinstance(table, Table):
            return None
        place, state = self.place, self.state()
        of = ""
        if place is not None and state is not None and place.uid:
            thing = state.volumes.get(place.uid) or state.snapshots.get(place.uid)
            of = thing.name if thing is not None else place.uid
        return rows_export(table.shown, of)

    def action_export(self) -> None:
        """Write the list that is seen to a file."""
        from snaptui.tui.screens.export_form import ExportForm

        if (export := self.export()) is not None:
            self.app.push_screen(ExportForm(export))
        else:
            self.refuse(NO_ROWS)

    def action_activity(self) -> None:
        """What happened in the cloud one is in."""
        if self.place is not None:
            self.go(Place(self.place.cloud, PlaceKind.ACTIVITY))

    def action_refresh(self) -> None:
        """List the cloud one is in anew, now."""
        if (state := self.state()) is None:
            return
        self.open_cloud(state)
        state.cloud.look_again()
        self.look_now()

    def action_jobs(self, uid: str | None = None) -> None:
        """The list of jobs."""
        if self.operations is not None:
            self.operations.show_jobs(uid)

    # The keys

    def why_not(self, binding: Binding) -> str:
        """Why what a key does cannot be done here; empty when it can."""
        action, argument = keys.parsed(binding)
        match action:
            case "do":
                return self.ability(argument).reason
            case "copy":
                found = copied(argument, self.target())
                return found.reason if isinstance(found, Ability) else ""
            case "filter":
                return "" if self.pane.table is not None else NO_LIST
            case "export":
                return "" if self._can_export() else NO_ROWS
            case "tab" | "show_tab":
                return "" if isinstance(self.pane.current, Detail) else NO_TABS
            case _:
                return ""

    def hints(self) -> Sequence[KeyHint]:
        """The keys that are shown, from the bindings."""
        hints: list[KeyHint] = []
        # what can be done as soon as the snapshots are known is not shown otherwise until then
        volume = self.target().volume
        will_be_listed = volume is not None and volume.snapshot_count > 0
        uid = self.tree_view.place and self.tree_view.has_focus and self.tree_view.place.uid
        detail = uid or isinstance(self.pane.current, Detail)
        drops = keys.DROP_IN_DETAIL if detail else keys.DROP_IN_INDEX
        for binding in (*keys.MAIN, *keys.APP):
            if not binding.show:
                continue
            reason = self.why_not(binding)
            possible = not reason or (will_be_listed and reason == LISTING)
            drop = drops.get(binding.id or "", 0) + (0 if possible else 10)
            if not (key := keys.display(binding)):
                continue
            hints.append(KeyHint(key, binding.description, possible, drop))
        return hints

    def look_now(self) -> None:
        """Something was done that the clouds will tell of."""
        if self.operations is not None:
            self.operations.wake()

    def refresh_hints(self) -> None:
        """Say which keys do something here."""
        self.key_bar.set_hints(self.hints())
