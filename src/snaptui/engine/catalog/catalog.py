"""The catalog: all documents of a repository, shared by any number of processes.

A handle keeps all documents in memory and follows the journal, where every process appends what it
commits (`Follower`). Writing is done by one process at a time, under the lock file (`Writer`); a
commit is one line, appended and synced. Several threads may use one handle.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from snaptui.engine.catalog import files, generation, loading
from snaptui.engine.catalog.documents import private_copy
from snaptui.engine.catalog.follower import Follower
from snaptui.engine.catalog.mounts import network_warning
from snaptui.engine.catalog.reserve import Reserve
from snaptui.engine.catalog.table import CatalogDatabase, CatalogTable
from snaptui.engine.catalog.writer import Writer
from snaptui.engine.locks import FileLock
from snaptui.engine.ownership import adopt
from snaptui.errors import ConflictError, ReadOnlyError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType

    from tinydb import TinyDB

    from snaptui.engine.catalog.history import Touched
    from snaptui.engine.catalog.loading import Loaded
    from snaptui.engine.catalog.records import Row
    from snaptui.engine.catalog.transaction import Transaction

LOCK_TIMEOUT = 60.0


class Catalog:
    """A handle on a catalog; make one with `create` or `open`.

    Attributes:
        directory: where its files are.
        read_only: transactions are refused.
        warnings: sentences a person should see; more may come with time.
        database: TinyDB over the same documents.
    """

    def __init__(self, directory: Path, loaded: Loaded, *, read_only: bool) -> None:
        self.directory = directory
        self.read_only = read_only
        self._follower = Follower(directory, loaded, writable=not read_only)
        self._writer = Writer(self._follower)
        self.warnings = self._follower.warnings
        self.database: TinyDB = CatalogDatabase(self)
        _HANDLES.add(self)

    @classmethod
    def create(cls, directory: Path) -> Self:
        """Make an empty catalog.

        Raises:
            ConflictError: the directory holds one already.
            RepositoryError: it cannot be made there.
        """
        directory = Path(directory)
        try:
            directory.mkdir(files.DIRECTORY_MODE, parents=True, exist_ok=True)
            directory.chmod(files.DIRECTORY_MODE)
            adopt(directory)
            with FileLock(directory / files.LOCK).exclusive(timeout=LOCK_TIMEOUT):
                if loading.find_generation(directory) is not None:
                    raise ConflictError(
                        f"{directory} holds a catalog already", "open it, or use another path"
                    )
                reserve = Reserve(directory)
                if not reserve.there:
                    reserve.create()
                generation.publish(directory, 1, 0, {}).close()
                files.sync_directory(directory.parent)
        except OSError as error:
            raise files.explain(error, directory, "cannot be made") from error
        return cls.open(directory)

    @classmethod
    def open(cls, directory: Path, *, read_only: bool = False) -> Self:
        """Open a catalog.

        A catalog in a directory that cannot be written is opened read-only, with a warning.

        Raises:
            RepositoryError: there is none, or it cannot be read, or its format is newer.
            DamagedError: it is damaged; the hint says what is whole.
        """
        directory = Path(directory)
        writable = not read_only and files.is_writable(directory)
        try:
            try:
                loaded = loading.load(directory, writable=writable)
            except OSError as error:
                if not writable or error.errno not in files.UNWRITABLE:
                    raise
                writable = False
                loaded = loading.load(directory, writable=False)
        except OSError as error:
            raise files.explain(error, directory, "cannot be read") from error
        catalog = cls(directory, loaded, read_only=not writable)
        if not writable and not read_only:
            catalog.warnings.append(
                f"The catalog {directory} is opened read-only, because it cannot be written"
            )
        if writable and (warning := network_warning(directory)):
            catalog.warnings.append(warning)
        return catalog

    @property
    def sequence(self) -> int:
        """The number of the last transaction seen."""
        return self._follower.memory.sequence

    @property
    def version(self) -> int:
        """Goes up whenever what this handle sees changes."""
        return self._follower.memory.version

    def table(self, name: str) -> CatalogTable:
        """A TinyDB table; any call of TinyDB works on it."""
        return cast("CatalogTable", self.database.table(name))

    def table_names(self) -> set[str]:
        """The names of all tables."""
        with self._follower.state:
            return set(self._follower.memory.tables)

    def get(self, table: str, uid: str) -> Row | None:
        """A private copy of a document, or None."""
        row = self._follower.memory.rows(table).get(uid)
        return None if row is None else private_copy(row)

    def rows(self, table: str) -> Mapping[str, Row]:
        """A table as of the last refresh or transaction, uid > document, without copies.

        What other threads see or commit later does not change it, so it may be gone through at
        leisure. Its documents must not be changed.
        """
        with self._follower.state:
            return self._follower.memory.view(table)

    def live_rows(self, table: str) -> Mapping[str, Row]:
        """Like `rows`, but only for use inside `pinned` or a transaction; the next change shows."""
        return self._follower.memory.rows(table)

    def related(self, table: str, field: str, value: str) -> list[str]:
        """The uids of the documents whose `field` is `value`, in no particular order.

        Raises:
            KeyError: there is no index over that field; see `INDEXES`.
        """
        with self._follower.state:
            return self._follower.memory.related(table, field, value)

    def touched_since(self, sequence: int) -> list[Touched] | None:
        """The documents that came, went or changed after a transaction, oldest change first.

        None when that is not known (any more): read everything anew.
        """
        with self._follower.state:
            return self._follower.memory.touched_since(sequence)

    def pinned(self) -> AbstractContextManager[None]:
        """Keep what this handle sees as it is until the block ends, whatever other threads do.

        Others that refresh or commit wait meanwhile, so be quick. A transaction cannot be made
        inside.
        """
        return self._follower.pinned()

    def refresh(self) -> bool:
        """Follow what other processes committed; whether anything changed.

        Raises:
            DamagedError: the journal is damaged.
        """
        return self._follower.refresh()

    @property
    def current_transaction(self) -> Transaction | None:
        """The transaction that this thread is in."""
        return self._writer.current

    def transaction(
        self, *, use_reserve: bool = False, timeout: float = LOCK_TIMEOUT
    ) -> AbstractContextManager[Transaction]:
        """Make changes to any number of tables, committed together when the block ends.

        The catalog is locked and refreshed first. When the block ends, the changes are one line of
        the journal, on disk. An exception inside leaves everything as it was.

        Args:
            use_reserve: may be committed on a full disk even though it adds documents, because it
                is needed to free space (a lease for a deletion). What removes something, or
                changes what is there, always may.
            timeout: seconds to wait for other processes.

        Raises:
            ReadOnlyError: the catalog is open read-only.
            NoSpaceError: the disk is full; nothing was changed.
            RepositoryError: the lock was not to be had, or the disk failed; nothing was changed.
            DamagedError: the journal is damaged.
        """
        self._refuse_if_read_only()
        return self._writer.transaction(use_reserve=use_reserve, timeout=timeout)

    def compact(self) -> None:
        """Write a new generation: one snapshot file with everything, and an empty journal.

        It is done on its own when the journal has grown long.
        """
        self._refuse_if_read_only()
        self._writer.compact(LOCK_TIMEOUT)

    def close(self) -> None:
        """Close the files; the handle cannot be used any more."""
        self._follower.close()

    def after_fork(self) -> None:
        """In a forked child: the parent's other threads, and the locks they held, are not here."""
        self._follower.reset_locks()
        self._writer.reset_locks()

    def _refuse_if_read_only(self) -> None:
        if self.read_only:
            raise ReadOnlyError(
                f"The catalog {self.directory} is open read-only",
                "open it where and as whom it can be written",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


_HANDLES: weakref.WeakSet[Catalog] = weakref.WeakSet()


def _after_fork() -> None:
    for catalog in list(_HANDLES):
        catalog.after_fork()


os.register_at_fork(after_in_child=_after_fork)
