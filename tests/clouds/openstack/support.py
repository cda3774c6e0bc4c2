"""What several of the tests of OpenStack need."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import uuid4

from snaptui.clouds.openstack import OpenStackProvider
from snaptui.clouds.remote.provider import Placement
from snaptui.models import Snapshot, SnapshotStatus, Volume, VolumeStatus
from snaptui.units import GIB

Seen = TypeVar("Seen")

HOSTILE = "[/b][@click=app.quit]x \x1b]52;c;AAAA\x07 \u202egnp.exe é"
"""A name that harms who shows it as it is."""


def cinder_of(provider: OpenStackProvider) -> Any:
    """What a provider that has connected asks."""
    connection = provider._connection
    assert connection is not None
    return connection.cinder


async def when(
    look: Callable[[], Awaitable[Seen]], done: Callable[[Seen], bool], seconds: float = 60
) -> Seen:
    """Look until it is so."""
    async with asyncio.timeout(seconds):
        while not done(seen := await look()):
            await asyncio.sleep(0.05)
        return seen


async def make_volume(
    provider: OpenStackProvider,
    name: str = "web",
    *,
    volume_type: str = "fake",
    snapshot: Snapshot | None = None,
    zone: str | None = None,
    fails: bool = False,
) -> Volume:
    """A volume, when Cinder is done with it."""
    if zone is None:
        zone = {"fake": "az2", "nfs": "nova"}[volume_type]
    placement = Placement(zone=zone, volume_type=None if snapshot else volume_type, size_bytes=GIB)
    volume = await provider.create_volume(
        name=name, placement=placement, snapshot=snapshot, token=uuid4().hex
    )
    seen = await when(
        lambda: provider.volume(volume.resource_uid),
        lambda seen: seen is not None and seen.status is not VolumeStatus.CREATING,
    )
    assert seen is not None
    reason = await provider.why(seen.resource_uid)
    assert (seen.status is VolumeStatus.ERROR) is fails, reason
    return seen


async def take(
    provider: OpenStackProvider, volume: Volume, name: str = "nightly", description: str = ""
) -> Snapshot:
    """A snapshot, when Cinder is done with it."""
    snapshot = await provider.create_snapshot(
        volume, name=name, description=description, token=uuid4().hex
    )
    return await settled(provider, snapshot)


async def settled(provider: OpenStackProvider, snapshot: Snapshot) -> Snapshot:
    """A snapshot as it stays."""
    seen = await when(
        lambda: provider.snapshot(snapshot.resource_uid),
        lambda seen: seen is not None and seen.status.settled,
    )
    assert seen is not None
    return seen


async def take_whole(provider: OpenStackProvider, volume: Volume, name: str = "s") -> Snapshot:
    """A snapshot that is complete."""
    snapshot = await take(provider, volume, name)
    assert snapshot.status is SnapshotStatus.COMPLETED, await provider.why(snapshot.resource_uid)
    return snapshot


def everything(error: BaseException | None) -> str:
    """All that a log could have of an error and of what led to it, with our local variables."""
    assert error is not None
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    chain: list[traceback.TracebackException] = [told]
    while (before := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(before)
    for each in chain:
        # the tests' own frames have the secrets, of course
        mine = [frame for frame in each.stack if "/tests/" not in frame.filename]
        each.stack = traceback.StackSummary.from_list(mine)
    return "".join(told.format()) + repr(error) + str(error)
