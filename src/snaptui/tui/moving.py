"""Moving snapshots between clouds: brought home, sent up, copied to another region."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from snaptui.clouds.base import Ability, Capability, HasRegions
from snaptui.models import LOCAL_CLOUD, JobKind
from snaptui.requests import ImportRequest
from snaptui.text import name_or
from snaptui.tui import keys
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from textual.app import App

    from snaptui.clouds.base import Cloud
    from snaptui.models import Job, Snapshot, Volume
    from snaptui.requests import JobRequest
    from snaptui.tui.begun import Begun
    from snaptui.tui.inventory import CloudState, Inventory
    from snaptui.tui.targets import Target

    Start = Callable[[Cloud, Volume | Snapshot, JobRequest], Coroutine[Any, Any, Job]]
    Starting = Callable[[Cloud, Volume | Snapshot], Callable[[JobRequest], Awaitable[None]]]

ACTIONS = frozenset({"import", "export", "copy"})

NO_CLOUD = "there is no remote cloud yet: add one with snaptui cloud add"


class Moving:
    """The forms for that, and the jobs they ask for."""

    def __init__(
        self,
        app: App[Any],
        inventory: Inventory,
        begun: Begun,
        starting: Starting,
        start: Start,
    ) -> None:
        self._app = app
        self._inventory = inventory
        self._begun = begun
        self._starting = starting
        self._start = start

    # Whether

    def cloud_can(self, action: str, cloud: Cloud) -> Ability:
        """Whether one of `ACTIONS` can be done to the snapshots of a cloud, and if not, why."""
        if action == "import":
            return cloud.ability(Capability.IMPORT)
        if action == "copy":
            return cloud.ability(Capability.COPY)
        if cloud.name != LOCAL_CLOUD:
            how = f": {keys.of('do.import')} brings this one home"
            how = how if cloud.ability(Capability.IMPORT) else ""
            return Ability(False, f"only local snapshots are exported{how}")
        if self._takers():
            return Ability(True)
        others = [each for each in self._inventory.clouds.values() if each.name != LOCAL_CLOUD]
        if not others:
            return Ability(False, NO_CLOUD)
        first = others[0]
        reason = first.cloud.ability(Capability.EXPORT).reason
        return Ability(False, f"no cloud here takes them; {first.name}: {reason}")

    def _takers(self) -> list[CloudState]:
        """The clouds that a snapshot can be exported to; none has to be open for that."""
        return [
            state
            for state in self._inventory.clouds.values()
            if state.name != LOCAL_CLOUD and state.cloud.ability(Capability.EXPORT)
        ]

    # Doing

    async def do(self, action: str, state: CloudState, target: Target) -> None:
        """Begin it, or open the form for it."""
        snapshot = target.snapshot
        assert snapshot is not None
        if action == "import":
            await self._import(state, snapshot)
        elif action == "export":
            await self._export(state, snapshot)
        else:
            await self._copy(state, snapshot)

    async def _import(self, state: CloudState, snapshot: Snapshot) -> None:
        uid = snapshot.resource_uid
        name = name_or(snapshot.name, uid)
        key = ("import", state.name, uid)
        running = self._inventory.running_for(state.name, JobKind.IMPORT, uid=uid)
        if running or self._begun.is_under_way(key):
            self._app.notify(f"{outside(name)} is being imported already.", markup=False)
            return
        request = ImportRequest(snapshot_uid=uid, name=name)
        await self._begun.begin(key, partial(self._start, state.cloud, snapshot, request))
        self._app.notify(f"Importing {outside(name)} in the background.", markup=False)

    async def _export(self, state: CloudState, snapshot: Snapshot) -> None:
        from snaptui.tui.screens.send_form import SendForm

        form = SendForm(snapshot, self._takers(), self._starting(state.cloud, snapshot))
        await self._app.push_screen(form)

    async def _copy(self, state: CloudState, snapshot: Snapshot) -> None:
        from snaptui.tui.screens.copy_form import CopyForm

        cloud = state.cloud
        assert isinstance(cloud, HasRegions)
        form = CopyForm(snapshot, cloud.regions, self._starting(cloud, snapshot))
        await self._app.push_screen(form)
