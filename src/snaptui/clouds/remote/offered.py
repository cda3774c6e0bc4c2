"""What a cloud offered the last time, on disk beside its inventory: its zones and volume types.

A file of its own, for Tab: who presses it for a zone must not wait until thousands of volumes are
read, and a cloud that was asked for its zones only has not been listed. What does not read as it
should is as if it were not there.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from snaptui.clouds.remote.kept import write_whole
from snaptui.clouds.remote.stored import NotReadableError, plain, volume_type, zone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from snaptui.models import VolumeType, Zone

_FORMAT = b"snaptui offered 1"
_LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Offered:
    """What a cloud offers; None of what it was never asked for."""

    zones: tuple[Zone, ...] | None = None
    volume_types: tuple[VolumeType, ...] | None = None


class RememberedOffer:
    """The file of one cloud: the format, a checksum, and all of it as JSON, in one line."""

    def __init__(self, path: Path) -> None:
        """`path` is where it is, or will be."""
        self.path = path

    def read(self) -> Offered:
        """What was known the last time. Blocks."""
        try:
            with self.path.open("rb") as file:
                line = file.read(_LARGEST)
            start, body = line[: len(_FORMAT) + 66], line[len(_FORMAT) + 66 : -1]
            if start != _start(body) or not line.endswith(b"\n"):
                return Offered()
            document = json.loads(body)
            zones, types = document["zones"], document["volume_types"]
            return Offered(
                None if zones is None else tuple(zone(each) for each in zones),
                None if types is None else tuple(volume_type(each) for each in types),
            )
        except (OSError, ValueError, TypeError, LookupError, RecursionError, NotReadableError):
            return Offered()

    def learn(
        self,
        *,
        zones: Sequence[Zone] | None = None,
        volume_types: Sequence[VolumeType] | None = None,
    ) -> None:
        """Remember what a cloud has told it offers, beside what it told before. Blocks."""
        before = known = self.read()
        if zones is not None:
            # how many volumes there are in it, the inventory knows better
            known = replace(known, zones=tuple(replace(each, volume_count=None) for each in zones))
        if volume_types is not None:
            known = replace(known, volume_types=tuple(volume_types))
        if known == before:
            return
        document = {
            "zones": None if known.zones is None else [plain(each) for each in known.zones],
            "volume_types": (
                None if known.volume_types is None else [plain(each) for each in known.volume_types]
            ),
        }
        body = json.dumps(document, separators=(",", ":")).encode("ascii")
        write_whole(self.path, _start(body) + body + b"\n")


def _start(body: bytes) -> bytes:
    return b"%s %s " % (_FORMAT, hashlib.sha256(body).hexdigest().encode())
