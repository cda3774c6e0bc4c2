"""Trying whether remote clouds answer: all at once, each with its reason and how long it took."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.clouds.registry import make_provider
from snaptui.clouds.troubles import trouble_of
from snaptui.errors import SnaptuiError
from snaptui.models import CloudTrouble
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.clouds.registry import KnownCloud

AVAILABLE = "available"
SECONDS = 10.0
"""How long a cloud gets to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedCloud:
    """What came of it.

    Attributes:
        available: it answered, and its credentials are good.
        state: `available`, or what is wrong: `down`, `no-access`, `bad-setup`.
        reason: why it is not, and what to do about it.
        place: account or project, and region, in words, as far as the cloud told.
        seconds: how long it took.
    """

    name: str
    kind: str
    available: bool
    state: str = AVAILABLE
    reason: str = ""
    place: str = ""
    seconds: float = 0.0

    @property
    def words(self) -> str:
        """The state as it is shown."""
        return self.state.replace("-", " ")


async def try_clouds(
    clouds: Sequence[KnownCloud], seconds: float = SECONDS
) -> tuple[TriedCloud, ...]:
    """Connect to all of them at once; a slow one delays no other."""
    return tuple(await asyncio.gather(*(_try(cloud, seconds) for cloud in clouds)))


def _of(name: str, reason: str) -> str:
    """A reason without the cloud's name, beside which it is told."""
    said = safe_text(name)
    for begin in (f"{said}: ", f"{said} cannot "):
        if reason.startswith(begin):
            return reason[len(said) :].lstrip(": ")
    return reason.replace(f": {said} cannot ", ": it cannot ", 1)


async def _try(cloud: KnownCloud, seconds: float) -> TriedCloud:
    began = time.monotonic()
    reason, place, state = "", "", AVAILABLE
    try:
        # its libraries are imported there, which takes a while
        provider = await asyncio.to_thread(make_provider, cloud)
        try:
            async with asyncio.timeout(seconds):
                await provider.connect()
        finally:
            place = provider.place
            with suppress(Exception):  # it has been tried
                await provider.close()
    except TimeoutError:
        state = CloudTrouble.DOWN
        reason = f"no answer within {seconds:g} s: is the network there, and the address right?"
    except SnaptuiError as error:
        reason, state = _of(cloud.name, str(error)), trouble_of(error)
    except Exception as error:  # noqa: BLE001 - one that is broken must not hide the others
        state = trouble_of(error)
        reason = f"snaptui failed: {type(error).__name__}: {safe_text(error, 200)}"
    return TriedCloud(
        name=cloud.name,
        kind=cloud.kind,
        available=not reason,
        state=state,
        reason=reason,
        place=place,
        seconds=time.monotonic() - began,
    )
