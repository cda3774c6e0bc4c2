"""What a kind of cloud has to supply, so that `RemoteCloud` can make a `Cloud` of it.

A provider is thin: it speaks the cloud's own API and gives our models. It keeps no inventory, waits
for nothing and decides nothing: listing, following, waiting until something is there, resolving
names, planning deletions and keeping the last inventory are `RemoteCloud`'s, the same for all.

All methods are coroutines on one event loop. They raise `CloudError` and what derives from it
(`snaptui.errors`), never a library's own exception. References are whole Resource UIDs: the
identifiers that the cloud itself gives out, unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from snaptui.clouds.base import Capability
    from snaptui.models import (
        Attachment,
        BlockSummary,
        Diff,
        Instance,
        Snapshot,
        Visibility,
        Volume,
        VolumeType,
        Zone,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where and as what a volume is made; None is what the cloud chooses.

    Attributes:
        zone: the availability zone's name.
        volume_type: the volume type's name.
        size_bytes: a clone may be larger than its snapshot.
    """

    zone: str | None = None
    volume_type: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """A change of who may see and clone a snapshot.

    Attributes:
        visibility: what it becomes.
        shared_with: accounts or projects, when it becomes `shared`: all of them, not one more.
    """

    visibility: Visibility
    shared_with: tuple[str, ...] = ()


class Provider(Protocol):
    """One account or project in one region."""

    @property
    def kind(self) -> str:
        """`aws`, `openstack`: what the config file calls it."""

    @property
    def place(self) -> str:
        """Where this is, in words, for people: `account 1234, us-east-1`; empty until known."""

    @property
    def cannot(self) -> Mapping[Capability, str]:
        """What this cloud never can, and why, in a sentence. Known without asking the cloud."""

    @property
    def cautions(self) -> Mapping[Capability, str]:
        """What may come of what it can, and is to be known before; a sentence each."""

    @property
    def attaches_across_zones(self) -> bool:
        """Whether a volume may attach to an instance of another zone; only the cloud knows then."""

    async def connect(self) -> None:
        """Find the credentials and try them; cheap when that has been done.

        Raises:
            CredentialsError: they are missing, wrong or expired; the hint says what to do.
            CloudDownError: the cloud cannot be reached.
        """

    async def close(self) -> None:
        """Give up connections. The provider can be used again after."""

    def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        """All volumes, in pages as the cloud gives them; an empty page is left out.

        `snapshot_count` and `last_snapshot_at` are for `RemoteCloud` to fill in.
        """

    def snapshots(self) -> AsyncIterator[Sequence[Snapshot]]:
        """All snapshots that are one's own or shared with one, in pages."""

    async def volume(self, uid: str) -> Volume | None:
        """One volume as it is now; None when it is not there (any more)."""

    async def snapshot(self, uid: str) -> Snapshot | None:
        """One snapshot as it is now; None when it is not there (any more)."""

    async def zones(self) -> Sequence[Zone]:
        """The availability zones."""

    async def volume_types(self) -> Sequence[VolumeType]:
        """The volume types that can be asked for; none where there is nothing to choose."""

    async def instances(self) -> Sequence[Instance]:
        """What volumes can be attached to; none where the cloud does not tell."""

    async def why(self, uid: str) -> str:
        """The cloud's reason why something failed, in a sentence; empty when it does not tell."""

    async def create_snapshot(
        self, volume: Volume, *, name: str, description: str, token: str, again: bool = False
    ) -> Snapshot:
        """Ask for a snapshot; returns it as it is then, `pending` as a rule.

        Args:
            volume: what to take it of, attached or not.
            name: its name.
            description: its description.
            token: the same again asks for the same snapshot again, where the cloud knows that.
            again: it may have been asked for with this token before: what was made then, and has
                not failed, is given.
        """

    async def update_snapshot(
        self, uid: str, *, name: str | None = None, description: str | None = None
    ) -> Snapshot:
        """Change a snapshot's name or description; returns it as it is then.

        Args:
            uid: whose.
            name: its new one; None is left as it is.
            description: likewise; None where the cloud says that it cannot change it.
        """

    async def delete_snapshot(self, uid: str) -> None:
        """Ask for a snapshot to be deleted. One that is not there any more is no error."""

    async def create_volume(
        self,
        *,
        name: str,
        placement: Placement,
        snapshot: Snapshot | None,
        token: str,
        again: bool = False,
    ) -> Volume:
        """Ask for a volume, blank or from a snapshot; returns it as it is then.

        `token` and `again` are as in `create_snapshot`; the placement may be another one than the
        first time.
        """

    async def delete_volume(self, uid: str) -> None:
        """Ask for a volume to be deleted. One that is not there any more is no error."""

    async def resize_volume(self, uid: str, size_bytes: int) -> None:
        """Ask for a volume to be made larger."""

    async def attach(self, volume: Volume, instance: str, device: str) -> str:
        """Ask for a volume to be attached; an empty device is what the cloud chooses.

        Returns what there is to know about it, in a sentence; empty as a rule.
        """

    async def detach(self, volume: Volume, attachment: Attachment) -> None:
        """Ask for a volume to be detached."""

    async def holds(self, volume: Volume, attachment: Attachment) -> bool:
        """Whether an instance still has a volume that is not shown as attached to it any more.

        Some clouds keep a second book, of the instance's side, which ends later: attaching again
        is refused until then. False where there is none, and where it may not be read.
        """

    async def share(self, snapshot: Snapshot, sharing: Sharing) -> None:
        """Change who may see and clone a snapshot."""

    async def diff(self, from_uid: str | None, to_uid: str) -> Diff:
        """What changed between two snapshots of a volume (None: from nothing)."""

    async def blocks(self, snapshot: Snapshot, parent: Snapshot | None, cells: int) -> BlockSummary:
        """Where a snapshot's blocks are, and which of them are new since its parent."""

    async def revert(self, snapshot: Snapshot) -> None:
        """Ask for a volume to become what the snapshot is."""
