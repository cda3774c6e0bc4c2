"""`syncfs(2)`, which the standard library does not have."""

from __future__ import annotations

import ctypes
import os


def sync_file_system(path: str | os.PathLike[str]) -> None:
    """Write out all that the file system holding `path` has in memory, and no other's.

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
