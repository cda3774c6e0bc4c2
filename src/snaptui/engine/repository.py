"""The engine's door.

Listing reads the catalog and nothing else. Whatever moves blocks is imported when it is first asked
for, so that a program that only lists loads neither numpy nor the hashing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from snaptui.engine.catalog import LOCK_TIMEOUT, Catalog, Transaction
from snaptui.engine.faults import told
from snaptui.engine.header import read_header, write_header
from snaptui.engine.layout import Layout
from snaptui.engine.leases import sweep
from snaptui.engine.opened import OpenRepository
from snaptui.engine.ownership import adopt, warning_for
from snaptui.engine.records import (
    Actor,
    Document,
    now,
)
from snaptui.engine.sizes import block_size_of, checked_block_size, default_block_size
from snaptui.engine.trash import Trash
from snaptui.errors import ConflictError, NotFoundError
from snaptui.progress import no_progress
from snaptui.units import iso_time

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from snaptui.models import (
        RestoreReport,
        Snapshot,
        Volume,
    )
    from snaptui.progress import ProgressCallback
    from snaptui.requests import EditSnapshotRequest


class Repository(OpenRepository):
    """Volumes, their snapshots and the blocks of these, at a path.

    Several processes and threads may use one repository at once. Methods that take a UID raise
    `NotFoundError` when there is no such thing; any method may raise `RepositoryError`.
    """

    def __init__(
        self,
        layout: Layout,
        catalog: Catalog,
        header: dict[str, Any],
        *,
        asked_read_only: bool = False,
    ) -> None:
        super().__init__(layout, catalog, header, asked_read_only=asked_read_only)
        self.trash = Trash(self)

    # -- opening

    @classmethod
    def create(cls, path: str | os.PathLike[str]) -> Repository:
        """Make a new, empty repository; the directory may exist if it is empty.

        Raises:
            ConflictError: there is something at that path already.
        """
        layout = Layout(Path(path).absolute())
        with told(f"make a repository at {path}"):
            if layout.header.exists():
                raise ConflictError(f"{path} is a repository already", "open it")
            if layout.root.exists() and not layout.is_unfinished():
                raise ConflictError(
                    f"{path} exists and is no empty directory", "choose another path"
                )
            # it will hold what is on the disks: nobody else's business
            if not layout.root.exists():
                layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
                adopt(layout.root)
            layout.complete()
            # two may do this at once; the second must not write another header over the first's
            with layout.being_made().exclusive(timeout=LOCK_TIMEOUT):
                if layout.header.exists():
                    raise ConflictError(f"{path} is a repository already", "open it")
                if not layout.catalog.exists() or not any(layout.catalog.glob("catalog-*")):
                    Catalog.create(layout.catalog).close()
                write_header(layout)
        return cls.open(path)

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, read_only: bool = False) -> Repository:
        """Open a repository, clean up after jobs that died, and purge what is long deleted.

        With `read_only`, nothing under its path is written, whatever is called.

        Raises:
            RepositoryError: it is none, of a newer format, or cannot be read.
        """
        layout = Layout(Path(path).absolute())
        header = read_header(layout)
        with told(f"open the repository {path}"):
            catalog = Catalog.open(layout.catalog, read_only=read_only)
            try:
                if not catalog.read_only:
                    if warning := warning_for(layout.root):
                        catalog.warnings.append(warning)
                    layout.complete()
                    sweep(catalog, layout)
            except BaseException:
                catalog.close()
                raise
            repository = cls(layout, catalog, header, asked_read_only=read_only)
            repository.trash.purge_expired()
            return repository

    # -- volumes

    def add_volume(
        self,
        *,
        name: str,
        path: Path,
        size_bytes: int,
        zone: str,
        managed: bool,
        actor: Actor,
        block_size: int | None = None,
        created_at: datetime | None = None,
    ) -> Volume:
        """Record a volume whose data is at `path`.

        Args:
            name: need not be unique.
            path: absolute, links resolved.
            size_bytes: its size now.
            zone: the availability zone it is in.
            managed: the data belongs to snaptui, which may delete it.
            actor: who does it.
            block_size: by default that of the two-million rule; fixed from now on.
            created_at: by default now.

        Raises:
            ConflictError: the path is a volume already.
        """
        from snaptui.engine.operations.registering import add_volume

        self.require_writable()
        block_size = checked_block_size(block_size or default_block_size(size_bytes))
        document: Document = {
            "name": name,
            "size_bytes": size_bytes,
            "block_size": block_size,
            "zone": zone,
            "path": str(path),
            "managed": managed,
            "created_at": iso_time(created_at or now()),
            "owner": actor.user,
            "source_snapshot_uid": None,
        }
        uid = add_volume(self, document, actor)
        return self.volume(uid)

    def create_volume(
        self, *, name: str, zone: str, path: Path, size_bytes: int, actor: Actor
    ) -> Volume:
        """Make a blank volume: a sparse file at `path`, which must not exist.

        Raises:
            ConflictError: the path exists.
            NoSpaceError: the zone's disk is full.
        """
        from snaptui.engine.operations.volumes import NewVolume, create_blank

        self.require_writable()
        new = NewVolume(
            name=name,
            zone=zone,
            path=path,
            size_bytes=size_bytes,
            block_size=default_block_size(size_bytes),
            created_at=now(),
        )
        with told(f"create {name}"):
            return create_blank(self, new, actor)

    def remove_volume(self, uid: str, actor: Actor) -> None:
        """Forget a volume; its data and its snapshots stay."""
        from snaptui.engine.operations.registering import remove_volume

        self.require_writable()
        remove_volume(self, uid, actor)

    # -- snapshots

    def parent_for(self, transaction: Transaction, volume: Volume) -> str | None:
        """The snapshot that the volume's next one is compared with.

        Its newest; for the first one of a clone, the snapshot it was cloned from.
        """
        rows = transaction.rows("snapshots")
        of_volume = transaction.related("snapshots", "volume_uid", volume.resource_uid)
        newest = max(of_volume, key=lambda uid: (rows[uid]["created_at"], uid), default=None)
        parent = newest or volume.source_snapshot_uid
        return parent if parent in rows else None

    def new_snapshot_uid(self, transaction: Transaction) -> str:
        """A UID that no snapshot has, nor one being taken, nor a map that is still needed."""
        taken = {document.get("snapshot_uid") for document in transaction.rows("leases").values()}
        while True:
            uid = transaction.new_uid("snapshots", "snap")
            if uid not in taken and not self.layout.map(uid).exists():
                return uid

    def take_snapshot(
        self,
        volume_uid: str,
        *,
        name: str,
        actor: Actor,
        description: str = "",
        allow_fuzzy: bool = False,
        job_uid: str | None = None,
        created_at: datetime | None = None,
        progress: ProgressCallback = no_progress,
    ) -> Snapshot:
        """Take a snapshot of a volume: read it all, store the blocks that are new.

        Args:
            volume_uid: the volume's Resource UID.
            name: need not be unique.
            actor: who takes it; its user becomes the owner.
            description: any text.
            allow_fuzzy: take it even if the volume changes while it is read; the snapshot says so.
            job_uid: the job that takes it.
            created_at: by default the moment the reading begins.
            progress: told how far it is.

        Raises:
            SourceError: the volume cannot be read, is empty, or vanished.
            VolumeChangedError: it changed while it was read.
            NoSpaceError: the repository's disk is full.
            DamagedError: the parent's block map is damaged.
        """
        from snaptui.engine.operations.locating import locate
        from snaptui.engine.operations.snapshot import SnapshotOptions, take_snapshot

        self.require_writable()
        options = SnapshotOptions(
            name=name,
            description=description,
            allow_fuzzy=allow_fuzzy,
            job_uid=job_uid,
            created_at=created_at,
        )
        with self.locked_volume(volume_uid, progress):
            self.refresh()
            volume = locate(self, self.volume(volume_uid), actor)
            with told(f"take a snapshot of {volume.name}"):
                return take_snapshot(self, volume, options, actor, progress)

    def delete_snapshot(self, uid: str, actor: Actor) -> None:
        """Move a snapshot to the trash; all others, and volumes cloned from it, stay whole.

        Raises:
            ConflictError: it is pinned.
        """
        self.require_writable()
        snapshot = self.snapshot(uid)
        moved = self.trash.put([snapshot.resource_uid], actor)
        for left in moved.left_out:
            raise ConflictError(f"the snapshot {snapshot.name} is not deleted", left.reason)

    def pin(self, uids: Sequence[str], actor: Actor, *, pinned: bool = True) -> list[Snapshot]:
        """Pin snapshots, or take the pins off; returns those that were not so before."""
        from snaptui.engine.operations.pinning import pin_snapshots

        self.require_writable()
        for uid in uids:
            self.snapshot(uid)
        with told("pin the snapshots" if pinned else "unpin the snapshots"):
            changed = pin_snapshots(self, uids, actor, pinned=pinned)
        return [self.snapshot(uid) for uid in changed]

    def edit_snapshot(self, request: EditSnapshotRequest, actor: Actor) -> Snapshot:
        """Give a snapshot another name, another description, or both; returns it as it is then."""
        from snaptui.engine.operations.editing import edit_snapshot

        self.require_writable()
        uid = self.snapshot(request.snapshot_uid).resource_uid
        with told("edit the snapshot"):
            edit_snapshot(self, uid, request, actor)
        return self.snapshot(uid)

    def clone(
        self,
        snapshot_uid: str,
        *,
        name: str,
        zone: str,
        path: Path,
        actor: Actor,
        size_bytes: int | None = None,
        created_at: datetime | None = None,
        progress: ProgressCallback = no_progress,
    ) -> Volume:
        """Make a new volume from a snapshot: a sparse file at `path`, which must not exist.

        Raises:
            InvalidInputError: `size_bytes` is smaller than the snapshot.
            ConflictError: the path exists.
            DamagedError: a block is not as it was stored; no volume is made.
            NoSpaceError: the zone's disk is full.
        """
        from snaptui.engine.operations.volumes import NewVolume, clone_snapshot

        self.require_writable()
        snapshot = self.snapshot(snapshot_uid)
        new = NewVolume(
            name=name,
            zone=zone,
            path=path,
            size_bytes=snapshot.size_bytes if size_bytes is None else size_bytes,
            block_size=block_size_of(snapshot),
            created_at=created_at or now(),
        )
        with told(f"clone {snapshot.name}"):
            return clone_snapshot(self, snapshot, new, actor, progress)

    def restore_to_file(
        self,
        snapshot_uid: str,
        path: Path,
        *,
        actor: Actor,
        progress: ProgressCallback = no_progress,
    ) -> RestoreReport:
        """Write a snapshot to a new sparse file; raises as `clone` does.

        On the worst day the repository may be readable only: this works all the same.
        """
        from snaptui.engine.operations.restoring import restore_to_file

        with told(f"restore to {path}"):
            return restore_to_file(self, self.snapshot(snapshot_uid), path, actor, progress)

    def restore_in_place(
        self,
        snapshot_uid: str,
        *,
        actor: Actor,
        exclusive: bool = True,
        guard: Callable[[Volume], None] | None = None,
        progress: ProgressCallback = no_progress,
    ) -> RestoreReport:
        """Make the snapshot's volume read as the snapshot again, writing only what differs.

        Cut short, it leaves the volume between the two; done again, it goes on from there. With
        `exclusive`, a block device that the kernel itself uses is refused. `guard` is called when
        the volume is free of other jobs and raises if it must not be written after all.

        Raises:
            NotFoundError: the volume is deleted.
            ConflictError: the device is smaller than the snapshot.
            InUseError: the kernel uses the device, and `exclusive` was asked for.
            DamagedError: a block is not as it was stored.
        """
        from snaptui.engine.operations.locating import locate
        from snaptui.engine.operations.restoring import restore_in_place

        self.require_writable()
        snapshot = self.snapshot(snapshot_uid)
        if snapshot.volume_uid not in self.catalog.rows("volumes"):
            raise NotFoundError(
                f"the volume {snapshot.volume_name} ({snapshot.volume_uid}) is "
                + ("not here: the snapshot was imported" if snapshot.origin else "deleted"),
                "restore to a new file, or clone the snapshot",
            )
        with self.locked_volume(snapshot.volume_uid, progress):
            self.refresh()
            volume = locate(self, self.volume(snapshot.volume_uid), actor)
            if guard is not None:
                guard(volume)
            with told(
                f"restore {volume.name}",
                "the volume is half restored: make room and restore it again",
            ):
                return restore_in_place(
                    self, snapshot, volume, actor, exclusive=exclusive, progress=progress
                )
