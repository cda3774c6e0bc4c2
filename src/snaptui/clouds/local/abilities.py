"""What the local cloud can do, and why not."""

from __future__ import annotations

from snaptui.clouds.base import Ability, Capability
from snaptui.clouds.local.unsupported import (
    NO_ATTACHING,
    NO_COPY,
    NO_EXPORT,
    NO_IMPORT,
    NO_PUBLIC,
    NO_QUOTAS,
    NO_RESIZING,
    NO_SHARING,
)

_CANNOT = {
    Capability.SET_VISIBILITY: NO_SHARING,
    Capability.ATTACH: NO_ATTACHING,
    Capability.RESIZE: NO_RESIZING,
    Capability.IMPORT: NO_IMPORT,
    Capability.EXPORT: NO_EXPORT,
    Capability.COPY: NO_COPY,
    Capability.PUBLIC_SNAPSHOTS: NO_PUBLIC,
    Capability.QUOTAS: NO_QUOTAS,
}

_READING = frozenset({Capability.DIFF, Capability.BLOCKS, Capability.CHECK, Capability.TRASH})
"""What changes nothing."""


def ability(capability: Capability, *, read_only: bool) -> Ability:
    """Whether the local cloud can do something, over a repository that may be read-only."""
    if capability in _CANNOT:
        return Ability(possible=False, reason=_CANNOT[capability])
    if read_only and capability not in _READING:
        return Ability(possible=False, reason="the repository is read-only", read_only=True)
    return Ability(possible=True)
