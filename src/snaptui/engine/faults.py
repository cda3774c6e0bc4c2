"""What the operating system's errors mean to a person."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from snaptui.errors import NoSpaceError, ReadOnlyError, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def told(
    what: str, when_full: str = "nothing was half-made; make room and try again"
) -> Iterator[None]:
    """Turn an `OSError` in the block into an error that says what could not be done, and why.

    Args:
        what: what was being done, for the sentence "cannot …".
        when_full: what a person is told to do when the disk is full.
    """
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpaceError(
                f"cannot {what}: the disk is full{where}",
                when_full,
            ) from error
        if error.errno == errno.EROFS:
            raise ReadOnlyError(
                f"cannot {what}: the file system is read-only{where}", "mount it writable"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM):
            raise RepositoryError(
                f"cannot {what}: not allowed{where}",
                "run snaptui as a user who may, e.g. with sudo",
            ) from error
        if error.errno == errno.ENAMETOOLONG:
            raise RepositoryError(
                f"cannot {what}: the name is too long", "choose a shorter one"
            ) from error
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise RepositoryError(
                f"cannot {what}: there is no such place{where}", "is its disk mounted?"
            ) from error
        if error.errno == errno.EFBIG:
            raise RepositoryError(
                f"cannot {what}: the file system cannot hold so large a file{where}",
                "choose a smaller size, or a zone on another file system",
            ) from error
        raise RepositoryError(
            f"cannot {what}: {error.strerror}{where}", "look at the disk (dmesg, smartctl)"
        ) from error
