"""Copying a snapshot to another region of the same kind of cloud, where the provider can."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from uuid import uuid4

from snaptui.clouds.base import Capability
from snaptui.clouds.remote.block_access import require_complete
from snaptui.clouds.remote.provider import Provider
from snaptui.errors import CloudError, NotFoundError, UnsupportedError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from snaptui.clouds.remote.cloud import RemoteCloud
    from snaptui.models import Snapshot
    from snaptui.progress import ProgressCallback
    from snaptui.requests import CopyRequest

NO_COPIES = "it does not copy snapshots to other regions"


@runtime_checkable
class CopiesSnapshots(Provider, Protocol):
    """A provider whose cloud has regions, and copies between them by itself."""

    @property
    def region(self) -> str:
        """This region's name; empty until known."""

    async def regions(self) -> Sequence[str]:
        """The regions that the account may use, by name, without this one."""

    def in_region(self, region: str) -> Provider:
        """The same account in another region; nothing is asked of it yet."""

    async def copy_snapshot(
        self,
        snapshot: Snapshot,
        *,
        region: str,
        name: str,
        description: str,
        encrypted: bool,
        token: str,
        again: bool = False,
    ) -> Snapshot:
        """Ask for a copy in another region; returns it as it is then, there.

        `token` and `again` are as in `Provider.create_snapshot`.
        """


async def require_region(cloud: RemoteCloud, region: str) -> None:
    """Raise if a cloud tells its regions, and there is none of that name.

    Raises:
        NotFoundError: there is none, or the account may not use it.
    """
    provider = cloud.provider
    if not isinstance(provider, CopiesSnapshots):
        return
    try:
        others = await provider.regions()
    except CloudError:
        return  # the cloud itself will say what it thinks of the region
    if others and region not in {provider.region, *others}:
        known = ", ".join(safe_text(each, 60) for each in others)
        raise NotFoundError(
            f"{cloud.name} has no region {safe_text(region, 60)!r} for this account",
            f"it has: {known}",
        )


async def copy_snapshot(
    cloud: RemoteCloud,
    request: CopyRequest,
    progress: ProgressCallback,
    job_uid: str | None,
    open_there: Callable[[Provider], RemoteCloud],
) -> Snapshot:
    """Have a snapshot copied to another region, and wait until the copy is complete.

    The cloud makes it by itself, which may take hours. What ends the waiting before deletes it.

    Args:
        cloud: where the snapshot is.
        request: which, where to, and what the copy is called.
        progress: told how far the copy is.
        job_uid: the job that does it; finds what it has asked for again.
        open_there: the region as a cloud, of what speaks to it.

    Raises:
        CloudError: it cannot be done, or the copy ended in error.
    """
    cloud.require(Capability.COPY)
    provider = cloud.provider
    if not isinstance(provider, CopiesSnapshots):
        raise UnsupportedError(f"{cloud.name}: {NO_COPIES}")
    progress("asking the cloud", 0, 0)
    snapshot = await cloud.snapshot(request.snapshot_uid)
    require_complete(snapshot)
    await require_region(cloud, request.region)
    again = bool(request.token)
    there = open_there(provider.in_region(request.region))
    try:
        there.require(Capability.SNAPSHOT)  # where nothing may be changed, none is made, either
        made = await cloud.answered(
            lambda: provider.copy_snapshot(
                snapshot,
                region=request.region,
                name=request.name,
                description=request.description,
                encrypted=request.encrypted,
                token=request.token or job_uid or uuid4().hex,
                again=again,
            ),
            progress,
        )
        await there.provider.connect()
        seen = await there.when_copied(made, snapshot.size_bytes, progress, again=again)
        await cloud.record_copy(snapshot, seen, request.region)
        await there.record_copied(snapshot, seen, cloud.name)
    finally:
        await there.close()
    return replace(seen, volume_name=seen.volume_uid, name=seen.name or request.name)
