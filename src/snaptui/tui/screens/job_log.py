"""All of one job: its facts, its outcome, its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content

from snaptui.tui import keys
from snaptui.tui.clipboard import copy
from snaptui.tui.guard import guarded
from snaptui.tui.job_pages import reason_of, whole_page
from snaptui.tui.last_only import LastOnly
from snaptui.tui.screens.overlay import Overlay
from snaptui.tui.widgets.document import Document
from snaptui.tui.widgets.key_bar import KeyBar, KeyHint
from snaptui.units import log_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from snaptui.models import Job
    from snaptui.tui.inventory import Inventory, JobsChanged


class JobLogScreen(Overlay[None]):
    """A page to scroll in; a running job's goes on by itself."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.JOB_LOG]
    AUTO_FOCUS = "#log"

    def __init__(
        self, inventory: Inventory, job: Job, load: Callable[[str], Awaitable[str]]
    ) -> None:
        super().__init__()
        self._inventory = inventory
        self._job = job
        self._load = load
        self._text = ""
        self._reads = LastOnly(self.run_worker)
        self._page = Document(id="log")
        self._key_bar = KeyBar()

    def compose(self) -> ComposeResult:
        """The page."""
        with Vertical(id="sheet") as box:
            box.border_title = Content(" Job ")
            yield self._page
        yield self._key_bar

    def on_mount(self) -> None:
        """Show what is known, then load the log."""
        self._key_bar.set_hints(
            [KeyHint(keys.display(binding), binding.description) for binding in keys.JOB_LOG]
        )
        self._page.set_builder(lambda width: whole_page(self._job, self._text, width))
        self._look()

    def jobs_changed(self, message: JobsChanged) -> None:
        """It went on, or ended."""
        job = self._inventory.jobs.get(self._job.resource_uid)
        if job is not None and job in message.jobs:
            self._job = job
            self._page.rebuild()
            self._look()

    def _look(self) -> None:
        self._reads.load("log", self._read)

    async def _read(self) -> None:
        with guarded(lambda reason: self.notify(reason, severity="error", markup=False)):
            self._text = await self._load(self._job.resource_uid)
            self._page.rebuild()

    def action_copy_log(self) -> None:
        """Copy the reason and the log."""
        log = "\n".join(map(log_line, self._text.strip().splitlines()))
        parts = [part for part in (reason_of(self._job), log) if part]
        copy(self.app, "\n".join(parts) or self._job.status.value, "the outcome and the log")

    def action_close(self) -> None:
        """Back to the list."""
        self.dismiss()
