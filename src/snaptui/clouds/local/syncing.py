"""Writing out what file systems hold in memory, before a volume under them is read."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snaptui.models import Attachment


def sync_mounts(users: Iterable[Attachment]) -> None:
    """Write out what the mounted file systems of a volume hold in memory.

    Then the snapshot has what programs have written so far, and the file system is less likely to
    write in the middle of it.
    """
    for user in users:
        kind, _, point = user.instance.partition(" ")
        if kind == "mount":
            with suppress(OSError):  # unmounted meanwhile, or not for us to open
                sync_file_system(point)


def sync_file_system(path: str | os.PathLike[str]) -> None:
    """Write out all that the file system holding `path` has in memory, and no other's.

    That is `syncfs(2)`, which the standard library does not have.

    Raises:
        OSError: the path cannot be opened, or the disk cannot be written.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(path))
    finally:
        os.close(descriptor)
