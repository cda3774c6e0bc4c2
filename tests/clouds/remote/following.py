"""What the tests of a followed cloud need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from snaptui.clouds.base import collect
from snaptui.clouds.remote.followed import FollowedCloud
from snaptui.clouds.remote.refreshing import Refreshing
from snaptui.models import CloudInfo
from tests.clouds.remote.passing import until

NEVER = 10_000.0
SELDOM = Refreshing(all=NEVER, pending=NEVER, pending_longest=NEVER, down=NEVER)
"""Nothing happens by itself in a test, but the first listing."""
AGAIN = replace(SELDOM, down=0.001, down_longest=0.002)

Follow = Callable[..., FollowedCloud]


async def names(cloud: FollowedCloud) -> tuple[list[str], list[str]]:
    """Of the volumes and the snapshots that are shown."""
    volumes = [each.name for each in await collect(cloud.volumes())]
    return volumes, [each.name for each in await collect(cloud.snapshots())]


async def answered(cloud: FollowedCloud) -> None:
    """It has been listed once."""
    await until(cloud.info, lambda info: info.answered and info.available)


async def down(cloud: FollowedCloud) -> str:
    """Why it does not answer, once it does not."""
    info: CloudInfo = await until(cloud.info, lambda info: not info.available)
    return info.reason
