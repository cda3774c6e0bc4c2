"""The jobs: how far they are, how they ended, what they said."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from snaptui.models import Job, JobStatus
from snaptui.tui import keys
from snaptui.tui.signs import job_sign, progress_line
from snaptui.tui.spans import Line, fit, length, outside, wrap
from snaptui.tui.tables import JOBS
from snaptui.tui.widgets.document import Document
from snaptui.tui.widgets.key_bar import KeyBar, KeyHint
from snaptui.tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from snaptui.tui.inventory import Inventory, JobsChanged
    from snaptui.tui.widgets.rows import Rows


class JobsTable(Table[Job]):
    """Jobs; the running ones say what they are and how far."""

    def job_line(self, job: Job) -> Line:
        """Sign, kind, name, progress."""
        name = outside(job.name or job.subject_name)
        line: Line = [job_sign(job), (f" {job.kind.value:<8}  ", "bright"), (fit(name, 18), "")]
        room = self.room.width - self.MARK - length(line) - 2
        return [*line, ("  ", ""), *progress_line(job, room)]


class JobsScreen(ModalScreen[None]):
    """Running jobs with their progress on top, then the ended ones; below, what the chosen said."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.JOBS]
    AUTO_FOCUS = "#jobs"

    def __init__(
        self,
        inventory: Inventory,
        uid: str | None,
        cancel: Callable[[str], Awaitable[None]],
        log: Callable[[str], Awaitable[str]],
    ) -> None:
        super().__init__()
        self._inventory = inventory
        self._uid = uid
        self._cancel = cancel
        self._load_log = log
        self._table = JobsTable(
            JOBS, lambda job: job.resource_uid, empty="no job has run yet", id="jobs"
        )
        self._said = Document(id="said")
        self._key_bar = KeyBar()
        self._shown: tuple[str, JobStatus] | None = None

    def compose(self) -> ComposeResult:
        """The list, and what the chosen job said."""
        with Vertical(id="sheet") as box:
            box.border_title = Content(" Jobs ")
            yield self._table
            yield self._said
        yield self._key_bar

    def on_mount(self) -> None:
        """List them."""
        self._fill()
        if self._uid is not None:
            self._table.select(self._uid)
        self._tell()
        self._key_bar.set_hints(
            [KeyHint(keys.display(binding), binding.description) for binding in keys.JOBS]
        )

    def jobs_changed(self, message: JobsChanged) -> None:
        """Show how far they are."""
        del message
        self._fill()
        self._tell()

    def _fill(self) -> None:
        ended = [job for job in self._inventory.jobs.values() if job.status.ended]
        self._table.set_items(ended, self._inventory.running)

    @property
    def _job(self) -> Job | None:
        return self._table.job_at(self._table.cursor) or self._table.current

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another job."""
        event.stop()
        self._tell()

    def _tell(self) -> None:
        job = self._job
        if job is None or self._shown == (job.resource_uid, job.status):
            return
        self._shown = (job.resource_uid, job.status)
        self._said.scroll_to(y=0, animate=False)
        self._said.set_builder(lambda width: _job_lines(job, "", width))
        if job.status.ended:
            self.run_worker(self._tell_log(job), exclusive=True)

    async def _tell_log(self, job: Job) -> None:
        log = await self._load_log(job.resource_uid)
        self._said.set_builder(lambda width: _job_lines(job, log, width))

    async def action_cancel_job(self) -> None:
        """Ask the job at the cursor to stop."""
        job = self._job
        if job is None or job.status.ended:
            self.notify("This job is over already.", severity="warning", markup=False)
            return
        await self._cancel(job.resource_uid)

    def action_close(self) -> None:
        """Back."""
        self.dismiss()


def _job_lines(job: Job, log: str, width: int) -> list[Line]:
    style = {JobStatus.FAILED: "bad", JobStatus.COMPLETED: "good"}.get(job.status, "muted")
    room = max(10, width - 2)
    text = outside(job.summary, 2000) or job.status.value
    lines: list[Line] = [[(f" {part}", style)] for part in wrap(text, room)]
    if job.hint:
        lines += [[(f" {part}", "")] for part in wrap(outside(job.hint, 2000), room)]
    if log.strip():
        lines.append([])
    for entry in log.splitlines()[-500:]:
        lines += [[(f" {part}", "muted")] for part in wrap(outside(entry, 2000), room)]
    return lines
