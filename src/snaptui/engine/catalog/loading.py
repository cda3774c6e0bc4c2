"""Loading a catalog from its files, and falling back to the generation before.

Loading takes no lock and writes nothing. What it needs may be compacted away while it reads; then
it starts again with the newer generation.
"""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.engine.catalog import files, records
from snaptui.engine.catalog.generation import read_snapshot
from snaptui.engine.catalog.journal import Journal
from snaptui.engine.catalog.memory import Memory
from snaptui.errors import DamagedError, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from snaptui.engine.catalog.memory import Tables
    from snaptui.engine.catalog.records import Record

_ATTEMPTS = 3
_PAUSE = 0.01
_BATCH = 10_000
_FREEZE_FROM = 10_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """A catalog as its files have it.

    Attributes:
        journal: the current generation's, read to its end.
        rebuilt: the snapshot file was damaged or missing, and what it held was put together from
            the generation before.
    """

    journal: Journal
    memory: Memory
    rebuilt: bool


def load(directory: Path, *, writable: bool) -> Loaded:
    """Load the current generation.

    Raises:
        RepositoryError: there is no catalog, or its format is newer than this program.
        DamagedError: it is damaged and cannot be proved whole.
    """
    attempt = 0
    while True:
        attempt += 1
        generation = find_generation(directory)
        if generation is None:
            raise RepositoryError(
                f"{directory} holds no catalog", "check the path, or create a repository there"
            )
        try:
            with _collector_paused():
                loaded = _load_generation(directory, generation, writable=writable)
        except (FileNotFoundError, records.BrokenRecordError, DamagedError) as error:
            # A file may be gone because of a compaction, and a reader may see a journal just while
            # a torn tail is replaced. Damage is what is still there when one looks again.
            if attempt < _ATTEMPTS:
                time.sleep(_PAUSE)
                continue
            if isinstance(error, DamagedError):
                raise
            raise _damaged(directory, generation, error) from error
        if sum(map(len, loaded.memory.tables.values())) >= _FREEZE_FROM:
            gc.freeze()
        return loaded


def find_generation(directory: Path) -> int | None:
    """The current generation, None when there is no catalog."""
    try:
        found = files.generations(directory)
    except (FileNotFoundError, NotADirectoryError):
        return None
    generation = found[-1] if found else 0
    # A journal ahead of the newest snapshot file is a compaction that was not finished. If it holds
    # transactions, it was finished, and the snapshot file has been lost since.
    with contextlib.suppress(FileNotFoundError, records.BrokenRecordError):
        journal, transactions = Journal.open(directory, generation + 1, writable=False)
        journal.close()
        if transactions:
            return generation + 1
    return generation or None


def _load_generation(directory: Path, generation: int, *, writable: bool) -> Loaded:
    journal, transactions = Journal.open(directory, generation, writable=writable)
    try:
        header = journal.header
        if header.format > records.FORMAT:
            raise RepositoryError(
                f"The catalog {directory} has format {header.format};"
                f" this program reads up to {records.FORMAT}",
                "use a newer version of snaptui",
            )
        tables = read_snapshot(directory, header)
        rebuilt = tables is None
        if tables is None:
            tables = _rebuild(directory, journal)
        memory = Memory(tables, header.sequence)
        apply_records(memory, transactions)
    except BaseException:
        journal.close()
        raise
    return Loaded(journal, memory, rebuilt)


def _rebuild(directory: Path, journal: Journal) -> Tables:
    """What a lost snapshot file held, from the generation before, if that is provably all of it."""
    header = journal.header
    name = files.snapshot_path(directory, header.generation).name
    if header.sequence == 0:
        return {}
    reason = "there is no whole generation before it"
    try:
        previous, transactions = Journal.open(directory, header.generation - 1, writable=False)
        previous.close()
        tables = read_snapshot(directory, previous.header)
        if tables is not None:
            memory = Memory(tables, previous.header.sequence)
            apply_records(memory, transactions)
            if memory.sequence == header.sequence:
                return memory.tables
            reason = (
                f"the generation before ends at number {memory.sequence}"
                f" and not at {header.sequence}"
            )
    except FileNotFoundError:
        pass
    except records.BrokenRecordError as error:
        reason = f"in the generation before, {error}"
    raise DamagedError(
        f"{name} in {directory} is missing or not what was written, and {reason}",
        "put that file back from a copy; block maps and packs are not affected",
    )


def apply_records(memory: Memory, transactions: list[Record]) -> None:
    """Bring the tables up to date with these transactions."""
    for start in range(0, len(transactions), _BATCH):
        batch = transactions[start : start + _BATCH]
        for record, changes in zip(batch, records.changes_of(batch), strict=True):
            memory.apply(record.sequence, changes)


def _damaged(directory: Path, generation: int, error: Exception) -> DamagedError:
    path = files.journal_path(directory, generation)
    if isinstance(error, FileNotFoundError):
        problem = f"{path} is missing"
        whole = ""
    else:
        assert isinstance(error, records.BrokenRecordError)
        problem = f"{path} is damaged: {error}, yet whole records follow"
        whole = (
            f"its first {error.offset} bytes are whole, up to number {error.sequence - 1}; "
            if error.offset
            else ""
        )
        if not error.offset:
            problem = f"{path} is damaged: its first record is not whole"
    before = ""
    if (generation - 1) in files.generations(directory):
        before = (
            f"the generation before is {files.snapshot_path(directory, generation - 1).name} with"
            f" {files.journal_path(directory, generation - 1).name}; "
        )
    return DamagedError(
        problem,
        f"{whole}{before}put the file back from a copy; nothing in {directory} was changed",
    )


_pause_lock = threading.Lock()
_paused = 0
_was_enabled = False


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector from walking a million new objects again and again."""
    global _paused, _was_enabled  # noqa: PLW0603
    with _pause_lock:
        if not _paused:
            _was_enabled = gc.isenabled()
            gc.disable()
        _paused += 1
    try:
        yield
    finally:
        with _pause_lock:
            _paused -= 1
            if not _paused and _was_enabled:
                gc.enable()
