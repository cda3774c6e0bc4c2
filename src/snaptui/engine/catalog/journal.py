"""A journal file: what was committed since the snapshot file of its generation.

A commit appends one line and syncs it. Everything here keeps two promises: a line that `append`
returned for is durable, and a line that it raised for is gone again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from snaptui.engine.catalog import files, records
from snaptui.errors import RepositoryError

if TYPE_CHECKING:
    from pathlib import Path

    from snaptui.engine.catalog.records import Header, Lines, Record


class JournalBrokenError(RepositoryError):
    """A failed commit could not be taken back; the journal's end is not known."""


@dataclass(frozen=True, slots=True)
class _Position:
    """Up to where the journal was read or written: the last record, by where and what it is."""

    end: int
    last: int
    mark: bytes
    sequence: int


class Journal:
    """An open journal, read up to `offset`.

    Attributes:
        synced: whether all up to `offset` is known to be on disk. What another process wrote may
            not be, if it was killed before its sync.
        named: whether the generation's files are known to be on disk under their names.
        suspect: a sync failed; what the page cache holds may never have reached the disk, so the
            file must be read again before anything is built on it.
    """

    def __init__(self, path: Path, descriptor: int, header: Header, lines: Lines) -> None:
        self.path = path
        self.header = header
        self.synced = False
        self.named = False
        self.suspect = False
        self._descriptor = descriptor
        mark = files.read_from(descriptor, lines.last, min(32, lines.end - lines.last))
        # One attribute, so that an interrupt finds all of it or nothing changed.
        self._position = _Position(lines.end, lines.last, mark, lines.records[-1].sequence)
        self._next_snapshot = files.snapshot_path(path.parent, header.generation + 1)

    @classmethod
    def open(cls, directory: Path, generation: int, *, writable: bool) -> tuple[Self, list[Record]]:
        """Open and read a journal: it, and its transactions.

        Raises:
            FileNotFoundError: it is not there.
            BrokenRecordError: it is damaged before its tail.
        """
        path = files.journal_path(directory, generation)
        flags = os.O_RDWR | os.O_APPEND if writable else os.O_RDONLY
        descriptor = os.open(path, flags | os.O_CLOEXEC)
        try:
            data = files.read_from(descriptor, 0, os.fstat(descriptor).st_size)
            lines = records.parse(data, expected=None)
            if not lines.records:
                raise records.BrokenRecordError(0, 0)
            header = records.Header.decode(lines.records[0])
            if header.generation != generation:
                raise records.BrokenRecordError(0, 0)
            return cls(path, descriptor, header, lines), lines.records[1:]
        except BaseException:
            os.close(descriptor)
            raise

    @classmethod
    def create(cls, directory: Path, header: Header) -> Self:
        """Make a new journal that holds its header, synced but for its name."""
        path = files.journal_path(directory, header.generation)
        descriptor = files.create_file(path, append=True)
        try:
            line = header.encode()
            files.write_all(descriptor, line)
            os.fsync(descriptor)
            journal = cls(path, descriptor, header, records.parse(line, expected=None))
            journal.synced = True
            return journal
        except BaseException:
            os.close(descriptor)
            raise

    @property
    def generation(self) -> int:
        """The generation it belongs to."""
        return self.header.generation

    @property
    def offset(self) -> int:
        """Where the last record that was read or written ends."""
        return self._position.end

    @property
    def sequence(self) -> int:
        """The number of that record."""
        return self._position.sequence

    @property
    def size(self) -> int:
        """The length of the file now."""
        return os.fstat(self._descriptor).st_size

    def unchanged(self) -> bool:
        """Whether nothing was appended, taken back, or compacted since it was last read."""
        at = self._position
        return (
            self.size == at.end
            and os.pread(self._descriptor, len(at.mark), at.last) == at.mark
            and not self.superseded()
        )

    def superseded(self) -> bool:
        """Whether another process made a newer generation of this one.

        The next generation's file tells after one compaction; after several that one may be gone
        again, but then this journal was deleted too.
        """
        return os.access(self._next_snapshot, os.F_OK) or os.fstat(self._descriptor).st_nlink == 0

    def read_new(self) -> list[Record] | None:
        """Read on: the new transactions, without what may be half written behind them.

        None says that the last record read is no longer there: another process took it back,
        because its sync failed.

        Raises:
            BrokenRecordError: it is damaged before its tail.
        """
        at = self._position
        length = self.size - at.last
        data = files.read_from(self._descriptor, at.last, length)
        if length < at.end - at.last or not data.startswith(at.mark):
            return None
        lines = records.parse(data, expected=None, base=at.last)
        if not lines.records:
            return None
        if len(lines.records) > 1:
            mark = records.mark_of(data[lines.last : lines.end])
            sequence = lines.records[-1].sequence
            self.synced = False
            self._position = _Position(at.last + lines.end, at.last + lines.last, mark, sequence)
        return lines.records[1:]

    def append(self, sequence: int, text: str) -> None:
        """Append one record and make it durable; if that fails, take it back.

        Raises:
            OSError: it failed, and the journal is as it was.
            JournalBrokenError: it failed and could not be taken back.
        """
        line = records.encode_record(sequence, text)
        written = False
        try:
            files.write_all(self._descriptor, line)
            written = True
            os.fdatasync(self._descriptor)
        except BaseException as error:
            self.suspect = written
            self._take_back(error)
            raise
        end = self.offset
        self._position = _Position(end + len(line), end, records.mark_of(line), sequence)

    def _take_back(self, cause: BaseException) -> None:
        try:
            os.ftruncate(self._descriptor, self.offset)
            # Without this the whole line could be back after a power cut.
            os.fdatasync(self._descriptor)
        except OSError as error:
            self.suspect = True
            raise JournalBrokenError(
                f"A change failed and could not be taken back from {self.path}:"
                f" {cause}, then {error}",
                "whether it was made is not known; see the kernel's messages (dmesg) for the disk,"
                " then open the catalog again",
            ) from cause

    def sync(self) -> None:
        """Make durable what other processes wrote, before anything is built on it."""
        if not self.synced:
            os.fdatasync(self._descriptor)
            self.synced = True
        if not self.named:
            files.sync_directory(self.path.parent)
            self.named = True

    def read_tail(self) -> bytes:
        """What follows the last whole record."""
        return files.read_from(self._descriptor, self.offset, self.size - self.offset)

    def cut_tail(self) -> None:
        """Drop what follows the last whole record."""
        os.ftruncate(self._descriptor, self.offset)
        os.fdatasync(self._descriptor)

    def drop_cache(self) -> None:
        """Let the next read come from the disk, not from pages that a failed sync left behind."""
        os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
