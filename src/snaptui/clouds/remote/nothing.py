"""What a remote cloud has nothing of, as the Cloud protocol asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from snaptui.clouds.base import Ability, Capability
from snaptui.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.models import (
        Candidate,
        CheckReport,
        Deletion,
        Snapshot,
        TrashedSnapshot,
        Usage,
        Volume,
    )
    from snaptui.progress import ProgressCallback
    from snaptui.requests import AddVolumeRequest, CheckRequest


class HasNothingOfThat:
    """No trash, no pins, no repository, nothing on this host."""

    def ability(self, capability: Capability) -> Ability:
        """Whether it can do that; `RemoteCloud` says."""
        raise AssertionError(capability)

    def refuse(self, capability: Capability) -> NoReturn:
        """Raise why it cannot do that.

        Raises:
            UnsupportedError: always.
        """
        raise UnsupportedError(self.ability(capability).reason)

    async def candidates(self) -> list[Candidate]:
        """Nothing can be registered."""
        return []

    async def usage(self) -> Usage | None:
        """It does not tell what its snapshots cost."""
        return None

    async def add_volume(self, request: AddVolumeRequest) -> Volume:
        """Refused."""
        del request
        self.refuse(Capability.ADD_VOLUME)

    async def freed_bytes(self, uids: Sequence[str]) -> int | None:
        """It does not tell."""
        del uids
        return None

    async def set_pinned(self, uids: Sequence[str], pinned: bool) -> list[Snapshot]:
        """Refused."""
        del uids, pinned
        self.refuse(Capability.PIN)

    async def trash(self) -> list[TrashedSnapshot]:
        """Empty."""
        return []

    async def trashed(self, reference: str) -> TrashedSnapshot:
        """Refused."""
        del reference
        self.refuse(Capability.TRASH)

    async def undelete(self, uids: Sequence[str]) -> list[Snapshot]:
        """Refused."""
        del uids
        self.refuse(Capability.UNDELETE)

    async def plan_purge(self, uids: Sequence[str]) -> Deletion:
        """Refused."""
        del uids
        self.refuse(Capability.PURGE)

    async def purge(self, uids: Sequence[str]) -> Deletion:
        """Refused."""
        del uids
        self.refuse(Capability.PURGE)

    async def check(self, request: CheckRequest, progress: ProgressCallback) -> CheckReport:
        """Refused."""
        del request, progress
        self.refuse(Capability.CHECK)
