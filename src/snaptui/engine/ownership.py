"""A repository belongs to one user, also when that user works in it as root.

`sudo snaptui` reads devices that its caller may not read. What it leaves behind in the caller's own
repository must not lock the caller out. Only the caller's: what root keeps in the repository of
somebody else stays root's, for it may be a copy of what that user must not see.
"""

from __future__ import annotations

import os
import pwd
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from snaptui.identity import current_owner

if TYPE_CHECKING:
    from pathlib import Path


def adopt(path: Path, descriptor: int | None = None) -> None:
    """Give what root has just made at `path` to the caller, if its directory is the caller's.

    With the open `descriptor` of it, no link can come in between. What a link that was there before
    leads to is not given away: the caller could have anything of root's by it.

    Raises:
        OSError: the file system cannot.
    """
    if os.geteuid() != 0:
        return
    owner = path.parent.stat()
    made = path.lstat() if descriptor is None else os.fstat(descriptor)
    # on some file systems (NFS) not even what root makes is root's
    if owner.st_uid == 0 or made.st_uid != 0 or not _is_caller(owner.st_uid):
        return
    if _is_by_link(path, made):
        return
    if descriptor is not None:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    else:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _is_by_link(path: Path, made: os.stat_result) -> bool:
    """Whether what was opened at `path` has another name as well, or no name any more."""
    if stat.S_ISREG(made.st_mode) and made.st_nlink != 1:
        return True
    try:
        return not os.path.samestat(path.lstat(), made)
    except FileNotFoundError:
        return True


def warning_for(directory: Path) -> str | None:
    """What root should know before it writes into the repository of somebody else."""
    uid = directory.stat().st_uid
    if os.geteuid() != 0 or uid == 0 or _is_caller(uid):
        return None
    name = str(uid)
    with suppress(KeyError):
        name = pwd.getpwuid(uid).pw_name
    return f"{directory} belongs to {name}, who cannot read what root stores there"


def _is_caller(uid: int) -> bool:
    """Whether root is this user, by way of sudo or doas."""
    try:
        return pwd.getpwuid(uid).pw_name == current_owner()
    except KeyError:
        return False
