r"""The journal's lines.

    crc32 sequence json\n

`crc32` is eight hexadecimal digits over the rest of the line without its newline. The first line of
a journal is its header, a JSON object; every other line is one transaction, a JSON array of
changes, with the next number in sequence. A change is one of

    [table, uid, {document}]    the document is this now
    [table, uid, null]          the document is gone
    [table, null, {}]           the table is there and empty
    [table, null, null]         the table is gone
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
"""A document as the catalog keeps it: plain JSON, never changed in place."""

Change: TypeAlias = tuple[str, str | None, Row | None]
"""Table, uid, document; see the module's own text."""

FORMAT = 1

_LOOKS_LIKE_A_RECORD = re.compile(rb"[0-9a-f]{8} \d+ [\[{]")
_PREFIX = 32


class BrokenRecordError(Exception):
    """Bytes that are no record, with whole records behind them: damage, not a torn tail."""

    def __init__(self, offset: int, sequence: int) -> None:
        super().__init__(f"no whole record {sequence} at byte {offset}")
        self.offset = offset
        self.sequence = sequence


@dataclass(frozen=True, slots=True)
class Header:
    """The first record of a journal.

    Attributes:
        sequence: the number of the last transaction that the snapshot file holds.
        digest: of the snapshot file, as "sha256:…".
        size: of the snapshot file in bytes.
    """

    format: int
    generation: int
    sequence: int
    digest: str
    size: int

    def encode(self) -> bytes:
        """As a line of the journal."""
        fields = {
            "format": self.format,
            "generation": self.generation,
            "digest": self.digest,
            "size": self.size,
        }
        return encode_record(self.sequence, json.dumps(fields))

    @classmethod
    def decode(cls, record: Record) -> Header:
        """From the first record of a journal.

        Raises:
            BrokenRecordError: it is whole but no header; the header is missing.
        """
        fields = json.loads(record.json)
        if not isinstance(fields, dict):
            raise BrokenRecordError(0, 0)
        return cls(
            format=int(fields["format"]),
            generation=int(fields["generation"]),
            sequence=record.sequence,
            digest=str(fields["digest"]),
            size=int(fields["size"]),
        )


@dataclass(frozen=True, slots=True)
class Record:
    """A whole line: its number and its JSON, checked but not parsed."""

    sequence: int
    json: bytes


@dataclass(frozen=True, slots=True)
class Lines:
    """What a stretch of a journal holds.

    Attributes:
        records: the whole records, in order.
        end: where the last whole record ends, counted from the start of the stretch.
        last: where the last whole record starts.
        tail: what follows it and is no record: torn by a kill, or just being written.
    """

    records: list[Record]
    end: int
    last: int
    tail: bytes


def encode_record(sequence: int, text: str) -> bytes:
    """One line of the journal; `text` is JSON in ASCII without a newline."""
    body = b"%d %b" % (sequence, text.encode("ascii"))
    return b"%08x %b\n" % (zlib.crc32(body), body)


def decode_record(line: bytes) -> Record | None:
    """The record on a line (without its newline), or None when it is not whole."""
    body = line[9:]
    if line[:9] != b"%08x " % zlib.crc32(body):
        return None
    number, _, text = body.partition(b" ")
    return Record(int(number), text)


def parse(data: bytes, *, expected: int | None, base: int = 0) -> Lines:
    """Read the whole records at the start of `data`.

    Args:
        data: a stretch of a journal that starts where a record starts.
        expected: the number that the first record must have; None for a header, any will do.
        base: where in the file `data` starts, for the error.

    Raises:
        BrokenRecordError: something is not whole and yet whole records follow it, or the numbers
            do not follow each other. A crash cannot do that; only damage can.
    """
    records: list[Record] = []
    position = last = 0
    while (newline := data.find(b"\n", position)) >= 0:
        record = decode_record(data[position:newline])
        if record is None:
            break
        if expected is not None and record.sequence != expected:
            raise BrokenRecordError(base + position, expected)
        records.append(record)
        expected = record.sequence + 1
        last, position = position, newline + 1
    tail = data[position:]
    if tail and _holds_a_record(tail):
        raise BrokenRecordError(base + position, expected or 0)
    return Lines(records, position, last, tail)


def _holds_a_record(data: bytes) -> bool:
    # Also in mid-line: the damage may have hit the newline between two records.
    for match in _LOOKS_LIKE_A_RECORD.finditer(data):
        newline = data.find(b"\n", match.start())
        if newline >= 0 and decode_record(data[match.start() : newline]) is not None:
            return True
    return False


def mark_of(line: bytes) -> bytes:
    """The start of a line, enough to know it again: checksum and number."""
    return line[:_PREFIX]


def changes_of(records: list[Record]) -> list[list[Change]]:
    """Parse the transactions of these records.

    All in one call of the parser: that is faster, and equal keys become one string in memory.
    """
    parsed: list[list[Change]] = json.loads(b"[" + b",".join([r.json for r in records]) + b"]")
    return parsed
