"""Disk images and block devices of this host that could become volumes.

For the screen that has nothing yet to show. It must come at once, so the look into directories is
bounded in depth, in number and in time, and stays away from file systems whose server may be dead.
"""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from snaptui.clouds.local.formats import HEAD_BYTES, foreign_format, read_ends
from snaptui.clouds.local.host import find_users
from snaptui.clouds.local.mounts import (
    SYS_BLOCK,
    device_number,
    device_path,
    identity,
    partitions,
    read_loops,
    read_mounts,
)
from snaptui.clouds.local.presence import device_size
from snaptui.models import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IMAGE_ENDINGS = frozenset({".img", ".raw", ".dd"})
"""`.bin` is left out: far more of those are firmware and installers than disks."""

_SMALLEST = 1024 * 1024
_DEPTH_MAX = 3
_FILES_MAX = 200
_ENTRIES_MAX = 20_000
_SECONDS_MAX = 0.5
_SKIPPED_DIRECTORIES = frozenset({"node_modules", "proc", "sys", "dev", "run", "lost+found"})
NOT_READABLE = "not readable"
# memory, floppies and optical drives are no volumes
_SKIPPED_DEVICES = ("ram", "zram", "fd", "sr", "mtdblock")


def likely_places() -> list[Path]:
    """Where disk images lie, on most hosts."""
    places = [Path.cwd(), Path.home(), Path("/var/lib/libvirt/images"), Path("/var/lib/snaptui")]
    return [*places, Path("/srv")]


def find_candidates(
    exclude: Iterable[str | os.PathLike[str]] = (), places: Iterable[Path] | None = None
) -> list[Candidate]:
    """Raw disk images in likely places, then disks and partitions, each sorted by path.

    Args:
        exclude: files and devices already registered, known by any of their names, and directories
            whose files are not to be offered (repositories and pools).
        places: the directories to look in, `likely_places()` when not given.
    """
    excluded = {each for path in exclude if (each := _identity(path))}
    images = sorted(_images(likely_places() if places is None else places, excluded))
    devices = sorted(_devices(excluded))
    users = find_users([path for path, _, _ in [*images, *devices]])
    found = []
    for kind, group in (("file", images), ("device", devices)):
        for path, size, holds in group:
            use = f"in use: {users[path][0].instance}" if users[path] else ""
            parts = [part for part in (holds, use) if part]
            found.append(
                Candidate(
                    path=path,
                    kind=kind,
                    size_bytes=size,
                    detail=", ".join(parts),
                    readable=not holds.endswith(NOT_READABLE),
                )
            )
    return found


def _identity(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    try:
        return identity(Path(path).stat())
    except (OSError, ValueError):
        return None


def _images(
    places: Iterable[Path], excluded: set[tuple[int, int]]
) -> Iterator[tuple[str, int, str]]:
    """Path, size and content of raw image files."""
    seen = set(excluded)
    remote = {mount.point for mount in read_mounts() if mount.remote}
    queue = deque((os.path.abspath(place), 0) for place in places)
    deadline = time.monotonic() + _SECONDS_MAX
    entries = files = 0
    while queue and entries < _ENTRIES_MAX and files < _FILES_MAX:
        directory, depth = queue.popleft()
        if directory in remote or _was_seen(directory, seen):
            continue
        for entry in _entries(directory):
            entries += 1
            if time.monotonic() > deadline or files >= _FILES_MAX:
                return
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth < _DEPTH_MAX and entry.name not in _SKIPPED_DIRECTORIES:
                    queue.append((entry.path, depth + 1))
            elif PurePath(entry.name).suffix.lower() in IMAGE_ENDINGS:
                image = _image(entry, seen)
                if image:
                    files += 1
                    yield image


def _was_seen(directory: str, seen: set[tuple[int, int]]) -> bool:
    each = _identity(directory)
    if each is None or each in seen:
        return True
    seen.add(each)
    return False


def _entries(directory: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _image(entry: os.DirEntry[str], seen: set[tuple[int, int]]) -> tuple[str, int, str] | None:
    """A regular file of whole sectors that is raw and that we may read."""
    try:
        status = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode) or status.st_size < _SMALLEST or status.st_size % 512:
            return None
        if identity(status) in seen:
            return None
        head, tail = _ends(entry.path, status.st_size)
    except OSError:
        return None
    if foreign_format(head, tail):
        return None
    seen.add(identity(status))
    return entry.path, status.st_size, content(head)


def _ends(path: str, size: int) -> tuple[bytes, bytes]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return read_ends(descriptor, size)
    finally:
        os.close(descriptor)


def _devices(excluded: set[tuple[int, int]]) -> Iterator[tuple[str, int, str]]:
    """Path, size and description of disks, their partitions, mapped and loop devices."""
    backing = {loop.device: (loop.backing_device, loop.backing_inode) for loop in read_loops()}
    for directory in SYS_BLOCK.iterdir():
        disk = device_number(directory)
        if disk is None or directory.name.startswith(_SKIPPED_DEVICES):
            continue
        if directory.name.startswith("loop") and backing.get(disk, (0, 0)) in {(0, 0), *excluded}:
            continue
        if _read(directory / "hidden") == "1":
            continue
        model = _model(directory)
        for device in (disk, *partitions(disk)):
            path = device_path(device)
            size = device_size(device)
            if size < _SMALLEST or (device, 0) in excluded or not Path(path).exists():
                continue
            about = model if device == disk else f"partition of {device_path(disk)}"
            yield path, size, ", ".join(part for part in (about, _device_content(path)) if part)


def _model(directory: Path) -> str:
    words = [_read(directory / f"device/{name}") for name in ("vendor", "model")]
    # virtio disks have a vendor, but only as a number
    return " ".join(word for word in words if word and not word.startswith("0x"))


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _device_content(path: str) -> str:
    try:
        return content(_ends(path, HEAD_BYTES)[0])
    except OSError:
        return NOT_READABLE


_CONTENTS = (
    (0, b"LUKS\xba\xbe", "LUKS"),
    (0, b"XFSB", "XFS"),
    (0, b"hsqs", "squashfs"),
    (3, b"NTFS    ", "NTFS"),
    (82, b"FAT32   ", "FAT32"),
    (512, b"EFI PART", "GPT"),
    (512, b"LABELONE", "LVM"),
    (1024 + 56, b"\x53\xef", "ext4"),
    (1024, b"\x10\x20\xf5\xf2", "F2FS"),
    (510, b"\x55\xaa", "partitioned"),
)


def content(head: bytes) -> str:
    """What a raw volume holds, as far as its first `HEAD_BYTES` tell; empty when they do not."""
    for offset, signature, name in _CONTENTS:
        if head.startswith(signature, offset):
            return name
    return ""
