"""Following the journal: how a handle comes to see what is committed.

It takes no lock between processes and writes nothing. Among the threads of this process `state`
guards the tables in memory; it is never held while another process is waited for.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from snaptui.engine.catalog import files, loading, records
from snaptui.engine.catalog.journal import Journal
from snaptui.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from snaptui.engine.catalog.loading import Loaded
    from snaptui.engine.catalog.memory import Memory


class Follower:
    """The catalog in memory, kept up with the one on disk.

    Attributes:
        journal: the current generation's.
        memory: all documents as of the last transaction seen.
        rebuilt: the current snapshot file is damaged; what it held came from the one before.
        warnings: sentences a person should see.
    """

    def __init__(self, directory: Path, loaded: Loaded, *, writable: bool) -> None:
        self.directory = directory
        self.journal: Journal = loaded.journal
        self.memory: Memory = loaded.memory
        self.rebuilt = False
        self.warnings: list[str] = []
        self._writable = writable
        self._closed = False
        self.reset_locks()
        self._note(loaded)

    def reset_locks(self) -> None:
        """Make the locks, at first and in a forked child (where no other thread is left)."""
        self.state = threading.RLock()
        self._pinned_by: int | None = None
        self._pins = 0
        self._own_write = False

    @property
    def pinned_here(self) -> bool:
        """Whether this thread is in `pinned`."""
        return self._pinned_by == threading.get_ident()

    @contextlib.contextmanager
    def pinned(self) -> Iterator[None]:
        """Keep the tables as they are until the block ends, whatever other threads do."""
        with self.state:
            self._pinned_by = threading.get_ident()
            self._pins += 1
            try:
                yield
            finally:
                self._pins -= 1
                if not self._pins:
                    self._pinned_by = None

    @contextlib.contextmanager
    def own_writing(self) -> Iterator[None]:
        """While this process writes to the journal itself, no thread of it reads there.

        Nothing foreign can come, for the file lock is ours, and our own line must not be seen
        before it is durable.
        """
        with self.state:
            self._own_write = True
        try:
            yield
        finally:
            self._own_write = False

    def refresh(self) -> bool:
        """Follow what was committed; whether anything changed."""
        with self.state:
            if self._own_write or self._pins:
                return False
            self.check_open()
            before = self.memory.version
            try:
                self.catch_up()
            except OSError as error:
                raise files.explain(error, self.directory, "cannot be read") from error
            return self.memory.version != before

    def catch_up(self) -> None:
        """Read on in the journal, or in the next one; load anew when there is no way on."""
        # The numbers differ when an earlier attempt was interrupted between journal and memory.
        if self.journal.suspect or self.journal.sequence != self.memory.sequence:
            self.journal.drop_cache()
            self._reload()
            return
        while not self.journal.unchanged():
            # Asked before reading: what is read of a closed journal is then all of it.
            closed = self.journal.superseded()
            try:
                new = self.journal.read_new()
            except records.BrokenRecordError:
                new = None
            if new is None:
                self._reload()
                return
            loading.apply_records(self.memory, new)
            if not closed:
                return
            if not self._move_on():
                self._reload()
                return

    def use_journal(self, journal: Journal) -> None:
        """Go over to another journal."""
        with self.state:
            self.journal, old = journal, self.journal
            self.rebuilt = False
            old.close()

    def check_open(self) -> None:
        """Refuse what comes after `close`."""
        if self._closed:
            raise RepositoryError(f"The catalog {self.directory} is closed", "open it again")

    def close(self) -> None:
        """Close the journal."""
        with self.state:
            if not self._closed:
                self._closed = True
                self.journal.close()

    def _move_on(self) -> bool:
        """Go over to the newest generation, if it begins just where we are."""
        try:
            newest = files.generations(self.directory)[-1]
            journal, transactions = Journal.open(self.directory, newest, writable=self._writable)
        except (FileNotFoundError, IndexError, records.BrokenRecordError):
            return False
        if journal.header.sequence != self.memory.sequence or newest <= self.journal.generation:
            journal.close()
            return False
        self.use_journal(journal)
        loading.apply_records(self.memory, transactions)
        return True

    def _reload(self) -> None:
        loaded = loading.load(self.directory, writable=self._writable)
        self.use_journal(loaded.journal)
        self.memory.replace(loaded.memory.tables, loaded.memory.sequence)
        self._note(loaded)

    def _note(self, loaded: Loaded) -> None:
        self.rebuilt = loaded.rebuilt
        if loaded.rebuilt:
            path = files.snapshot_path(self.directory, loaded.journal.generation)
            self.warnings.append(
                f"{path} is missing or damaged; what it held was put together from the generation"
                " before, nothing is lost, and the next change writes a whole one"
            )
