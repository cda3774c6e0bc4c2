"""What a provider has that lets the blocks of its snapshots out, and in: more than `Provider`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from snaptui.errors import CloudConflictError, UnsupportedError
from snaptui.models import SnapshotStatus

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

    from snaptui.models import Snapshot

NO_BLOCK_ACCESS = "it gives no access to the blocks of its snapshots"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteBlocks:
    """The blocks of a snapshot, which are fetched as they are asked for.

    Attributes:
        block_size: of each.
        total_bytes: how much data there is to fetch.
        since: the snapshot that only the differences from are in it; None: all of it is.
        blocks: (number, whole block), ascending; None is a hole. To be closed.
        leave_out: told, before the first block is asked for, which need not be fetched.
    """

    block_size: int
    total_bytes: int
    since: str | None
    blocks: AsyncGenerator[tuple[int, bytes | None], None]
    leave_out: Callable[[Callable[[int], bool]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunSnapshot:
    """A snapshot that is being written.

    Attributes:
        uid: its Resource UID.
        block_size: of the blocks that are to be put.
        pending: it can be written; one that was begun before may be over.
    """

    uid: str
    block_size: int
    pending: bool


@runtime_checkable
class BlockAccess(Protocol):
    """A provider that gives access to the blocks of its snapshots."""

    def volume_of(self, snapshot: Snapshot) -> str:
        """The volume that a snapshot is of; empty where the cloud has forgotten."""

    def closed(self, snapshot: Snapshot) -> str:
        """Why the blocks of this one cannot be had, and what helps; empty when they can."""

    async def fetch_blocks(self, snapshot: Snapshot, bases: Sequence[str]) -> RemoteBlocks:
        """Find out which blocks a snapshot has.

        Args:
            snapshot: whose.
            bases: other snapshots of its volume, the best first, that the differences from will do.
        """

    def rounded(self, size_bytes: int) -> int:
        """The size that a volume of that size has there."""

    async def begin_snapshot(
        self, size_bytes: int, *, token: str, name: str, description: str, parent_uid: str | None
    ) -> BegunSnapshot:
        """Begin a snapshot; with the token of one that was begun, that one.

        Args:
            size_bytes: of the volume.
            token: at most 64 characters of ASCII.
            name: the snapshot's.
            description: the snapshot's.
            parent_uid: the snapshot that it differs from, so that only what differs is put.
        """

    async def put_block(self, uid: str, number: int, data: bytes, *, percent: int) -> bytes:
        """Put a whole block into one that was begun; again does the same. Gives its digest."""

    async def complete_snapshot(self, uid: str, digests: Mapping[int, bytes]) -> None:
        """Say that all blocks are there, and what the digest of each is."""


def require_open(access: BlockAccess, snapshot: Snapshot) -> None:
    """Raise unless the blocks of a snapshot can be had.

    Raises:
        UnsupportedError: they cannot, and why.
    """
    if reason := access.closed(snapshot):
        raise UnsupportedError(reason)


def require_complete(snapshot: Snapshot) -> None:
    """Raise unless a snapshot can be read.

    Raises:
        CloudConflictError: it is pending, or failed.
    """
    if snapshot.status is not SnapshotStatus.COMPLETED:
        raise CloudConflictError(
            f"the snapshot {snapshot.name or snapshot.resource_uid} is {snapshot.status}",
            "wait until it is completed"
            if snapshot.status is SnapshotStatus.PENDING
            else snapshot.reason,
        )
