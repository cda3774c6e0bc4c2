"""What the kernel says about mounts, swap and block devices: pure readings of /proc and /sys."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path
from struct import unpack_from
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SYS_BLOCK = Path("/sys/block")
_SYS_DEVICES = Path("/sys/dev/block")
_OCTAL = re.compile(r"\\([0-7]{3})")
_LOOP_GET_STATUS64 = 0x4C05
_LOOP_INFO64_SIZE = 232

NETWORK_FILE_SYSTEMS = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "coda", "glusterfs", "gfs2", "lustre"}
    | {"ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs"}
)


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of a mountinfo file."""

    device: int
    """Number of the device as `st_dev` of what is in it."""
    root: str
    point: str
    file_system: str
    source: str

    @property
    def remote(self) -> bool:
        """Whether a dead server could make a look into it hang."""
        return self.file_system in NETWORK_FILE_SYSTEMS or self.file_system.startswith("fuse")


def read_mounts(process: int | str = "self") -> list[Mount]:
    """The mounts that a process sees; empty when it is gone or may not be asked."""
    try:
        text = os.fsdecode(Path(f"/proc/{process}/mountinfo").read_bytes())
    except OSError:
        return []
    return [mount for line in text.splitlines() if (mount := _parse_mount(line))]


def _parse_mount(line: str) -> Mount | None:
    before, separator, after = line.partition(" - ")
    fields, tail = before.split(" "), after.split(" ")
    if not separator or len(fields) < 5 or len(tail) < 2:
        return None
    major, _, minor = fields[2].partition(":")
    return Mount(
        device=os.makedev(int(major), int(minor)),
        root=unescape(fields[3]),
        point=unescape(fields[4]),
        file_system=tail[0],
        source=unescape(tail[1]),
    )


def unescape(text: str) -> str:
    r"""Undo the kernel's `\040` for blanks and the like."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text) if "\\" in text else text


def read_swaps() -> list[str]:
    """The files and devices that are swapped to."""
    try:
        lines = os.fsdecode(Path("/proc/swaps").read_bytes()).splitlines()[1:]
    except OSError:
        return []
    return [unescape(line.split()[0]) for line in lines if line.strip()]


def device_directory(device: int) -> Path:
    """The sysfs directory of a block device."""
    return _SYS_DEVICES / f"{os.major(device)}:{os.minor(device)}"


def device_number(directory: Path) -> int | None:
    """The number of the block device that a sysfs directory stands for."""
    try:
        major, _, minor = (directory / "dev").read_text().strip().partition(":")
        return os.makedev(int(major), int(minor))
    except (OSError, ValueError):
        return None


def device_path(device: int) -> str:
    """The path people know a block device by: `/dev/sdb1`, `/dev/mapper/vg-home`."""
    directory = device_directory(device)
    try:
        return f"/dev/mapper/{(directory / 'dm/name').read_text().strip()}"
    except OSError:
        pass
    try:
        # sysfs writes an exclamation mark where the name has a slash (cciss!c0d0)
        return f"/dev/{directory.resolve(strict=True).name.replace('!', '/')}"
    except OSError:
        return f"device {os.major(device)}:{os.minor(device)}"


def partitions(device: int) -> Iterator[int]:
    """The partitions of a disk."""
    for directory in device_directory(device).glob("*/partition"):
        number = device_number(directory.parent)
        if number is not None:
            yield number


def disk_of(device: int) -> int | None:
    """The disk that a partition is part of; None when the device is no partition."""
    directory = device_directory(device)
    if not (directory / "partition").exists():
        return None
    return device_number(directory.resolve().parent)


def holders(device: int) -> Iterator[int]:
    """The device-mapper and RAID devices built on a device."""
    try:
        names = os.listdir(device_directory(device) / "holders")
    except OSError:
        return
    for name in names:
        number = device_number(SYS_BLOCK / name)
        if number is not None:
            yield number


def btrfs_groups() -> list[set[int]]:
    """The devices of each mounted btrfs that has several: a mount names only one of them."""
    groups = []
    for directory in Path("/sys/fs/btrfs").glob("*/devices"):
        numbers = {device_number(entry) for entry in directory.iterdir()} - {None}
        if len(numbers) > 1:
            groups.append({number for number in numbers if number is not None})
    return groups


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop device and the file or device behind it (`inode` 0 when that is a device)."""

    device: int
    path: str
    backing_device: int
    backing_inode: int


def read_loops() -> list[Loop]:
    """The loop devices that something is behind."""
    found = []
    for directory in SYS_BLOCK.glob("loop*/loop"):
        name = directory.parent.name
        number = device_number(directory.parent)
        if number is None:
            continue
        path = f"/dev/{name}"
        backing = _backing_by_ioctl(path) or _backing_by_path(directory)
        if backing:
            found.append(Loop(number, path, *backing))
    return found


def _backing_by_ioctl(path: str) -> tuple[int, int] | None:
    """What the driver says; it holds for files that were renamed or replaced since, too."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        info = ioctl(descriptor, _LOOP_GET_STATUS64, bytes(_LOOP_INFO64_SIZE))
    except OSError:
        return None
    finally:
        os.close(descriptor)
    device, inode, backing_device = unpack_from("=QQQ", info)
    return (int(backing_device), 0) if backing_device else (int(device), int(inode))


def _backing_by_path(directory: Path) -> tuple[int, int] | None:
    """What sysfs says, for those who may not open the device."""
    try:
        backing = os.fsdecode((directory / "backing_file").read_bytes()).rstrip("\n")
        return identity(Path(backing).stat())
    except (OSError, ValueError):
        return None


def identity(status: os.stat_result) -> tuple[int, int]:
    """What a file or block device is known by: (device, inode), for a device (its number, 0)."""
    if stat.S_ISBLK(status.st_mode):
        return status.st_rdev, 0
    return status.st_dev, status.st_ino
