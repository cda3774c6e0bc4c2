"""Reading and verifying all that one snapshot needs."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from snaptui.engine.blockmap import is_data
from snaptui.engine.reading import BlockReader, in_parallel
from snaptui.errors import DamagedError, NotFoundError
from snaptui.models import CheckReport, Damage, Snapshot

if TYPE_CHECKING:
    from snaptui.engine.mapfile import Digests
    from snaptui.engine.opened import OpenRepository
    from snaptui.progress import ProgressCallback

from snaptui.engine.operations import damages
from snaptui.engine.operations.checking_maps import is_still_there


@dataclass(slots=True)
class _Verified:
    """What was seen of a chunk, or of all so far."""

    block_count: int = 0
    checked_bytes: int = 0
    bad: list[Damage] = field(default_factory=list)
    more: int = 0

    def add(self, other: _Verified) -> None:
        """Take in a chunk."""
        self.block_count += other.block_count
        self.checked_bytes += other.checked_bytes
        room = damages.PLACES_KEPT - len(self.bad)
        self.bad += other.bad[:room]
        self.more += len(other.bad[room:])


def verify_snapshot(
    repository: OpenRepository, snapshot: Snapshot, progress: ProgressCallback
) -> CheckReport:
    """Read and verify every block of one snapshot; see `Repository.verify`."""
    uid = snapshot.resource_uid
    packs = str(repository.layout.packs)
    try:
        block_map = repository.load_map(uid)
    except DamagedError as error:
        return _without_map(repository, uid, error)
    whole = _Verified()
    position = 0
    with closing(block_map):
        reader = BlockReader(repository.load_index(None))

        def work(start: int, digests: Digests) -> _Verified:
            numbers = is_data(digests).nonzero()[0]
            try:
                read = reader.read(digests[numbers])
            except DamagedError:
                return one_by_one(start, digests, numbers.tolist())
            return _Verified(len(read), sum(len(block) for block in read))

        def one_by_one(start: int, digests: Digests, numbers: list[int]) -> _Verified:
            seen = _Verified()
            for number in numbers:
                try:
                    seen.checked_bytes += len(reader.read(digests[number : number + 1])[0])
                    seen.block_count += 1
                except DamagedError as error:
                    offset = (start + number) * block_map.block_size
                    problem = f"{error.message} (byte {offset} of the volume)"
                    seen.bad.append(Damage(path=packs, problem=problem, snapshot_uids=(uid,)))
            return seen

        def done(length: int, seen: _Verified | None) -> None:
            nonlocal position
            position += length
            if seen is not None:
                whole.add(seen)
            progress("verifying", position, snapshot.size_bytes)

        in_parallel(block_map, work, done)
    if whole.more:
        whole.bad.append(damages.more_blocks(packs, whole.more, uid))
    return CheckReport(
        snapshot_count=1,
        block_count=whole.block_count,
        checked_bytes=whole.checked_bytes,
        damages=tuple(whole.bad),
    )


def _without_map(repository: OpenRepository, uid: str, error: DamagedError) -> CheckReport:
    if not is_still_there(repository, uid):
        raise NotFoundError(
            f"the snapshot {uid} was deleted meanwhile", "choose another one"
        ) from error
    path = str(repository.layout.map(uid))
    damage = Damage(path=path, problem=error.message, snapshot_uids=(uid,))
    return CheckReport(snapshot_count=1, block_count=0, checked_bytes=0, damages=(damage,))
