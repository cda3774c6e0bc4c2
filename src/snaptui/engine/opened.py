"""An open repository: what is in it, by the catalog alone, and what the operations need of it."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self

from snaptui.engine.faults import told
from snaptui.engine.locks import FileLock
from snaptui.engine.records import (
    VisibleParents,
    event_from,
    moment,
    snapshot_from,
    volume_from,
)
from snaptui.engine.references import resolve
from snaptui.errors import LEAVE_READ_ONLY, NotFoundError, ReadOnlyError
from snaptui.models import LOCAL_CLOUD
from snaptui.progress import no_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from snaptui.engine.blockmap import BlockMap
    from snaptui.engine.catalog import Catalog
    from snaptui.engine.index import DigestIndex
    from snaptui.engine.layout import Layout
    from snaptui.engine.leases import Lease
    from snaptui.models import (
        BlockSummary,
        Changes,
        CheckReport,
        Diff,
        Event,
        Snapshot,
        Usage,
        Volume,
    )
    from snaptui.progress import ProgressCallback


class OpenRepository:
    """A repository that is open, for reading at least; see `Repository`."""

    def __init__(
        self,
        layout: Layout,
        catalog: Catalog,
        header: dict[str, Any],
        *,
        asked_read_only: bool = False,
    ) -> None:
        self.layout = layout
        self.catalog = catalog
        self.uid: str = header["repository_uid"]
        self._asked_read_only = asked_read_only

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.layout.root

    @property
    def read_only(self) -> bool:
        """Whether it can only be read."""
        return self.catalog.read_only

    @property
    def warnings(self) -> list[str]:
        """What the person who opened it should know."""
        return self.catalog.warnings

    def refresh(self) -> bool:
        """See what other processes did since; returns whether there was anything."""
        return self.catalog.refresh()

    def close(self) -> None:
        """Let go of it."""
        self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def require_writable(self) -> None:
        """Raise `ReadOnlyError` unless the repository can be written."""
        if self._asked_read_only:
            raise ReadOnlyError(
                f"the repository {self.path} was opened read-only",
                LEAVE_READ_ONLY,
            )
        if self.read_only:
            raise ReadOnlyError(
                f"the repository {self.path} is read-only",
                "mount it writable, or run snaptui as a user who may write there",
            )

    # -- what is in it

    def volumes(self) -> list[Volume]:
        """All volumes, by name."""
        with self.catalog.pinned():  # another thread may be refreshing
            rows = self.catalog.rows("volumes")
            counts, newest = self._snapshots_by_volume()
            volumes = [
                volume_from(
                    uid,
                    document,
                    snapshot_count=counts.get(uid, 0),
                    last_snapshot_at=moment(newest.get(uid)),
                )
                for uid, document in rows.items()
            ]
        return sorted(volumes, key=lambda volume: (volume.name.casefold(), volume.resource_uid))

    def _snapshots_by_volume(self) -> tuple[dict[str, int], dict[str, str]]:
        """How many snapshots each volume has, and when its newest was taken.

        Going through all of them once is quicker than an index of them, asked for each volume.
        """
        counts: dict[str, int] = {}
        newest: dict[str, str] = {}
        for row in self.catalog.rows("snapshots").values():
            uid, created_at = row["volume_uid"], row["created_at"]
            counts[uid] = counts.get(uid, 0) + 1
            if created_at > newest.get(uid, ""):
                newest[uid] = created_at
        return counts, newest

    def volumes_with(self, uids: Iterable[str]) -> list[Volume]:
        """Those of these volumes that are there."""
        with self.catalog.pinned():
            rows = self.catalog.rows("volumes")
            return [self._volume(uid, rows[uid]) for uid in uids if uid in rows]

    def volume(self, reference: str) -> Volume:
        """The volume with this UID, unique prefix of one, or unique name."""
        with self.catalog.pinned():
            rows = self.catalog.rows("volumes")
            uid = resolve("volume", reference, rows)
            return self._volume(uid, rows[uid])

    def _volume(self, uid: str, document: Mapping[str, Any]) -> Volume:
        snapshots = self.catalog.rows("snapshots")
        of_volume = self.catalog.related("snapshots", "volume_uid", uid)
        newest = max((snapshots[snap]["created_at"] for snap in of_volume), default=None)
        return volume_from(
            uid, document, snapshot_count=len(of_volume), last_snapshot_at=moment(newest)
        )

    def snapshots(self, volume_uid: str | None = None) -> list[Snapshot]:
        """All snapshots, or one volume's, newest first."""
        with self.catalog.pinned():
            rows, trash = self.catalog.rows("snapshots"), self.catalog.rows("trash")
            if volume_uid is None:
                found = [(row["created_at"], uid, row) for uid, row in rows.items()]
            else:
                uids = self.snapshot_uids(volume_uid)
                found = [(rows[uid]["created_at"], uid, rows[uid]) for uid in uids]
        found.sort(key=itemgetter(0, 1), reverse=True)
        parents = VisibleParents(trash)
        return [snapshot_from(uid, row, parents) for _, uid, row in found]

    def snapshot(self, reference: str) -> Snapshot:
        """The snapshot with this UID, unique prefix of one, or unique name."""
        with self.catalog.pinned():
            rows, trash = self.catalog.rows("snapshots"), self.catalog.rows("trash")
        try:
            uid = resolve("snapshot", reference, rows)
        except NotFoundError as error:
            if reference not in trash:
                raise
            raise NotFoundError(
                f"the snapshot {reference} is in the trash",
                f"take it back with `snaptui snapshot undelete {reference}`",
            ) from error
        return snapshot_from(uid, rows[uid], VisibleParents(trash))

    def snapshot_uids(self, volume_uid: str) -> list[str]:
        """The UIDs of one volume's snapshots, in no order."""
        return list(self.catalog.related("snapshots", "volume_uid", volume_uid))

    def events(self, uid: str | None = None, *, cloud: str = LOCAL_CLOUD) -> list[Event]:
        """What happened to a volume or snapshot of a cloud (None: to any), newest first."""
        rows = self.catalog.rows("events")
        found = [
            event_from(event_uid, document)
            for event_uid, document in rows.items()
            if document.get("cloud", LOCAL_CLOUD) == cloud
            and (uid is None or uid in (document["subject_uid"], document.get("related_uid")))
        ]
        return sorted(found, key=lambda event: (event.at, event.uid), reverse=True)

    # -- looking closer

    def changes_since(self, sequence: int) -> Changes | None:
        """The volumes and snapshots that changed after a transaction of the catalog.

        None when that is not known (any more).
        """
        from snaptui.engine.operations.following import changes_since

        return changes_since(self, sequence)

    def usage(self) -> Usage:
        """What the repository holds and what it costs."""
        from snaptui.engine.operations.usage import measure_usage

        with told("measure the repository"):
            return measure_usage(self)

    def diff(self, from_uid: str | None, to_uid: str) -> Diff:
        """What changed from one snapshot to another (None: from nothing).

        Raises:
            InvalidInputError: their blocks differ in size.
            DamagedError: a block map is damaged.
        """
        from snaptui.engine.operations.comparing import diff_snapshots

        old = self.snapshot(from_uid) if from_uid is not None else None
        with told("compare the snapshots"):
            return diff_snapshots(self, old, self.snapshot(to_uid))

    def blocks(self, snapshot_uid: str, cells: int = 256) -> BlockSummary:
        """How much of a snapshot is new, shared and holes, and where; raises as `diff` does."""
        from snaptui.engine.operations.comparing import summarize_blocks

        snapshot = self.snapshot(snapshot_uid)
        parent = (
            snapshot.parent_uid if snapshot.parent_uid in self.catalog.rows("snapshots") else None
        )
        with told("read the block map"):
            return summarize_blocks(self, snapshot, parent, cells)

    def check(self, progress: ProgressCallback = no_progress) -> CheckReport:
        """Read and verify every block and every map of the repository."""
        from snaptui.engine.operations.checking import check_repository

        with told("check the repository"):
            return check_repository(self, progress)

    def verify(self, snapshot_uid: str, progress: ProgressCallback = no_progress) -> CheckReport:
        """Read and verify every block of one snapshot."""
        from snaptui.engine.operations.verifying import verify_snapshot

        with told("verify the snapshot"):
            return verify_snapshot(self, self.snapshot(snapshot_uid), progress)

    # -- what the operations need

    @contextmanager
    def locked_volume(self, uid: str, progress: ProgressCallback = no_progress) -> Iterator[None]:
        """Keep other jobs from reading or writing a volume; waits until it is free."""
        self.require_writable()
        lock_file = FileLock(self.layout.locks / f"{self.volume(uid).resource_uid}.lock")
        with (
            told(f"lock the volume {uid}"),
            lock_file.exclusive(on_wait=lambda: progress("waiting", 0, 0)),
        ):
            yield

    def load_map(self, uid: str) -> BlockMap:
        """The block map of a snapshot; close it when done."""
        from snaptui.engine.blockmap import BlockMap

        return BlockMap.load(uid, self.layout.map)

    def load_index(self, lease: Lease | None, *, fresh: bool = False) -> DigestIndex:
        """The index of all committed packs; with a lease, one that can take in its packs too.

        With `fresh`, made from the packs' own footers, not from the file.
        """
        from snaptui.engine.index import DigestIndex, PackCache

        def path_of(pack_id: str) -> Path:
            if lease is not None and pack_id.startswith(lease.writer_id):
                return lease.directory / f"{pack_id}.pack"
            return self.layout.pack(pack_id)

        self.refresh()
        directory = self.layout.index / "none" if fresh else self.layout.index
        segments = self.catalog.rows("segments")
        index = DigestIndex.load(directory, segments, PackCache(path_of))
        if lease is not None:
            # the file may speak of packs that were lost since
            index.lacks_packs = index.lacks_packs or self.layout.lacks_packs(
                {pack_id: document["size"] for pack_id, document in segments.items()}
            )
        return index

    def merge_index(self) -> None:
        """Write the index file anew, so that it covers all packs."""
        self.require_writable()
        with suppress(OSError):  # derived: a full disk must not fail a snapshot that is safe
            self.load_index(None).save(self.layout.index)
