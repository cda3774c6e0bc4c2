"""Which snapshots a remote cloud is asked to restore over their volume."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snaptui.clouds.remote.restoring import restores
from snaptui.errors import CloudConflictError
from snaptui.models import Snapshot, Volume
from snaptui.progress import no_progress
from snaptui.requests import RestoreRequest
from tests.clouds.remote.fake import GIB, FakeProvider, a_snapshot
from tests.clouds.remote.quick import QuickCloud

REQUEST = RestoreRequest(snapshot_uid="monday", in_place=True)


async def test_only_the_newest_snapshot_goes_over_its_volume(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, monday: Snapshot
) -> None:
    await cloud.precheck(REQUEST)
    friday = provider.put(a_snapshot(web, "friday"))
    cloud.look_again()
    with pytest.raises(CloudConflictError, match="web can be restored over it, which is friday"):
        await cloud.precheck(REQUEST)
    await cloud.precheck(RestoreRequest(snapshot_uid="friday", in_place=True))
    provider.put(replace(friday, volume_uid="vol-another"))
    cloud.look_again()
    await cloud.precheck(REQUEST)
    # what is of the same second may be either
    assert restores(monday, web, [replace(friday, created_at=monday.created_at), monday])


async def test_a_volume_that_was_made_larger_is_not_restored(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.put(replace(web, size_bytes=2 * GIB))
    with pytest.raises(
        CloudConflictError, match=r"2\.0 GiB and the snapshot 1\.0 GiB, .*clone"
    ) as caught:
        await cloud.precheck(REQUEST)
    assert "snaptui snapshot clone" in caught.value.hint
    assert "again" not in str(caught.value)


async def test_a_restore_itself_lists_nothing(cloud: QuickCloud, monday: Snapshot) -> None:
    """It was seen before it was begun, and the cloud says what has changed since."""
    request = RestoreRequest(snapshot_uid=monday.resource_uid, in_place=True)
    await cloud.restore_snapshot(request, no_progress)
    assert "volumes" not in cloud.provider.asked  # type: ignore[attr-defined]
