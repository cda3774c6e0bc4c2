"""What others have made public in a cloud: an owner is typed, then it is listed page by page."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from snaptui.fields import SNAPSHOT_FIELDS
from snaptui.tui import keys
from snaptui.tui.clipboard import copy
from snaptui.tui.glyphs import glyphs
from snaptui.tui.guard import guarded
from snaptui.tui.later import later
from snaptui.tui.screens.filtered import Filtered
from snaptui.tui.screens.form import Field
from snaptui.tui.spans import outside
from snaptui.tui.tables.public import PUBLIC
from snaptui.tui.typing_ahead import focus_now
from snaptui.tui.widgets.filter_bar import FilterBar
from snaptui.tui.widgets.key_bar import KeyBar, KeyHint
from snaptui.tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets import Input
    from textual.worker import Worker

    from snaptui.clouds.base import Ability
    from snaptui.models import Snapshot
    from snaptui.tui.widgets.rows import Rows

EVERYBODY = (
    "Without an owner everybody's are listed: tens of thousands, which takes minutes. Esc stops it."
)
BEGIN = "type an owner and press Enter"
_DROP = {"public.import": 2, "public.region": 1}
"""Which keys leave the last line first when there is no room."""
NOTHING = "there is no public snapshot of that owner here"


class Uses(Protocol):
    """What can be done with a snapshot of the list."""

    def list(self, owner: str) -> AsyncGenerator[Sequence[Snapshot], None]:
        """All there are of an owner (empty: everybody's), in pages."""

    def ability(self, action: str, snapshot: Snapshot) -> Ability:
        """Whether it can be cloned, imported or copied (to a region), and why not."""

    def do(self, action: str, snapshot: Snapshot) -> None:
        """Do one of these; what speaks against it is told."""


class PublicScreen(Filtered):
    """Whose, and a list that grows while it is looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.PUBLIC]
    AUTO_FOCUS = "#owner"

    def __init__(self, cloud: str, uses: Uses) -> None:
        """A screen on which nothing is listed yet.

        Args:
            cloud: in which cloud.
            uses: lists them, and what can be done with one.
        """
        table: Table[Snapshot] = Table(
            PUBLIC,
            lambda each: each.resource_uid,
            fields=SNAPSHOT_FIELDS,
            empty=BEGIN,
            kind="public-snapshots",
            id="public",
        )
        super().__init__(table, FilterBar(id="filter"))
        self._cloud = cloud
        self._uses = uses
        self._owner = Field(
            "Owner", placeholder="an account's number, or amazon; then Enter", id="owner"
        )
        self._sheet = Vertical(
            self._owner,
            Static(Content(EVERYBODY), id="warning"),
            self._table,
            self._filter,
            id="sheet",
        )
        self._key_bar = KeyBar()
        self._listing: Worker[None] | None = None
        self._state = ""

    def compose(self) -> ComposeResult:
        """The owner, the list, and the keys."""
        yield self._sheet
        yield self._key_bar

    def on_mount(self) -> None:
        """Nothing is asked before an owner is."""
        self._sheet.border_title = Content(f" Public snapshots of {outside(self._cloud, 40)} ")
        self._tell()

    # Listing

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: list that owner's, or go to the rows that the filter lets through."""
        event.stop()
        if event.input is self._owner:
            self._begin(event.value.strip())
        else:
            self.filter_submitted()

    def _begin(self, owner: str) -> None:
        self._stop()
        self._table.forget_cursor()
        self._table.empty = "asking the cloud"
        self._table.set_items([])
        self.query_one("#warning").display = False
        self._table.focus()
        self._listing = self.run_worker(later(self._list, owner), group="list", exclusive=True)
        self._say(f"{glyphs().ellipsis} Esc stops it")

    async def _list(self, owner: str) -> None:
        found: list[Snapshot] = []
        reasons: list[str] = []
        with guarded(reasons.append):
            async with aclosing(self._uses.list(owner)) as pages:
                async for page in pages:
                    found = [*found, *page]
                    self._table.set_items(found)
                    self._say(f"{len(found)} so far{glyphs().ellipsis} Esc stops it")
                    await asyncio.sleep(0)  # a page is painted, and keys are heard, before the next
        self._listing = None
        if reasons:
            self._table.empty = outside(reasons[0])
            self._table.repaint()
            if found:
                self.notify(outside(reasons[0]), severity="error", timeout=10, markup=False)
        else:
            self._table.empty = NOTHING
            self._table.repaint()
        self._say(f"{len(found)}, not all of them" if reasons else str(len(found)))

    def _stop(self) -> bool:
        """List no more; whether anything was being listed."""
        listing, self._listing = self._listing, None
        if listing is None:
            return False
        listing.cancel()
        self._table.empty = BEGIN
        self._say(f"stopped: {self._table.total}, not all of them")
        return True

    def _say(self, text: str) -> None:
        """How far it is."""
        self._state = text
        self._tell()

    # What is told

    def _tell(self) -> None:
        problem = self._table.problem if self._filter.display else None
        self._filter.set_class(problem is not None, "-not-understood")
        parts = [self._state]
        if problem is not None:
            parts = [outside(str(problem))]
        elif self._filter.display and self._filter.value.strip():
            parts.append(f"{self._table.row_count()} let through")
        text = f" {glyphs().dot} ".join(filter(None, parts))
        self._sheet.border_subtitle = Content(f" {text} ") if text else None
        chosen = self._table.current

        def can(action: str) -> bool:
            return chosen is not None and bool(self._uses.ability(action, chosen))

        possible = {
            "public.clone": can("clone"),
            "public.import": can("import"),
            "public.region": can("copy"),
            "public.copy": chosen is not None,
            "public.filter": bool(self._table.total),
        }
        self._key_bar.set_hints(
            [
                KeyHint(
                    keys.display(each),
                    each.description,
                    possible.get(each.id or "", True),
                    _DROP.get(each.id or "", 0),
                )
                for each in keys.PUBLIC
                if each.show
            ]
        )

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another row."""
        event.stop()
        self._tell()

    # The filter

    def on_input_changed(self, event: Input.Changed) -> None:
        """Something was typed: an owner, or words that a snapshot is to have."""
        event.stop()
        if event.input is self._owner:
            self.query_one("#warning").display = not event.value.strip()
        else:
            self._table.set_filter(event.value)
            self._tell()

    def filter_changed(self) -> None:
        """Say it with how far the listing is."""
        self._tell()

    # Doing something

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter: clone it."""
        event.stop()
        self.action_use("clone")

    def action_use(self, action: str) -> None:
        """Clone, import or copy the snapshot at the cursor."""
        if (snapshot := self._table.current) is None:
            self._warn("Select a snapshot first.")
        elif not (ability := self._uses.ability(action, snapshot)):
            self._warn(ability.reason)
        else:
            self._uses.do(action, snapshot)

    def action_copy_uid(self) -> None:
        """Copy the Resource UID of the snapshot at the cursor."""
        if (snapshot := self._table.current) is None:
            self._warn("Select a snapshot first.")
            return
        uid = snapshot.resource_uid
        copy(self.app, uid, f"the Resource UID {outside(uid, 48)}")

    def action_owner(self) -> None:
        """Let another owner be typed."""
        focus_now(self._owner)

    def action_back(self) -> None:
        """Stop listing, or take the filter away, or go back: from the owner to what is listed."""
        if self._stop() or self.show_all():
            return
        if self._owner.has_focus and self._table.total:
            self._table.focus()
        else:
            self.dismiss()

    def action_close(self) -> None:
        """Back."""
        self.dismiss()

    def _warn(self, text: str) -> None:
        self.notify(outside(text), severity="warning", markup=False)
