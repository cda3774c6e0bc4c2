"""Which file system a directory is on, because network file systems lock and sync differently."""

from __future__ import annotations

import os
import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = re.compile(r"nfs\d*|cifs|smb3|smbfs|9p|ncpfs|afs|fuse\.sshfs|fuse\.glusterfs")
_OCTAL = re.compile(r"\\([0-7]{3})")


def file_system_of(directory: Path, mounts: Path = _MOUNTS) -> str:
    """The type of the file system, as the kernel calls it; empty when that is not known."""
    path = os.path.realpath(directory)
    best, kind = "", ""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    for line in lines:
        fields, _, rest = line.partition(" - ")
        point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), fields.split()[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        # Later lines are mounted over earlier ones.
        if inside and len(point) >= len(best):
            best, kind = point, rest.split()[0]
    return kind


def network_warning(directory: Path, mounts: Path = _MOUNTS) -> str | None:
    """What to tell a person about the file system of a catalog, if anything."""
    kind = file_system_of(directory, mounts)
    if not _NETWORK.fullmatch(kind):
        return None
    return (
        f"The catalog {directory} is on a network file system ({kind}): locks and durability"
        " depend on its server; use it from one host only"
    )
