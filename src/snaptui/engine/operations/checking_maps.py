"""Checking the block maps: each whole, the right one, and all its blocks stored somewhere whole."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from snaptui.engine.blockmap import is_data
from snaptui.engine.mapfile import Digests, MapFile
from snaptui.errors import DamagedError
from snaptui.models import Damage

if TYPE_CHECKING:
    from snaptui.engine.index import DigestIndex
    from snaptui.engine.opened import OpenRepository

from snaptui.engine.operations import damages

WITH_MAPS = ("snapshots", "trash", "retained_maps")
"""The tables of the catalog whose documents have a map each."""

_HEX_SHOWN = 16


def check_maps(repository: OpenRepository, suspects: set[bytes]) -> list[Damage]:
    """Each map file whole, each block it names stored somewhere whole; and whom it hits if not."""
    catalog, layout = repository.catalog, repository.layout
    # before the index: what is taken later has blocks that it does not know
    snapshots = [*catalog.rows("snapshots"), *catalog.rows("trash")]
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
            if is_still_there(repository, uid):
                bad_maps[uid] = error.message
    bad_maps |= chain.broken()
    hits = _Hits()
    if bad_maps or incomplete:
        for uid in snapshots:
            try:
                with closing(repository.load_map(uid)) as block_map:
                    for _, digests in block_map.windows():
                        hits.add_blocks(uid, _not_stored(digests, index, suspects))
            except DamagedError as error:
                if is_still_there(repository, uid):
                    hits.by_map.setdefault(error.message, []).append(uid)
    lone = [
        Damage(
            path=str(layout.map(uid)),
            problem=problem,
            snapshot_uids=(uid,) if uid in snapshots else (),
        )
        for uid, problem in bad_maps.items()
        if problem not in hits.by_map
    ]
    return [*hits.map_damages(str(layout.maps)), *lone, *hits.block_damages(str(layout.packs))]


class _Hits:
    """Whom the damage hits: maps that cannot be used, blocks that are not there."""

    def __init__(self) -> None:
        self.by_map: dict[str, list[str]] = {}
        self._by_block: dict[str, list[str]] = {}
        self._more: dict[str, int] = {}  # uid > blocks beyond those that are told one by one

    def add_blocks(self, uid: str, digests: list[bytes]) -> None:
        """A snapshot lacks these blocks."""
        for digest in digests:
            name = digest.hex()[:_HEX_SHOWN]
            if name in self._by_block or len(self._by_block) < damages.PLACES_KEPT:
                self._by_block.setdefault(name, []).append(uid)
            else:
                self._more[uid] = self._more.get(uid, 0) + 1

    def map_damages(self, path: str) -> list[Damage]:
        """What is wrong with maps."""
        return [
            Damage(path=path, problem=problem, snapshot_uids=tuple(uids))
            for problem, uids in self.by_map.items()
        ]

    def block_damages(self, path: str) -> list[Damage]:
        """Which blocks are gone; the many that are not told one by one as a number."""
        one_by_one = [
            Damage(
                path=path,
                problem=f"block {digest} is missing or damaged",
                snapshot_uids=tuple(dict.fromkeys(uids)),
            )
            for digest, uids in self._by_block.items()
        ]
        return one_by_one + [
            damages.more_blocks(path, count, uid) for uid, count in self._more.items()
        ]


class _Chain:
    """Whether the maps, each whole in itself, are the right ones under the right names."""

    def __init__(self, repository: OpenRepository) -> None:
        self._repository = repository
        self._checksums: dict[str, bytes] = {}
        self._bases: dict[str, tuple[str, bytes]] = {}

    def add(self, uid: str, file: MapFile) -> None:
        """Take note of a map.

        Raises:
            DamagedError: it is another snapshot's, or not what the catalog says of it.
        """
        rows = self._repository.catalog.rows
        row = rows("snapshots").get(uid) or rows("trash").get(uid)
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


def is_still_there(repository: OpenRepository, uid: str) -> bool:
    """Whether a map is needed still: a long check meets deletions."""
    repository.refresh()
    return any(uid in repository.catalog.rows(table) for table in WITH_MAPS)


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
