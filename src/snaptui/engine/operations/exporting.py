"""Reading a snapshot for somebody else who stores it: in pieces of another size than its blocks."""

from __future__ import annotations

from array import array
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from snaptui.engine.blockmap import WINDOW, BlockMap, EmptyMap, differs
from snaptui.engine.faults import told
from snaptui.engine.leases import hold_lease
from snaptui.engine.operations.files import require_snapshot
from snaptui.engine.reading import BlockReader, read_runs
from snaptui.engine.records import event_document, now
from snaptui.errors import DamagedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from snaptui.engine.catalog import Transaction
    from snaptui.engine.records import Actor
    from snaptui.engine.repository import Repository

_EXPORTS = "exports"
"""Where a snapshot's document says what it was exported as; an older snaptui passes it over."""


class Outgoing:
    """A snapshot that is being read; `read` is safe for several threads."""

    def __init__(self, repository: Repository, block_map: BlockMap, stack: ExitStack) -> None:
        self._repository = repository
        self._map = block_map
        self._stack = stack
        self._base: BlockMap | EmptyMap = EmptyMap()
        self._reader = BlockReader(repository.load_index(None))

    @property
    def size_bytes(self) -> int:
        """The volume's."""
        return self._map.size_bytes

    def compare_with(self, uid: str) -> bool:
        """Have only what differs from another snapshot; whether that can be told."""
        try:
            base = self._stack.enter_context(closing(self._repository.load_map(uid)))
        except DamagedError:
            return False
        if base.block_size != self._map.block_size:
            return False
        self._base = base
        return True

    def compare_with_nothing(self) -> None:
        """Have all of it."""
        self._base = EmptyMap()

    def pieces(self, size: int, end: int) -> Sequence[int]:
        """The numbers of the pieces of `size` bytes, before `end`, that are data or differ."""
        found = array("Q")
        block_size = self._map.block_size
        step = WINDOW * 4  # as many blocks as there are in some whole pieces
        for start in range(0, max(self._map.block_count, self._base.block_count), step):
            before, after = self._base.window(start, step), self._map.window(start, step)
            blocks = np.flatnonzero(differs(before, after)).astype(np.uint64) + np.uint64(start)
            if block_size <= size:
                pieces = np.unique(blocks // np.uint64(size // block_size))
            else:
                each = np.arange(block_size // size, dtype=np.uint64)
                pieces = (blocks[:, None] * np.uint64(len(each)) + each).ravel()
            found.frombytes(pieces[pieces < end].tobytes())
        return found

    def read(self, number: int, size: int) -> bytes:
        """A whole piece; what is past the end of the volume is zeros."""
        block_size, start = self._map.block_size, number * size
        piece = bytearray(size)
        first = start // block_size
        digests = self._map.window(first, max(1, size // block_size))
        for run in read_runs(self._reader, block_size, first, digests):
            position = run.offset - start  # below 0 in a block that is larger than a piece
            for block in run.buffers:
                data = memoryview(block)[max(0, -position) :][: size - max(0, position)]
                piece[max(0, position) : max(0, position) + len(data)] = data
                position += block_size
        return bytes(piece)


@contextmanager
def outgoing(repository: Repository, uid: str) -> Iterator[Outgoing]:
    """Read a snapshot, which nobody can take away meanwhile.

    Raises:
        NotFoundError: it is not there any more.
        DamagedError: its block map is damaged.
    """

    def prepare(transaction: Transaction) -> dict[str, Any]:
        require_snapshot(transaction, uid)
        return {"map_base": uid}

    repository.require_writable()
    with ExitStack() as stack:
        with told(f"export {uid}"):
            stack.enter_context(
                hold_lease(repository.catalog, repository.layout, "export", prepare)
            )
        block_map = stack.enter_context(closing(repository.load_map(uid)))
        yield Outgoing(repository, block_map, stack)


def known_there(
    repository: Repository, uid: str, where: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The snapshots before this one that another cloud has, too, the nearest first.

    Args:
        repository: where they are.
        uid: the snapshot.
        where: the `kind` of cloud and the `place` in it.

    Returns:
        The Resource UID of each here, and there.
    """
    repository.refresh()
    rows, trash = repository.catalog.rows("snapshots"), repository.catalog.rows("trash")
    found: list[tuple[str, str]] = []
    seen = {uid}
    above = rows[uid]["parent_uid"] if uid in rows else None
    while above is not None and above not in seen:
        seen.add(above)
        row = rows.get(above) or trash.get(above)
        if row is None:
            break
        copies = (*reversed(row.get(_EXPORTS, [])), row.get("origin", {}))
        found += [
            (above, each["snapshot_uid"])
            for each in copies
            if all(each.get(key) == value for key, value in where.items())
        ]
        above = row["parent_uid"]
    return found


def note_export(repository: Repository, uid: str, there: Mapping[str, str], actor: Actor) -> None:
    """Write down as what a snapshot was exported: `kind`, `cloud`, `place`, `snapshot_uid`."""
    with repository.catalog.transaction() as transaction:
        document = transaction.get("snapshots", uid)
        if document is None:
            return
        exports = [*document.get(_EXPORTS, []), dict(there)]
        transaction.put("snapshots", uid, {**document, _EXPORTS: exports})
        event = event_document(
            actor,
            "export",
            document["volume_uid"],
            at=now(),
            related_uid=uid,
            text=f"exported snapshot {document['name']} to {there['cloud']} "
            f"{there['snapshot_uid']}",
        )
        transaction.put("events", transaction.new_uid("events", "event"), event)
