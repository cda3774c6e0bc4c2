"""Going from place to place: from the tree, by jumps, and back."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widgets import Input

from snaptui.tui.later import later
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.state import Remembered
from snaptui.tui.table_choices import TableChoice
from snaptui.tui.trail import Stop, Trail
from snaptui.tui.typing_ahead import typing_ahead
from snaptui.tui.widgets.cloud_tree import CloudTree
from snaptui.tui.widgets.detail import Detail
from snaptui.tui.widgets.header import Header
from snaptui.tui.widgets.pane import Pane
from snaptui.tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer
    from textual.widget import Widget

    from snaptui.tui.inventory import CloudState, Inventory
    from snaptui.tui.table_choices import TableChoices
    from snaptui.tui.widgets.jump_bar import JumpBar
    from snaptui.tui.widgets.rows import Rows

PREVIEW_SECONDS = 0.12
"""A place in the tree is shown when the cursor has rested on it this long: holding a key down
sends no pane after pane over a slow line."""


class Navigation(Screen[None]):
    """A tree, a pane that shows one place, and the ways between places."""

    def __init__(self, inventory: Inventory) -> None:
        super().__init__()
        self.inventory = inventory
        self.place: Place | None = None
        self.tree_view = CloudTree(id="tree")
        self.pane = Pane(id="pane")
        self.header = Header(id="header")
        self.trail = Trail()
        self._restored = Remembered()
        self._began_at: Place | None = None
        self._preview: Timer | None = None
        self._awaited: tuple[Place, Callable[[], bool]] | None = None
        """What is opened when it is listed, and whether one is where that was asked for."""
        self._leaving_tree = False
        self.jumped_from: Widget | None = None
        """What had the focus when the jump line was opened, as long as that is there."""
        self.jump_bar: JumpBar | None = None
        self.jumps: list[str] = []
        """What was gone to from the jump line, now and the last time."""

    # What the main screen does with it

    @abstractmethod
    def fill(self, place: Place) -> None:
        """Put what is known of a place into its view."""

    @abstractmethod
    def entitle(self, place: Place, state: CloudState) -> None:
        """Say in title and header where one is."""

    @abstractmethod
    def look_now(self) -> None:
        """Something was done that the clouds will tell of."""

    @abstractmethod
    def refresh_hints(self) -> None:
        """Say which keys do something here."""

    @abstractmethod
    def action_do(self, action: str) -> None:
        """Do one of the things that can be done to volumes and snapshots."""

    @abstractmethod
    def action_jobs(self, uid: str | None = None) -> None:
        """The list of jobs."""

    # Showing a place

    def state(self, place: Place | None = None) -> CloudState | None:
        """The state of the cloud that a place (or the one shown) is in."""
        place = place or self.place
        return self.inventory.clouds.get(place.cloud) if place else None

    def _is_first(self, cloud: str) -> bool:
        """Whether a cloud is the one at the top of the tree."""
        return next(iter(self.inventory.clouds), cloud) == cloud

    def show(self, place: Place, *, focus: bool = False) -> None:
        """Show a place in the pane."""
        state = self.state(place)
        if state is None:
            return
        self.place = place
        if place.kind is not PlaceKind.CLOUD:
            self.open_cloud(state)
        self.fill(place)
        self.entitle(place, state)
        if focus:
            self.focus_main()
        self.refresh_hints()

    def open_cloud(self, state: CloudState) -> None:
        """Begin to follow a cloud that nobody has looked at yet."""
        if state.info is not None and not state.info.opened:
            self.run_worker(later(state.cloud.open), group="open-cloud")
            self.look_now()

    def focus_main(self) -> None:
        """Go to what the pane shows."""
        if (widget := self.pane.main_widget) is not None:
            self.focus_soon(widget)

    def focus_soon(self, widget: Widget) -> None:
        """Focus a widget that may not be mounted yet."""
        # The focus moves a moment later; keys that come before that are meant for it already.
        self._leaving_tree = True
        if widget.is_mounted:
            widget.focus()
            return
        ahead = typing_ahead(self.app)
        expected = ahead.expect()

        def focus() -> None:
            widget.focus()
            ahead.settle(expected, opened=True)

        self.call_after_refresh(focus)

    @property
    def in_tree(self) -> bool:
        """Whether keys are meant for the tree."""
        focused = self.tree_view.has_focus or self.jumped_from is self.tree_view
        return focused and not self._leaving_tree

    def on_descendant_focus(self) -> None:
        """The target is another one."""
        self._leaving_tree = False
        if self.jump_bar is not None and self.focused is not self.jump_bar.input:
            self.jump_bar.close()
            self.jumped_from = None
        self.refresh_hints()

    # Where one begins, and where one was

    def begin_at(self, remembered: Remembered) -> None:
        """Begin where one was, once its cloud is there."""
        self._restored = remembered
        self.jumps[:] = remembered.jumps

    def waits_for_all(self, state: CloudState) -> bool:
        """Whether one begins where all of a cloud must be known: at a snapshot, or a row of some.

        Then nothing of it is shown before: it would only have to be painted twice.
        """
        stop = self._restored.stop
        if stop is None or stop.place.cloud != state.name or state.complete:
            return False
        is_up = state.info is not None and state.info.available
        return is_up and stop.place.kind not in {PlaceKind.VOLUMES, PlaceKind.CLOUD}

    def is_to_begin(self, state: CloudState) -> bool:
        """Whether a cloud that came is where one begins, or where one would rather have begun."""
        stop = self._restored.stop
        if not state.loaded:
            return False
        if self.place is None:
            # not with whatever cloud happened to answer first
            return self._is_first(state.name) or (
                stop is not None and stop.place.cloud == state.name
            )
        here_still = self.place == self._began_at and self.trail.last is None
        return stop is not None and stop.place.cloud == state.name and here_still

    @property
    def has_begun(self) -> bool:
        """Whether one is where one begins, as far as that can be waited for."""
        stop = self._restored.stop
        return self.place is not None and (
            stop is None or stop.place.cloud not in self.inventory.clouds
        )

    def begin(self, cloud: str) -> None:
        """Show where one was, or the volumes."""
        restored, stop = self._restored, self._restored.stop
        if stop is not None and stop.place.cloud == cloud:
            self._restored = Remembered()
            if self.is_there(stop.place):
                self._restore(stop, restored)
                return
        self._began_at = Place(cloud, PlaceKind.VOLUMES)
        self.tree_view.show_place(self._began_at)
        self.show(self._began_at)

    def _restore(self, stop: Stop, restored: Remembered) -> None:
        self._return_to(stop, stop.place, focus=restored.in_pane)
        if not restored.in_pane:
            self.tree_view.focus()
        if restored.filter:
            self.pane.restore_filter(restored.filter)

    def remember(self, tables: TableChoices, theme: str) -> Remembered:
        """What to begin with the next time."""
        return Remembered(
            stop=None if self.place is None else self._stop(self.place),
            in_pane=not self.in_tree,
            filter=self.pane.filter_bar.value if self.pane.filter_bar.display else "",
            tables={kind: choice for kind, choice in tables.items() if choice != TableChoice()},
            theme=theme,
            jumps=tuple(self.jumps),
        )

    # Going elsewhere

    def go(self, place: Place) -> None:
        """Open a place, remembering where one came from."""
        self._forget_preview()
        if (state := self.state(place)) is not None:
            self.open_cloud(state)
        if self.place is not None and self.place != place:
            self.trail.leave(self._stop(self.place))
        # a cloud's page has no cursor, so keys would seem to do nothing there
        in_tree = place.kind is PlaceKind.CLOUD
        self.show(place, focus=not in_tree)
        self.tree_view.show_place(self._tree_place(place))
        if in_tree:
            self.tree_view.focus()

    def making(self) -> Callable[[Place], None]:
        """Something is being made: gives what opens it, once it is listed.

        Who has gone elsewhere meanwhile, also to another row or screen, or is typing, stays there.
        """
        since = self._stop(self.place) if self.place is not None else None
        form = self.app.screen

        def is_here(place: Place) -> bool:
            if self.app.screen not in {self, form} or isinstance(self.focused, Input):
                return False  # the next key would be meant for something else
            if self.place is None or since is None or self.place != since.place:
                return self.place == place
            key = self._stop(self.place).key  # another row than then is chosen for something else
            return not (key and since.key) or key == since.key

        def made(place: Place) -> None:
            self._awaited = (place, partial(is_here, place))
            self.go_to_awaited()

        return made

    def go_to_awaited(self) -> bool:
        """Open what was waited for, if it is listed now; whether one went there."""
        if self._awaited is None or not self.is_there(self._awaited[0]):
            return False
        (place, is_here), self._awaited = self._awaited, None
        if not is_here():
            return False
        self.go(place)
        return True

    def _stop(self, place: Place) -> Stop:
        view, widget = self.pane.current, self.pane.main_widget
        tab = view.tab if isinstance(view, Detail) else ""
        key = widget.key_at(widget.cursor) if isinstance(widget, Table) else None
        return Stop(place, tab, key or "")

    def _tree_place(self, place: Place) -> Place:
        """The node of the tree that stands for a place: a snapshot's index, or its volume."""
        if place.kind is not PlaceKind.SNAPSHOT:
            return place
        index = Place(place.cloud, PlaceKind.SNAPSHOTS)
        if self.trail.last == index or (state := self.state(place)) is None:
            return index
        snapshot = state.snapshots.get(place.uid)
        if snapshot is None or snapshot.volume_uid not in state.volumes:
            return index
        return Place(place.cloud, PlaceKind.VOLUME, snapshot.volume_uid)

    def is_there(self, place: Place) -> bool:
        """Whether a place can be gone to: its volume or snapshot has not been deleted."""
        state = self.state(place)
        if state is None:
            return False
        match place.kind:
            case PlaceKind.VOLUME:
                return place.uid in state.volumes
            case PlaceKind.SNAPSHOT:
                return place.uid in state.snapshots
            case _:
                return True

    def action_back(self) -> None:
        """Close the filter, or take marks away, or go back, or up, or to the tree."""
        if self.pane.hide_filter():
            if self.focused is None:
                self.focus_main()
            return
        if not self.tree_view.has_focus and self.pane.unmark():
            return
        child = self.place
        if child is None or (self.tree_view.has_focus and child.kind is not PlaceKind.CLOUD):
            return
        if (stop := self.trail.back(child, self.is_there)) is not None:
            self._return_to(stop, child)
        elif child.parent is not None and child.parent.kind is not PlaceKind.CLOUD:
            self._return_to(Stop(child.parent), child)
        else:
            self.tree_view.focus()

    def _return_to(self, stop: Stop, child: Place, *, focus: bool = True) -> None:
        self._forget_preview()
        self.show(stop.place, focus=focus)
        self.tree_view.show_place(self._tree_place(stop.place))
        view = self.pane.current
        if isinstance(view, Detail) and stop.tab in view.TABS and stop.tab != view.tab:
            view.show_tab(stop.tab)
            if focus:
                self.focus_main()
        if isinstance(widget := self.pane.main_widget, Table):
            widget.select(stop.key or child.uid)

    # The tree

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """The tree's cursor rests on a place: show it."""
        event.stop()
        if event.rows is not self.tree_view:
            self.refresh_hints()
            return
        self._forget_preview()
        self._preview = self.set_timer(PREVIEW_SECONDS, self._show_highlighted)
        self.refresh_hints()

    def _forget_preview(self) -> None:
        if self._preview is not None:
            self._preview.stop()
            self._preview = None

    def _show_highlighted(self) -> None:
        place = self.tree_view.place
        if place is not None and place != self.place:
            self.trail.clear()
            self.show(place)

    def on_cloud_tree_unfolded(self, event: CloudTree.Unfolded) -> None:
        """The branch of a cloud was opened."""
        event.stop()
        if (state := self.state(event.place)) is not None:
            self.open_cloud(state)

    def open_in_tree(self, place: Place) -> None:
        """Enter on a line of the tree: a closed cloud is opened, anything else is gone to."""
        state = self.state(place)
        closed = state is not None and state.info is not None and not state.info.opened
        if state is not None and closed and place.kind is PlaceKind.CLOUD:
            self.open_cloud(state)
        self.show(place, focus=not closed)
