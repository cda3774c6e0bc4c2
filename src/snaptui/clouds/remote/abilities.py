"""What remote clouds can do, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.clouds.base import Ability, Capability

if TYPE_CHECKING:
    from collections.abc import Mapping

_NONE_HAS: Mapping[Capability, str] = {
    Capability.ADD_VOLUME: "all volumes of a remote cloud are listed already",
    Capability.PIN: "a remote cloud knows no pins",
    Capability.TRASH: "a remote cloud has no trash here: what is deleted in it is gone",
    Capability.UNDELETE: "a remote cloud has no trash here: what is deleted in it is gone",
    Capability.PURGE: "a remote cloud has no trash here: what is deleted in it is gone",
    Capability.CHECK: "a remote cloud checks its own storage",
    Capability.RESTORE_TO_FILE: "a remote cloud does not write to files of this host",
    Capability.RESTORE_IN_USE: "a remote cloud restores no volume that is in use",
    Capability.ALLOW_FUZZY: "a remote cloud takes a snapshot of one point in time",
}
"""What `RemoteCloud` does for no provider."""

READING = frozenset(
    {
        Capability.DIFF,
        Capability.BLOCKS,
        Capability.ORPHAN_SNAPSHOTS,
        Capability.IMPORT,
        Capability.PUBLIC_SNAPSHOTS,
        Capability.QUOTAS,
    }
)
"""What changes nothing."""

READ_ONLY = "read-only"


def ability(
    cannot: Mapping[Capability, str], capability: Capability, *, read_only: bool
) -> Ability:
    """Whether a remote cloud can do something.

    Args:
        cannot: what its provider says it cannot, and why.
        capability: what is asked about.
        read_only: nothing in it may be changed.
    """
    for reasons in (_NONE_HAS, cannot):
        if capability in reasons:
            return Ability(False, reasons[capability])
    if capability is Capability.RESTORE:
        # nothing else is left of it
        return ability(cannot, Capability.RESTORE_IN_PLACE, read_only=read_only)
    if read_only and capability not in READING:
        return Ability(False, "this cloud is read-only here", read_only=True)
    return Ability(True)
