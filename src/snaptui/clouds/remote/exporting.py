"""Sending a snapshot up: out of the local repository, into a remote cloud."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from snaptui.clouds.base import Capability
from snaptui.clouds.remote.importing import block_access
from snaptui.clouds.remote.sent import Asked, Sent
from snaptui.engine.operations.exporting import Outgoing, known_there, note_export, outgoing
from snaptui.engine.records import Actor
from snaptui.errors import (
    CloudConflictError,
    CloudError,
    CloudInvalidError,
    CloudNotFoundError,
    JobCancelledError,
    SnaptuiError,
)
from snaptui.identity import current_owner, origin
from snaptui.models import SnapshotStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from snaptui.clouds.remote.block_access import BegunSnapshot
    from snaptui.clouds.remote.cloud import RemoteCloud
    from snaptui.engine import Repository
    from snaptui.models import Snapshot
    from snaptui.progress import ProgressCallback
    from snaptui.requests import ExportRequest

AT_ONCE = 8
"""So many blocks are on their way at once."""
GOES_ON = "retry the job (job retry): it goes on where this one stopped"
_NOT_SO = (CloudConflictError, CloudInvalidError, CloudNotFoundError)


async def send_up(
    cloud: RemoteCloud,
    repository: Repository,
    request: ExportRequest,
    progress: ProgressCallback,
    record: Path,
) -> Snapshot:
    """Make a snapshot there that is what one here is; only what changed is sent, if that will do.

    Args:
        cloud: where to.
        repository: where from.
        request: what, and what it is called there.
        progress: told how much of the data is there.
        record: the file that says what has arrived; one of an export that was cut short is gone on
            with.

    Raises:
        CloudError: it cannot be done.
    """
    block_access(cloud, Capability.EXPORT)
    progress("asking the cloud", 0, 0)
    await cloud.provider.connect()
    here = await asyncio.to_thread(repository.snapshot, request.snapshot_uid)
    sent = await asyncio.to_thread(Sent, record)
    stack = ExitStack()
    try:
        source = await asyncio.to_thread(
            stack.enter_context, outgoing(repository, here.resource_uid)
        )
        sending = _Sending(cloud, repository, request, source, sent, progress)
        uid = await sending.send()
        there = await cloud.when_complete(uid, source.size_bytes, progress)
    finally:
        sent.close()
        await asyncio.to_thread(stack.close)
    await asyncio.to_thread(sent.forget)
    where = {
        "kind": cloud.provider.kind,
        "cloud": cloud.name,
        "place": cloud.provider.place,
        "snapshot_uid": uid,
    }
    actor = Actor(user=current_owner(), origin=origin())
    await asyncio.to_thread(note_export, repository, here.resource_uid, where, actor)
    await cloud.record_export(there, here)
    return replace(there, name=there.name or request.name)


class _Sending:
    """One export: begun, all blocks put, completed."""

    def __init__(
        self,
        cloud: RemoteCloud,
        repository: Repository,
        request: ExportRequest,
        source: Outgoing,
        sent: Sent,
        progress: ProgressCallback,
    ) -> None:
        self._cloud = cloud
        self._access = block_access(cloud, Capability.EXPORT)
        self._repository = repository
        self._request = request
        self._source = source
        self._sent = sent
        self._progress = progress

    async def send(self) -> str:
        """Do it; gives what it is there."""
        resumed = await self._resumed()
        begun = resumed or await self._begun()
        if not begun.pending:
            return begun.uid
        try:
            await self._put_all(begun)
            await self._access.complete_snapshot(begun.uid, self._sent.digests)
        except JobCancelledError:
            raise await self._taken_back(begun.uid) from None
        except _NOT_SO as error:
            seen = await self._cloud.provider.snapshot(begun.uid)
            over = seen is None or seen.status is SnapshotStatus.ERROR
            if over or isinstance(error, CloudInvalidError):
                await asyncio.to_thread(self._sent.forget)  # nothing to go on with
                raise
            if resumed is None:
                raise
            # the job before was cut short when all was said already
        except SnaptuiError as error:
            error.hint = f"{error.hint}; {GOES_ON}" if error.hint else GOES_ON
            raise
        return begun.uid

    async def _resumed(self) -> BegunSnapshot | None:
        """What an export that was cut short has begun, if it is still good."""
        asked = self._sent.asked
        if asked is None:
            return None
        if asked.base_uid is not None and not await asyncio.to_thread(
            self._source.compare_with, asked.base_uid
        ):
            return None
        try:
            begun = await self._ask(asked)
        except _NOT_SO:
            return None
        seen = None if begun.pending else await self._cloud.provider.snapshot(begun.uid)
        if not begun.pending and (seen is None or seen.status is not SnapshotStatus.COMPLETED):
            return None  # it was given up
        same = asked.uid in {"", begun.uid}
        await asyncio.to_thread(self._sent.begin, replace(asked, uid=begun.uid), keep=same)
        return begun

    async def _begun(self) -> BegunSnapshot:
        """A new one, against a snapshot that is here and there, if there is one."""
        self._source.compare_with_nothing()
        parent = await self._parent()
        try:
            return await self._new(parent)
        except _NOT_SO:
            # the account may want encryption, or that snapshot be another's
            if parent is None:
                raise
            self._source.compare_with_nothing()
            return await self._new(None)

    async def _new(self, parent: tuple[str, str] | None) -> BegunSnapshot:
        base_uid, parent_uid = parent or (None, None)
        asked = Asked(
            token=uuid4().hex,
            name=self._request.name,
            description=self._request.description,
            parent_uid=parent_uid,
            base_uid=base_uid,
        )
        await asyncio.to_thread(self._sent.begin, asked)
        begun = await self._ask(asked)
        await asyncio.to_thread(self._sent.begin, replace(asked, uid=begun.uid))
        return begun

    async def _ask(self, asked: Asked) -> BegunSnapshot:
        return await self._access.begin_snapshot(
            self._source.size_bytes,
            token=asked.token,
            name=asked.name,
            description=asked.description,
            parent_uid=asked.parent_uid,
        )

    async def _parent(self) -> tuple[str, str] | None:
        """The nearest snapshot before this one that the cloud still has, whole and not larger."""
        provider = self._cloud.provider
        where = {"kind": provider.kind, "place": provider.place}
        candidates = await asyncio.to_thread(
            known_there, self._repository, self._request.snapshot_uid, where
        )
        for here, there in candidates:
            seen = await provider.snapshot(there)
            if seen is None or seen.status is not SnapshotStatus.COMPLETED:
                continue
            if seen.size_bytes > self._access.rounded(self._source.size_bytes):
                continue
            if await asyncio.to_thread(self._source.compare_with, here):
                return here, there
        return None

    async def _put_all(self, begun: BegunSnapshot) -> None:
        size = begun.block_size
        end = self._access.rounded(self._source.size_bytes) // size
        pieces: Sequence[int] = await asyncio.to_thread(self._source.pieces, size, end)
        pieces = pieces or [0]  # a snapshot that nothing was put into is none
        left = (number for number in pieces if number not in self._sent.digests)
        total = len(pieces)
        self._tell(total, size)

        async def put_some() -> None:
            for number in left:
                data = await asyncio.to_thread(self._source.read, number, size)
                done = len(self._sent.digests)
                digest = await self._access.put_block(
                    begun.uid, number, data, percent=min(99, done * 100 // total)
                )
                self._sent.add(number, digest)
                self._tell(total, size)

        tasks = [asyncio.create_task(put_some()) for _ in range(AT_ONCE)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _tell(self, total: int, size: int) -> None:
        self._progress("sending", len(self._sent.digests) * size, total * size)

    async def _taken_back(self, uid: str) -> JobCancelledError:
        """Delete what was begun, if the cloud lets it go."""
        try:
            await self._cloud.provider.delete_snapshot(uid)
        except CloudError:
            return JobCancelledError(
                "the job was cancelled",
                f"the unfinished {uid} is still there: the cloud gives it up in a day; {GOES_ON}",
            )
        await asyncio.to_thread(self._sent.forget)
        return JobCancelledError("the job was cancelled", f"the unfinished {uid} was deleted")
