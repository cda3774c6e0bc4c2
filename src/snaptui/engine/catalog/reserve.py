"""The reserve: space set aside so that deleting works on a full disk.

Deleting a snapshot needs a line in the journal before it can free anything. When there is no space
even for that, the reserve is given up; it is made again as soon as the disk has room. Until then
nothing new may be added, or it would use up what the next deletions need.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

from snaptui.engine.catalog import files

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 1 << 20
_ROOM = 4 * SIZE
_CANNOT = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})


class Reserve:
    """The reserve file of a catalog. Use it with the catalog locked."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / files.RESERVE

    @property
    def there(self) -> bool:
        """Whether it is there."""
        return os.access(self._path, os.F_OK)

    def give_up(self) -> bool:
        """Free its space; False when it was gone already."""
        there = self.there
        files.remove_file(self._path)
        return there

    def restore(self) -> bool:
        """Make it if it is missing and there is plenty of room; say whether it is there."""
        if self.there:
            return True
        space = os.statvfs(self._directory)
        if space.f_bavail * space.f_frsize < _ROOM:
            return False
        try:
            self.create()
        except OSError:
            return False
        return True

    def create(self) -> None:
        """Make it."""
        descriptor = files.create_file(self._path)
        try:
            try:
                os.posix_fallocate(descriptor, 0, SIZE)
            except OSError as error:
                if error.errno not in _CANNOT:
                    raise
                files.write_all(descriptor, bytes(SIZE))
        except BaseException:
            with contextlib.suppress(OSError):
                files.remove_file(self._path)
            raise
        finally:
            os.close(descriptor)
