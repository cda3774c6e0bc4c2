"""What is done to a remote cloud: required, written down, told when it fails."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING

from snaptui.clouds.remote.nothing import HasNothingOfThat
from snaptui.errors import SnaptuiError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from snaptui.clouds.base import Capability
    from snaptui.clouds.remote.ledger import Ledger
    from snaptui.clouds.remote.provider import Provider
    from snaptui.clouds.remote.waiting import Pace
    from snaptui.models import Deletion, Snapshot, Volume

AT_MOST = 600.0
"""Attaching, detaching and deleting take no longer than that, in seconds; else something hangs."""


class Work(HasNothingOfThat):
    """What all that is done to a remote cloud needs."""

    def __init__(self, name: str, provider: Provider, ledger: Ledger, pace: Pace) -> None:
        self._name = name
        self.provider = provider
        self.ledger = ledger
        self.pace = pace
        self.sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    @property
    def name(self) -> str:
        """What the tree calls it."""
        return self._name

    @abstractmethod
    async def volume(self, reference: str) -> Volume:
        """One volume."""

    @abstractmethod
    async def snapshot(self, reference: str) -> Snapshot:
        """One snapshot."""

    @abstractmethod
    async def plan_delete_volume(self, uid: str) -> Deletion:
        """What deleting a volume would do."""

    @abstractmethod
    async def plan_delete_snapshots(self, uids: Sequence[str], *, force: bool = False) -> Deletion:
        """What deleting snapshots would do."""

    @abstractmethod
    def look_again(self) -> None:
        """Something was done."""

    def require(self, capability: Capability) -> None:
        """Raise unless this cloud can do that.

        Raises:
            UnsupportedError: it cannot, and why.
        """
        if not (ability := self.ability(capability)):
            raise UnsupportedError(f"{self.name}: {ability.reason}")

    async def _record(
        self, action: str, subject_uid: str, text: str, related_uid: str | None = None
    ) -> None:
        self.look_again()
        await asyncio.to_thread(self.ledger.record, action, subject_uid, text, related_uid)

    async def _why(self, thing: Volume | Snapshot) -> str:
        """Why something is in error, as far as the cloud tells."""
        reason = thing.reason
        with suppress(SnaptuiError):  # what failed is told all the same, only not why
            reason = await self.provider.why(thing.resource_uid) or reason
        return reason or "it does not tell why"
