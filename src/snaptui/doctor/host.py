"""What this host lets us do."""

from __future__ import annotations

import grp
import os
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.doctor.report import Finding, Level
from snaptui.identity import current_owner

if TYPE_CHECKING:
    from collections.abc import Iterator

_GROUP = "Host"
_LOOP_CONTROL = Path("/dev/loop-control")


def look_at_host(proc: Path = Path("/proc"), loop: Path = _LOOP_CONTROL) -> Iterator[Finding]:
    """Who we are, whether processes can be seen, and loop devices."""
    yield _user()
    yield _processes(proc)
    if loop.exists():
        yield Finding(_GROUP, "Loop devices", Level.OK, f"{loop} is there")
    else:
        advice = "images cannot be mounted here; modprobe loop, or a container that may"
        yield Finding(_GROUP, "Loop devices", Level.WARN, f"{loop} is not there", advice)


def _user() -> Finding:
    name = current_owner()
    if os.geteuid() == 0:
        as_root = "root" if name == "root" else f"root, for {name}"
        return Finding(_GROUP, "User", Level.OK, f"{as_root}: every block device can be read")
    if _in_group("disk"):
        return Finding(
            _GROUP, "User", Level.OK, f"{name}, in group disk: block devices can be read"
        )
    advice = "image files of yours work; for devices use sudo, or: usermod -aG disk " + name
    return Finding(_GROUP, "User", Level.WARN, f"{name}: block devices cannot be read", advice)


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
