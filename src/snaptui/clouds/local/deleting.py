"""The part of the local cloud that deletes snapshots, takes them back, pins and edits them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from snaptui.clouds.local import deletion
from snaptui.engine import Actor, Repository
from snaptui.identity import current_owner, origin
from snaptui.progress import no_progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.models import Deletion, Snapshot, TrashedSnapshot
    from snaptui.requests import EditSnapshotRequest


class LocalDeleting:
    """Deleting, undoing it, purging, pinning, editing: `LocalCloud` is one."""

    def __init__(self, repository: Repository, *, trash_days: float) -> None:
        self.repository = repository
        self._trash_days = trash_days

    def _actor(self) -> Actor:
        return Actor(user=current_owner(), origin=origin())

    async def plan_delete_snapshots(self, uids: Sequence[str], *, force: bool = False) -> Deletion:
        """What deleting snapshots would do."""

        def plan() -> Deletion:
            self.repository.refresh()
            days = self._trash_days
            return deletion.plan_snapshots(self.repository, uids, days, force=force)

        return await asyncio.to_thread(plan)

    async def delete_snapshots(self, uids: Sequence[str], *, force: bool = False) -> Deletion:
        """Move snapshots to the trash; all others and all clones stay whole."""

        def delete() -> Deletion:
            self.repository.require_writable()
            self.repository.refresh()
            days = self._trash_days
            plan = deletion.plan_snapshots(self.repository, uids, days, force=force)
            moved = self.repository.trash.put(uids, self._actor(), days=days, force=force)
            return deletion.done(plan, moved)

        return await asyncio.to_thread(delete)

    async def freed_bytes(self, uids: Sequence[str]) -> int | None:
        """What only these snapshots need of the packs."""

        def measure() -> int:
            self.repository.refresh()
            return self.repository.trash.measure(uids, no_progress)

        return await asyncio.to_thread(measure)

    async def set_pinned(self, uids: Sequence[str], pinned: bool) -> list[Snapshot]:
        """Pin or unpin snapshots."""

        def pin() -> list[Snapshot]:
            self.repository.require_writable()
            self.repository.refresh()
            return self.repository.pin(uids, self._actor(), pinned=pinned)

        return await asyncio.to_thread(pin)

    async def edit_snapshot(self, request: EditSnapshotRequest) -> Snapshot:
        """Give a snapshot another name, another description, or both."""

        def edit() -> Snapshot:
            self.repository.require_writable()
            self.repository.refresh()
            return self.repository.edit_snapshot(request, self._actor())

        return await asyncio.to_thread(edit)

    async def trash(self) -> list[TrashedSnapshot]:
        """What can be taken back, last deleted first."""

        def look() -> list[TrashedSnapshot]:
            self.repository.refresh()
            return self.repository.trash.list()

        return await asyncio.to_thread(look)

    async def trashed(self, reference: str) -> TrashedSnapshot:
        """One deleted snapshot, by UID, unique prefix or unique name."""

        def look() -> TrashedSnapshot:
            self.repository.refresh()
            return self.repository.trash.find(reference)

        return await asyncio.to_thread(look)

    async def undelete(self, uids: Sequence[str]) -> list[Snapshot]:
        """Take deleted snapshots back."""

        def take_back() -> list[Snapshot]:
            moved = self.repository.trash.take_back(uids, self._actor())
            if not moved.uids and moved.left_out:
                raise deletion.not_done(moved.left_out)
            return [self.repository.snapshot(uid) for uid in moved.uids]

        return await asyncio.to_thread(take_back)

    async def plan_purge(self, uids: Sequence[str]) -> Deletion:
        """What purging would do."""

        def plan() -> Deletion:
            self.repository.refresh()
            return deletion.plan_purge(self.repository, uids)

        return await asyncio.to_thread(plan)

    async def purge(self, uids: Sequence[str]) -> Deletion:
        """Delete snapshots that are in the trash for good."""

        def purge() -> Deletion:
            self.repository.require_writable()
            self.repository.refresh()
            plan = deletion.plan_purge(self.repository, uids)
            return deletion.done(plan, self.repository.trash.purge(uids, self._actor()))

        return await asyncio.to_thread(purge)
