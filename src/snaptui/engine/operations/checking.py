"""Reading and verifying everything that is stored, or all that one snapshot needs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from snaptui.engine.blockmap import is_data
from snaptui.engine.blocks import BlockDecoder
from snaptui.engine.mapfile import Digests, MapFile
from snaptui.engine.packs import PackReader, entry_values, slot_header
from snaptui.engine.reading import BlockReader, in_parallel
from snaptui.errors import DamagedError, NotFoundError
from snaptui.models import CheckReport, Damage, Snapshot

if TYPE_CHECKING:
    from snaptui.engine.index import DigestIndex
    from snaptui.engine.repository import Repository
    from snaptui.progress import ProgressCallback

_READ_SIZE = 8 * 1024 * 1024
_WORKERS = 2
_HEX_SHOWN = 16


@dataclass(slots=True)
class _Found:
    """What one pack's check found."""

    block_count: int = 0
    checked_bytes: int = 0
    bad: list[tuple[bytes, str]] = field(default_factory=list)
    problem: str = ""


def check_repository(repository: Repository, progress: ProgressCallback) -> CheckReport:
    """Verify every pack, slot and map; see `Repository.check`."""
    repository.refresh()
    catalog, layout = repository.catalog, repository.layout
    segments = dict(catalog.rows("segments"))
    total = sum(document["size"] for document in segments.values())
    damages: list[Damage] = []
    suspects: set[bytes] = set()
    blocks = done = checked = 0
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="check") as executor:
        try:
            found_in = executor.map(lambda uid: _check_pack(repository, uid), segments)
            for (pack_id, document), found in zip(segments.items(), found_in, strict=True):
                done += document["size"]
                blocks += found.block_count
                checked += found.checked_bytes
                suspects.update(digest for digest, _ in found.bad)
                if found.problem:
                    damages.append(Damage(path=str(layout.pack(pack_id)), problem=found.problem))
                damages += [
                    Damage(path=str(layout.pack(pack_id)), problem=problem)
                    for _, problem in found.bad
                ]
                progress("verifying", done, total)
        except BaseException:
            executor.shutdown(wait=True, cancel_futures=True)
            raise
    damages += _check_maps(repository, _lost(repository, suspects))
    return CheckReport(
        snapshot_count=len(catalog.rows("snapshots")),
        block_count=blocks,
        checked_bytes=checked,
        damages=tuple(damages),
        warnings=tuple(_strays(repository)),
    )


def _lost(repository: Repository, suspects: set[bytes]) -> set[bytes]:
    """Those damaged blocks of which no other copy is whole."""
    reader = BlockReader(repository.load_index(None, fresh=True))
    lost = set()
    for digest in suspects:
        try:
            reader.read(np.frombuffer(digest, dtype=np.uint8).reshape(1, -1))
        except DamagedError:
            lost.add(digest)
    return lost


def _check_pack(repository: Repository, pack_id: str) -> _Found:
    found = _Found()
    try:
        with PackReader(repository.layout.pack(pack_id)) as reader:
            _check_slots(reader, found)
    except DamagedError as error:
        found.problem = error.message
    except OSError as error:
        found.problem = f"pack {pack_id} cannot be opened ({error.strerror})"
    return found


def _check_slots(reader: PackReader, found: _Found) -> None:
    decoder = BlockDecoder()
    data, data_start = memoryview(b""), 0
    for number, entry in enumerate(reader.entries):
        digest, offset, stored, plain, codec = entry_values(entry)
        header = slot_header(codec, plain, stored, digest)
        begin, end = offset - len(header), offset + stored
        try:
            if end > data_start + len(data):
                data, data_start = memoryview(_read_ahead(reader, begin, end)), begin
            at = begin - data_start
            if bytes(data[at : at + len(header)]) != header:
                raise DamagedError(
                    f"slot {number} of pack {reader.path.stem} has a header that is not its own"
                )
            decoder.decode(codec, data[at + len(header) : end - data_start], plain, digest)
        except DamagedError as error:
            found.bad.append((digest, f"{error.message} (slot {number})"))
        found.block_count += 1
        found.checked_bytes += stored


def _read_ahead(reader: PackReader, begin: int, end: int) -> bytes:
    """Many slots at once; where the disk cannot read them all, the one that is needed."""
    try:
        return reader.read(begin, min(max(_READ_SIZE, end - begin), reader.size - begin))
    except DamagedError:
        return reader.read(begin, end - begin)


def _check_maps(repository: Repository, suspects: set[bytes]) -> list[Damage]:
    """Each map file whole, each block it names stored somewhere whole; and whom it hits if not."""
    catalog, layout = repository.catalog, repository.layout
    # before the index: what is taken later has blocks that it does not know
    snapshots = list(catalog.rows("snapshots"))
    index = repository.load_index(None, fresh=True)
    bad_maps: dict[str, str] = {}
    incomplete = False
    chain = _Chain(repository)
    for uid in [*snapshots, *catalog.rows("retained_maps")]:
        try:
            with closing(MapFile(layout.map(uid))) as file:
                chain.add(uid, file)
                incomplete = incomplete or not _all_stored(file, index, suspects)
        except DamagedError as error:
            if _is_still_there(repository, uid):
                bad_maps[uid] = error.message
    bad_maps |= chain.broken()
    hit: dict[str, list[str]] = {}
    blocks_hit: dict[str, list[str]] = {}
    if bad_maps or incomplete:
        for uid in snapshots:
            try:
                with closing(repository.load_map(uid)) as block_map:
                    for _, digests in block_map.windows():
                        for digest in _not_stored(digests, index, suspects):
                            blocks_hit.setdefault(digest.hex()[:_HEX_SHOWN], []).append(uid)
            except DamagedError as error:
                if _is_still_there(repository, uid):
                    hit.setdefault(error.message, []).append(uid)
    damages = [
        Damage(path=str(layout.maps), problem=problem, snapshot_uids=tuple(uids))
        for problem, uids in hit.items()
    ]
    known = set(hit)
    damages += [
        Damage(
            path=str(layout.map(uid)),
            problem=problem,
            snapshot_uids=(uid,) if uid in catalog.rows("snapshots") else (),
        )
        for uid, problem in bad_maps.items()
        if problem not in known
    ]
    damages += [
        Damage(
            path=str(layout.packs),
            problem=f"block {digest} is missing or damaged",
            snapshot_uids=tuple(dict.fromkeys(uids)),
        )
        for digest, uids in blocks_hit.items()
    ]
    return damages


class _Chain:
    """Whether the maps, each whole in itself, are the right ones under the right names."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._checksums: dict[str, bytes] = {}
        self._bases: dict[str, tuple[str, bytes]] = {}

    def add(self, uid: str, file: MapFile) -> None:
        """Take note of a map.

        Raises:
            DamagedError: it is another snapshot's, or not what the catalog says of it.
        """
        row = self._repository.catalog.rows("snapshots").get(uid)
        try:
            record = file.record()
            own, base, checksum = record["snapshot"], record["base"], record["base_checksum"]
            if own["resource_uid"] != uid:
                raise DamagedError(f"block map {uid} is another snapshot's under its name")
            if file.delta:
                self._bases[uid] = (base, bytes.fromhex(checksum))
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedError(f"block map {uid} has a record that is not whole") from error
        self._checksums[uid] = bytes.fromhex(file.checksum)
        if row is not None and (row["size_bytes"], row["block_size"], row["map_base"]) != (
            file.size_bytes,
            file.block_size,
            base,
        ):
            raise DamagedError(f"block map {uid} is not the one that the catalog speaks of")

    def broken(self) -> dict[str, str]:
        """Maps whose base is not the one they were written against, and what is wrong."""
        return {
            base: f"block map {base} is not the one that the next is against"
            for base, checksum in self._bases.values()
            if base in self._checksums and self._checksums[base] != checksum
        }


def _is_still_there(repository: Repository, uid: str) -> bool:
    """Whether a map is needed still: a long check meets deletions."""
    repository.refresh()
    rows = repository.catalog.rows
    return uid in rows("snapshots") or uid in rows("retained_maps")


def _all_stored(file: MapFile, index: DigestIndex, suspects: set[bytes]) -> bool:
    step = 32768
    for first in range(0, file.digest_count, step):
        raw = file.digests(first, min(step, file.digest_count - first))
        digests = np.frombuffer(raw, dtype=np.uint8).reshape(-1, 32)
        if _not_stored(digests, index, suspects):
            return False
    return True


def _not_stored(digests: Digests, index: DigestIndex, suspects: set[bytes]) -> list[bytes]:
    """Those digests (no holes) of which there is no whole copy."""
    wanted = digests[is_data(digests)]
    missing = []
    for digest, location in zip(wanted, index.find(wanted), strict=True):
        if location is None or digest.tobytes() in suspects:
            missing.append(digest.tobytes())
    return missing


def _strays(repository: Repository) -> list[str]:
    """Files that nothing in the catalog speaks of: waste, not damage."""
    catalog, layout = repository.catalog, repository.layout
    packs, maps = list(layout.packs.iterdir()), list(layout.maps.iterdir())
    repository.refresh()  # after the listing: what was committed meanwhile is known then
    leases = catalog.rows("leases").values()
    writers = {document.get("writer_id") for document in leases}
    known_maps = {
        *catalog.rows("snapshots"),
        *catalog.rows("retained_maps"),
        *(document.get("snapshot_uid") for document in leases),
    }
    segments = catalog.rows("segments")
    strays = [
        path
        for path in packs
        if path.stem not in segments and path.stem.split("-")[0] not in writers
    ]
    strays += [path for path in maps if path.stem not in known_maps]
    return [f"{path} belongs to nothing in the catalog" for path in strays]


def verify_snapshot(
    repository: Repository, snapshot: Snapshot, progress: ProgressCallback
) -> CheckReport:
    """Read and verify every block of one snapshot; see `Repository.verify`."""
    damages: list[Damage] = []
    blocks = checked = position = 0
    try:
        block_map = repository.load_map(snapshot.resource_uid)
    except DamagedError as error:
        if not _is_still_there(repository, snapshot.resource_uid):
            raise NotFoundError(
                f"the snapshot {snapshot.resource_uid} was deleted meanwhile", "choose another one"
            ) from error
        damage = Damage(
            path=str(repository.layout.map(snapshot.resource_uid)),
            problem=error.message,
            snapshot_uids=(snapshot.resource_uid,),
        )
        return CheckReport(snapshot_count=1, block_count=0, checked_bytes=0, damages=(damage,))
    with closing(block_map):
        reader = BlockReader(repository.load_index(None))

        def work(start: int, digests: Digests) -> tuple[int, int, list[Damage]]:
            numbers = is_data(digests).nonzero()[0]
            try:
                read = reader.read(digests[numbers])
            except DamagedError:
                return _one_by_one(start, digests, numbers.tolist())
            return len(read), sum(len(block) for block in read), []

        def _one_by_one(
            start: int, digests: Digests, numbers: list[int]
        ) -> tuple[int, int, list[Damage]]:
            count = length = 0
            bad: list[Damage] = []
            for number in numbers:
                try:
                    length += len(reader.read(digests[number : number + 1])[0])
                    count += 1
                except DamagedError as error:
                    offset = (start + number) * block_map.block_size
                    bad.append(
                        Damage(
                            path=str(repository.layout.packs),
                            problem=f"{error.message} (byte {offset} of the volume)",
                            snapshot_uids=(snapshot.resource_uid,),
                        )
                    )
            return count, length, bad

        def done(length: int, result: tuple[int, int, list[Damage]] | None) -> None:
            nonlocal position, blocks, checked
            position += length
            if result is not None:
                blocks += result[0]
                checked += result[1]
                damages.extend(result[2])
            progress("verifying", position, snapshot.size_bytes)

        in_parallel(block_map, work, done)
    return CheckReport(
        snapshot_count=1, block_count=blocks, checked_bytes=checked, damages=tuple(damages)
    )
