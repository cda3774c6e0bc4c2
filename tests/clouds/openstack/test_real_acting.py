"""What is done to a real Cinder, and what goes wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from snaptui.clouds.base import Capability, collect
from snaptui.clouds.openstack.versions import Microversion
from snaptui.clouds.remote.provider import Placement, Sharing
from snaptui.errors import (
    CloudConflictError,
    CloudError,
    CloudInUseError,
    CloudInvalidError,
    CloudNotFoundError,
    QuotaError,
    UnsupportedError,
)
from snaptui.models import SnapshotStatus, Visibility, Volume, VolumeStatus
from snaptui.units import GIB
from tests.clouds.openstack.support import (
    cinder_of,
    make_volume,
    settled,
    take,
    take_whole,
    when,
)
from tests.support import known

if TYPE_CHECKING:
    from snaptui.clouds.openstack import OpenStackProvider
    from tests.clouds.openstack.conftest import Project


async def test_a_snapshot_is_taken_renamed_cloned_and_deleted(provider: OpenStackProvider) -> None:
    volume = await make_volume(provider, "web", volume_type="nfs")
    asked = await provider.create_snapshot(
        volume, name="nightly", description="before the ≤ 2 h upgrade [b]", token="t"
    )
    assert asked.status is SnapshotStatus.PENDING
    snapshot = await settled(provider, asked)
    assert (snapshot.status, snapshot.name) == (SnapshotStatus.COMPLETED, "nightly")
    assert snapshot.description == "before the ≤ 2 h upgrade [b]"
    assert snapshot.percent is None
    renamed = await provider.update_snapshot(
        snapshot.resource_uid, name="kept", description="for ever"
    )
    assert (renamed.name, renamed.description) == ("kept", "for ever")
    only_named = await provider.update_snapshot(snapshot.resource_uid, name="kept longer")
    assert (only_named.name, only_named.description) == ("kept longer", "for ever")
    only_described = await provider.update_snapshot(snapshot.resource_uid, description="")
    assert (only_described.name, only_described.description) == ("kept longer", "")
    assert await provider.snapshot(snapshot.resource_uid) == only_described

    placement = Placement(zone="nova", size_bytes=2 * GIB - 5)
    clone = await provider.create_volume(
        name="web 2", placement=placement, snapshot=snapshot, token="u"
    )
    made = known(
        await when(
            lambda: provider.volume(clone.resource_uid),
            lambda seen: known(seen).status is not VolumeStatus.CREATING,
        )
    )
    assert made.status is VolumeStatus.AVAILABLE
    assert made.size_bytes == 2 * GIB  # a part of a GiB is a whole one
    assert made.source_snapshot_uid == snapshot.resource_uid

    await provider.delete_snapshot(snapshot.resource_uid)
    await when(lambda: provider.snapshot(snapshot.resource_uid), lambda seen: seen is None)
    await provider.delete_snapshot(snapshot.resource_uid)  # it is no error that it is gone
    await provider.delete_volume("00000000-0000-4000-8000-000000000000")


async def test_a_description_that_cinder_would_not_keep_is_refused_in_words(
    provider: OpenStackProvider,
) -> None:
    volume = await make_volume(provider)
    for description in ("first\nsecond", "x\x1b]52;c;AAAA\x07", "x" * 300):
        with pytest.raises(CloudInvalidError, match="one line|at most 255") as caught:
            await take(provider, volume, "nightly", description)
        assert len(str(caught.value)) < 200


async def clock() -> datetime:
    return datetime.now(UTC)


async def test_a_volume_is_reverted_to_its_newest_snapshot_only(
    provider: OpenStackProvider,
) -> None:
    volume = await make_volume(provider)
    older = await take_whole(provider, volume, "older")
    # Cinder tells which is the latest by whole seconds
    next_second = older.created_at + timedelta(seconds=1.1)
    await when(clock, lambda now: now > next_second)
    newer = await take_whole(provider, volume, "newer")
    with pytest.raises(CloudConflictError, match="not the latest"):
        await provider.revert(older)
    await provider.revert(newer)
    seen = await when(
        lambda: provider.volume(volume.resource_uid), lambda seen: known(seen).status.settled
    )
    assert known(seen).status is VolumeStatus.AVAILABLE
    again = known(await provider.snapshot(newer.resource_uid))
    assert again.status is SnapshotStatus.COMPLETED


async def test_a_volume_grows_and_does_not_shrink(provider: OpenStackProvider) -> None:
    volume = await make_volume(provider, volume_type="nfs")
    await provider.resize_volume(volume.resource_uid, 2 * GIB)
    await when(
        lambda: provider.volume(volume.resource_uid),
        lambda seen: known(seen).size_bytes == 2 * GIB and known(seen).status.settled,
    )
    with pytest.raises(CloudInvalidError, match="must be greater than current size"):
        await provider.resize_volume(volume.resource_uid, GIB)
    with pytest.raises(CloudNotFoundError):
        await provider.resize_volume(str(uuid4()), GIB)


async def test_an_attached_volume_is_snapshotted_and_neither_attached_again_nor_deleted(
    provider: OpenStackProvider,
) -> None:
    volume = await make_volume(provider)
    server = str(uuid4())
    assert "no server was asked" in await provider.attach(volume, server, "")
    attached = await in_use(provider, volume)
    attachment = known(attached.attachment)
    assert attachment.instance == server

    await take_whole(provider, attached, "in use")
    # an older Cinder has to be told by force
    cinder_of(provider).service.microversion = Microversion(3, 60)
    await take_whole(provider, attached, "in use, by force")

    with pytest.raises(CloudInUseError, match="in-use"):
        await provider.attach(attached, str(uuid4()), "")
    with pytest.raises(CloudInUseError, match=f"is attached to {server}"):
        await provider.delete_volume(volume.resource_uid)
    await detach(provider, attached)


async def test_a_volume_is_attached_to_a_host_by_its_name(provider: OpenStackProvider) -> None:
    volume = await make_volume(provider, volume_type="nfs")
    note = await provider.attach(volume, "web1", "/dev/vdc")
    assert "Cinder only recorded it" in note
    assert "called web1 is not known" in note
    attached = await in_use(provider, volume)
    attachment = known(attached.attachment)
    # Cinder tells the host to nobody but admins: it is written down beside it
    assert (attachment.instance, attachment.device) == ("web1", "/dev/vdc")
    assert attached.tags == {}
    await detach(provider, attached)


async def test_a_back_end_that_wants_to_know_more_of_a_host_leaves_the_volume_as_it_was(
    provider: OpenStackProvider,
) -> None:
    volume = await make_volume(provider)  # it speaks iSCSI, and wants the initiator
    with pytest.raises(CloudInvalidError, match="more of a host than its name"):
        await provider.attach(volume, "web1", "")
    after = await when(
        lambda: provider.volume(volume.resource_uid), lambda seen: known(seen).status.settled
    )
    assert known(after).status is VolumeStatus.AVAILABLE


async def in_use(provider: OpenStackProvider, volume: Volume) -> Volume:
    seen = await when(
        lambda: provider.volume(volume.resource_uid),
        lambda seen: known(seen).status is VolumeStatus.IN_USE,
    )
    return known(seen)


async def detach(provider: OpenStackProvider, volume: Volume) -> None:
    """Detach it, and see that this cannot be done twice."""
    attachment = known(volume.attachment)
    await provider.detach(volume, attachment)
    after = await when(
        lambda: provider.volume(volume.resource_uid), lambda seen: known(seen).status.settled
    )
    assert known(after).attachment is None
    with pytest.raises(CloudConflictError, match="not attached to that"):
        await provider.detach(volume, attachment)


async def test_a_volume_with_snapshots_is_not_deleted(provider: OpenStackProvider) -> None:
    volume = await make_volume(provider)
    await take_whole(provider, volume)
    with pytest.raises(CloudConflictError, match="the volume web has a snapshot") as caught:
        await provider.delete_volume(volume.resource_uid)
    assert not isinstance(caught.value, CloudInUseError)
    assert caught.value.request_id.startswith("req-")


async def test_a_clone_in_a_zone_without_its_back_end_fails_with_the_reason(
    provider: OpenStackProvider,
) -> None:
    volume = await make_volume(provider, volume_type="nfs")
    snapshot = await take_whole(provider, volume)
    clone = await make_volume(provider, "elsewhere", snapshot=snapshot, zone="az2", fails=True)
    reason = await provider.why(clone.resource_uid)
    assert "Could not find any available weighted backend" in reason
    assert await provider.why(volume.resource_uid) == ""


async def test_a_snapshot_that_a_clone_depends_on_is_not_deleted_and_says_why(
    provider: OpenStackProvider,
) -> None:
    volume = await make_volume(provider)
    snapshot = await take_whole(provider, volume)
    await make_volume(provider, "the clone", snapshot=snapshot)
    uid = snapshot.resource_uid
    await provider.delete_snapshot(uid)
    seen = await when(
        lambda: provider.snapshot(uid), lambda seen: seen is None or seen.status.settled
    )
    assert known(seen).status is SnapshotStatus.COMPLETED
    assert "depend on it: the clone" in await provider.why(uid)


@pytest.mark.parametrize(
    ("placement", "message"),
    [
        (Placement(size_bytes=GIB, zone="nowhere"), "zone 'nowhere' is invalid"),
        (Placement(size_bytes=GIB, volume_type="gold"), "gold could not be found"),
        (Placement(zone="nova"), "needs a size"),
    ],
)
async def test_what_a_cloud_has_not_cannot_be_asked_for(
    placement: Placement, message: str, provider: OpenStackProvider
) -> None:
    with pytest.raises(CloudInvalidError, match=message):
        await provider.create_volume(name="x", placement=placement, snapshot=None, token="t")
    assert await collect(provider.volumes()) == []


async def test_a_clone_that_is_smaller_than_its_snapshot_is_refused(
    provider: OpenStackProvider,
) -> None:
    volume = await make_volume(provider, volume_type="nfs")
    await provider.resize_volume(volume.resource_uid, 2 * GIB)
    large = known(
        await when(
            lambda: provider.volume(volume.resource_uid),
            lambda seen: known(seen).size_bytes == 2 * GIB and known(seen).status.settled,
        )
    )
    snapshot = await take_whole(provider, large)
    with pytest.raises(CloudInvalidError, match="smaller than|must be|less than"):
        await provider.create_volume(
            name="small", placement=Placement(size_bytes=GIB), snapshot=snapshot, token="t"
        )


async def test_a_quota_is_told_with_its_figures(
    provider: OpenStackProvider, project: Project, admin: Any
) -> None:
    volume = await make_volume(provider)
    await take_whole(provider, volume)
    quota = {"snapshots": 1, "gigabytes": 5}
    admin.block_storage.put(f"/os-quota-sets/{project.uid}", json={"quota_set": quota})
    try:
        with pytest.raises(QuotaError, match=r"used: 1 of 1 snapshots") as caught:
            await take(provider, volume, "one too many")
        assert caught.value.hint.startswith("delete what is not needed")
        assert caught.value.request_id in caught.value.hint
        with pytest.raises(QuotaError, match=r"2 of 5 gigabytes"):
            await provider.create_volume(
                name="large", placement=Placement(size_bytes=9 * GIB), snapshot=None, token="t"
            )
    finally:
        admin.block_storage.delete(f"/os-quota-sets/{project.uid}")


async def test_a_snapshot_of_a_volume_that_is_gone_is_refused(provider: OpenStackProvider) -> None:
    volume = await make_volume(provider)
    await provider.delete_volume(volume.resource_uid)
    await when(lambda: provider.volume(volume.resource_uid), lambda seen: seen is None)
    with pytest.raises(CloudError):
        await provider.create_snapshot(volume, name="late", description="", token="t")


async def test_a_microversion_that_is_too_new_is_lowered(provider: OpenStackProvider) -> None:
    await provider.connect()
    service = cinder_of(provider).service
    assert service.microversion <= Microversion(3, 71)
    real = service.microversion
    service.microversion = Microversion(3, 99)
    assert await collect(provider.volumes()) == []
    assert service.microversion == real


async def test_what_cinder_cannot_is_said_before_and_after(provider: OpenStackProvider) -> None:
    volume = await make_volume(provider)
    snapshot = await take_whole(provider, volume)
    for capability in (Capability.SET_VISIBILITY, Capability.BLOCKS, Capability.DIFF):
        assert "Cinder" in provider.cannot[capability]
    with pytest.raises(UnsupportedError, match="belongs to its project"):
        await provider.share(snapshot, Sharing(visibility=Visibility.PUBLIC))
    with pytest.raises(UnsupportedError, match="which blocks"):
        await provider.blocks(snapshot, None, 10)
    with pytest.raises(UnsupportedError, match="what changed"):
        await provider.diff(None, snapshot.resource_uid)


async def test_what_is_in_error_needs_an_administrator(
    provider: OpenStackProvider, admin: Any
) -> None:
    volume = await make_volume(provider)
    taken = await take_whole(provider, volume, "to be stuck")
    cinder = admin.block_storage
    try:
        cinder.reset_volume_status(volume.resource_uid, "error", None, None)
        with pytest.raises(CloudConflictError, match="status must be available to extend.*error"):
            await provider.resize_volume(volume.resource_uid, 2 * volume.size_bytes)
        with pytest.raises(CloudConflictError, match="openstack volume set --state available"):
            await provider.revert(taken)
        cinder.reset_snapshot_status(taken.resource_uid, "error_deleting")
        with pytest.raises(CloudConflictError, match="openstack volume snapshot set --state error"):
            await provider.delete_snapshot(taken.resource_uid)
    finally:
        cinder.reset_volume_status(volume.resource_uid, "available", None, None)
        cinder.reset_snapshot_status(taken.resource_uid, "available")
