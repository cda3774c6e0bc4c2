"""What can be done: whether it can be done here, which form it needs, what is asked of whom."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from snaptui.clouds.base import Ability, Capability, Cloud, KeepsZones, RestoresSome
from snaptui.errors import NotFoundError
from snaptui.models import LOCAL_CLOUD, CloudInfo, JobKind, Snapshot
from snaptui.requests import (
    AddVolumeRequest,
    CheckRequest,
    CreateVolumeRequest,
    JobRequest,
    Subject,
)
from snaptui.tui import keys
from snaptui.tui.begun import Begun
from snaptui.tui.cloud_state import LISTING
from snaptui.tui.deletions import Deletions
from snaptui.tui.guard import guarded
from snaptui.tui.later import later
from snaptui.tui.moving import ACTIONS as MOVING
from snaptui.tui.moving import Moving
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.serving import ACTIONS as SERVING
from snaptui.tui.serving import Serving
from snaptui.tui.spans import outside
from snaptui.tui.targets import Target
from snaptui.tui.typing_ahead import typing_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.app import App

    from snaptui.models import Job, Volume
    from snaptui.tui.inventory import CloudState, Inventory
    from snaptui.tui.ports import JobsLike

    Step = Callable[[], Coroutine[Any, Any, None]]


_CAPABILITY = {
    "snapshot": Capability.SNAPSHOT,
    "clone": Capability.CLONE,
    "restore": Capability.RESTORE,
    "diff": Capability.DIFF,
    "verify": Capability.CHECK,
    "public": Capability.PUBLIC_SNAPSHOTS,
}


NOT_HERE = "the snapshot was imported: its volume is not here"
_DELETIONS = frozenset({"delete", "undo", "trash", "pin"})
_NO_FORM = frozenset({"verify", "import", "undo", "pin"})
_TAKES_A_WHILE = frozenset({"delete", "share"})
"""What is only asked when it is known what would be changed. Until then one can go on with other
things, so keys are not held; but none that was typed before is meant for those."""
_OF_SNAPSHOTS = frozenset({"clone", "restore", "diff", "verify", *MOVING})
_BY_JOB = frozenset({"snapshot", "clone", "restore", "verify", *MOVING})


def is_read_only(info: CloudInfo) -> bool:
    """Whether a cloud can only be looked at."""
    return info.read_only


def _not_now(action: str, state: CloudState) -> str:
    """Why a cloud can do nothing of the kind as it is now; empty when it may."""
    info = state.info
    if info is None:
        return ""
    if not info.available:
        return info.sentence
    if not info.opened:
        return f"{state.name} is not opened yet: press {keys.of('rows.open')} on it in the tree"
    if is_read_only(info) and info.kind == LOCAL_CLOUD and action in _BY_JOB:
        # What only reads works all the same, but no job can be recorded that would do it.
        ways = {
            "restore": ": to a new file, snaptui snapshot restore does it all the same",
            "verify": ": snaptui snapshot verify does it all the same",
        }
        return f"the repository is read-only{ways.get(action, '')}"
    return ""


class Operations:
    """Opens the forms, and does what they ask for."""

    def __init__(
        self,
        app: App[Any],
        inventory: Inventory,
        jobs: JobsLike,
        wake: Callable[[], None],
        making: Callable[[], Callable[[Place], None]],
    ) -> None:
        """What can be done.

        Args:
            app: where forms are shown.
            inventory: what there is.
            jobs: start and list jobs.
            wake: has the clouds looked at now.
            making: gives what goes to a volume that was made, unless one has gone elsewhere.
        """
        self._making = making
        self._app = app
        self._inventory = inventory
        self._jobs = jobs
        self.wake = wake
        self._begun = Begun(inventory)
        self._unlisted: set[tuple[str, str]] = set()
        """Strangers' public snapshots that something is done with, by cloud and Resource UID."""
        self._made_by: dict[str, Callable[[Place], None]] = {}
        """What goes to the volume that a job makes, by the job."""
        self._deletions = Deletions(app, wake)
        self._serving = Serving(app, wake)
        self._moving = Moving(app, inventory, self._begun, self.starting, self._start)

    # Whether

    def ability(self, action: str, target: Target) -> Ability:
        """Whether an action can be done to a target, and if not, why."""
        state = target.state
        if state is None:
            return Ability(False, "there is no cloud here")
        if reason := _not_now(action, state):
            return Ability(False, reason)
        if action == "zones":
            return Ability(True)
        if action in _DELETIONS:
            return self._deletions.ability(action, target, state.cloud)
        if action in SERVING:
            return self._serving.ability(action, target, state.cloud)
        if action in MOVING:
            can = self._moving.cloud_can(action, state.cloud)
        else:
            can = self._cloud_can(action, state.cloud)
        return self._has_what_it_needs(action, target) if can else can

    @staticmethod
    def _cloud_can(action: str, cloud: Cloud) -> Ability:
        if action == "new":
            return cloud.ability(Capability.ADD_VOLUME) or cloud.ability(Capability.CREATE_VOLUME)
        return cloud.ability(_CAPABILITY[action])

    @staticmethod
    def _has_what_it_needs(action: str, target: Target) -> Ability:
        reason = ""
        if action == "snapshot" and target.volume is None:
            reason = "select a volume first"
            if isinstance(target.chosen, Snapshot):
                imported = bool(target.chosen.origin)
                reason = NOT_HERE if imported else "the volume has been deleted"
        elif action in _OF_SNAPSHOTS and target.snapshot is None:
            if target.state is not None and not target.state.complete:
                return Ability(False, LISTING)
            none_yet = target.volume is not None and not (
                target.state is not None and target.state.of_volume(target.volume.resource_uid)
            )
            reason = (
                f"there is no snapshot yet: press {keys.of('do.snapshot')}"
                if none_yet
                else "select a snapshot first"
            )
        return Ability(not reason, reason)

    # Doing

    def do_unlisted(self, action: str, state: CloudState, snapshot: Snapshot) -> None:
        """Do an action to a snapshot that is in no inventory, though it has not gone."""
        self._unlisted.add((state.name, snapshot.resource_uid))
        self.do(action, lambda: Target(state, snapshot=snapshot))

    def do(self, action: str, find: Callable[[], Target]) -> None:
        """Do an action that is possible to the target that there is now."""
        target = find()
        state = target.state
        assert state is not None
        steps: dict[str, Step] = {
            "snapshot": lambda: self._snapshot(state, target),
            "clone": lambda: self._clone(state, target),
            "restore": lambda: self._restore(state, target),
            "diff": lambda: self._diff(state, target),
            "verify": lambda: self._verify(state, target),
            "new": lambda: self._new(state, target),
            "zones": lambda: self._zones(state),
            "public": lambda: self._public(state),
            "delete": lambda: self._deletions.delete(state, self._app.screen, find),
            "undo": self._deletions.undo,
            "trash": lambda: self._deletions.show_trash(state),
            **{each: partial(self._serving.do, each, state, target) for each in SERVING},
            **{each: partial(self._moving.do, each, state, target) for each in MOVING},
            "pin": lambda: self._deletions.pin(state, target),
        }
        # Of two forms that were asked for, only the last is wanted; but what is being done is done.
        opens = action not in _NO_FORM
        group = "open" if opens else action
        step = steps[action]
        if action in _TAKES_A_WHILE:
            typing_ahead(self._app).drop()
        elif opens:
            step = partial(self._opening, steps[action], typing_ahead(self._app).expect())
        self._app.run_worker(later(self._told, step), group=group, exclusive=opens)

    async def _opening(self, step: Step, expected: object) -> None:
        """Open something; what is typed meanwhile is typed into it."""
        before = self._app.screen
        try:
            await step()
        finally:
            opened = self._app.screen is not before
            typing_ahead(self._app).settle(expected, opened=opened)

    async def _told(self, step: Step) -> None:
        """Do something; what goes wrong is told in a toast."""
        with guarded(self.tell):
            await step()

    def tell(self, text: str) -> None:
        """Tell what went wrong."""
        self._app.notify(outside(text), severity="error", timeout=10, markup=False)

    def starting(
        self, cloud: Cloud, thing: Volume | Snapshot
    ) -> Callable[[JobRequest], Coroutine[Any, Any, None]]:
        """What a form calls to start a job; what speaks against it at once is raised."""

        async def start(request: JobRequest) -> None:
            await self._start(cloud, thing, request)

        return start

    async def _start(self, cloud: Cloud, thing: Volume | Snapshot, request: JobRequest) -> Job:
        subject = Subject(cloud=cloud.name, uid=thing.resource_uid, name=thing.name)
        self._require_still(cloud.name, thing)
        return await self._begin(cloud, request, subject)

    async def _begin(self, cloud: Cloud, request: JobRequest, subject: Subject) -> Job:
        await cloud.precheck(request)
        job = await asyncio.to_thread(self._jobs.start, request, subject)
        self.wake()
        return job

    def _require_still(self, cloud: str, thing: Volume | Snapshot) -> None:
        """Raise when what a form is about has gone since it was opened, as far as that is known."""
        state = self._inventory.clouds.get(cloud)
        uid = thing.resource_uid
        if state is None or not state.complete or uid in state.volumes or uid in state.snapshots:
            return
        if (cloud, uid) in self._unlisted:
            return
        noun = "snapshot" if isinstance(thing, Snapshot) else "volume"
        raise NotFoundError(
            f"the {noun} {thing.name} is not there any more",
            "it was deleted meanwhile: leave with Escape",
        )

    async def _snapshot(self, state: CloudState, target: Target) -> None:
        from snaptui.tui.quotas import asks_quotas
        from snaptui.tui.screens.snapshot_form import SnapshotForm

        assert target.volume is not None
        cloud, volume = state.cloud, target.volume
        fuzzy = cloud.ability(Capability.ALLOW_FUZZY).possible
        start, quotas = self.starting(cloud, volume), asks_quotas(cloud)
        form = SnapshotForm(volume, start, fuzzy=fuzzy, quotas=quotas)
        await self._app.push_screen(form)

    async def _clone(self, state: CloudState, target: Target) -> None:
        from snaptui.tui.quotas import asks_quotas
        from snaptui.tui.screens.clone_form import CloneForm

        assert target.snapshot is not None
        cloud, snapshot = state.cloud, target.snapshot
        taken = {volume.name for volume in state.volumes.values()}
        origin = state.volumes.get(snapshot.volume_uid)
        form = CloneForm(
            snapshot,
            cloud.zones,
            cloud.volume_types,
            taken,
            self.starting(cloud, snapshot),
            zone=origin.zone if origin is not None else "",
            quotas=asks_quotas(cloud),
        )
        await self._app.push_screen(form)

    async def _restore(self, state: CloudState, target: Target) -> None:
        from snaptui.tui.screens.restore_form import RestoreForm

        assert target.snapshot is not None
        cloud, snapshot, volume = state.cloud, target.snapshot, target.volume
        in_place = cloud.ability(Capability.RESTORE_IN_PLACE)
        if in_place and volume is not None and isinstance(cloud, RestoresSome):
            can = cloud.restores(snapshot, volume, state.of_volume(volume.resource_uid))
            in_place = in_place if can else can
        form = RestoreForm(
            snapshot,
            volume,
            self.starting(cloud, snapshot),
            to_file=cloud.ability(Capability.RESTORE_TO_FILE),
            in_place=in_place,
            in_use=cloud.ability(Capability.RESTORE_IN_USE),
        )
        await self._app.push_screen(form)

    async def _verify(self, state: CloudState, target: Target) -> None:
        assert target.snapshot is not None
        uid, name = target.snapshot.resource_uid, outside(target.snapshot.name)
        key = (state.name, uid)
        running = self._inventory.running_for(state.name, JobKind.CHECK, uid=uid)
        if running or self._begun.is_under_way(key):
            self._app.notify(f"{name} is being verified already.", markup=False)
            return
        start = partial(self._start, state.cloud, target.snapshot, CheckRequest(snapshot_uid=uid))
        await self._begun.begin(key, start)
        self._app.notify(f"Verifying {name} in the background.", markup=False)

    async def _diff(self, state: CloudState, target: Target) -> None:
        from snaptui.tui.screens.diff import DiffScreen

        assert target.snapshot is not None
        snapshot = target.snapshot
        others = state.of_volume(snapshot.volume_uid)
        base = state.snapshots.get(snapshot.parent_uid or "")
        marked = [each for each in target.marked if isinstance(each, Snapshot)]
        if len(marked) == 2 and marked[0].volume_uid == marked[1].volume_uid:
            # Two that are marked are the two sides, whatever the cursor is on.
            base, snapshot = sorted(marked, key=lambda each: each.created_at)
            others = state.of_volume(snapshot.volume_uid)
        await self._app.push_screen(DiffScreen(snapshot, base, others, state.cloud.diff))

    async def _new(self, state: CloudState, target: Target) -> None:
        from snaptui.tui.screens.volume_form import VolumeForm

        cloud = state.cloud
        await self._app.push_screen(
            VolumeForm(
                cloud,
                target.candidate,
                lambda request: self._make(cloud, request),
                zone=state.usual_zone,
            )
        )

    async def _make(self, cloud: Cloud, request: AddVolumeRequest | CreateVolumeRequest) -> None:
        made = self._making()
        if isinstance(request, CreateVolumeRequest) and cloud.name != LOCAL_CLOUD:
            # which may take minutes; here the file is there sooner than a job would have begun
            subject = Subject(cloud=cloud.name, uid="", name=request.name)
            job = await self._begin(cloud, request, subject)
            self._made_by[job.resource_uid] = made
            return
        if isinstance(request, AddVolumeRequest):
            volume = await cloud.add_volume(request)
            done = "added"
        else:
            volume = await cloud.create_volume(request)
            done = "created"
        made(Place(cloud.name, PlaceKind.VOLUME, volume.resource_uid))
        self.wake()
        name = outside(volume.name)
        self._app.notify(f"Volume {name} was successfully {done}.", markup=False)

    def job_ended(self, job: Job) -> None:
        """Go to the volume that a job has made for one of the forms here."""
        made = self._made_by.pop(job.resource_uid, None)
        state = self._inventory.cloud_of(job)
        if made is not None and job.result_uid is not None and state is not None:
            made(Place(state.name, PlaceKind.VOLUME, job.result_uid))

    async def _zones(self, state: CloudState) -> None:
        from snaptui.tui.screens.zone_list import ZonesScreen

        cloud = state.cloud
        keeper = cloud if isinstance(cloud, KeepsZones) else None
        can = Ability(keeper is not None, "the zones of this cloud are what they are")
        if can and state.info is not None and is_read_only(state.info):
            can = Ability(False, "the repository is read-only")
        await self._app.push_screen(ZonesScreen(state.name, cloud.zones, keeper, can))

    async def _public(self, state: CloudState) -> None:
        from snaptui.tui.public_uses import PublicUses
        from snaptui.tui.screens.public import PublicScreen

        await self._app.push_screen(PublicScreen(state.name, PublicUses(self, state)))

    # Jobs

    def show_jobs(self, uid: str | None = None) -> None:
        """The list of jobs, at one of them."""
        from snaptui.tui.job_controls import JobControls
        from snaptui.tui.screens.jobs import JobsScreen

        controls = JobControls(self._app, self._inventory, self._jobs, self.wake)
        self._app.push_screen(JobsScreen(self._inventory, uid, controls))
