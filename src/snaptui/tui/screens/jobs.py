"""The jobs: how far they are, how they ended, what they said, and what can be done about it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.containers import Vertical
from textual.content import Content

from snaptui.fields import JOB_FIELDS
from snaptui.models import Job, JobStatus
from snaptui.requests import why_no_retry
from snaptui.tui import keys
from snaptui.tui.clipboard import copy
from snaptui.tui.exporting import rows_export
from snaptui.tui.glyphs import glyphs
from snaptui.tui.job_pages import beside_the_list, reason_of
from snaptui.tui.last_only import LastOnly
from snaptui.tui.screens.filtered import Filtered
from snaptui.tui.screens.job_log import JobLogScreen
from snaptui.tui.signs import job_sign, progress_line
from snaptui.tui.spans import Line, fit, length, outside
from snaptui.tui.tables.jobs import JOBS
from snaptui.tui.widgets.document import Document
from snaptui.tui.widgets.filter_bar import FilterBar
from snaptui.tui.widgets.key_bar import KeyBar, KeyHint
from snaptui.tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from snaptui.tui.inventory import Inventory, JobsChanged
    from snaptui.tui.widgets.rows import Rows


class Controls(Protocol):
    """What the screen has done to jobs."""

    def cancel(self, job: Job) -> None:
        """Ask whether to stop it, and have it stopped."""

    def retry(self, job: Job, then: Callable[[str], object]) -> None:
        """Have its request made again as a new job; ask first where that overwrites something."""

    async def log(self, uid: str) -> str:
        """What its worker wrote."""


EXAMPLE = "web  !test  status:failed  kind:snapshot  age:<7d"


class JobsTable(Table[Job]):
    """Jobs; the running ones say what they are and how far."""

    def __init__(self) -> None:
        super().__init__(
            JOBS,
            lambda job: job.resource_uid,
            fields=JOB_FIELDS,
            empty="no job has run yet",
            kind="jobs",
            id="jobs",
        )
        self._under_way: Sequence[Job] = ()

    def set_items(self, items: Sequence[Job], jobs: Sequence[Job] = ()) -> None:
        """Show these; of the running ones, too, only what the filter lets through."""
        self._under_way = jobs
        super().set_items(items, self._passing())

    def set_filter(self, text: str) -> None:
        """Show only what the filter lets through."""
        super().set_filter(text)
        self._jobs = self._passing()
        self._listed()

    def _passing(self) -> list[Job]:
        return [job for job in self._under_way if self._listing.passes(job)]

    @property
    def every_shown(self) -> list[Job]:
        """What is shown, running or not."""
        return [*self._jobs, *self.shown]

    @property
    def total(self) -> int:
        """How many jobs there are."""
        return len(self._under_way) + super().total

    def job_line(self, job: Job) -> Line:
        """Sign, kind, what it is of, progress: where the columns of the ended ones have these."""
        name = outside(job.subject_name or job.name)
        line: Line = [job_sign(job), (f" {job.kind.value:<8}  ", "bright"), (fit(name, 18), "")]
        room = self.room.width - self.MARK - length(line) - 2
        return [*line, ("  ", ""), *progress_line(job, room)]


class JobsScreen(Filtered):
    """Running jobs with their progress on top, then the ended ones; below, what the chosen said."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.JOBS]
    AUTO_FOCUS = "#jobs"
    _table: JobsTable

    def __init__(self, inventory: Inventory, uid: str | None, controls: Controls) -> None:
        super().__init__(JobsTable(), FilterBar(example=EXAMPLE, id="filter"))
        self._inventory = inventory
        self._uid = uid
        self._controls = controls
        self._said = Document(id="said")
        self._said.can_focus = False
        self._key_bar = KeyBar()
        self._sheet = Vertical(self._table, self._filter, self._said, id="sheet")
        self._loads = LastOnly(self.run_worker)
        self._awaited = ""
        self._shown: Job | None = None
        self._log = ("", "")
        """Whose log was loaded, and what it says."""

    def compose(self) -> ComposeResult:
        """The list, and what the chosen job said."""
        yield self._sheet
        yield self._key_bar

    def on_mount(self) -> None:
        """List them."""
        self._fill()
        if self._uid is not None:
            self._table.select(self._uid)
        self._tell()

    def jobs_changed(self, message: JobsChanged) -> None:
        """Show how far they are."""
        del message
        self._fill()
        self._tell()

    def _fill(self) -> None:
        ended = [job for job in self._inventory.jobs.values() if job.status.ended]
        self._table.set_items(ended, self._inventory.running)
        self._tell_filter()
        if self._awaited in self._inventory.jobs:
            self._table.select(self._awaited)
            self._awaited = ""

    def _entitle(self) -> None:
        """Count in the title what is listed below it."""
        counts = Counter(job.status for job in self._table.every_shown)
        signs = glyphs()
        facts = f" {signs.dot} ".join(
            f"{counts[status]} {'done' if status is JobStatus.COMPLETED else status.value}"
            for status in (
                JobStatus.RUNNING,
                JobStatus.QUEUED,
                JobStatus.COMPLETED,
                JobStatus.FAILED,
                JobStatus.CANCELLED,
            )
            if counts[status]
        )
        title = Content.styled(" Jobs ", "bold")
        told = Content.styled(f" {facts} ", "$text-muted") if facts else Content("")
        self._sheet.border_title = Content("").join([title, told])

    # The filter

    def on_input_changed(self, event: FilterBar.Changed) -> None:
        """Words were typed."""
        event.stop()
        self._table.set_filter(event.value)
        self._tell_filter()
        self._tell()

    def _tell_filter(self) -> None:
        """Say how much is left, or why the filter is not understood."""
        self._entitle()
        filtering = self._filter.display and bool(self._filter.value.strip())
        problem = self._table.problem if filtering else None
        self._filter.set_class(problem is not None, "-not-understood")
        text = ""
        if problem is not None:
            text = outside(str(problem))
        elif filtering:
            facts = (f"{self._table.row_count()} of {self._table.total}", "Escape shows all")
            text = f" {glyphs().dot} ".join(facts)
        room = max(8, self._sheet.outer_size.width - 8)
        text = text if length([(text, "")]) <= room else fit(text, room)
        style = "$warning" if problem is not None else ""
        self._sheet.border_subtitle = Content.styled(f" {text} ", style) if text else None

    def filter_changed(self) -> None:
        """Say it beside the job at the cursor, which may be another one."""
        self._tell_filter()
        self._tell()

    def on_input_submitted(self, event: FilterBar.Submitted) -> None:
        """Enter: to the rows."""
        event.stop()
        self.filter_submitted()

    @property
    def job(self) -> Job | None:
        """The job at the cursor."""
        return self._table.job_at(self._table.cursor) or self._table.current

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another job."""
        event.stop()
        self._tell()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter: all of it."""
        event.stop()
        self.action_log()

    # What is told of the job at the cursor

    def _tell(self) -> None:
        job = self.job
        self._key_bar.set_hints(self._hints(job))
        if job is None:
            self._shown = None
            self._said.set_builder(lambda _width: [])
            return
        if job == self._shown:
            return
        before, self._shown = self._shown, job
        if before is None or before.resource_uid != job.resource_uid:
            self._said.scroll_to(y=0, animate=False)
        self._show()
        if job.status.ended and self._log[0] != job.resource_uid:
            self._loads.load("log", lambda: self._load_log(job))

    def _show(self) -> None:
        job = self._shown
        if job is None:
            return
        log = self._log[1] if self._log[0] == job.resource_uid else ""
        self._said.set_builder(lambda width: beside_the_list(job, log, width))

    async def _load_log(self, job: Job) -> None:
        self._log = (job.resource_uid, await self._controls.log(job.resource_uid))
        self._show()

    def _hints(self, job: Job | None) -> list[KeyHint]:
        possible = {
            "jobs.cancel": job is not None and not job.status.ended,
            "jobs.retry": job is not None and not why_no_retry(job),
            "jobs.copy": job is not None and bool(reason_of(job)),
        }
        return [
            KeyHint(keys.display(each), each.description, possible.get(each.id or "", True), number)
            for number, each in enumerate(keys.JOBS)
            if each.show
        ]

    # What can be done

    def _warn(self, text: str) -> None:
        self.notify(outside(text), severity="warning", markup=False)

    def action_cancel_job(self) -> None:
        """Ask the job at the cursor to stop."""
        job = self.job
        if job is None or job.status.ended:
            self._warn("This job is over already." if job else "There is no job.")
            return
        self._controls.cancel(job)

    def action_retry_job(self) -> None:
        """Make its request again."""
        job = self.job
        if job is None:
            self._warn("There is no job.")
        elif reason := why_no_retry(job):
            self._warn(f"This job is not retried: {reason}.")
        else:
            self._controls.retry(job, self._await)

    def _await(self, uid: str) -> None:
        """The cursor goes to a job as soon as it is listed."""
        self._awaited = uid
        self._fill()
        self._tell()

    def action_log(self) -> None:
        """All of the job at the cursor."""
        if (job := self.job) is not None:
            self.app.push_screen(JobLogScreen(self._inventory, job, self._controls.log))

    def action_copy_reason(self) -> None:
        """Copy why it ended as it did."""
        job = self.job
        if job is None or not (text := reason_of(job)):
            self._warn("It has not ended yet." if job else "There is no job.")
            return
        copy(self.app, text, "the reason" if job.status is JobStatus.FAILED else "the outcome")

    def action_export(self) -> None:
        """Write the list to a file."""
        from snaptui.tui.screens.export_form import ExportForm

        export = rows_export(self._table.every_shown)
        if export is None:
            self._warn("There is no job to save.")
            return
        self.app.push_screen(ExportForm(export))

    def action_back(self) -> None:
        """All jobs again, or back."""
        if not self.show_all():
            self.dismiss()

    def action_close(self) -> None:
        """Back."""
        self.dismiss()
