"""Snapshot files and generations.

A generation is a snapshot file, `catalog-<gen>.json`, which is plain TinyDB JSON, and the journal
of what was committed since. The newest snapshot file says which generation is the current one, so a
new generation is committed by renaming its snapshot file in. The one before is kept as a second
copy: its journal ends where the new generation begins.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
from typing import TYPE_CHECKING, Any

from snaptui.engine.catalog import files
from snaptui.engine.catalog.journal import Journal
from snaptui.engine.catalog.records import FORMAT, Header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from snaptui.engine.catalog.memory import Tables

_BATCH = 500
SHARE_FROM = 16 << 20
"""A smaller file is loaded faster without looking for what its documents have in common."""
_REPEATED = (
    "description",
    "owner",
    "visibility",
    "status",
    "volume_uid",
    "volume_name",
    "consistency",
    "read_method",
)
"""What many snapshots have in common."""


def digest_of(data: bytes) -> str:
    """The digest of a snapshot file; `sha256sum` gives the same."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def read_snapshot(directory: Path, header: Header) -> Tables | None:
    """The tables of a snapshot file, or None when it is missing or not what was written."""
    try:
        data = files.read_file(files.snapshot_path(directory, header.generation))
    except FileNotFoundError:
        return None
    if len(data) != header.size or digest_of(data) != header.digest:
        return None
    text = data.decode()
    del data
    tables: Tables = json.loads(text, object_hook=_sharing() if len(text) >= SHARE_FROM else None)
    return tables


def _sharing() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What keeps one text of those that many documents have: a quarter of the memory they take."""
    known: dict[str, str] = {}
    share = known.setdefault

    def shared(found: dict[str, Any]) -> dict[str, Any]:
        if "volume_uid" in found:
            for name in _REPEATED:
                if isinstance(value := found.get(name), str):
                    found[name] = share(value, value)
        return found

    return shared


def publish(directory: Path, generation: int, sequence: int, tables: Tables) -> Journal:
    """Write a generation and make it the current one.

    A crash at any step leaves either the old generation or the new one current, and they hold the
    same. If it raises, the old one is current still.

    Returns:
        The new generation's journal, empty but for its header.
    """
    snapshot = files.snapshot_path(directory, generation)
    temporary = snapshot.with_name(snapshot.name + ".tmp")
    journal: Journal | None = None
    try:
        for leftover in (temporary, files.journal_path(directory, generation)):
            files.remove_file(leftover)
        digest, size = _write_snapshot(temporary, tables)
        journal = Journal.create(directory, Header(FORMAT, generation, sequence, digest, size))
        # The journal's name must be there before the rename that makes it needed.
        files.sync_directory(directory)
        temporary.rename(snapshot)
        try:
            files.sync_directory(directory)
        except OSError:
            # A rename that may not survive must not have commits built upon it.
            snapshot.rename(temporary)
            raise
    except BaseException:
        if journal is not None:
            journal.close()
        with contextlib.suppress(OSError):
            if not os.access(snapshot, os.F_OK):
                files.remove_file(files.journal_path(directory, generation))
                files.remove_file(temporary)
        raise
    journal.named = True
    return journal


def remove_before(directory: Path, generation: int) -> None:
    """Remove the generations before this one, as far as that is possible."""
    for found, path in files.generation_files(directory):
        if found < generation:
            with contextlib.suppress(OSError):
                files.remove_file(path)


def _write_snapshot(path: Path, tables: Tables) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    descriptor = files.create_file(path)
    try:
        for part in _encode(tables):
            digest.update(part)
            size += len(part)
            files.write_all(descriptor, part)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return f"sha256:{digest.hexdigest()}", size


def _encode(tables: Tables) -> Iterator[bytes]:
    # In pieces, so that neither memory doubles nor other threads wait for the interpreter.
    text = "{"
    for number, (table, rows) in enumerate(tables.items()):
        text += f"{', ' if number else ''}{json.dumps(table)}: {{"
        separator = ""
        items = iter(rows.items())
        while batch := dict(itertools.islice(items, _BATCH)):
            yield f"{text}{separator}{json.dumps(batch)[1:-1]}".encode("ascii")
            text, separator = "", ",\n"
        text += "}"
    yield f"{text}}}".encode("ascii")
