"""What is found out about volumes and snapshots, and what came of doing something to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - exports look up the types of fields
from enum import StrEnum

from snaptui.models.things import Snapshot, Volume  # noqa: TC001 - likewise


class RangeKind(StrEnum):
    """How a range of a volume differs between two snapshots."""

    CHANGED = "changed"
    ADDED = "added"
    """A hole before, data now."""
    REMOVED = "removed"
    """Data before, a hole now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed in a cloud.

    Attributes:
        volumes: those that came or changed, as they are now.
        snapshots: likewise.
        removed: the Resource UIDs of those that are there no more.
    """

    volumes: tuple[Volume, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    removed: frozenset[str] = frozenset()

    @property
    def things(self) -> tuple[Volume | Snapshot, ...]:
        """The volumes and the snapshots."""
        return self.volumes + self.snapshots


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRange:
    """A run of blocks that differ, `[offset, offset + length)` in bytes of the volume."""

    offset: int
    length: int
    kind: RangeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What changed from one snapshot to another, in whole blocks.

    `from_uid` is None when the snapshot is compared with nothing (an empty volume).
    """

    from_uid: str | None
    to_uid: str
    block_size: int
    changed_bytes: int
    added_bytes: int
    removed_bytes: int
    ranges: tuple[DiffRange, ...]

    @property
    def total_bytes(self) -> int:
        """All that differs."""
        return self.changed_bytes + self.added_bytes + self.removed_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSummary:
    """Where a snapshot's bytes are, for the Blocks tab.

    `new + shared + holes` is the size of the volume. A picture is one cell per equal piece of the
    volume, first byte first; each cell says how much of it is new and how much is data (0 to 1).

    Attributes:
        stored_bytes: what the new ones take where they are stored; None where a cloud does not
            tell.
    """

    snapshot_uid: str
    size_bytes: int
    block_size: int
    new_bytes: int
    shared_bytes: int
    hole_bytes: int
    stored_bytes: int | None
    new_cells: tuple[float, ...]
    data_cells: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageNode:
    """A volume or snapshot in its family tree: volume > snapshot > clone > snapshot …"""

    uid: str
    name: str
    kind: str
    """`volume` or `snapshot`."""
    created_at: datetime | None
    deleted: bool = False
    children: tuple[LineageNode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a repository holds and what it costs.

    Attributes:
        trashed_count: snapshots in the trash; no other count or sum has them, their blocks are
            stored all the same.
        volume_bytes: the sum of all snapshots' volume sizes, what full copies would take.
        data_bytes: the sum of all snapshots' data, without holes.
        block_bytes: the plain bytes of all distinct blocks stored.
        pack_bytes: bytes of pack files on disk.
        map_bytes: bytes of block maps on disk.
        catalog_bytes: bytes of the catalog on disk.
        index_bytes: bytes of the digest index on disk.
        free_bytes: free space on the file system of the repository.
    """

    path: str
    volume_count: int
    snapshot_count: int
    block_count: int
    volume_bytes: int
    data_bytes: int
    block_bytes: int
    pack_bytes: int
    map_bytes: int
    catalog_bytes: int
    index_bytes: int
    free_bytes: int
    trashed_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How much of something an account or project may have, and has.

    Attributes:
        name: of what, as the cloud calls it: `volumes`, `snapshots`, `gigabytes`.
        used: how much there is.
        limit: how much there may be; None where nothing is forbidden.
    """

    name: str
    used: int
    limit: int | None

    @property
    def full(self) -> bool:
        """Whether there is no room for another one."""
        return self.limit is not None and self.used >= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Something that is not as it was stored, and whom it hits."""

    path: str
    problem: str
    snapshot_uids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check of a repository, or of one snapshot, found.

    Attributes:
        trashed_count: how many snapshots in the trash were checked besides.
    """

    snapshot_count: int
    block_count: int
    checked_bytes: int
    damages: tuple[Damage, ...]
    warnings: tuple[str, ...] = ()
    trashed_count: int = 0

    @property
    def clean(self) -> bool:
        """Whether every byte is as it was stored."""
        return not self.damages


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What a restore did: bytes that had to be written, and bytes that were right already.

    Those are None where a cloud does not tell; `path` is the volume's name then.
    """

    snapshot_uid: str
    path: str
    size_bytes: int
    written_bytes: int | None
    unchanged_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something that was asked for with others and is not done, and why."""

    resource_uid: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """What a deletion did, or would do.

    Attributes:
        kept: what stays, in sentences a person can read before saying yes.
        lost: what is lost.
        pinned_by: uids that forbid the deletion.
        reason: why it is forbidden, or an empty string.
        uids: all that is deleted; `resource_uid` and `name` are those of the first.
        left_out: what was asked for and is not deleted.
        until: as long it can be taken back; None when it is gone at once.
    """

    resource_uid: str
    name: str
    lost: tuple[str, ...]
    kept: tuple[str, ...]
    pinned_by: tuple[str, ...] = ()
    reason: str = ""
    uids: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    until: datetime | None = None
