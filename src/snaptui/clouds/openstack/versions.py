"""Microversions: what a server speaks, and so what it may be asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from snaptui.clouds.openstack.shapes import Shape
from snaptui.clouds.remote.transport import garbled

if TYPE_CHECKING:
    from snaptui.clouds.remote.transport import Answer

_NUMBER = re.compile(r"v?(\d{1,4})\.(\d{1,4})")


class Microversion(NamedTuple):
    """The version of an API: compares as a version does."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


LOWEST = Microversion(3, 0)
MESSAGES = Microversion(3, 5)
ATTACHMENTS = Microversion(3, 27)
REVERT = Microversion(3, 40)
EXTEND_IN_USE = Microversion(3, 42)
COMPLETE_ATTACHMENT = Microversion(3, 44)
NO_FORCE = Microversion(3, 66)
"""From here on snapshots of attached volumes are taken without being forced."""
KNOWN = Microversion(3, 71)
"""The highest that this was written for: what later ones change cannot be known."""


def read_range(answer: Answer) -> tuple[Microversion, Microversion]:
    """The lowest and the highest microversion of v3, out of a list of versions.

    A version without microversions is told as 3.0 to 3.0.
    """
    body = Shape(answer.json(), answer)
    if "version" in body:
        versions = [body.object("version")]
    else:
        versions = body.objects("versions", needed=True)
    for each in versions:
        if each.text("id").startswith("v3"):
            highest = parse(each.maybe("version")) or LOWEST
            lowest = parse(each.maybe("min_version")) or LOWEST
            return lowest, highest
    raise garbled(answer)


def parse(text: str) -> Microversion | None:
    """A microversion out of `3.70`; None when it is none."""
    match = _NUMBER.fullmatch(text.strip())
    return Microversion(int(match[1]), int(match[2])) if match else None


def chosen(cloud: str, lowest: Microversion, highest: Microversion) -> Microversion:
    """The highest that both sides speak.

    Raises:
        CloudError: there is none.
    """
    from snaptui.errors import CloudError

    if lowest > KNOWN or highest < LOWEST:
        raise CloudError(
            f"{cloud} speaks the block storage API {lowest} to {highest}, snaptui {LOWEST} to "
            f"{KNOWN}",
            "a newer snaptui may speak it",
        )
    return min(highest, KNOWN)
