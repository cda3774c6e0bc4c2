"""The Cloud protocol: what the screen, the command line and the jobs ask of any cloud.

A cloud says what it can do (`ability`) before anybody tries, so that the screen offers what is
possible and says why not otherwise. Listings come in pages, as a remote cloud gives them. All
methods are coroutines that do not block the loop: a cloud that is slow delays nobody else.

Long operations (`create_snapshot`, `clone_snapshot`, `restore_snapshot`, `check`) are run by jobs;
they report through a `ProgressCallback` and stop with `JobCancelledError` when it raises that.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable, Sequence

    from snaptui.models import (
        BlockSummary,
        Candidate,
        CheckReport,
        CloudInfo,
        Deletion,
        Diff,
        Event,
        LineageNode,
        RestoreReport,
        Snapshot,
        Usage,
        Volume,
        Zone,
    )
    from snaptui.progress import ProgressCallback
    from snaptui.requests import (
        AddVolumeRequest,
        CheckRequest,
        CloneRequest,
        CreateVolumeRequest,
        RestoreRequest,
        SnapshotRequest,
    )

Item = TypeVar("Item")


class Capability(StrEnum):
    """Something a cloud may or may not be able to do."""

    ADD_VOLUME = "add-volume"
    CREATE_VOLUME = "create-volume"
    DELETE_VOLUME = "delete-volume"
    SNAPSHOT = "snapshot"
    CLONE = "clone"
    RESTORE = "restore"
    DELETE_SNAPSHOT = "delete-snapshot"
    DIFF = "diff"
    BLOCKS = "blocks"
    CHECK = "check"
    SET_VISIBILITY = "set-visibility"
    ATTACH = "attach"


@dataclass(frozen=True, slots=True)
class Ability:
    """Whether a cloud can do something, and if not, why, in a sentence."""

    possible: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.possible


class Cloud(Protocol):
    """A place with volumes. References are a Resource UID, a unique prefix of one, or a name."""

    @property
    def name(self) -> str:
        """What the tree calls it: `local`, `aws us-east-1`."""

    def ability(self, capability: Capability) -> Ability:
        """Whether this cloud can do that, and why not."""

    async def info(self) -> CloudInfo:
        """Whether it is there; never raises for a cloud that is down."""

    async def change_token(self) -> Hashable:
        """A cheap value that differs when anything in the cloud's inventory may have changed."""

    async def zones(self) -> list[Zone]:
        """Its availability zones."""

    def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        """All volumes, in pages."""

    def snapshots(self, volume_uid: str | None = None) -> AsyncIterator[Sequence[Snapshot]]:
        """All snapshots, or one volume's, in pages, newest first."""

    async def volume(self, reference: str) -> Volume:
        """One volume.

        Raises:
            NotFoundError: there is none.
            AmbiguousError: there are several.
        """

    async def snapshot(self, reference: str) -> Snapshot:
        """One snapshot; raises as `volume` does."""

    async def events(self, uid: str | None = None) -> list[Event]:
        """Who did what to a volume or snapshot (None: to anything), newest first."""

    async def lineage(self, uid: str) -> LineageNode:
        """The whole family tree that a volume or snapshot belongs to, from its root."""

    async def diff(self, from_uid: str | None, to_uid: str) -> Diff:
        """What changed from one snapshot of a volume to another (None: from nothing)."""

    async def blocks(self, snapshot_uid: str, cells: int = 256) -> BlockSummary:
        """How much of a snapshot is new, shared and holes, and where, in `cells` cells."""

    async def candidates(self) -> list[Candidate]:
        """What could be registered as a volume here."""

    async def usage(self) -> Usage | None:
        """What the snapshots cost, where the cloud can tell."""

    async def add_volume(self, request: AddVolumeRequest) -> Volume:
        """Register existing storage as a volume."""

    async def create_volume(self, request: CreateVolumeRequest) -> Volume:
        """Make a blank volume."""

    async def plan_delete_volume(self, uid: str) -> Deletion:
        """What deleting a volume would lose, and what forbids it; changes nothing."""

    async def delete_volume(self, uid: str) -> Deletion:
        """Delete a volume; its snapshots stay.

        Raises:
            InUseError: something uses it.
        """

    async def plan_delete_snapshot(self, uid: str) -> Deletion:
        """What deleting a snapshot would lose, and what forbids it; changes nothing."""

    async def delete_snapshot(self, uid: str) -> Deletion:
        """Delete a snapshot; all others stay whole."""

    async def create_snapshot(
        self, request: SnapshotRequest, progress: ProgressCallback, job_uid: str | None = None
    ) -> Snapshot:
        """Take a snapshot."""

    async def clone_snapshot(self, request: CloneRequest, progress: ProgressCallback) -> Volume:
        """Make a volume from a snapshot."""

    async def restore_snapshot(
        self, request: RestoreRequest, progress: ProgressCallback
    ) -> RestoreReport:
        """Write a snapshot's data to a new file or over its volume."""

    async def check(self, request: CheckRequest, progress: ProgressCallback) -> CheckReport:
        """Read and verify stored data."""


async def collect(pages: AsyncIterator[Sequence[Item]]) -> list[Item]:
    """All items of all pages."""
    return [item async for page in pages for item in page]
