"""How much space a deletion is about: the stored bytes of blocks that nothing else needs.

Only as much of the maps is read as must be. A map's own digests are all its snapshot's; what it
inherits from the map it is a delta against, that one's snapshot has as well. So of a map that stays
over one that stays, its own digests will do; the same of one that leaves over one that is known
either way; and only the others are gone through from end to end.

Blocks are told apart by the first eight bytes of their digests: this is a figure for a person, and
a pair that agrees in them would not be seen in it.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from snaptui.engine.blockmap import is_data
from snaptui.engine.index import prefixes_of
from snaptui.engine.mapfile import MapFile
from snaptui.engine.packs import PackReader
from snaptui.errors import DamagedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snaptui.engine.mapfile import Digests
    from snaptui.engine.repository import Repository
    from snaptui.progress import ProgressCallback

Prefixes = npt.NDArray[np.uint64]

PART = 4 * 1024 * 1024
"""At most so many blocks are held in memory; for more, the maps are read several times."""

_STEP = 32_768
_PENDING = 1024 * 1024


def stored_only_by(
    repository: Repository, leaving: set[str], staying: set[str], progress: ProgressCallback
) -> int:
    """The stored bytes of blocks that maps of `leaving` name and none of `staying`; see `Trash`.

    Raises:
        DamagedError: a map is damaged.
    """
    known = leaving | staying
    sizes = {uid: _size(repository, uid, known) for uid in leaving}
    parts = max(1, -(-sum(sizes.values()) // PART))
    total, done, freed = parts * len(known), 0, 0
    for part in range(parts):
        lost, pending, count = np.empty(0, dtype=np.uint64), [], 0
        for uid in leaving:
            for prefixes in _prefixes(repository, uid, known, part, parts):
                pending.append(prefixes)
                count += len(prefixes)
                if count > _PENDING:
                    lost, pending, count = np.unique(np.concatenate([lost, *pending])), [], 0
            done += 1
            progress("comparing", done, total)
        lost = np.unique(np.concatenate([lost, *pending]))
        kept = np.zeros(len(lost), dtype=np.bool_)
        for uid in staying if len(lost) else ():
            for prefixes in _prefixes(repository, uid, staying, part, parts):
                kept[_places(lost, prefixes)] = True
            done += 1
            progress("comparing", done, total)
        freed += _stored(repository, lost[~kept])
    return freed


def _base(repository: Repository, uid: str) -> str | None:
    for table in ("snapshots", "trash"):
        document = repository.catalog.rows(table).get(uid)
        if document is not None:
            base: str | None = document["map_base"]
            return base
    return None


def _size(repository: Repository, uid: str, known: set[str]) -> int:
    """How many blocks `_prefixes` gives at most."""
    base = _base(repository, uid)
    if base is None or base in known:
        with closing(MapFile(repository.layout.map(uid))) as file:
            return file.digest_count
    with closing(repository.load_map(uid)) as block_map:
        return block_map.block_count


def _prefixes(
    repository: Repository, uid: str, known: set[str], part: int, parts: int
) -> Iterator[Prefixes]:
    """The blocks of a snapshot that belong to a part, without those that its base has anyway."""
    for digests in _digests(repository, uid, known):
        prefixes = prefixes_of(digests[is_data(digests)])
        yield prefixes if parts == 1 else prefixes[prefixes % np.uint64(parts) == part]


def _digests(repository: Repository, uid: str, known: set[str]) -> Iterator[Digests]:
    base = _base(repository, uid)
    if base is None or base in known:
        with closing(MapFile(repository.layout.map(uid))) as file:
            for first in range(0, file.digest_count, _STEP):
                raw = file.digests(first, min(_STEP, file.digest_count - first))
                yield np.frombuffer(raw, dtype=np.uint8).reshape(-1, 32)
        return
    with closing(repository.load_map(uid)) as block_map:
        for _, digests in block_map.windows(_STEP):
            yield digests


def _places(lost: Prefixes, prefixes: Prefixes) -> npt.NDArray[np.intp]:
    """Where in `lost`, which is sorted, those of `prefixes` stand that are in it."""
    at = np.searchsorted(lost, prefixes)
    inside = at < len(lost)
    at, prefixes = at[inside], prefixes[inside]
    found: npt.NDArray[np.intp] = at[lost[at] == prefixes]
    return found


def _stored(repository: Repository, lost: Prefixes) -> int:
    total = 0
    for pack_id in repository.catalog.rows("segments") if len(lost) else ():
        try:
            with PackReader(repository.layout.pack(pack_id)) as reader:
                entries = reader.entries
                at = np.searchsorted(lost, prefixes := prefixes_of(entries["digest"]))
                at[at == len(lost)] = 0
                total += int(entries["stored"][lost[at] == prefixes].sum())
        except (DamagedError, OSError):
            continue  # `check` reports it; what it holds cannot be counted
    return total
