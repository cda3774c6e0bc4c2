"""What clouds can and cannot do, in words for people; programs get the capabilities' ids."""

from __future__ import annotations

from snaptui.clouds.base import Capability

FORBIDDEN_TO_ROOT = "a container or a security policy forbids it"
"""Why root cannot read a block device: being root is not enough in a container."""

_IN_WORDS = {
    Capability.ADD_VOLUME: "add existing storage as a volume",
    Capability.CREATE_VOLUME: "create volumes",
    Capability.DELETE_VOLUME: "delete volumes",
    Capability.SNAPSHOT: "take snapshots",
    Capability.CLONE: "clone snapshots",
    Capability.RESTORE: "restore snapshots",
    Capability.DELETE_SNAPSHOT: "delete snapshots",
    Capability.PIN: "pin snapshots",
    Capability.TRASH: "keep deleted snapshots for a while",
    Capability.UNDELETE: "take deleted snapshots back",
    Capability.PURGE: "purge deleted snapshots",
    Capability.DIFF: "compare snapshots",
    Capability.BLOCKS: "show the blocks of a snapshot",
    Capability.CHECK: "verify snapshots",
    Capability.EDIT_SNAPSHOT: "rename snapshots",
    Capability.EDIT_DESCRIPTION: "change a snapshot's description",
    Capability.PUBLIC_SNAPSHOTS: "list public snapshots",
    Capability.QUOTAS: "tell its quotas",
    Capability.SET_VISIBILITY: "share snapshots",
    Capability.ATTACH: "attach volumes to instances",
    Capability.RESIZE: "make volumes larger",
    Capability.RESTORE_TO_FILE: "restore to a file",
    Capability.RESTORE_IN_PLACE: "restore in place",
    Capability.RESTORE_IN_USE: "restore over a volume in use",
    Capability.ORPHAN_SNAPSHOTS: "keep the snapshots of a deleted volume",
    Capability.ALLOW_FUZZY: "take a snapshot of a volume that changes meanwhile",
    Capability.IMPORT: "have its snapshots imported here",
    Capability.EXPORT: "take snapshots that are exported from here",
    Capability.COPY: "copy snapshots to another region",
}


def in_words(capability: Capability) -> str:
    """What it is to do, in words that fit after "cannot"."""
    return _IN_WORDS.get(capability, capability.replace("-", " "))
