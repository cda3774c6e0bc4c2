"""What can be done to jobs: stopping one, making its request again, reading its log."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from snaptui.models import JobKind
from snaptui.requests import overwrites
from snaptui.tui.begun import Begun
from snaptui.tui.cloud_state import LISTING
from snaptui.tui.guard import described, guarded
from snaptui.tui.spans import outside
from snaptui.tui.tables.volumes import attached_to

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.app import App

    from snaptui.models import Job, Volume
    from snaptui.tui.inventory import Inventory
    from snaptui.tui.ports import JobsLike


class JobControls:
    """Asks where something would be lost, then does it in the background."""

    def __init__(
        self, app: App[Any], inventory: Inventory, jobs: JobsLike, wake: Callable[[], None]
    ) -> None:
        self._app = app
        self._inventory = inventory
        self._jobs = jobs
        self._wake = wake
        self._begun = Begun(inventory)

    def cancel(self, job: Job) -> None:
        """Ask whether to stop it, and have it stopped."""
        from snaptui.tui.screens.question import Question

        what = f"The {job.kind.noun} of {job.subject_name or 'everything'}"
        facts = [f"{what} stops at its next step and cleans up after itself."]
        if overwrites(job):
            facts.append("The volume stays half restored: restore it again before it is used.")
        elif job.kind is not JobKind.CHECK:
            facts.append("What it has made so far is taken away. It can be retried.")
        self._app.push_screen(
            Question("Cancel job", "Cancel job", facts, lambda: self._cancelled(job.resource_uid))
        )

    async def _cancelled(self, uid: str) -> None:
        await asyncio.to_thread(self._jobs.cancel, uid)
        self._wake()

    def retry(self, job: Job, then: Callable[[str], object]) -> None:
        """Make its request again as a new job, whose uid `then` is told; ask before overwriting."""
        if self._begun.is_under_way(job.resource_uid):
            self._app.notify("It is being done again already.", markup=False)
            return
        if not overwrites(job):
            self._app.run_worker(self._told(self._retried(job, then)), group="retry")
            return
        from snaptui.tui.screens.question import Question

        volume = self._volume_of(job)
        if volume is None:
            state = self._inventory.cloud_of(job)
            listing = state is not None and not state.complete
            if state is not None and listing:
                state.wanted = True
                self._wake()
            gone = "the volume that it would restore does not exist any more"
            self._tell(LISTING if listing else gone)
            return
        names = outside(volume.name), outside(job.subject_name)
        facts = ["All data of volume {} will be overwritten with snapshot {}.".format(*names)]
        if volume.attachment is not None and job.request.get("force"):
            facts.append(
                f"It is in use by {attached_to(volume)}, and would be written all the same."
            )
        self._app.push_screen(
            Question(
                "Retry restore",
                "Restore",
                facts,
                lambda: self._retried(job, then),
                typed=("volume", volume.name, volume.resource_uid),
            )
        )

    def _volume_of(self, job: Job) -> Volume | None:
        state = self._inventory.cloud_of(job)
        snapshot = state.snapshots.get(job.subject_uid) if state is not None else None
        if state is None or snapshot is None:
            return None
        return state.volumes.get(snapshot.volume_uid)

    def _retried(self, job: Job, then: Callable[[str], object]) -> Coroutine[Any, Any, None]:
        uid = job.resource_uid
        again = self._begun.begin(uid, lambda: asyncio.to_thread(self._jobs.retry, uid))
        return self._followed(job, again, then)

    async def _followed(
        self, job: Job, again: Coroutine[Any, Any, Job], then: Callable[[str], object]
    ) -> None:
        fresh = await again
        self._wake()
        then(fresh.resource_uid)
        name = outside(job.name or job.subject_name)
        self._app.notify(f"The {job.kind.noun} {name} is being done again.", markup=False)

    async def log(self, uid: str) -> str:
        """What its worker wrote, or why that cannot be read."""
        try:
            return await asyncio.to_thread(self._jobs.log, uid)
        except Exception as error:  # noqa: BLE001 - told where the log would be
            return described(error)

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        with guarded(self._tell):
            await work

    def _tell(self, text: str) -> None:
        self._app.notify(outside(text), severity="error", timeout=10, markup=False)
