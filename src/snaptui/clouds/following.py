"""Remote clouds for the app: kept, and kept current once they are opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.clouds.registry import make_provider, remembered_inventory
from snaptui.clouds.remote.followed import FollowedCloud
from snaptui.clouds.remote.ledger import RepositoryLedger
from snaptui.clouds.remote.refreshing import Refreshing

if TYPE_CHECKING:
    from collections.abc import Callable

    from snaptui.clouds.registry import KnownCloud
    from snaptui.engine import Repository


def follow(
    known: KnownCloud, find: Callable[[], Repository | None], *, read_only: bool = False
) -> FollowedCloud:
    """A cloud that is followed once it is opened; until then it shows what was known.

    Args:
        known: which one.
        find: gives the repository that is told what was done to it, if there is one.
        read_only: nothing in it may be changed.
    """
    cloud = FollowedCloud(
        known.name,
        make_provider(known),
        read_only=read_only or known.read_only,
        ledger=RepositoryLedger(known.name, find, known.found_as),
        remembered=remembered_inventory(known),
        refreshing=Refreshing(all=known.refresh),
    )
    cloud.found_as = known.found_as
    return cloud
