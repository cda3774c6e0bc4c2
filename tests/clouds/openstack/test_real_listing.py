"""What a real Cinder lists: the same as openstacksdk says, and nothing of others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from snaptui.clouds.base import collect
from snaptui.errors import CloudError, CloudNotFoundError
from snaptui.models import SnapshotStatus, Visibility, VolumeStatus
from snaptui.units import GIB
from tests.clouds.openstack.support import HOSTILE, make_volume, take_whole

if TYPE_CHECKING:
    from snaptui.clouds.openstack import OpenStackProvider
    from tests.clouds.openstack.conftest import Project


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def test_listings_say_what_openstacksdk_says(
    provider: OpenStackProvider, project: Project
) -> None:
    web = await make_volume(provider, "web", volume_type="nfs")
    database = await make_volume(provider, HOSTILE)
    await take_whole(provider, web, "nightly")
    origin = await take_whole(provider, database, HOSTILE)
    await make_volume(provider, "clone", snapshot=origin)

    oracle = project.oracle().block_storage
    theirs = {each.id: each for each in oracle.volumes(details=True)}
    ours = {each.resource_uid: each for each in await collect(provider.volumes())}
    assert len(ours) == 3
    assert ours.keys() == theirs.keys()
    for uid, volume in ours.items():
        said = theirs[uid]
        assert volume.name == said.name
        assert volume.size_bytes == said.size * GIB
        assert volume.status == said.status == VolumeStatus.AVAILABLE
        assert volume.zone == said.availability_zone
        assert volume.created_at == moment(said.created_at)
        assert volume.source_snapshot_uid == said.snapshot_id
        assert volume.volume_type == said.volume_type
        assert volume.encrypted == said.is_encrypted
        assert volume.owner == project.name
        assert said.project_id == project.uid
        assert volume.attachment is None
        assert await provider.volume(uid) == volume
    assert {each.name for each in ours.values()} == {"web", "clone", HOSTILE}

    theirs = {each.id: each for each in oracle.snapshots(details=True)}
    snapshots = {each.resource_uid: each for each in await collect(provider.snapshots())}
    assert len(snapshots) == 2
    assert snapshots.keys() == theirs.keys()
    for uid, snapshot in snapshots.items():
        said = theirs[uid]
        assert snapshot.name == said.name
        assert snapshot.description == said.description
        assert snapshot.size_bytes == said.size * GIB
        assert snapshot.volume_uid == said.volume_id
        assert snapshot.created_at == moment(said.created_at)
        assert (snapshot.status, said.status) == (SnapshotStatus.COMPLETED, "available")
        assert snapshot.visibility is Visibility.PRIVATE
        assert snapshot.owner == project.name
        assert await provider.snapshot(uid) == snapshot
    assert {each.name for each in snapshots.values()} == {"nightly", HOSTILE}

    zones = {each.name: each.state["available"] for each in oracle.availability_zones()}
    assert {each.name: each.available for each in await provider.zones()} == zones
    types = {each.name: each.description or "" for each in oracle.types()}
    assert {each.name: each.description for each in await provider.volume_types()} == types
    defaults = [each.name for each in await provider.volume_types() if each.is_default]
    assert defaults == ["nfs"]

    limits = {each.name: each for each in await provider.quotas()}
    said = oracle.get_limits().absolute
    assert (limits["snapshots"].used, limits["snapshots"].limit) == (
        said.total_snapshots_used,
        said.max_total_snapshots,
    )
    assert (limits["volumes"].used, limits["volumes"].limit) == (3, said.max_total_volumes)
    assert await provider.instances() == []  # there is no Nova


async def test_tags_are_metadata_without_our_own_mark(
    provider: OpenStackProvider, project: Project
) -> None:
    volume = await make_volume(provider)
    oracle = project.oracle().block_storage
    oracle.set_volume_metadata(volume.resource_uid, team="web")
    seen = await provider.volume(volume.resource_uid)
    assert seen is not None
    assert dict(seen.tags) == {"team": "web"}
    assert "snaptui-request" in oracle.get_volume(volume.resource_uid).metadata


async def test_a_project_sees_nothing_of_another(
    provider: OpenStackProvider, other: OpenStackProvider
) -> None:
    volume = await make_volume(provider)
    snapshot = await take_whole(provider, volume)
    assert await collect(other.volumes()) == []
    assert await collect(other.snapshots()) == []
    assert await other.volume(volume.resource_uid) is None
    assert await other.snapshot(snapshot.resource_uid) is None
    assert await other.why(snapshot.resource_uid) == ""
    await other.delete_snapshot(snapshot.resource_uid)
    await other.delete_volume(volume.resource_uid)
    with pytest.raises(CloudNotFoundError):
        await other.create_snapshot(volume, name="theirs", description="", token="t")
    with pytest.raises(CloudError):
        await make_volume(other, snapshot=snapshot)
    # whatever they tried, it is there
    assert await provider.volume(volume.resource_uid) == volume
    assert await provider.snapshot(snapshot.resource_uid) == snapshot
    assert await collect(other.volumes()) == []


async def test_what_is_no_identifier_is_found_nowhere(provider: OpenStackProvider) -> None:
    for uid in ("", "..", "../volumes", "a/b?c=d#e", "é", "0" * 300, "%2e%2e"):
        assert await provider.volume(uid) is None, uid
        assert await provider.snapshot(uid) is None, uid
