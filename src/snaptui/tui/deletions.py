"""Deleting from the screen: asking, undoing, the trash, and pins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snaptui.clouds.base import Ability, Capability
from snaptui.errors import NotFoundError
from snaptui.models import Snapshot, Volume
from snaptui.text import counted, were
from snaptui.tui import keys
from snaptui.tui.spans import outside
from snaptui.units import format_left

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from textual.app import App
    from textual.screen import Screen

    from snaptui.clouds.base import Cloud
    from snaptui.models import Deletion, LeftOut
    from snaptui.tui.inventory import CloudState
    from snaptui.tui.targets import Target

_TOAST_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Undoable:
    """A deletion of this session that can be taken back."""

    cloud: Cloud
    uids: tuple[str, ...]


def nothing_to_undo(cloud: Cloud) -> str:
    """Why nothing can be undone, and where to look for what was deleted in a cloud."""
    if not (has_trash := cloud.ability(Capability.TRASH)):
        return has_trash.reason
    shows = f"{keys.of('do.trash')} shows the trash"
    return f"nothing was deleted since you came that could be taken back: {shows}"


def snapshots_of(target: Target) -> list[Snapshot]:
    """The snapshots that are meant: those marked, else the one at the cursor."""
    if target.marked:
        return [each for each in target.marked if isinstance(each, Snapshot)]
    return [target.chosen] if isinstance(target.chosen, Snapshot) else []


def volumes_of(target: Target) -> list[Volume]:
    """The volumes that are meant: those marked, else the one at the cursor."""
    if target.marked:
        return [each for each in target.marked if isinstance(each, Volume)]
    return [target.chosen] if isinstance(target.chosen, Volume) else []


class Deletions:
    """What can be deleted, taken back and pinned, and the dialogs for it."""

    def __init__(self, app: App[Any], wake: Callable[[], None]) -> None:
        self._app = app
        self._wake = wake
        self._undoable: list[Undoable] = []

    # Whether

    def ability(self, action: str, target: Target, cloud: Cloud) -> Ability:
        """Whether one of `delete`, `undo`, `trash` and `pin` can be done, and if not, why."""
        match action:
            case "undo":
                return Ability(bool(self._undoable), nothing_to_undo(cloud))
            case "trash":
                return cloud.ability(Capability.TRASH)
            case "pin":
                can = cloud.ability(Capability.PIN)
                if can and not snapshots_of(target):
                    can = Ability(False, "select a snapshot to pin first")
                return can
        return self._delete_ability(target, cloud)

    @staticmethod
    def _delete_ability(target: Target, cloud: Cloud) -> Ability:
        snapshots = snapshots_of(target)
        if snapshots:
            can = cloud.ability(Capability.DELETE_SNAPSHOT)
            if can and all(snapshot.pinned for snapshot in snapshots):
                them = "it is" if len(snapshots) == 1 else "all of them are"
                can = Ability(False, f"{them} pinned: {keys.of('do.pin')} takes the pin off")
            return can
        if not volumes_of(target):
            return Ability(False, "select a volume or snapshot to delete first")
        return cloud.ability(Capability.DELETE_VOLUME)

    # Deleting

    @staticmethod
    def _uids(target: Target) -> set[str]:
        return {each.resource_uid for each in volumes_of(target)}

    async def delete(
        self, state: CloudState, screen: Screen[Any], find: Callable[[], Target]
    ) -> None:
        """Ask, and delete what is marked, or else what the cursor is on."""
        target = find()
        snapshots, volumes = snapshots_of(target), volumes_of(target)
        if snapshots:
            await self._delete_snapshots(state.cloud, snapshots, screen, find)
        elif len(volumes) > 1:
            await self._delete_volumes(state.cloud, volumes, screen, find)
        elif volumes:
            await self._delete_volume(state.cloud, volumes[0], screen, find)

    async def _delete_volume(
        self, cloud: Cloud, volume: Volume, screen: Screen[Any], find: Callable[[], Target]
    ) -> None:
        from snaptui.tui.screens.confirm import ConfirmDelete

        plan = await cloud.plan_delete_volume(volume.resource_uid)
        if self._app.screen is not screen or self._uids(find()) != {volume.resource_uid}:
            return  # one has gone on to something else: that is what keys are meant for now

        async def delete() -> None:
            done = await cloud.delete_volume(volume.resource_uid)
            self._wake()
            self._tell(f"Volume {outside(done.name)} was successfully deleted.")

        await self._app.push_screen(ConfirmDelete("volume", plan, delete, typed=True))

    async def _delete_volumes(
        self, cloud: Cloud, volumes: list[Volume], screen: Screen[Any], find: Callable[[], Target]
    ) -> None:
        from snaptui.clouds.several import delete_volumes, phrase, plan_delete_volumes
        from snaptui.tui.screens.confirm import ConfirmDelete

        names = {each.resource_uid: each.name for each in volumes}
        plan = await plan_delete_volumes(cloud, list(names))
        if self._app.screen is not screen or names.keys() != self._uids(find()):
            return

        async def delete() -> None:
            done = await delete_volumes(cloud, plan, names)
            self._wake()
            gone = [names.get(uid, uid) for uid in done.uids]
            text = outside(were(gone, "deleted", "volume"))
            if done.left_out:
                text += f" {len(done.left_out)} left alone: {reasons(done.left_out)}."
            self._tell(text)

        going = [names[uid] for uid in plan.uids]
        await self._app.push_screen(
            ConfirmDelete("volume", plan, delete, phrase=phrase(len(going)), names=going)
        )

    async def _delete_snapshots(
        self,
        cloud: Cloud,
        snapshots: list[Snapshot],
        screen: Screen[Any],
        find: Callable[[], Target],
    ) -> None:
        from snaptui.tui.screens.confirm import ConfirmDelete

        plan = await cloud.plan_delete_snapshots([each.resource_uid for each in snapshots])
        wanted = {each.resource_uid for each in snapshots}
        if self._app.screen is not screen or wanted != {
            each.resource_uid for each in snapshots_of(find())
        }:
            return
        names = {each.resource_uid: each.name for each in snapshots}

        async def delete() -> None:
            done = await cloud.delete_snapshots(plan.uids)
            self._wake()
            self._deleted(cloud, done, [names.get(uid, uid) for uid in done.uids])

        await self._app.push_screen(
            ConfirmDelete(
                "snapshot",
                plan,
                delete,
                names=[names.get(uid, uid) for uid in plan.uids],
                freed=lambda: cloud.freed_bytes(plan.uids),
            )
        )

    def _deleted(self, cloud: Cloud, done: Deletion, names: Sequence[str]) -> None:
        text = outside(were(names, "deleted"))
        if done.left_out:
            text += f" {len(done.left_out)} left alone: {reasons(done.left_out)}."
        if done.until is not None:
            self._undoable.append(Undoable(cloud, done.uids))
            them = "it" if len(names) == 1 else "them"
            text += (
                f"\nFor {format_left(done.until)} you can take {them} back: "
                f"{keys.of('do.undo')} to undo, {keys.of('do.trash')} for the trash."
            )
        self._tell(text)

    # Taking back

    async def undo(self) -> None:
        """Take the last deletion of this session back; once more, the one before it."""
        if not self._undoable:
            return  # of two keys in one piece, the first has taken it back
        last = self._undoable.pop()
        self._app.clear_notifications()  # one of them says how to undo what is being undone
        try:
            await self.take_back(last.cloud, last.uids)
        except NotFoundError:
            raise  # it was purged: what was deleted before it can still be taken back
        except Exception:
            self._undoable.append(last)
            raise

    async def take_back(self, cloud: Cloud, uids: Sequence[str]) -> None:
        """Take snapshots out of the trash."""
        back = await cloud.undelete(uids)
        gone = {snapshot.resource_uid for snapshot in back}
        # what came back by another way is not taken back twice
        self._undoable = [
            Undoable(each.cloud, left)
            for each in self._undoable
            if (left := tuple(uid for uid in each.uids if uid not in gone))
        ]
        self._wake()
        names = [snapshot.name for snapshot in back]
        text = f"{outside(counted(names))} {'is' if len(names) == 1 else 'are'} back."
        if missing := len(uids) - len(back):
            text += f" {missing} {'is' if missing == 1 else 'are'} not in the trash any more."
        self._tell(text)

    async def show_trash(self, state: CloudState) -> None:
        """The deleted snapshots of a cloud."""
        from snaptui.tui.screens.trash import TrashScreen

        self._app.clear_notifications()  # the one that leads here would lie over its questions
        can = state.cloud.ability
        await self._app.push_screen(
            TrashScreen(
                state.name,
                state.cloud.trash,
                lambda uids: self.take_back(state.cloud, uids),
                lambda uids, names, done: self._purge(state.cloud, uids, names, done),
                {"take_back": can(Capability.UNDELETE), "purge": can(Capability.PURGE)},
            )
        )

    async def _purge(
        self,
        cloud: Cloud,
        uids: Sequence[str],
        names: Sequence[str],
        done: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        from snaptui.tui.screens.confirm import ConfirmDelete

        plan = await cloud.plan_purge(uids)

        async def purge() -> None:
            purged = await cloud.purge(plan.uids)
            called = dict(zip(uids, names, strict=True))
            self._tell(outside(were([called[uid] for uid in purged.uids], "purged")))
            await done()

        await self._app.push_screen(
            ConfirmDelete(
                "snapshot",
                plan,
                purge,
                names=names,
                freed=lambda: cloud.freed_bytes(plan.uids),
                for_good=True,
            )
        )

    # Pins

    async def pin(self, state: CloudState, target: Target) -> None:
        """Pin what is marked, or else what the cursor is on; when all are pinned, unpin them."""
        snapshots = snapshots_of(target)
        pinned = not all(snapshot.pinned for snapshot in snapshots)
        uids = [snapshot.resource_uid for snapshot in snapshots]
        changed = await state.cloud.set_pinned(uids, pinned)
        self._wake()
        if changed:
            many = outside(counted([snapshot.name for snapshot in changed]))
            verb = "is" if len(changed) == 1 else "are"
            until = f"not deleted until {keys.of('do.pin')} takes the pin off"
            how = until if pinned else "not pinned any more"
            self._tell(f"{many} {verb} {'pinned: ' if pinned else ''}{how}.")

    def _tell(self, text: str) -> None:
        self._app.notify(text, timeout=_TOAST_SECONDS, markup=False)


def reasons(left_out: Sequence[LeftOut]) -> str:
    """Why some are left out: `pinned` or `pinned, deleted already`."""
    found = dict.fromkeys(left.reason.removeprefix("it is ") for left in left_out)
    return outside(", ".join(found))
