"""The local cloud over a repository that is not there yet: the first write makes it."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, NoReturn

from snaptui.clouds.base import Ability, Capability
from snaptui.clouds.local.candidates import find_candidates
from snaptui.clouds.local.cloud import LocalCloud
from snaptui.clouds.local.registration import inspect
from snaptui.clouds.local.zones import inspect_zone, require_default
from snaptui.errors import NotFoundError
from snaptui.models import CloudInfo
from snaptui.progress import no_progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable, Sequence
    from pathlib import Path

    from snaptui.engine import Repository
    from snaptui.models import Candidate, Event, Snapshot, TrashedSnapshot, Usage, Volume, Zone
    from snaptui.progress import ProgressCallback
    from snaptui.requests import AddVolumeRequest, CreateVolumeRequest

_NOTHING = "no repository"
"""The change token as long as there is none."""


class UnmadeCloud(LocalCloud):
    """Nothing is in it, and looking at it makes nothing.

    From when the repository is there (made by the first write here, or by anybody else) it is the
    local cloud over that, for good.
    """

    def __init__(
        self,
        path: Path,
        is_nothing: Callable[[], bool],
        open_or_create: Callable[[], Repository],
        *,
        trash_days: float,
    ) -> None:
        """A cloud at a path where no repository is.

        Args:
            path: where the repository would be.
            is_nothing: whether there still is none.
            open_or_create: opens the repository, and makes it first where it is not there.
            trash_days: as for `LocalCloud`.
        """
        self._path = path
        self._is_nothing = is_nothing
        self._open_or_create = open_or_create
        self._days = trash_days
        self._made: Repository | None = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> NoReturn:
        """What the local cloud has and this one has not yet: the repository."""
        if name in {"repository", "_survey"}:
            raise NotFoundError(
                f"there is no repository at {self._path} yet", "it is made with the first volume"
            )
        raise AttributeError(name)

    def found(self) -> Repository | None:
        """The repository, if it is there by now."""
        with self._lock:
            if self._made is None and not self._is_nothing():
                self._begin()
            return self._made

    def found_or_made(self) -> Repository:
        """The repository; a job of another cloud is a first write, too."""
        self._make()
        assert self._made is not None
        return self._made

    def _make(self) -> None:
        with self._lock:
            if self._made is None:
                self._begin()

    def _begin(self) -> None:
        repository = self._open_or_create()
        super().__init__(repository, trash_days=self._days)
        self._made = repository

    # -- as long as there is none

    def ability(self, capability: Capability) -> Ability:
        """Volumes can be added, and whatever that makes possible later."""
        if self._made is not None:
            return super().ability(capability)
        if capability in {Capability.ADD_VOLUME, Capability.CREATE_VOLUME}:
            return Ability(True)
        return Ability(False, f"there is no repository at {self._path} yet")

    async def info(self) -> CloudInfo:
        """There, with a word on what is not."""
        if self._made is not None:
            return await super().info()
        reason = f"There is no repository at {self._path} yet."
        return CloudInfo(name=self.name, kind="local", available=True, reason=reason)

    async def change_token(self) -> Hashable:
        """Moves when somebody has made the repository."""
        if await asyncio.to_thread(self.found) is None:
            return _NOTHING
        return await super().change_token()

    async def zones(self) -> list[Zone]:
        """The default one comes with the repository."""
        return [] if self._made is None else await super().zones()

    async def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        """None yet."""
        if self._made is not None:
            async for page in super().volumes():
                yield page

    async def snapshots(self, volume_uid: str | None = None) -> AsyncIterator[Sequence[Snapshot]]:
        """None yet."""
        if self._made is not None:
            async for page in super().snapshots(volume_uid):
                yield page

    async def events(self, uid: str | None = None) -> list[Event]:
        """Nothing has happened yet."""
        return [] if self._made is None else await super().events(uid)

    async def trash(self) -> list[TrashedSnapshot]:
        """Empty yet."""
        return [] if self._made is None else await super().trash()

    async def usage(self) -> Usage | None:
        """Not known yet."""
        return None if self._made is None else await super().usage()

    async def candidates(self) -> list[Candidate]:
        """What could be the first volume."""
        if self._made is not None:
            return await super().candidates()
        return await asyncio.to_thread(find_candidates, [self._path])

    # -- the first write

    async def add_volume(self, request: AddVolumeRequest) -> Volume:
        """Make the repository, unless this can be no volume."""
        if self._made is None:
            await asyncio.to_thread(inspect, request.path, self._path)
            if request.zone is not None:
                require_default(request.zone)
            await asyncio.to_thread(self._make)
        return await super().add_volume(request)

    async def add_zone(self, name: str, path: str) -> Zone:
        """Make the repository, unless this can be no zone."""
        if self._made is None:
            await asyncio.to_thread(inspect_zone, name, path, self._path)
            await asyncio.to_thread(self._make)
        return await super().add_zone(name, path)

    async def create_volume(
        self,
        request: CreateVolumeRequest,
        progress: ProgressCallback = no_progress,
        job_uid: str | None = None,
    ) -> Volume:
        """Make the repository, unless the zone is none of its."""
        if self._made is None:
            require_default(request.zone)
            await asyncio.to_thread(self._make)
        return await super().create_volume(request, progress, job_uid)
