"""Reading and verifying everything that is stored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from snaptui.engine.blocks import BlockDecoder
from snaptui.engine.operations import damages
from snaptui.engine.operations.checking_maps import WITH_MAPS, check_maps
from snaptui.engine.packs import PackReader, entry_values, slot_header
from snaptui.engine.reading import BlockReader
from snaptui.errors import DamagedError
from snaptui.models import CheckReport, Damage

if TYPE_CHECKING:
    from snaptui.engine.opened import OpenRepository
    from snaptui.progress import ProgressCallback

_READ_SIZE = 8 * 1024 * 1024
_WORKERS = 2


@dataclass(slots=True)
class _Found:
    """What one pack's check found."""

    block_count: int = 0
    checked_bytes: int = 0
    bad: list[tuple[bytes, str]] = field(default_factory=list)
    problem: str = ""


def check_repository(repository: OpenRepository, progress: ProgressCallback) -> CheckReport:
    """Verify every pack, slot and map; see `Repository.check`."""
    repository.refresh()
    catalog, layout = repository.catalog, repository.layout
    segments = dict(catalog.rows("segments"))
    total = sum(document["size"] for document in segments.values())
    told: list[Damage] = []
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
                    told.append(Damage(path=str(layout.pack(pack_id)), problem=found.problem))
                told += _told(str(layout.pack(pack_id)), found.bad, len(told))
                progress("verifying", done, total)
        except BaseException:
            executor.shutdown(wait=True, cancel_futures=True)
            raise
    told += check_maps(repository, _lost(repository, suspects))
    return CheckReport(
        snapshot_count=len(catalog.rows("snapshots")),
        block_count=blocks,
        checked_bytes=checked,
        damages=tuple(told),
        warnings=tuple(_strays(repository)),
        trashed_count=len(catalog.rows("trash")),
    )


def _told(path: str, bad: list[tuple[bytes, str]], told_already: int) -> list[Damage]:
    """What is wrong in a pack, place by place as far as that is of use."""
    kept = max(1, damages.PLACES_KEPT - told_already)
    one_by_one = [Damage(path=path, problem=problem) for _, problem in bad[:kept]]
    return one_by_one + ([damages.more_blocks(path, len(bad) - kept)] if len(bad) > kept else [])


def _lost(repository: OpenRepository, suspects: set[bytes]) -> set[bytes]:
    """Those damaged blocks of which no other copy is whole."""
    reader = BlockReader(repository.load_index(None, fresh=True))
    lost = set()
    for digest in suspects:
        try:
            reader.read(np.frombuffer(digest, dtype=np.uint8).reshape(1, -1))
        except DamagedError:
            lost.add(digest)
    return lost


def _check_pack(repository: OpenRepository, pack_id: str) -> _Found:
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


def _strays(repository: OpenRepository) -> list[str]:
    """Files that nothing in the catalog speaks of: waste, not damage."""
    catalog, layout = repository.catalog, repository.layout
    packs, maps = list(layout.packs.iterdir()), list(layout.maps.iterdir())
    repository.refresh()  # after the listing: what was committed meanwhile is known then
    leases = catalog.rows("leases").values()
    writers = {document.get("writer_id") for document in leases}
    known_maps = {
        *(uid for table in WITH_MAPS for uid in catalog.rows(table)),
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
