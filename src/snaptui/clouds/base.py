"""The Cloud protocol: what the screen, the command line and the jobs ask of any cloud.

A cloud says what it can do (`ability`) before anybody tries, so that the screen offers what is
possible and says why not otherwise. Listings come in pages, as a remote cloud gives them. All
methods are coroutines that do not block the loop: a cloud that is slow delays nobody else.

Long operations (`create_snapshot`, `clone_snapshot`, `restore_snapshot`, `check`, and in a remote
cloud `create_volume`) are run by jobs; they report through a `ProgressCallback` and stop with
`JobCancelledError` when it raises that.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from snaptui.errors import LEAVE_READ_ONLY, ReadOnlyError, SnaptuiError, UnsupportedError
from snaptui.progress import no_progress

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Hashable, Iterable, Sequence

    from snaptui.models import (
        BlockSummary,
        Candidate,
        Changes,
        CheckReport,
        CloudInfo,
        Deletion,
        Diff,
        Event,
        Instance,
        LineageNode,
        Quota,
        RestoreReport,
        Snapshot,
        TrashedSnapshot,
        Usage,
        Volume,
        VolumeType,
        Zone,
    )
    from snaptui.progress import ProgressCallback
    from snaptui.requests import (
        AddVolumeRequest,
        AttachRequest,
        CheckRequest,
        CloneRequest,
        CreateVolumeRequest,
        DetachRequest,
        EditSnapshotRequest,
        JobRequest,
        ResizeRequest,
        RestoreRequest,
        ShareRequest,
        SnapshotRequest,
    )

Item = TypeVar("Item")

SPACE_LATER = (
    "that nothing else needs: free only after a purge and a prune, and there is no prune yet"
)
"""What there is to say about the space of what is deleted; after its size."""


NO_WAY_BACK = "none: what is deleted here is gone for good"
"""How a deletion of snapshots can be undone where no trash keeps them, or out of the trash."""

HOW_TO_UNPIN = "unpin it first (snapshot unpin), or delete it all the same with --force"
"""What to do about a snapshot that is not deleted because it is pinned."""


class Capability(StrEnum):
    """Something a cloud may or may not be able to do."""

    ADD_VOLUME = "add-volume"
    CREATE_VOLUME = "create-volume"
    DELETE_VOLUME = "delete-volume"
    SNAPSHOT = "snapshot"
    CLONE = "clone"
    RESTORE = "restore"
    DELETE_SNAPSHOT = "delete-snapshot"
    PIN = "pin"
    TRASH = "trash"
    """Deleted snapshots are kept for a while; without it, what is deleted is gone."""
    UNDELETE = "undelete"
    PURGE = "purge"
    DIFF = "diff"
    BLOCKS = "blocks"
    CHECK = "check"
    EDIT_SNAPSHOT = "edit-snapshot"
    """A snapshot can be given another name."""
    EDIT_DESCRIPTION = "edit-description"
    """A snapshot can be given another description."""
    SET_VISIBILITY = "set-visibility"
    ATTACH = "attach"
    """Attaching and detaching are asked for here, not done on the host."""
    RESIZE = "resize"
    RESTORE_TO_FILE = "restore-to-file"
    RESTORE_IN_PLACE = "restore-in-place"
    RESTORE_IN_USE = "restore-in-use"
    """A volume can be restored over while something uses it, by force."""
    ORPHAN_SNAPSHOTS = "orphan-snapshots"
    """A volume can be deleted while it has snapshots, and they stay."""
    ALLOW_FUZZY = "allow-fuzzy"
    """A snapshot can be taken of a volume that changes while it is read."""
    IMPORT = "import"
    """Its snapshots can be brought into the local repository."""
    EXPORT = "export"
    """Snapshots of the local repository can be brought into it."""
    PUBLIC_SNAPSHOTS = "public-snapshots"
    """Those that everybody may see can be listed, when they are asked for."""
    QUOTAS = "quotas"
    """It tells how much one may have, and has."""
    COPY = "copy"
    """Its snapshots can be copied to another of its regions."""


@dataclass(frozen=True, slots=True)
class Ability:
    """Whether a cloud can do something, and if not, why, in a sentence.

    Attributes:
        read_only: it could, were it not read-only here.
        caution: what may come of it and is to be known before, where it is possible; a sentence.
    """

    possible: bool
    reason: str = ""
    read_only: bool = False
    caution: str = ""

    def __bool__(self) -> bool:
        return self.possible

    def refusal(self, cloud: str) -> SnaptuiError:
        """What to tell whoever tries all the same, in the cloud of that name."""
        if self.read_only:
            return ReadOnlyError(f"{cloud}: {self.reason}", LEAVE_READ_ONLY)
        return UnsupportedError(f"{cloud}: {self.reason}")


class Cloud(Protocol):
    """A place with volumes. References are a Resource UID, a unique prefix of one, or a name."""

    @property
    def name(self) -> str:
        """What the tree calls it: `local`, `aws us-east-1`."""

    @property
    def found_as(self) -> Sequence[str]:
        """What those were called that were found and whose place it took: jobs keep these names."""

    def ability(self, capability: Capability) -> Ability:
        """Whether this cloud can do that, and why not."""

    async def open(self) -> None:
        """Begin to follow it: it is being looked at. Returns at once."""

    async def close(self) -> None:
        """Give up what was opened: connections, following."""

    def look_again(self) -> None:
        """Something was done to it that it may not have told yet: look before it is time to."""

    async def info(self) -> CloudInfo:
        """Whether it is there; never raises for a cloud that is down."""

    async def change_token(self) -> Hashable:
        """A cheap value that differs when anything in the cloud's inventory may have changed."""

    async def changes(self, since: Hashable) -> Changes | None:
        """What changed since a change token was current; None: list everything anew.

        A cloud that answers lists its volumes by name and its snapshots newest first, and what it
        says may be newer than any token it has given out.
        """

    async def look_closely(self, snapshot_uid: str) -> None:
        """Find out of one snapshot what listings do not tell, if there is anything of the kind."""

    async def zones(self) -> list[Zone]:
        """Its availability zones."""

    async def volume_types(self) -> list[VolumeType]:
        """The types that a volume can be made of; none where there is nothing to choose."""

    async def instances(self, volume_uid: str | None = None) -> list[Instance]:
        """What a volume (None: any) can be attached to; none where the cloud does not tell."""

    def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        """All volumes, in pages."""

    def snapshots(self, volume_uid: str | None = None) -> AsyncIterator[Sequence[Snapshot]]:
        """All snapshots, or one volume's, in pages, newest first."""

    def public_snapshots(self, owner: str = "") -> AsyncGenerator[Sequence[Snapshot], None]:
        """What others have made public, in pages as the cloud gives them and in its order.

        There may be tens of thousands, so they are in no other listing. With one's UID, `snapshot`
        finds it, and it can be cloned. To be closed by who has seen enough.

        Args:
            owner: only this account's; empty is everybody's.

        Raises:
            UnsupportedError: this cloud knows nothing of the kind.
        """

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

    async def quotas(self) -> list[Quota]:
        """How much one may have here, and has; asked anew each time.

        Raises:
            UnsupportedError: this cloud has no quotas, or tells none.
        """

    async def add_volume(self, request: AddVolumeRequest) -> Volume:
        """Register existing storage as a volume."""

    async def create_volume(
        self,
        request: CreateVolumeRequest,
        progress: ProgressCallback = no_progress,
        job_uid: str | None = None,
    ) -> Volume:
        """Make a blank volume; a remote cloud may take minutes, so jobs do that."""

    async def attach_volume(self, request: AttachRequest) -> Volume:
        """Attach a volume to an instance, and wait until it is.

        Raises:
            InUseError: it is attached already.
        """

    async def detach_volume(self, request: DetachRequest) -> Volume:
        """Detach a volume from its instance, and wait until it is."""

    async def resize_volume(self, request: ResizeRequest) -> Volume:
        """Make a volume larger."""

    async def edit_snapshot(self, request: EditSnapshotRequest) -> Snapshot:
        """Give a snapshot another name, another description, or both; all else stays.

        Raises:
            NotFoundError: it is not there any more.
            UnsupportedError: this cloud changes no names, or no descriptions.
        """

    async def set_visibility(self, request: ShareRequest) -> Snapshot:
        """Change who may see and clone a snapshot."""

    async def plan_delete_volume(self, uid: str) -> Deletion:
        """What deleting a volume would lose, and what forbids it; changes nothing."""

    async def delete_volume(self, uid: str) -> Deletion:
        """Delete a volume; its snapshots stay.

        Raises:
            InUseError: something uses it.
        """

    async def plan_delete_snapshots(self, uids: Sequence[str], *, force: bool = False) -> Deletion:
        """What deleting snapshots would lose, and what forbids it; quick, changes nothing.

        Pinned ones are left out unless forced.
        """

    async def delete_snapshots(self, uids: Sequence[str], *, force: bool = False) -> Deletion:
        """Delete snapshots (into the trash where there is one); all others stay whole.

        Args:
            uids: whole Resource UIDs.
            force: the pinned ones, too.

        Raises:
            ConflictError: none of them was deleted, because they are pinned.
            NotFoundError: none of them is there any more.
        """

    async def freed_bytes(self, uids: Sequence[str]) -> int | None:
        """How many stored bytes nothing else needs; may take seconds. None where it is not known.

        The snapshots are either all in the trash or all not.
        """

    async def set_pinned(self, uids: Sequence[str], pinned: bool) -> list[Snapshot]:
        """Pin or unpin snapshots; returns those that were not so before."""

    async def trash(self) -> list[TrashedSnapshot]:
        """The deleted snapshots that can be taken back, last deleted first."""

    async def trashed(self, reference: str) -> TrashedSnapshot:
        """One of them; raises as `volume` does."""

    async def undelete(self, uids: Sequence[str]) -> list[Snapshot]:
        """Take deleted snapshots back, whole; returns those that are back.

        Raises:
            NotFoundError: none of them is in the trash any more.
        """

    async def plan_purge(self, uids: Sequence[str]) -> Deletion:
        """What purging deleted snapshots would lose; quick, changes nothing."""

    async def purge(self, uids: Sequence[str]) -> Deletion:
        """Delete snapshots that are in the trash for good; raises as `undelete` does."""

    async def precheck(self, request: JobRequest) -> None:
        """Say at once what speaks against a job that would be started for this request.

        Raises:
            SnaptuiError: what the work would raise, as far as that is known now.
        """

    async def create_snapshot(
        self, request: SnapshotRequest, progress: ProgressCallback, job_uid: str | None = None
    ) -> Snapshot:
        """Take a snapshot."""

    async def clone_snapshot(
        self, request: CloneRequest, progress: ProgressCallback, job_uid: str | None = None
    ) -> Volume:
        """Make a volume from a snapshot."""

    async def restore_snapshot(
        self, request: RestoreRequest, progress: ProgressCallback
    ) -> RestoreReport:
        """Write a snapshot's data to a new file or over its volume."""

    async def check(self, request: CheckRequest, progress: ProgressCallback) -> CheckReport:
        """Read and verify stored data."""


@runtime_checkable
class KeepsZones(Protocol):
    """A cloud whose availability zones come and go as one likes."""

    async def add_zone(self, name: str, path: str) -> Zone:
        """Register a directory as an availability zone."""

    async def delete_zone(self, name: str) -> Zone:
        """Forget a zone that has no volume; its directory stays as it is."""


@runtime_checkable
class HasRegions(Protocol):
    """A cloud that may be one of several regions."""

    @property
    def region(self) -> str:
        """The region that this is; empty where that is not known."""

    async def regions(self) -> list[str]:
        """The regions that its snapshots can be copied to, by name."""


@runtime_checkable
class RestoresSome(Protocol):
    """A cloud that does not restore each snapshot over its volume."""

    def restores(self, snapshot: Snapshot, volume: Volume, others: Iterable[Snapshot]) -> Ability:
        """Whether it restores this one over its volume; asks nothing.

        Args:
            snapshot: which.
            volume: its volume.
            others: the volume's snapshots, as far as they are known.
        """


async def collect(pages: AsyncIterator[Sequence[Item]]) -> list[Item]:
    """All items of all pages."""
    return [item async for page in pages for item in page]
