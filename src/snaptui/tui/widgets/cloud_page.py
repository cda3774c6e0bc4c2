"""A cloud's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.tui.documents import cloud_lines
from snaptui.tui.quotas import NOT_KNOWN, quota_lines
from snaptui.tui.spans import Line, outside, wrap
from snaptui.tui.widgets.document import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.models import Quota, Usage, Zone
    from snaptui.tui.inventory import CloudState


class CloudPage(Document):
    """Is it there, what are its zones, what do its snapshots cost, how much may one have.

    Zones, costs and quotas are loaded; until then the ones before stay.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._state: CloudState | None = None
        self._zones: Sequence[Zone] = ()
        self._usage: Usage | None = None
        self._reason = ""
        self._quotas: Sequence[Quota] = ()
        self._no_quotas = ""

    def open(self, state: CloudState) -> None:
        """Show a cloud, or the same anew."""
        if state is not self._state:
            self._state, self._zones, self._usage, self._reason = state, (), None, ""
            self._quotas, self._no_quotas = (), ""
            self.scroll_to(y=0, animate=False)
        self.set_builder(self._page)

    def fill(self, state: CloudState, zones: Sequence[Zone], usage: Usage | None) -> None:
        """Here are its zones and costs."""
        if state is self._state:
            self._zones, self._usage, self._reason = zones, usage, ""
            self.rebuild()

    def fail(self, state: CloudState, reason: str) -> None:
        """Zones and costs cannot be had."""
        if state is self._state:
            self._zones, self._usage, self._reason = (), None, reason
            self.rebuild()

    def fill_quotas(self, state: CloudState, quotas: Sequence[Quota], reason: str = "") -> None:
        """Here are its quotas, or why they are not known."""
        if state is self._state:
            self._quotas, self._no_quotas = quotas, reason
            self.rebuild()

    def _page(self, width: int) -> list[Line]:
        if self._state is None:
            return []
        lines = cloud_lines(self._state, self._zones, self._usage, width)
        info = self._state.info
        up = info is None or info.available
        no_quotas = self._no_quotas
        if not up and no_quotas.startswith(NOT_KNOWN):
            no_quotas = NOT_KNOWN  # why, its status says
        lines += quota_lines(self._quotas, no_quotas, width)
        if self._reason and up:  # else that is its status
            parts = wrap(outside(self._reason), max(8, width - 2))
            lines += [[], *([(f" {part}", "bad")] for part in parts)]
        return lines
