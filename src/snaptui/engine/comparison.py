"""A volume's blocks held against its parent's map: what is new is stored, and told to the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import blake3

from snaptui.engine.blockmap import WINDOW, BlockMap, is_data, runs_of
from snaptui.engine.blocks import DIGEST_SIZE, HOLE

if TYPE_CHECKING:
    from snaptui.engine.mapfile import MapWriter
    from snaptui.engine.scan import Piece
    from snaptui.engine.session import StoreSession


def new_content() -> blake3.blake3:
    """A hash over a whole reading; see `add_content`."""
    return blake3.blake3()


def add_content(hasher: blake3.blake3, piece: Piece) -> None:
    """Add what a piece says to a hash over a whole reading; a hole counts as its zeros do."""
    if piece.digests is not None and piece.digests.strip(b"\0"):
        hasher.update(piece.start.to_bytes(8, "little"))
        hasher.update(piece.digests)


class Comparison:
    """Holds the pieces of a volume against the parent's map and stores what is new."""

    def __init__(
        self,
        parent: BlockMap | None,
        block_size: int,
        writer: MapWriter,
        session: StoreSession,
    ) -> None:
        self._parent = parent
        self._block_size = block_size
        self._writer = writer
        self._session = session
        self.data_bytes = 0
        self.new_bytes = 0
        self.content = new_content()

    def take(self, piece: Piece) -> None:
        """Look at one piece."""
        add_content(self.content, piece)
        if piece.digests is None:
            self._take_hole(piece)
            return
        before = self._before(piece.start, piece.count)
        if piece.digests == before and self._writer.delta and not self._session.lacks_packs:
            self.data_bytes += sum(
                self._length(piece, number)
                for number in range(piece.count)
                if before[number * DIGEST_SIZE : (number + 1) * DIGEST_SIZE] != HOLE
            )
            return
        wanted: list[tuple[bytes, memoryview]] = []
        # Where packs were lost, what the parent has may be lost as well: look for each block then.
        distrust = self._session.lacks_packs
        for number in range(piece.count):
            digest = piece.digests[number * DIGEST_SIZE : (number + 1) * DIGEST_SIZE]
            changed = digest != before[number * DIGEST_SIZE : (number + 1) * DIGEST_SIZE]
            if digest == HOLE:
                if changed:
                    self._writer.add_hole(piece.start + number, 1)
                continue
            length = self._length(piece, number)
            self.data_bytes += length
            if changed:
                self.new_bytes += length
            if changed or distrust:
                offset = number * self._block_size
                wanted.append((digest, piece.data[offset : offset + length]))
            if changed or not self._writer.delta:
                self._writer.add_data(piece.start + number, digest)
        if wanted:
            self._session.store(wanted)

    def keep(self, start: int, end: int) -> None:
        """These blocks are what the parent has, or holes without one."""
        if self._parent is None:
            return
        while start < end:
            count = min(WINDOW, end - start)
            digests = self._parent.window(start, count)
            for low, high in runs_of(is_data(digests)):
                upto = min((start + high) * self._block_size, self._parent.size_bytes)
                self.data_bytes += upto - (start + low) * self._block_size
                if not self._writer.delta:
                    self._writer.add_data(start + low, digests[low:high].tobytes())
            start += count

    def _take_hole(self, piece: Piece) -> None:
        if self._parent is None or not self._writer.delta:
            return
        # the parent's map is looked at in windows, so a hole of terabytes costs little memory
        start, end = piece.start, piece.start + piece.count
        while start < end:
            count = min(WINDOW, end - start)
            was_data = is_data(self._parent.window(start, count))
            for low, high in runs_of(was_data):
                self._writer.add_hole(start + low, high - low)
            start += count

    def _before(self, start: int, count: int) -> bytes:
        if self._parent is None:
            return HOLE * count
        return self._parent.slice(start, count)

    def _length(self, piece: Piece, number: int) -> int:
        return min(self._block_size, len(piece.data) - number * self._block_size)
