"""The trash: deleted snapshots that can be taken back until they are purged.

A deleted snapshot's document moves from the table `snapshots` to the table `trash`, so that nothing
that goes through the snapshots meets it; its map and its blocks stay. The documents of others are
not touched: whose parent is in the trash shows that one's parent instead, until it comes back.
How long it is kept is written down when it is deleted. That is a promise to who deletes it, which
no later setting and no other process breaks.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from snaptui.engine.records import Actor, VisibleParents, now, trashed_from
from snaptui.engine.references import resolve
from snaptui.errors import NotFoundError, SnaptuiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.engine.operations.deleting import Moved
    from snaptui.engine.repository import Repository
    from snaptui.models import TrashedSnapshot
    from snaptui.progress import ProgressCallback

TRASH_DAYS = 7
"""How long a deleted snapshot is kept when nobody says otherwise."""

_BY_AGE = Actor(user="snaptui", origin="the trash, by age")


class Trash:
    """The deleted snapshots of a repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def list(self) -> list[TrashedSnapshot]:
        """What is in it, last deleted first."""
        rows = self._repository.catalog.rows("trash")
        ordered = sorted(rows, key=lambda uid: (rows[uid]["deleted_at"], uid), reverse=True)
        parents = VisibleParents(rows)
        return [trashed_from(uid, rows[uid], parents) for uid in ordered]

    def find(self, reference: str) -> TrashedSnapshot:
        """The deleted snapshot with this UID, unique prefix of one, or unique name.

        Raises:
            NotFoundError: there is none.
            AmbiguousError: there are several.
        """
        rows = self._repository.catalog.rows("trash")
        try:
            uid = resolve("snapshot", reference, rows)
        except NotFoundError as error:
            raise NotFoundError(f"{error.message} in the trash", "see `snaptui trash list`") from (
                error
            )
        return trashed_from(uid, rows[uid], VisibleParents(rows))

    def put(
        self, uids: Sequence[str], actor: Actor, *, days: float = TRASH_DAYS, force: bool = False
    ) -> Moved:
        """Delete snapshots: move them here, where they are kept for some days.

        Those that are not there any more are left out, and the pinned ones unless forced.
        """
        from snaptui.engine.operations.deleting import move_to_trash

        self._repository.require_writable()
        moved = move_to_trash(self._repository, uids, actor, timedelta(days=days), force=force)
        self.purge_expired()
        return moved

    def take_back(self, uids: Sequence[str], actor: Actor) -> Moved:
        """Undo deletions; those that are not here any more are left out."""
        from snaptui.engine.operations.deleting import take_back

        self._repository.require_writable()
        return take_back(self._repository, uids, actor)

    def purge(self, uids: Sequence[str], actor: Actor) -> Moved:
        """Delete snapshots for good; those that are not here any more are left out."""
        from snaptui.engine.operations.deleting import purge

        self._repository.require_writable()
        return purge(self._repository, uids, actor)

    def purge_expired(self) -> None:
        """Purge what has been here long enough, if the repository can be written.

        Never fails: what cannot be purged now is purged by the next who opens the repository.
        """
        if self._repository.read_only:
            return
        rows = self._repository.catalog.rows("trash")
        if not rows:
            return
        from snaptui.engine.operations.deleting import is_expired, purge

        at = now()
        expired = [uid for uid, row in rows.items() if is_expired(row, at)]
        if expired:
            with suppress(SnaptuiError):
                purge(self._repository, expired, _BY_AGE, expired_at=at)

    def measure(self, uids: Sequence[str], progress: ProgressCallback) -> int:
        """How many stored bytes nothing needs once these snapshots are purged.

        For snapshots that are not deleted yet, what is in the trash now counts as gone: it is
        purged before them.

        Raises:
            DamagedError: a block map is damaged.
        """
        from snaptui.engine.operations.freeing import stored_only_by

        rows = self._repository.catalog.rows
        live, trashed = set(rows("snapshots")), set(rows("trash"))
        leaving = set(uids) & (live | trashed)
        staying = live - leaving
        if leaving & trashed:
            staying |= trashed - leaving
        return stored_only_by(self._repository, leaving, staying, progress)
