"""Writing: one transaction at a time, of all threads of all processes.

The order is always the same: the thread lock, the file lock, follow to the journal's end, make that
end sound and durable, let the caller make his changes, append them as one line, apply them in
memory.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from snaptui.engine.catalog import files, generation, quarantine
from snaptui.engine.catalog.journal import JournalBrokenError
from snaptui.engine.catalog.reserve import Reserve
from snaptui.engine.catalog.transaction import Transaction
from snaptui.engine.locks import FileLock
from snaptui.errors import NoSpaceError, RepositoryError, SnaptuiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snaptui.engine.catalog.follower import Follower

COMPACT_FROM = 4 << 20
COMPACT_SHARE = 0.5
"""A journal longer than this share of its snapshot file is compacted: what compaction writes stays
in proportion to what was committed, and opening never reads much more than the snapshot file."""


class Writer:
    """What a handle needs for writing, beside what it follows."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._directory = follower.directory
        self._lock = FileLock(self._directory / files.LOCK)
        self._reserve = Reserve(self._directory)
        self._broken: JournalBrokenError | None = None
        self._compact_at = 0
        self.reset_locks()

    def reset_locks(self) -> None:
        """Make the locks, at first and in a forked child."""
        self._threads = threading.Lock()
        self._thread: int | None = None
        self._transaction: Transaction | None = None

    @property
    def current(self) -> Transaction | None:
        """The transaction that this thread is in."""
        return self._transaction if self._thread == threading.get_ident() else None

    @contextlib.contextmanager
    def transaction(self, *, use_reserve: bool, timeout: float) -> Iterator[Transaction]:
        """A transaction, committed when the block ends well."""
        with self._locked(timeout):
            transaction = Transaction(self._follower.memory)
            self._transaction = transaction
            try:
                yield transaction
                self._transaction = None
                self._commit(transaction, use_reserve=use_reserve)
            finally:
                self._transaction = None
                transaction.close()

    def compact(self, timeout: float) -> None:
        """Write a new generation."""
        with self._locked(timeout):
            self._compact()

    @contextlib.contextmanager
    def _locked(self, timeout: float) -> Iterator[None]:
        self._refuse()
        if not self._threads.acquire(timeout=timeout):
            raise RepositoryError(
                f"Another thread has been writing to the catalog {self._directory}"
                f" for {timeout:g} s",
                "try again",
            )
        try:
            self._thread = threading.get_ident()
            try:
                held = self._lock.exclusive(timeout=timeout)
            except OSError as error:
                raise files.explain(error, self._directory, "cannot be locked") from error
            with held:
                try:
                    with self._follower.state:
                        self._follower.check_open()
                        self._follower.catch_up()
                    with self._follower.own_writing():
                        self._set_tail_aside()
                        self._follower.journal.sync()
                        self._heal()
                except OSError as error:
                    raise files.explain(error, self._directory, "cannot be written") from error
                yield
        finally:
            self._thread = None
            self._threads.release()

    def _refuse(self) -> None:
        self._follower.check_open()
        if self._broken is not None:
            raise RepositoryError(self._broken.message, self._broken.hint)
        if self._thread == threading.get_ident():
            raise RuntimeError("This thread is in a transaction already")
        if self._follower.pinned_here:
            raise RuntimeError("A transaction cannot be made while the catalog is pinned")

    def _set_tail_aside(self) -> None:
        """What follows the last whole record was torn by a kill, or it is damaged: keep it."""
        journal = self._follower.journal
        tail = journal.read_tail()
        if not tail:
            return
        name = f"{journal.path.name}.at-{journal.offset}"
        try:
            kept = quarantine.set_aside(self._directory, name, tail)
        except OSError as error:
            if error.errno not in files.FULL or not self._reserve.give_up():
                raise
            kept = quarantine.set_aside(self._directory, name, tail)
        journal.cut_tail()
        self._follower.warnings.append(
            f"{len(tail)} bytes at the end of {journal.path} were no whole record, as a killed"
            f" process leaves them; they were set aside in {kept}"
        )

    def _heal(self) -> None:
        """Write a whole snapshot file in place of a damaged one."""
        if not self._follower.rebuilt:
            return
        number = self._follower.journal.generation
        damaged = files.snapshot_path(self._directory, number)
        try:
            self._compact()
            if damaged.exists():
                quarantine.move_aside(damaged)
        except (OSError, SnaptuiError) as error:
            # Everything is known all the same, and deleting may be what makes room for this.
            self._follower.warnings.append(f"{damaged} could not be replaced yet: {error}")

    def _commit(self, transaction: Transaction, *, use_reserve: bool) -> None:
        use_reserve = use_reserve or transaction.frees
        text, changes = transaction.finish()
        if not changes:
            return
        memory = self._follower.memory
        sequence = memory.sequence + 1
        with self._follower.own_writing():
            self._append(sequence, text, use_reserve=use_reserve)
            with self._follower.state:
                memory.apply(sequence, changes)
        self._tidy_up()

    def _append(self, sequence: int, text: str, *, use_reserve: bool) -> None:
        try:
            if not use_reserve and not self._reserve.restore():
                raise NoSpaceError(
                    f"The file system of the catalog {self._directory} is full",
                    "make room there",
                )
            try:
                self._follower.journal.append(sequence, text)
            except OSError as error:
                full = error.errno in files.FULL
                if not (full and use_reserve and self._reserve.give_up()):
                    raise
                self._append_again(sequence, text)
        except JournalBrokenError as error:
            self._broken = error
            raise
        except OSError as error:
            raise files.explain(error, self._directory, "cannot be written") from error

    def _append_again(self, sequence: int, text: str) -> None:
        """Once more, with the space that was the reserve's.

        The line is the same and the lock was never let go, so nothing is decided anew.
        """
        if self._follower.journal.suspect:
            with self._follower.state:
                self._follower.catch_up()
            if self._follower.memory.sequence != sequence - 1:
                raise JournalBrokenError(
                    f"{self._follower.journal.path} is not what it was before a write failed",
                    "open the catalog again",
                )
        self._follower.journal.append(sequence, text)

    def _tidy_up(self) -> None:
        """What is due now and then; the commit stands whatever happens here."""
        journal = self._follower.journal
        try:
            self._reserve.restore()
            if journal.offset > max(
                COMPACT_FROM, COMPACT_SHARE * journal.header.size, self._compact_at
            ):
                self._compact()
        except (OSError, SnaptuiError) as error:
            # Not at every commit from now on: it is tried again when the journal has doubled.
            self._compact_at = 2 * journal.offset
            self._follower.warnings.append(f"The journal could not be compacted: {error}")

    def _compact(self) -> None:
        follower = self._follower
        number, rebuilt = follower.journal.generation, follower.rebuilt
        try:
            with follower.own_writing():
                journal = generation.publish(
                    self._directory, number + 1, follower.memory.sequence, follower.memory.tables
                )
        except OSError as error:
            raise files.explain(error, self._directory, "cannot be compacted") from error
        follower.use_journal(journal)
        self._compact_at = 0
        if not rebuilt:
            # When the generation before is the damaged one, the one before that is kept too.
            generation.remove_before(self._directory, number)
