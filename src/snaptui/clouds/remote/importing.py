"""Bringing a snapshot home: out of a remote cloud, into the local repository."""

from __future__ import annotations

import asyncio
from concurrent.futures import wait
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from snaptui.clouds.base import Capability
from snaptui.clouds.remote.block_access import (
    NO_BLOCK_ACCESS,
    BlockAccess,
    require_complete,
    require_open,
)
from snaptui.engine.operations.importing import (
    BlockSupply,
    ImportOptions,
    import_snapshot,
    imported_before,
    refuse_twice,
)
from snaptui.engine.operations.keeping import has_any
from snaptui.engine.records import Actor
from snaptui.errors import SnaptuiError, UnsupportedError
from snaptui.identity import current_owner, origin

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Iterator
    from pathlib import Path

    from snaptui.clouds.remote.cloud import RemoteCloud
    from snaptui.engine import Repository
    from snaptui.models import Snapshot
    from snaptui.progress import ProgressCallback
    from snaptui.requests import ImportRequest

GOES_ON = "retry the job (job retry): it goes on where this one stopped"
_LOOK = 0.5
"""So often, in seconds, whoever waits for the network looks whether to go on waiting."""

Item = TypeVar("Item")


def block_access(cloud: RemoteCloud, capability: Capability) -> BlockAccess:
    """The cloud's provider, which gives access to blocks.

    Raises:
        UnsupportedError: it does not.
    """
    cloud.require(capability)
    if not isinstance(cloud.provider, BlockAccess):
        raise UnsupportedError(f"{cloud.name}: {NO_BLOCK_ACCESS}")
    return cloud.provider


def origin_of(cloud: RemoteCloud, access: BlockAccess, snapshot: Snapshot) -> dict[str, str]:
    """Where a snapshot comes from, as its record here says."""
    return {
        "kind": cloud.provider.kind,
        "cloud": cloud.name,
        "place": cloud.provider.place,
        "snapshot_uid": snapshot.resource_uid,
        "volume_uid": access.volume_of(snapshot),
    }


async def bring_home(
    cloud: RemoteCloud,
    repository: Repository,
    request: ImportRequest,
    progress: ProgressCallback,
    job_uid: str | None = None,
    kept: Path | None = None,
) -> Snapshot:
    """Import a snapshot; where an older one of its volume is here, only what changed is fetched.

    What is stored is kept in `kept`, until all of it is there: what one that was cut short has kept
    is gone on from.

    Raises:
        ConflictError: it is here already.
        CloudConflictError: it is not complete.
    """
    access = block_access(cloud, Capability.IMPORT)
    repository.require_writable()
    progress("asking the cloud", 0, 0)
    snapshot = await cloud.snapshot(request.snapshot_uid)
    require_open(access, snapshot)
    require_complete(snapshot)
    source = origin_of(cloud, access, snapshot)

    def look() -> list[Snapshot]:
        repository.refresh()
        refuse_twice(repository.catalog.rows, source)
        return imported_before(repository, source)

    here = await asyncio.to_thread(look)
    older = {
        each.origin["snapshot_uid"]: each for each in here if each.created_at <= snapshot.created_at
    }
    blocks = await access.fetch_blocks(snapshot, list(older))
    base = older[blocks.since] if blocks.since is not None else None
    if base is not None and base.block_size != blocks.block_size:
        await blocks.blocks.aclose()
        blocks, base = await access.fetch_blocks(snapshot, []), None
    options = ImportOptions(
        name=request.name,
        description=snapshot.description,
        volume_name=snapshot.volume_name or snapshot.volume_uid,
        created_at=snapshot.created_at,
        origin=source,
        base_uid=base.resource_uid if base is not None else None,
        job_uid=job_uid,
        kept=kept,
    )
    bridge = _Bridge(asyncio.get_running_loop(), progress)
    fetched = [blocks]

    def open_supply(good: bool) -> BlockSupply:
        if fetched[0].since is not None and not good:
            # the one here is deleted since, or damaged
            fetched.append(bridge.wait_for(access.fetch_blocks(snapshot, [])))
        using = fetched[-1]
        return BlockSupply(
            size_bytes=snapshot.size_bytes,
            block_size=using.block_size,
            since_base=using.since is not None,
            total_bytes=using.total_bytes,
            blocks=bridge.pull(using.blocks),
            leave_out=using.leave_out,
        )

    actor = Actor(user=current_owner(), origin=origin())
    work = partial(import_snapshot, repository, options, open_supply, actor, bridge.progress)
    try:
        return await asyncio.to_thread(work)
    except SnaptuiError as error:
        if kept is not None and await asyncio.to_thread(has_any, kept):
            error.hint = f"{error.hint}; {GOES_ON}" if error.hint else GOES_ON
        raise
    finally:
        for each in fetched:
            await each.blocks.aclose()


class _Bridge:
    """What a thread asks of the event loop, while it looks whether it is to stop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, progress: ProgressCallback) -> None:
        self._loop = loop
        self._progress = progress
        self._last = ("asking the cloud", 0, 0)

    def progress(self, phase: str, done: int, total: int) -> None:
        """Tell how far it is; raises when it is to stop."""
        self._last = (phase, done, total)
        self._progress(phase, done, total)

    def wait_for(self, promise: Coroutine[Any, Any, Item]) -> Item:
        """What the loop makes of it."""
        running: list[asyncio.Task[Any]] = []

        async def noted() -> Item:
            if (task := asyncio.current_task()) is not None:
                running.append(task)
            return await promise

        future = asyncio.run_coroutine_threadsafe(noted(), self._loop)
        while not wait([future], timeout=_LOOK).done:
            try:
                self._progress(*self._last)
            except BaseException:
                # it is over with it only when it has let go of what it had
                for task in running:
                    self._loop.call_soon_threadsafe(task.cancel)
                wait([future])
                raise
        return future.result()

    def pull(self, items: AsyncGenerator[Item, None]) -> Iterator[Item]:
        """What the loop yields, one by one."""

        async def following() -> tuple[Item] | None:
            async for item in items:
                return (item,)
            return None

        while (got := self.wait_for(following())) is not None:
            yield got[0]
