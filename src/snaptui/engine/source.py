"""Reading a volume: where its data is, its bytes, and whether it held still meanwhile."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.engine.device import require_same
from snaptui.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLKGETSIZE64 = 0x80081272  # linux/fs.h
_CLOCK_TICK_NS = 50_000_000
"""Longer than the coarsest time stamp a file system of ours gives (a jiffy, 10 ms)."""

_SETTLING = 4
"""How often a file may move while its fingerprint is taken before it counts as restless."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A run of bytes `[start, end)` of a volume; a hole reads as zeros and need not be read."""

    start: int
    end: int
    hole: bool


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells that a volume was written to: equal before and after means it was not.

    `identity` is the file or device; `state` moves with every write. `certain` is False where the
    host keeps no such record, and then equality does not suffice. `wider` moves with every write to
    the disk that a partition is on, which may go past the partition's own record.
    """

    identity: tuple[int, ...]
    size_bytes: int
    state: tuple[int, ...]
    certain: bool = True
    wider: tuple[int, ...] = ()


class VolumeSource:
    """A raw image file or block device, open for reading.

    Raises:
        SourceError: from any method, when the volume is missing, unreadable or gone.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        try:
            # O_NONBLOCK: opening a FIFO must not wait for a writer (it is refused below)
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise _source_error(self.path, error) from error
        mode = os.fstat(self._descriptor).st_mode
        if stat.S_ISDIR(mode) or not (stat.S_ISREG(mode) or stat.S_ISBLK(mode)):
            self.close()
            kind = "a directory" if stat.S_ISDIR(mode) else "neither a file nor a block device"
            raise SourceError(f"{self.path} is {kind}", "give a raw image file or a block device")
        self.is_device = stat.S_ISBLK(mode)
        self._holes = not self.is_device  # block devices answer SEEK_HOLE with EINVAL
        self._stamps_are_trusted = self.is_device or has_trusted_stamps(self._descriptor)
        os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)

    @property
    def knows_holes(self) -> bool:
        """Whether `extents` can leave out holes."""
        return self._holes

    def size(self) -> int:
        """The volume's size in bytes, now."""
        try:
            if self.is_device:
                answer = fcntl.ioctl(self._descriptor, _BLKGETSIZE64, bytes(8))
                return int(struct.unpack("Q", answer)[0])
            return os.fstat(self._descriptor).st_size
        except OSError as error:
            raise _source_error(self.path, error) from error

    def fingerprint(self) -> Fingerprint:
        """What tells later, by `moved_since`, whether the volume was written to from now on.

        A store to a page that is dirty in somebody's memory map moves no time stamp; the first one
        after the page was written out does. So everything is written out first, and the time stamp
        has to be the same before and after, and older than a tick of the clock: then no store can
        have slipped in between, and the next one will show. A file that does not hold still even
        for that gets a fingerprint that nothing equals.
        """
        if self.is_device:
            self._write_out()
            return self._device_fingerprint()
        for _ in range(_SETTLING):
            before = self._file_fingerprint()
            if 0 <= time.time_ns() - max(before.state) < _CLOCK_TICK_NS:
                time.sleep(_CLOCK_TICK_NS / 1e9)
                before = self._file_fingerprint()
            self._write_out()
            old = not 0 <= time.time_ns() - max(before.state) < _CLOCK_TICK_NS
            if old and self._file_fingerprint() == before:
                return before
        return Fingerprint(before.identity, before.size_bytes, (time.monotonic_ns(),))

    def moved_since(self, before: Fingerprint) -> bool:
        """Whether the volume was seen to be written to since a fingerprint was taken."""
        if self.is_device:
            self._write_out()  # what somebody wrote to the device's pages is counted only now
            now = self._device_fingerprint()
        else:
            now = self._file_fingerprint()
        return (now.identity, now.size_bytes, now.state) != (
            before.identity,
            before.size_bytes,
            before.state,
        )

    def is_doubtful(self, before: Fingerprint) -> bool:
        """Whether `moved_since` may have missed a write: then only reading again can tell."""
        if not self.is_device:
            return not before.certain
        return not before.certain or self._device_fingerprint().wider != before.wider

    def _write_out(self) -> None:
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            # a file system that is mounted read-only cannot sync, nor be written to
            if error.errno not in (errno.EROFS, errno.EINVAL):
                raise _source_error(self.path, error) from error

    def _file_fingerprint(self) -> Fingerprint:
        status = os.fstat(self._descriptor)
        return Fingerprint(
            (status.st_dev, status.st_ino),
            status.st_size,
            (status.st_mtime_ns, status.st_ctime_ns),
            certain=self._stamps_are_trusted,
        )

    def _device_fingerprint(self) -> Fingerprint:
        device = os.fstat(self._descriptor).st_rdev
        folder = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
        try:
            fields = [int(word) for word in (folder / "stat").read_text().split()]
            # sectors written and sectors discarded (Documentation/block/stat.rst); not the number
            # of writes, for a flush, such as the one above, counts as one
            written = (fields[6], *fields[13:14])
            disk = folder if (folder / "queue").exists() else folder.resolve().parent
            counted = (disk / "queue" / "iostats").read_text().strip() != "0"
            wider: tuple[int, ...] = ()
            if disk != folder:
                whole = [int(word) for word in (disk / "stat").read_text().split()]
                wider = (whole[6], *whole[13:14])
            sequence = disk / "diskseq"
            generation = int(sequence.read_text()) if sequence.exists() else 0
        except (OSError, ValueError, IndexError):
            return Fingerprint((device,), self.size(), (), certain=False)
        return Fingerprint((device, generation), self.size(), written, certain=counted, wider=wider)

    def require_identity(self, expected: str | None) -> None:
        """Raise `SourceError` unless this is the device that was registered (None: a file)."""
        require_same(self.path, os.fstat(self._descriptor), expected)

    def still_there(self) -> bool:
        """Whether the path still leads to what was opened."""
        try:
            now, then = self.path.stat(), os.fstat(self._descriptor)
        except OSError:
            return False
        if self.is_device:
            return now.st_rdev == then.st_rdev
        return (now.st_dev, now.st_ino) == (then.st_dev, then.st_ino)

    def extents(self, size: int) -> Iterator[Extent]:
        """Data and holes of the first `size` bytes, ascending, without gaps."""
        position = 0
        while position < size:
            if not self._holes:
                yield Extent(position, size, hole=False)
                return
            try:
                data = os.lseek(self._descriptor, position, os.SEEK_DATA)
                end = os.lseek(self._descriptor, data, os.SEEK_HOLE)
            except OSError as error:
                if error.errno == errno.ENXIO:  # no data from here on
                    yield Extent(position, size, hole=True)
                    return
                if error.errno == errno.EINVAL:  # a file system without SEEK_DATA
                    self._holes = False
                    continue
                raise _source_error(self.path, error) from error
            if data > position:
                yield Extent(position, min(data, size), hole=True)
            if data < size:
                yield Extent(data, min(end, size), hole=False)
            position = end

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Fill `buffer` from `offset` on; returns fewer bytes only at the end of the volume."""
        done = 0
        while done < len(buffer):
            try:
                count = os.preadv(self._descriptor, [buffer[done:]], offset + done)
            except OSError as error:
                raise SourceError(
                    f"{self.path} cannot be read at byte {offset + done} ({error.strerror})",
                    "look at the disk (dmesg, smartctl); no snapshot was made",
                ) from error
            if count == 0:
                break
            done += count
        return done

    def close(self) -> None:
        """Close the volume; harmless to repeat."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> VolumeSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# Where a store through a memory map moves no time stamp (memory file systems), or where other hosts
# or a program of its own keep the stamps (network file systems, FUSE).
_UNTRUSTED = {"tmpfs", "ramfs", "9p", "cifs", "smb3", "ceph", "afs"}


def has_trusted_stamps(descriptor: int) -> bool:
    """Whether the time stamps of an open file tell of every write to it."""
    device = os.fstat(descriptor).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    for line in lines.splitlines():
        fields, _, rest = line.partition(" - ")
        if fields.split()[2] == wanted:
            kind = rest.split()[0]
            return kind not in _UNTRUSTED and not kind.startswith(("fuse", "nfs"))
    return True  # btrfs and overlayfs give files other device numbers than their mounts


def _source_error(path: Path, error: OSError) -> SourceError:
    hints = {
        errno.ENOENT: "is it mounted, renamed or deleted?",
        errno.EACCES: "run snaptui as a user who may read it, e.g. with sudo",
        errno.EPERM: "run snaptui as a user who may read it, e.g. with sudo",
        errno.EISDIR: "give a raw image file or a block device",
        errno.ENXIO: "the device is not there any more",
        errno.ENOMEDIUM: "the device has no medium",
    }
    number = error.errno or 0
    what = "does not exist" if number == errno.ENOENT else f"cannot be read ({error.strerror})"
    return SourceError(f"{path} {what}", hints.get(number, "look at the disk (dmesg, smartctl)"))
