"""What can be done: whether it can be done here, which form it needs, what is asked of whom."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snaptui.clouds.base import Ability, Capability, Cloud
from snaptui.errors import SnaptuiError
from snaptui.models import Candidate, Deletion, Job, Snapshot, Volume
from snaptui.requests import (
    AddVolumeRequest,
    CheckRequest,
    CreateVolumeRequest,
    JobRequest,
)
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from textual.app import App

    from snaptui.tui.inventory import CloudState, Inventory
    from snaptui.tui.ports import JobsLike


@dataclass(frozen=True)
class Target:
    """What an action would be done to.

    `chosen` is the volume or snapshot that is selected; `snapshot` is it or, for a volume, its
    newest one, so that a volume can be cloned without looking for that.
    """

    state: CloudState | None = None
    volume: Volume | None = None
    snapshot: Snapshot | None = None
    chosen: Volume | Snapshot | None = None
    candidate: Candidate | None = None

    @classmethod
    def of(cls, state: CloudState, chosen: Volume | Snapshot | None) -> Target:
        """The target that a volume or snapshot makes."""
        if isinstance(chosen, Volume):
            return cls(state, chosen, state.newest(chosen.resource_uid), chosen)
        if isinstance(chosen, Snapshot):
            return cls(state, state.volumes.get(chosen.volume_uid), chosen, chosen)
        return cls(state)


_CAPABILITY = {
    "snapshot": Capability.SNAPSHOT,
    "clone": Capability.CLONE,
    "restore": Capability.RESTORE,
    "diff": Capability.DIFF,
    "verify": Capability.CHECK,
}


class Operations:
    """Opens the forms, and does what they ask for."""

    def __init__(
        self,
        app: App[Any],
        inventory: Inventory,
        jobs: JobsLike,
        wake: Callable[[], None],
    ) -> None:
        self._app = app
        self._inventory = inventory
        self._jobs = jobs
        self._wake = wake

    # Whether

    def ability(self, action: str, target: Target) -> Ability:
        """Whether an action can be done to a target, and if not, why."""
        state = target.state
        if state is None:
            return Ability(False, "there is no cloud here")
        if state.info is not None and not state.info.available:
            return Ability(False, f"{state.name} is down: {state.info.reason}")
        can = self._cloud_can(action, state.cloud, target)
        return self._has_what_it_needs(action, target) if can else can

    @staticmethod
    def _cloud_can(action: str, cloud: Cloud, target: Target) -> Ability:
        if action == "new":
            return cloud.ability(Capability.ADD_VOLUME) or cloud.ability(Capability.CREATE_VOLUME)
        if action == "delete":
            is_volume = isinstance(target.chosen, Volume)
            return cloud.ability(
                Capability.DELETE_VOLUME if is_volume else Capability.DELETE_SNAPSHOT
            )
        return cloud.ability(_CAPABILITY[action])

    @staticmethod
    def _has_what_it_needs(action: str, target: Target) -> Ability:
        reason = ""
        if action == "delete" and target.chosen is None:
            reason = "select a volume or snapshot to delete first"
        elif action == "snapshot" and target.volume is None:
            gone = isinstance(target.chosen, Snapshot)
            reason = "the volume has been deleted" if gone else "select a volume first"
        elif action in {"clone", "restore", "diff", "verify"} and target.snapshot is None:
            none_yet = target.volume is not None
            reason = "there is no snapshot yet: press s" if none_yet else "select a snapshot first"
        return Ability(not reason, reason)

    # Doing

    def do(self, action: str, target: Target) -> None:
        """Do an action that is possible."""
        state = target.state
        assert state is not None
        steps: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "snapshot": lambda: self._snapshot(target),
            "clone": lambda: self._clone(state, target),
            "restore": lambda: self._restore(target),
            "diff": lambda: self._diff(state, target),
            "verify": lambda: self._verify(target),
            "new": lambda: self._new(state, target),
            "delete": lambda: self._delete(state, target),
        }
        self._app.run_worker(self._told(steps[action]()), group="operation")

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something; what goes wrong is told in a toast."""
        try:
            await work
        except SnaptuiError as error:
            self.tell(error)

    def tell(self, error: SnaptuiError) -> None:
        """Tell an error."""
        self._app.notify(outside(str(error)), severity="error", timeout=10, markup=False)

    async def start(self, request: JobRequest) -> None:
        """Start a job and look at once how it does."""
        await asyncio.to_thread(self._jobs.start, request)
        self._wake()

    async def _snapshot(self, target: Target) -> None:
        from snaptui.tui.screens.snapshot_form import SnapshotForm

        assert target.volume is not None
        await self._app.push_screen(SnapshotForm(target.volume, self.start))

    async def _clone(self, state: CloudState, target: Target) -> None:
        from snaptui.tui.screens.clone_form import CloneForm

        assert target.snapshot is not None
        zones = await state.cloud.zones()
        taken = {volume.name for volume in state.volumes.values()}
        await self._app.push_screen(CloneForm(target.snapshot, zones, taken, self.start))

    async def _restore(self, target: Target) -> None:
        from snaptui.tui.screens.restore_form import RestoreForm

        assert target.snapshot is not None
        await self._app.push_screen(RestoreForm(target.snapshot, target.volume, self.start))

    async def _verify(self, target: Target) -> None:
        assert target.snapshot is not None
        await self.start(CheckRequest(snapshot_uid=target.snapshot.resource_uid))
        name = outside(target.snapshot.name)
        self._app.notify(f"Verifying {name} in the background.", markup=False)

    async def _diff(self, state: CloudState, target: Target) -> None:
        from snaptui.tui.screens.diff import DiffScreen

        assert target.snapshot is not None
        others = state.of_volume(target.snapshot.volume_uid)
        parent = state.snapshots.get(target.snapshot.parent_uid or "")
        await self._app.push_screen(DiffScreen(target.snapshot, parent, others, state.cloud.diff))

    async def _new(self, state: CloudState, target: Target) -> None:
        from snaptui.tui.screens.volume_form import VolumeForm

        zones, candidates = await asyncio.gather(state.cloud.zones(), state.cloud.candidates())
        await self._app.push_screen(
            VolumeForm(
                zones,
                candidates,
                target.candidate,
                lambda request: self._make(state.cloud, request),
            )
        )

    async def _make(self, cloud: Cloud, request: AddVolumeRequest | CreateVolumeRequest) -> None:
        if isinstance(request, AddVolumeRequest):
            volume = await cloud.add_volume(request)
            done = "added"
        else:
            volume = await cloud.create_volume(request)
            done = "created"
        self._wake()
        name = outside(volume.name)
        self._app.notify(f"Volume {name} was successfully {done}.", markup=False)

    async def _delete(self, state: CloudState, target: Target) -> None:
        from snaptui.tui.screens.confirm import ConfirmDelete

        thing, cloud = target.chosen, state.cloud
        assert thing is not None
        uid = thing.resource_uid
        is_volume = isinstance(thing, Volume)
        plan = await (
            cloud.plan_delete_volume(uid) if is_volume else cloud.plan_delete_snapshot(uid)
        )

        async def delete() -> None:
            done: Deletion = await (
                cloud.delete_volume(uid) if is_volume else cloud.delete_snapshot(uid)
            )
            self._wake()
            kind = "Volume" if is_volume else "Snapshot"
            text = f"{kind} {outside(done.name)} was successfully deleted."
            self._app.notify(text, markup=False)

        await self._app.push_screen(
            ConfirmDelete("volume" if is_volume else "snapshot", plan, delete, typed=is_volume)
        )

    # Jobs

    def show_jobs(self, uid: str | None = None) -> None:
        """The list of jobs, at one of them."""
        from snaptui.tui.screens.jobs import JobsScreen

        self._app.push_screen(JobsScreen(self._inventory, uid, self._cancel, self._log))

    async def _cancel(self, uid: str) -> None:
        await self._told(self._cancelled(uid))

    async def _cancelled(self, uid: str) -> None:
        await asyncio.to_thread(self._jobs.cancel, uid)
        self._wake()

    async def _log(self, uid: str) -> str:
        try:
            return await asyncio.to_thread(self._jobs.log, uid)
        except SnaptuiError as error:
            return str(error)

    def running(self) -> Sequence[Job]:
        """Jobs that are not over."""
        return self._inventory.running
