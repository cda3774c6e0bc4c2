"""What a cloud offered the last time, on disk beside its inventory: its zones and volume types.

A file of its own, for Tab: who presses it for a zone must not wait until thousands of volumes are
read, and a cloud that was asked for its zones only has not been listed. So the zones and types that
its volumes have are in it, too. What does not read as it should is as if it were not there.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from snaptui.clouds.remote.kept import write_whole
from snaptui.clouds.remote.stored import (
    NotReadableError,
    moment,
    plain,
    texts,
    volume_type,
    zone,
)
from snaptui.units import iso_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from snaptui.models import Volume, VolumeType, Zone

_FORMAT = b"snaptui offered 3"
_LARGEST = 4 * 1024 * 1024
GOOD_FOR = timedelta(days=1)
"""After that a cloud is asked again what it offers, unless it is asked for that anyway."""
UNANSWERED_FOR = timedelta(hours=1)
"""After that, if it did not answer."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What a cloud offers.

    Attributes:
        zones: those that it told; None when it never did.
        volume_types: likewise.
        seen_zones: those that its volumes are in, as they were listed the last time.
        seen_types: likewise.
        asked: when it was asked for all that it offers, if it had time to tell; None: never.
        answered: whether it told all, or refused to, then.
    """

    zones: tuple[Zone, ...] | None = None
    volume_types: tuple[VolumeType, ...] | None = None
    seen_zones: tuple[str, ...] = ()
    seen_types: tuple[str, ...] = ()
    asked: datetime | None = None
    answered: bool = False

    @property
    def is_old(self) -> bool:
        """Whether it is time to ask again; also when a clock that was wrong says when it was."""
        if self.asked is None:
            return True
        good_for = GOOD_FOR if self.answered else UNANSWERED_FOR
        return not timedelta(0) <= datetime.now(UTC) - self.asked < good_for


class RememberedOffer:
    """The file of one cloud: the format, a checksum, and all of it as JSON, in one line."""

    def __init__(self, path: Path) -> None:
        """`path` is where it is, or will be."""
        self.path = path
        # what is learned at once is read and written one by one; where another process is in
        # between, one of both is lost until the next time
        self._changing = threading.Lock()

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
            asked, answered = document["asked"], document["answered"]
            if not isinstance(answered, bool):
                return Offered()
            return Offered(
                None if zones is None else tuple(zone(each) for each in zones),
                None if types is None else tuple(volume_type(each) for each in types),
                texts(document["seen_zones"]),
                texts(document["seen_types"]),
                None if asked is None else moment(asked),
                answered,
            )
        except (OSError, ValueError, TypeError, LookupError, RecursionError, NotReadableError):
            return Offered()

    def begin(self) -> bool:
        """Remember that a cloud is being asked for all that it offers. Blocks.

        Returns:
            whether to ask it: not if that was not long ago, nor where it cannot be remembered, for
            then it would be asked every time.
        """
        with self._changing:
            known = self.read()
            if not known.is_old:
                return False
            known = replace(known, asked=datetime.now(UTC), answered=False)
            self._write(known)
            return self.read() == known

    def learn(
        self,
        *,
        zones: Sequence[Zone] | None = None,
        volume_types: Sequence[VolumeType] | None = None,
        answered: bool | None = None,
    ) -> None:
        """Remember what a cloud has told it offers, beside what it told before. Blocks.

        Args:
            zones: its zones, if it told them.
            volume_types: its volume types, if it told them.
            answered: of what was begun: it told both, or refused to; False: it had no time to, and
                is asked again at once.
        """

        def change(known: Offered) -> Offered:
            if zones is not None:
                # how many volumes there are in it, the inventory knows better
                bare = tuple(replace(each, volume_count=None) for each in zones)
                known = replace(known, zones=bare)
            if volume_types is not None:
                known = replace(known, volume_types=tuple(volume_types))
            if answered is None:
                return known
            return replace(known, asked=datetime.now(UTC) if answered else None, answered=answered)

        self._change(change)

    def see(self, volumes: Iterable[Volume]) -> None:
        """Remember the zones and types of all volumes that were listed. Blocks."""
        zones: dict[str, None] = {}
        types: dict[str, None] = {}
        for each in volumes:
            zones[each.zone] = types[each.volume_type] = None
        seen_zones, seen_types = sorted(filter(None, zones)), sorted(filter(None, types))
        self._change(
            lambda known: replace(known, seen_zones=tuple(seen_zones), seen_types=tuple(seen_types))
        )

    def _change(self, change: Callable[[Offered], Offered]) -> None:
        with self._changing:
            before = self.read()
            known = change(before)
            if known != before:
                self._write(known)

    def _write(self, known: Offered) -> None:
        document = {
            "asked": None if known.asked is None else iso_time(known.asked),
            "answered": known.answered,
            "zones": None if known.zones is None else [plain(each) for each in known.zones],
            "volume_types": (
                None if known.volume_types is None else [plain(each) for each in known.volume_types]
            ),
            "seen_zones": known.seen_zones,
            "seen_types": known.seen_types,
        }
        body = json.dumps(document, separators=(",", ":")).encode("ascii")
        write_whole(self.path, _start(body) + body + b"\n")


def _start(body: bytes) -> bytes:
    return b"%s %s " % (_FORMAT, hashlib.sha256(body).hexdigest().encode())
