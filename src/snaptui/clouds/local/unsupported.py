"""What is asked of clouds with servers, and of this host otherwise, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from snaptui.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from snaptui.models import Instance, Quota, Snapshot, Volume, VolumeType
    from snaptui.requests import AttachRequest, DetachRequest, ResizeRequest, ShareRequest

NO_ATTACHING = "attaching a volume to this host is not there yet"
NO_RESIZING = "a volume here is a file or device of the host, which is resized there"
NO_IMPORT = "its snapshots are in the local repository already"
NO_EXPORT = "a snapshot is exported to another cloud than the local one"
NO_COPY = "the local repository is in no region; export the snapshot to another cloud instead"
NO_PUBLIC = "the local repository has no public snapshots: all that are in it are listed"
NO_QUOTAS = "the local repository has no quotas: the room on its disk is the limit"
NO_SHARING = "the local repository has nobody to share with"


def _refuse(reason: str, hint: str = "") -> NoReturn:
    raise UnsupportedError(reason, hint)


class Unsupported:
    """A cloud that has none of that, and nothing to open or close."""

    found_as: Sequence[str] = ()
    """It was never called anything else."""

    async def open(self) -> None:
        """It is open."""

    async def close(self) -> None:
        """It stays open: whoever opened the repository closes it."""

    def look_again(self) -> None:
        """It tells of everything as it happens."""

    async def look_closely(self, snapshot_uid: str) -> None:
        """All is told already."""
        del snapshot_uid

    def public_snapshots(self, owner: str = "") -> AsyncGenerator[Sequence[Snapshot], None]:
        """Not here."""
        del owner
        _refuse(NO_PUBLIC)

    async def quotas(self) -> list[Quota]:
        """Not here."""
        _refuse(NO_QUOTAS)

    async def volume_types(self) -> list[VolumeType]:
        """There is nothing to choose."""
        return []

    async def instances(self, volume_uid: str | None = None) -> list[Instance]:
        """None is known here."""
        del volume_uid
        return []

    async def attach_volume(self, request: AttachRequest) -> Volume:
        """Not here."""
        del request
        _refuse(NO_ATTACHING, "use losetup, mount or the virtual machine's own tools")

    async def detach_volume(self, request: DetachRequest) -> Volume:
        """Not here."""
        del request
        _refuse(NO_ATTACHING, "use losetup, umount or the virtual machine's own tools")

    async def resize_volume(self, request: ResizeRequest) -> Volume:
        """Not here."""
        del request
        _refuse(NO_RESIZING, "use truncate, lvextend or the like")

    async def set_visibility(self, request: ShareRequest) -> Snapshot:
        """Not here."""
        del request
        _refuse(NO_SHARING)
