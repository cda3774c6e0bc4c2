"""The last inventory of a remote cloud, on disk: shown at once, until the cloud has answered.

A file a cloud, in the user's cache directory, for the user alone: it has names and identifiers in
it, no secrets. What does not read as it should is as if it were not there. Its first line tells
when that was and how much there was: all that is read of a cloud that nobody has opened.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from snaptui.clouds.remote.kept import write_whole
from snaptui.clouds.remote.offered import RememberedOffer
from snaptui.clouds.remote.stored import (
    NotReadableError,
    moment,
    number,
    stored,
    volume_or_snapshot,
)
from snaptui.models import Snapshot, Volume
from snaptui.units import iso_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_FORMAT = b"snaptui inventory 2"
_LARGEST = 256 * 1024 * 1024
_LONGEST_HEAD = 1024


@dataclass(frozen=True, slots=True)
class RememberedHead:
    """When a cloud was listed, and how much was in it."""

    at: datetime
    volumes: int
    snapshots: int


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a cloud had, and when that was listed."""

    at: datetime
    volumes: list[Volume]
    snapshots: list[Snapshot]


class RememberedInventory:
    """The file of one cloud: the format, a checksum of the head and the head; then a line a thing.

    The file's name tells the cloud's kind and options apart: a name in the config file that leads
    to another account now shows nothing of the one before.

    Attributes:
        path: where it is, or will be.
        offer: what the cloud offers, in a file beside it.
    """

    def __init__(self, directory: Path, name: str, kind: str, options: Mapping[str, str]) -> None:
        said = json.dumps([name, kind, sorted(options.items())])
        digest = hashlib.sha256(said.encode()).hexdigest()[:24]
        self.path = directory / f"{digest}.inventory"
        self.offer = RememberedOffer(directory / f"{digest}.offer")

    def head(self) -> RememberedHead | None:
        """When that was and of how many things, without reading them. Blocks."""
        try:
            with self.path.open("rb") as file:
                head, _ = _read_head(file.readline(_LONGEST_HEAD))
        except (OSError, ValueError, RecursionError, NotReadableError):
            return None
        return head

    def read(self) -> Remembered | None:
        """What was known the last time; None when nothing is, or it is not to be read. Blocks."""
        try:
            if self.path.stat().st_size > _LARGEST:
                return None
            line, end, body = self.path.read_bytes().partition(b"\n")
            head, digest = _read_head(line + end)
            if hashlib.sha256(body).hexdigest() != digest:
                return None
            things = [volume_or_snapshot(json.loads(line)) for line in body.splitlines()]
            return Remembered(
                head.at,
                [each for each in things if isinstance(each, Volume)],
                [each for each in things if isinstance(each, Snapshot)],
            )
        except (OSError, ValueError, RecursionError, NotReadableError):
            return None

    def write(self, volumes: Sequence[Volume], snapshots: Sequence[Snapshot]) -> None:
        """Remember what there is. That it cannot is no matter: the cloud knows it. Blocks."""
        # a line a thing: one call for all would hold the interpreter, and with it the screen
        body = b"".join(_lines(volumes, snapshots))
        write_whole(self.path, _head(body, len(volumes), len(snapshots)), body)
        self.offer.see(volumes)

    def forget(self) -> None:
        """Remember nothing. Blocks."""
        for path in (self.path, self.offer.path):  # each, whatever becomes of the other
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _head(body: bytes, volumes: int, snapshots: int) -> bytes:
    """The first line of a file."""
    document = {
        "at": iso_time(datetime.now(UTC)),
        "volumes": volumes,
        "snapshots": snapshots,
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    head = json.dumps(document, separators=(",", ":")).encode("ascii")
    return b"%s %s %s\n" % (_FORMAT, hashlib.sha256(head).hexdigest().encode(), head)


def _read_head(line: bytes) -> tuple[RememberedHead, str]:
    """What a file's first line says, and the checksum of all that comes after it.

    Raises:
        NotReadableError: it is none of ours, of another format, or damaged.
        ValueError: likewise.
    """
    start, head = line[: len(_FORMAT) + 66], line[len(_FORMAT) + 66 : -1]
    checksum = hashlib.sha256(head).hexdigest().encode()
    if start != b"%s %s " % (_FORMAT, checksum) or not line.endswith(b"\n"):
        raise NotReadableError
    document = json.loads(head)
    if not isinstance(document, dict):
        raise NotReadableError
    said = RememberedHead(
        moment(document.get("at")),
        number(document.get("volumes")),
        number(document.get("snapshots")),
    )
    return said, str(document.get("sha256"))


def _lines(*things: Iterable[Volume | Snapshot]) -> Iterable[bytes]:
    for several in things:
        for each in several:
            yield f"{json.dumps(stored(each), separators=(',', ':'))}\n".encode("ascii")
