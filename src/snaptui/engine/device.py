"""Which device it is: kernel names are given anew at every boot, in whatever order disks appear.

A volume on a block device keeps an identity beside its path. Before such a volume is read or
written the two are held against each other, for `/dev/sdb` may be somebody else's disk today.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from snaptui.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

# Where the kernel tells what a device is, below its directory under /sys/dev/block, most telling
# first (Documentation/ABI/testing/sysfs-block, sysfs-block-dm, sysfs-block-loop).
_TELLING = (
    ("dm-uuid", "dm/uuid"),
    ("dm-name", "dm/name"),
    ("md-uuid", "md/uuid"),
    ("loop", "loop/backing_file"),
    ("wwid", "wwid"),
    ("wwid", "device/wwid"),
    ("serial", "serial"),
    ("serial", "device/serial"),
)


def identity_of(status: os.stat_result, sysfs: str = "/sys") -> str | None:
    """What the device at hand is, whatever its name: `wwid naa.5000…`, `dm-uuid LVM-…`.

    Args:
        status: of the device, best by its open descriptor.
        sysfs: where sysfs is mounted.

    Returns:
        None for what is no block device; an empty string where the host cannot tell (a virtual disk
        without a serial number).
    """
    if not stat.S_ISBLK(status.st_mode):
        return None
    number = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    return _identity_in(f"{sysfs}/dev/block/{number}")


def _identity_in(directory: str) -> str:
    partition = _word(f"{directory}/partition")
    if partition:
        disk = _identity_in(os.path.dirname(os.path.realpath(directory)))  # noqa: PTH120 - of sysfs
        start = _word(f"{directory}/start")
        return f"{disk}, partition {partition} at sector {start}" if disk else ""
    for kind, name in _TELLING:
        if word := _word(f"{directory}/{name}"):
            # several loop devices may each show a piece of one image (losetup --offset)
            offset = _word(f"{directory}/loop/offset") if kind == "loop" else ""
            return f"{kind} {word}" + (f" from byte {offset}" if offset not in {"", "0"} else "")
    return ""


def _word(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def find_device(identity: str, sysfs: str = "/sys") -> list[str]:
    """The paths of the devices that have this identity; several for a disk with several paths."""
    try:
        names = sorted(os.listdir(f"{sysfs}/class/block"))
    except OSError:
        return []
    return [
        f"/dev/{name.replace('!', '/')}"
        for name in names
        if _identity_in(f"{sysfs}/class/block/{name}") == identity
        # each path of an NVMe disk is a device of its own beside the disk, which nobody can open
        and _word(f"{sysfs}/class/block/{name}/hidden") != "1"
    ]


def require_same(path: Path, status: os.stat_result, expected: str | None) -> None:
    """Raise `SourceError` unless what is open at `path` is what it was when it was registered.

    An `expected` of None is a file; an empty string a device that nobody can tell from others.
    """
    now = identity_of(status)
    if (now is None) != (expected is None):
        was, is_now = ("file", "block device") if expected is None else ("block device", "file")
        raise SourceError(
            f"{path} is a {is_now} now and was a {was} when it was registered",
            "nothing was read or written; register it anew if that is meant",
        )
    if expected and now != expected:
        raise SourceError(
            f"{path} is another device now ({now or 'unknown'}) than the one that was registered "
            f"({expected})",
            "nothing was read or written; attach that device again",
        )
