"""What everybody in a cloud may see: a provider that can list it has more than `Provider`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from snaptui.models import Snapshot

NO_PUBLIC = "it lists no snapshots that everybody may see"


@runtime_checkable
class HasPublicSnapshots(Protocol):
    """A provider whose cloud has snapshots that everybody may see."""

    def public_snapshots(self, owner: str = "") -> AsyncIterator[Sequence[Snapshot]]:
        """Other accounts' public snapshots, in pages as the cloud gives them.

        Args:
            owner: only this account's; empty is everybody's.

        Raises:
            CloudInvalidError: that is no account.
        """


def called(snapshot: Snapshot) -> Snapshot:
    """A stranger's snapshot with something to call it by: nobody sees another account's names."""
    return replace(
        snapshot,
        name=snapshot.name or snapshot.resource_uid,
        volume_name=snapshot.volume_name or snapshot.volume_uid,
    )
