"""What this host lets us do."""

from __future__ import annotations

import errno
import grp
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.clouds.wording import FORBIDDEN_TO_ROOT
from snaptui.doctor.report import Finding, Level
from snaptui.identity import current_owner

if TYPE_CHECKING:
    from collections.abc import Iterator

_GROUP = "Host"
_LOOP_CONTROL = Path("/dev/loop-control")


def look_at_host(
    proc: Path = Path("/proc"), loop: Path = _LOOP_CONTROL, dev: Path = Path("/dev")
) -> Iterator[Finding]:
    """Who we are, what of devices and processes we may see, and loop devices."""
    yield _user(proc, dev)
    yield _processes(proc)
    if loop.exists():
        yield Finding(_GROUP, "Loop devices", Level.OK, f"{loop} is there")
    else:
        advice = "images cannot be mounted here; modprobe loop, or a container that may"
        yield Finding(_GROUP, "Loop devices", Level.WARN, f"{loop} is not there", advice)


def _user(proc: Path, dev: Path) -> Finding:
    """Who we are, and which block devices open for us: being root is not enough in a container."""
    name = current_owner()
    is_root = os.geteuid() == 0
    who = name
    if is_root and name != "root":
        who = f"root, for {name}"
    elif not is_root and _in_group("disk"):
        who = f"{name}, in group disk"
    opened, refused = _try_devices(proc, dev)
    count = opened + len(refused)
    if not count:
        return Finding(_GROUP, "User", Level.OK, f"{who}; no block device is here")
    if not refused:
        each = "the block device" if count == 1 else f"all {count} block devices"
        return Finding(_GROUP, "User", Level.OK, f"{who}: {each} can be read")
    if is_root:
        advice = f"{FORBIDDEN_TO_ROOT}; image files work all the same"
    else:
        advice = f"image files of yours work; for devices use sudo, or: usermod -aG disk {name}"
    what = f"{len(refused)} of {count} block devices cannot be read"
    return Finding(_GROUP, "User", Level.WARN, f"{who}: {what} ({refused[0]})", advice)


def _try_devices(proc: Path, dev: Path) -> tuple[int, list[str]]:
    """How many block devices can be opened to read, and which are refused, with the reason."""
    opened, refused = 0, []
    for line in _lines(proc / "partitions"):
        path = dev / line.split()[-1]
        try:
            if not stat.S_ISBLK(path.stat().st_mode):
                continue
            # a drive without a medium must not wait for one
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError as error:
            if error.errno in {errno.EPERM, errno.EACCES}:
                refused.append(f"{path}: {error.strerror}")
        else:
            opened += 1
    return opened, refused


def _lines(path: Path) -> list[str]:
    """The lines of a table of the kernel's, without its head."""
    try:
        return [line for line in path.read_text().splitlines()[1:] if line.strip()]
    except OSError:
        return []


def _in_group(name: str) -> bool:
    try:
        wanted = grp.getgrnam(name).gr_gid
    except KeyError:
        return False
    return wanted in {os.getegid(), *os.getgroups()}


def _processes(proc: Path) -> Finding:
    """Who uses a volume is read from /proc."""
    title = "Processes"
    if not (proc / "self" / "mountinfo").exists():
        advice = "mount /proc; until then nobody can tell whether a volume is in use"
        return Finding(_GROUP, title, Level.FAIL, f"{proc} cannot be read", advice)
    if os.geteuid() == 0:
        return Finding(_GROUP, title, Level.OK, "all can be seen: users of volumes are found")
    hidden = not (proc / "1" / "stat").exists()
    what = "those of others are hidden (hidepid)" if hidden else "open files of others are hidden"
    advice = "a volume that another user's process has open looks free; run as root to see"
    return Finding(_GROUP, title, Level.WARN, what, advice)
