"""Copying a snapshot to another region of the same kind of cloud, where the provider can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable
from uuid import uuid4

from snaptui.clouds.base import Capability
from snaptui.clouds.remote.block_access import require_complete
from snaptui.errors import UnsupportedError

if TYPE_CHECKING:
    from snaptui.clouds.remote.cloud import RemoteCloud
    from snaptui.models import Snapshot

NO_COPIES = "it does not copy snapshots to other regions"


@runtime_checkable
class CopiesSnapshots(Protocol):
    """A provider whose cloud has regions, and copies between them by itself."""

    async def copy_snapshot(
        self, snapshot: Snapshot, *, region: str, name: str, description: str, token: str
    ) -> Snapshot:
        """Ask for a copy in another region; returns it as it is then, there."""


async def copy_snapshot(
    cloud: RemoteCloud, reference: str, *, region: str, name: str, description: str
) -> Snapshot:
    """Ask for a copy of a snapshot in another region; the cloud makes it, which may take hours.

    Args:
        cloud: where the snapshot is.
        reference: the snapshot.
        region: where the copy is to be.
        name: of the copy; empty is the snapshot's.
        description: of the copy; empty is the snapshot's.
    """
    cloud.require(Capability.COPY)
    if not isinstance(cloud.provider, CopiesSnapshots):
        raise UnsupportedError(f"{cloud.name}: {NO_COPIES}")
    snapshot = await cloud.snapshot(reference)
    require_complete(snapshot)
    copy = await cloud.provider.copy_snapshot(
        snapshot,
        region=region,
        name=name or snapshot.name,
        description=description or snapshot.description,
        token=uuid4().hex,
    )
    await cloud.record_copy(snapshot, copy, region)
    return copy
