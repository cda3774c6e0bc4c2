"""The tabs of a volume and of a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.message import Message

from snaptui.clouds.base import Ability, Capability
from snaptui.fields import EVENT_FIELDS, SNAPSHOT_FIELDS, VOLUME_FIELDS
from snaptui.models import BlockSummary, Event, Job, JobKind, LineageNode, Snapshot, Volume
from snaptui.tui import keys
from snaptui.tui.cloud_state import LISTING
from snaptui.tui.documents import snapshot_info, volume_info
from snaptui.tui.spans import Line, outside, wrap
from snaptui.tui.tables.events import ASKING_EVENTS, EVENTS, NO_EVENTS
from snaptui.tui.tables.snapshots import VOLUME_SNAPSHOTS
from snaptui.tui.tables.volumes import VOLUMES
from snaptui.tui.widgets.blocks_view import BlocksView
from snaptui.tui.widgets.document import Document
from snaptui.tui.widgets.lineage import Lineage
from snaptui.tui.widgets.tab_bar import TabBar
from snaptui.tui.widgets.table import Table
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.widget import Widget

    from snaptui.tui.columns import Column
    from snaptui.tui.inventory import CloudState, Inventory
    from snaptui.tui.place import Place

TabData = tuple[Snapshot, BlockSummary] | LineageNode | list[Event]
"""What the tabs show that is loaded when they are shown."""


ASKING_BLOCKS = "asking the cloud"


class Detail(Vertical):
    """Tabs over one thing. What a tab needs is asked for when it is shown."""

    TABS: ClassVar[tuple[str, ...]] = ()
    FIRST: ClassVar[str] = "Info"
    STEPS: ClassVar[bool] = False
    """Whether the Blocks tab shows one snapshot after the other."""
    LOADED: ClassVar[frozenset[str]] = frozenset({"Blocks", "Lineage", "Activity"})

    @dataclass
    class Wanted(Message):
        """A tab is shown and needs its data."""

        detail: Detail
        place: Place
        tab: str
        generation: int
        chosen: str = ""
        """For a volume's Blocks tab: which of its snapshots; by default its newest."""

        @property
        def control(self) -> Detail:
            """The tabs."""
            return self.detail

    @dataclass
    class TabShown(Message):
        """Another tab is shown, or the one that is shown has its data now."""

        detail: Detail
        tab: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.bar = TabBar(self.TABS)
        self.info = Document(classes="tab")
        self.blocks = BlocksView(steps=self.STEPS, classes="tab")
        self.lineage = Lineage()
        self.activity = event_table(classes="tab")
        self.place: Place | None = None
        self.tab = self.FIRST
        self._loaded: dict[str, int] = {}
        self._chosen = ""
        self._state: CloudState | None = None

    def widget_of(self, tab: str) -> Widget:
        """The widget that shows a tab."""
        return {
            "Info": self.info,
            "Blocks": self.blocks,
            "Lineage": self.lineage,
            "Activity": self.activity,
        }[tab]

    def compose(self) -> ComposeResult:
        """The bar, and all tabs, of which one is displayed."""
        yield self.bar
        for tab in self.TABS:
            widget = self.widget_of(tab)
            widget.display = tab == self.tab
            yield widget

    # Tabs

    def show_tab(self, tab: str) -> None:
        """Show a tab; what it needs is asked for."""
        focused = self.widget_of(self.tab).has_focus
        for each in self.TABS:
            self.widget_of(each).display = each == tab
        self.tab = tab
        self.bar.set_active(self.TABS.index(tab))
        if focused:
            self.widget_of(tab).focus()
        self._want()
        self.post_message(self.TabShown(self, tab))

    def step_tab(self, step: int) -> None:
        """Show the tab to the left or right."""
        self.show_tab(self.TABS[(self.TABS.index(self.tab) + step) % len(self.TABS)])

    def on_tab_bar_chosen(self, event: TabBar.Chosen) -> None:
        """A click on a tab."""
        event.stop()
        self.show_tab(self.TABS[event.index])

    def _want(self) -> None:
        state, place = self._state, self.place
        if state is None or place is None or self.tab not in self.LOADED:
            return
        if self._loaded.get(self.tab) != state.generation:
            self._loaded[self.tab] = state.generation
            if self.tab == "Blocks" and self.blocks.snapshot is None and _has_blocks(place, state):
                self.blocks.say(ASKING_BLOCKS)
            chosen = self._chosen if self.tab == "Blocks" else ""
            self.post_message(self.Wanted(self, place, self.tab, state.generation, chosen))

    def on_blocks_view_stepped(self, event: BlocksView.Stepped) -> None:
        """The map of another snapshot is wanted."""
        event.stop()
        state = self._state
        newest = state.newest(event.snapshot.volume_uid) if state is not None else None
        # Who looks at the newest one goes on looking at the newest one when there is a newer.
        self._chosen = "" if event.snapshot == newest else event.snapshot.resource_uid
        self._loaded.pop("Blocks", None)
        self._want()

    # Data

    def open(self, place: Place, state: CloudState, inventory: Inventory) -> None:
        """Show another thing, or the same anew."""
        if place != self.place:
            self.place = place
            self._loaded.clear()
            self._chosen = ""
            self.blocks.clear()
            self.lineage.set_tree(None, place.uid)
            self.activity.forget_cursor()
            self.activity.empty = ASKING_EVENTS
            self.activity.set_items(())
            self.info.scroll_to(y=0, animate=False)
            self.reset()
        self._state = state
        self.update_from(state, inventory)
        self.bar.set_active(self.TABS.index(self.tab))
        self._want()

    def reset(self) -> None:
        """Forget the cursor's place in lists of the thing before."""

    def update_from(self, state: CloudState, inventory: Inventory) -> None:
        """Show what the inventory says."""
        raise NotImplementedError

    def fill(self, wanted: Wanted, data: TabData) -> None:
        """Here is what a tab asked for."""
        if not self._is_news(wanted):
            return
        if isinstance(data, LineageNode):
            if (state := self._state) is not None:
                self.lineage.set_facts(lambda uid: facts_of(state, uid))
            self.lineage.set_tree(data, wanted.place.uid)
        elif isinstance(data, tuple):
            snapshot, blocks = data
            history = self._state.of_volume(snapshot.volume_uid) if self._state else ()
            self.blocks.show(snapshot, blocks, history)
        else:
            self.activity.empty = NO_EVENTS
            self.activity.set_items(data)
            self.post_message(self.TabShown(self, self.tab))

    def fail(self, wanted: Wanted, reason: str) -> None:
        """A tab's data cannot be had: say so instead of showing what was before."""
        if not self._is_news(wanted):
            return
        # It is asked for again when the tab is shown again.
        self._loaded.pop(wanted.tab, None)
        if wanted.tab == "Blocks":
            self.blocks.say(reason)
        elif wanted.tab == "Lineage":
            self.lineage.set_tree(None, wanted.place.uid, outside(reason))
        else:
            self.activity.empty = outside(reason)
            self.activity.set_items(())

    def shows(self, wanted: Wanted) -> bool:
        """Whether what was asked for is what is seen."""
        return self.display and self.tab == wanted.tab and self._is_news(wanted)

    def _is_news(self, wanted: Wanted) -> bool:
        # What was asked for earlier may come later.
        same = wanted.place == self.place
        if wanted.tab == "Blocks" and wanted.chosen != self._chosen:
            return False
        return same and self._loaded.get(wanted.tab) == wanted.generation

    def refresh_ages(self) -> None:
        """Time has passed."""
        self.info.rebuild()
        self.blocks.rebuild()
        self.lineage.repaint()
        self.activity.repaint()


def event_table(
    columns: Sequence[Column[Event]] = EVENTS,
    *,
    kind: str = "activity",
    id: str | None = None,
    classes: str = "",
) -> Table[Event]:
    """A table of what happened, newest first."""
    return Table(
        columns,
        lambda event: event.uid,
        fields=EVENT_FIELDS,
        kind=kind,
        empty=ASKING_EVENTS,
        id=id,
        classes=f"{classes} activity".strip(),
    )


def _has_blocks(place: Place, state: CloudState) -> bool:
    return place.uid in state.snapshots or bool(state.of_volume(place.uid))


def facts_of(state: CloudState, uid: str) -> str:
    """What of a volume or snapshot matters in its family tree: its size, or what it brought."""
    if (volume := state.volumes.get(uid)) is not None:
        return format_size(volume.size_bytes)
    if (snapshot := state.snapshots.get(uid)) is not None:
        if snapshot.new_bytes is None:
            return format_size(snapshot.size_bytes)
        return f"{format_size(snapshot.new_bytes)} new"
    return ""


def notice(text: str) -> Callable[[int], list[Line]]:
    """A sentence instead of a picture."""
    return lambda width: [
        [],
        *([(f"  {part}", "muted")] for part in wrap(outside(text), max(8, width - 4))),
    ]


IMPORTED = "This volume is not here: its snapshots were imported."
GONE = "this volume is deleted, and no snapshot of it is left"


def none_yet(state: CloudState | None = None) -> str:
    """What an empty list of snapshots says of a volume that is there."""
    if state is not None and not state.complete:
        return LISTING
    return f"no snapshots yet: press {keys.of('do.snapshot')} to take one"


class VolumeDetail(Detail):
    """Info, Snapshots, Blocks (of the newest snapshot), Lineage, Activity."""

    TABS = ("Info", "Snapshots", "Blocks", "Lineage", "Activity")
    FIRST = "Snapshots"
    STEPS = True

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.snapshots: Table[Snapshot] = Table(
            VOLUME_SNAPSHOTS,
            lambda snapshot: snapshot.resource_uid,
            fields=SNAPSHOT_FIELDS,
            kind="volume-snapshots",
            empty=none_yet(),
            markable=True,
            id="volume-snapshots",
        )

    def widget_of(self, tab: str) -> Widget:
        """The widget that shows a tab."""
        return self.snapshots if tab == "Snapshots" else super().widget_of(tab)

    def reset(self) -> None:
        """Another volume, other snapshots."""
        self.snapshots.forget_cursor()

    def update_from(self, state: CloudState, inventory: Inventory) -> None:
        """Its record, its snapshots, its running jobs."""
        assert self.place is not None
        volume: Volume | None = state.volumes.get(self.place.uid)
        if volume is None:
            snapshots = state.of_volume(self.place.uid)
            imported = any(each.origin for each in snapshots)
            self.info.set_builder(notice(IMPORTED if imported else "This volume has been deleted."))
            self.snapshots.empty = GONE if state.complete else LISTING
            self.snapshots.set_items(snapshots)
            self.bar.set_counts({"Snapshots": len(snapshots)})
            return
        self.info.set_builder(lambda width: volume_info(state, volume, width))
        self.snapshots.empty = none_yet(state)
        jobs: list[Job] = inventory.making(state.name, JobKind.SNAPSHOT, uid=volume.resource_uid)
        snapshots = state.of_volume(volume.resource_uid)
        self.snapshots.set_items(snapshots, jobs)
        count = len(snapshots) if state.complete else volume.snapshot_count
        self.bar.set_counts({"Snapshots": count})
        if not state.complete:
            self.blocks.say(f"{LISTING.capitalize()}.")
        elif not snapshots:
            self.blocks.say(
                f"There is no snapshot yet. Press {keys.of('do.snapshot')} to take one."
            )

    def refresh_ages(self) -> None:
        """Time has passed."""
        super().refresh_ages()
        self.snapshots.repaint()


class SnapshotDetail(Detail):
    """Info, Blocks, Lineage, Volumes made from it, Activity."""

    TABS = ("Info", "Blocks", "Lineage", "Volumes", "Activity")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.volumes: Table[Volume] = Table(
            VOLUMES,
            lambda volume: volume.resource_uid,
            fields=VOLUME_FIELDS,
            kind="snapshot-volumes",
            empty=f"no volume was made from it: press {keys.of('do.clone')} to clone it",
            markable=True,
            id="snapshot-volumes",
        )

    def widget_of(self, tab: str) -> Widget:
        """The widget that shows a tab."""
        return self.volumes if tab == "Volumes" else super().widget_of(tab)

    def reset(self) -> None:
        """Another snapshot, other clones."""
        self.volumes.forget_cursor()

    def update_from(self, state: CloudState, inventory: Inventory) -> None:
        """Its record, the volumes made from it, clones that are being made."""
        assert self.place is not None
        uid = self.place.uid
        snapshot = state.snapshots.get(uid)
        if snapshot is None:
            gone = "This snapshot has been deleted."
            self.info.set_builder(notice(gone if state.complete else f"{LISTING.capitalize()}."))
            self.blocks.say("")
            self.volumes.set_items(())
            self.bar.set_counts({})
            return
        visibility: Ability = state.cloud.ability(Capability.SET_VISIBILITY)
        self.info.set_builder(lambda width: snapshot_info(state, snapshot, visibility, width))
        clones = [v for v in state.volumes.values() if v.source_snapshot_uid == uid]
        self.volumes.set_items(clones, inventory.making(state.name, JobKind.CLONE, uid=uid))
        self.bar.set_counts({"Volumes": len(clones)} if clones else {})

    def refresh_ages(self) -> None:
        """Time has passed."""
        super().refresh_ages()
        self.volumes.repaint()
