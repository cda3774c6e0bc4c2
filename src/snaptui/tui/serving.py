"""What is done at once to volumes and snapshots: attach, detach, resize, share, edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snaptui.clouds.base import Ability, Capability
from snaptui.models import Snapshot
from snaptui.requests import (
    AttachRequest,
    DetachRequest,
    EditSnapshotRequest,
    ResizeRequest,
    ShareRequest,
)
from snaptui.tui.details import look_closely
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from snaptui.clouds.base import Cloud
    from snaptui.models import Volume
    from snaptui.tui.inventory import CloudState
    from snaptui.tui.targets import Target

ACTIONS = frozenset({"attach", "resize", "share", "edit"})

_CAPABILITY = {
    "attach": Capability.ATTACH,
    "resize": Capability.RESIZE,
    "share": Capability.SET_VISIBILITY,
    "edit": Capability.EDIT_SNAPSHOT,
}


_OF_SNAPSHOTS = frozenset({"share", "edit"})
_UNMOUNT_FIRST = (
    "What has the volume mounted there must be unmounted first: what is not yet written to it is "
    "lost, and programs that use it fail."
)


def _how(volume: Volume) -> str:
    """What there is to know about an attachment that was just made; often nothing."""
    made = volume.attachment
    if made is None:
        return ""
    if made.note:
        return f"But {outside(made.note)}."
    return f"The instance has it as {outside(made.device)}." if made.device else ""


class Serving:
    """The forms for that, and what they ask for."""

    def __init__(self, app: App[Any], wake: Callable[[], None]) -> None:
        self._app = app
        self._wake = wake

    # Whether

    def ability(self, action: str, target: Target, cloud: Cloud) -> Ability:
        """Whether one of `ACTIONS` can be done, and if not, why."""
        can = cloud.ability(_CAPABILITY[action])
        if not can:
            return can
        if action in _OF_SNAPSHOTS:
            missing = "" if isinstance(target.chosen, Snapshot) else "select a snapshot first"
        else:
            missing = "" if target.volume is not None else "select a volume first"
        return Ability(not missing, missing)

    # Doing

    async def do(self, action: str, state: CloudState, target: Target) -> None:
        """Open the form for it."""
        if action in _OF_SNAPSHOTS and isinstance(target.chosen, Snapshot):
            form = self._share if action == "share" else self._edit
            await form(state, target.chosen)
        elif target.volume is None:
            return
        elif action == "resize":
            await self._resize(state.cloud, target.volume)
        elif target.volume.attachment is None:
            await self._attach(state.cloud, target.volume)
        else:
            await self._detach(state.cloud, target.volume)

    def _tell(self, text: str) -> None:
        self._wake()
        self._app.notify(text, markup=False)

    async def _attach(self, cloud: Cloud, volume: Volume) -> None:
        from snaptui.tui.screens.attach_form import AttachForm

        async def attach(request: AttachRequest) -> None:
            now = await cloud.attach_volume(request)
            name, used = outside(volume.name), now.attachment
            user = outside(used.user if used is not None else request.instance)
            done = f"Volume {name} was successfully attached to {user}."
            self._tell(f"{done} {_how(now)}".rstrip())

        uid = volume.resource_uid
        await self._app.push_screen(AttachForm(volume, lambda: cloud.instances(uid), attach))

    async def _detach(self, cloud: Cloud, volume: Volume) -> None:
        from snaptui.tui.screens.question import Question

        used = volume.attachment
        assert used is not None
        name, instance = outside(volume.name), outside(used.user)

        async def detach() -> None:
            request = DetachRequest(volume_uid=volume.resource_uid, instance=used.instance)
            detached = await cloud.detach_volume(request)
            but = f" But {outside(detached.reason)}." if detached.reason else ""
            self._tell(f"Volume {name} was successfully detached from {instance}.{but}")

        facts = (
            f"{name} is attached to {outside(used.used_by)}.",
            _UNMOUNT_FIRST,
        )
        await self._app.push_screen(Question("Detach a Volume", "Detach", facts, detach))

    async def _resize(self, cloud: Cloud, volume: Volume) -> None:
        from snaptui.tui.screens.resize_form import ResizeForm

        async def resize(request: ResizeRequest) -> None:
            await cloud.resize_volume(request)
            self._tell(f"Volume {outside(volume.name)} was successfully resized.")

        await self._app.push_screen(ResizeForm(volume, resize))

    async def _edit(self, state: CloudState, snapshot: Snapshot) -> None:
        from snaptui.tui.screens.edit_form import EditForm

        cloud = state.cloud

        async def edit(request: EditSnapshotRequest) -> None:
            edited = await cloud.edit_snapshot(request)
            await look_closely(state, request.snapshot_uid)
            self._tell(f"Snapshot {outside(edited.name)} was successfully updated.")

        describable = cloud.ability(Capability.EDIT_DESCRIPTION)
        await self._app.push_screen(EditForm(snapshot, edit, describable))

    async def _share(self, state: CloudState, snapshot: Snapshot) -> None:
        from snaptui.tui.screens.share_form import ShareForm

        cloud = state.cloud

        # a listing does not tell whom with: that is asked for each
        found = await cloud.snapshot(snapshot.resource_uid)

        async def share(request: ShareRequest) -> None:
            await cloud.set_visibility(request)
            await look_closely(state, request.snapshot_uid)
            self._tell(f"Snapshot {outside(found.name)} is {request.visibility} now.")

        await self._app.push_screen(ShareForm(found, share))
