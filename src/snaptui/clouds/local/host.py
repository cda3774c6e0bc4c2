"""Who uses a volume on this host: mounts, loop devices, swap, mapped devices, virtual machines.

All volumes are looked up in one pass, since the dear part (every process's open files) costs the
same for one volume as for a thousand.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.clouds.local.mounts import (
    Mount,
    btrfs_groups,
    device_path,
    disk_of,
    holders,
    identity,
    partitions,
    read_loops,
    read_mounts,
    read_swaps,
)
from snaptui.clouds.local.processes import Holder, find_holders
from snaptui.models import Attachment

if TYPE_CHECKING:
    from collections.abc import Iterable

_Identity = tuple[int, int]


def find_users(paths: Iterable[str | os.PathLike[str]]) -> dict[str, list[Attachment]]:
    """Who uses each volume's data, the most telling user first.

    Virtual machines come before mounts, swap, devices built on the volume and other writers. A
    process that only reads is no user, and neither is snaptui itself. What the user who asks may
    not see (other users' open files) is left out.

    Args:
        paths: the volumes' files and devices. Links are followed; what is not there has no users.

    Returns:
        For each path as it was given, its users; their `volume_uid` is empty, for the host does not
        know it.
    """
    volumes: dict[str, _Identity] = {}
    users: dict[str, list[Attachment]] = {}
    for path in paths:
        name = os.fspath(path)
        users[name] = []
        try:
            volumes[name] = identity(os.stat(name))
        except (OSError, ValueError):
            continue
    if volumes:
        survey = _Survey(volumes)
        for name in volumes:
            users[name] = survey.users(name)
    return users


class _Survey:
    """One look at the host, for all volumes asked about."""

    def __init__(self, volumes: dict[str, _Identity]) -> None:
        self.volumes = volumes
        self.loops: dict[_Identity, list[int]] = defaultdict(list)
        for loop in read_loops():
            self.loops[loop.backing_device, loop.backing_inode].append(loop.device)
        self.mounts = _mounts_by_identity()
        self.swaps = _swaps_by_identity()
        self.holders: dict[_Identity, list[Holder]] = defaultdict(list)
        for holder in find_holders(self._targets(), volumes, self._avoid()):
            self.holders[holder.target].append(holder)

    def users(self, name: str) -> list[Attachment]:
        """Who uses one volume."""
        start = self.volumes[name]
        machines: list[Attachment] = []
        writers: list[Attachment] = []
        # who writes to a disk may write to any of its partitions
        disk = disk_of(start[0]) if start[1] == 0 else None
        for each in [start, *self._reach(start), *([] if disk is None else [(disk, 0)])]:
            label = name if each == start else device_path(each[0])
            for holder in self.holders[each]:
                found = machines if holder.is_machine else writers
                found.append(_attachment(holder.instance, label, holder))
        return list(dict.fromkeys([*machines, *self._uses(start, name), *writers]))

    def _uses(self, each: _Identity, label: str) -> list[Attachment]:
        """What the kernel does with a file or device, or with devices made of it."""
        found = [_attachment(f"mount {mount.point}", label) for mount in self.mounts[each]]
        if each in self.swaps:
            found.append(_attachment("swap", label))
        for device in self._above(each):
            path = device_path(device)
            found += self._uses((device, 0), path) or _bare_use(device, path)
        return found

    def _above(self, each: _Identity) -> list[int]:
        """The block devices made directly of a file or device."""
        found = list(self.loops.get(each, ()))
        if each[1] == 0:
            found += [*partitions(each[0]), *holders(each[0])]
        return found

    def _reach(self, start: _Identity) -> list[_Identity]:
        """All block devices through which a volume's data can be reached, nearest first."""
        found: list[_Identity] = []
        open_ends = [start]
        while open_ends:
            above: list[_Identity] = [(device, 0) for device in self._above(open_ends.pop(0))]
            new = [each for each in above if each not in found]
            found += new
            open_ends += new
        return found

    def _targets(self) -> set[_Identity]:
        targets = set(self.volumes.values())
        for start in self.volumes.values():
            targets.update(self._reach(start))
        disks = {disk_of(device) for device, inode in self.volumes.values() if inode == 0}
        targets.update((disk, 0) for disk in disks if disk is not None)
        return targets

    def _avoid(self) -> list[str]:
        """Mount points of remote file systems that none of the volumes is on."""
        ours = {device for device, _ in self.volumes.values()}
        return [
            mount.point
            for mounts in self.mounts.values()
            for mount in mounts
            if mount.remote and mount.device not in ours
        ]


def _bare_use(device: int, path: str) -> list[Attachment]:
    """A device that nothing visible uses: its being there is the use (a partition's is none)."""
    if path.startswith("/dev/loop"):
        what = "loop device"
    elif path.startswith("/dev/mapper/"):
        what = "device-mapper"
    elif path.startswith("/dev/md"):
        what = "RAID"
    else:
        what = "device"
    return [] if disk_of(device) is not None else [_attachment(what, path)]


def _attachment(instance: str, device: str, holder: Holder | None = None) -> Attachment:
    return Attachment(
        volume_uid="", instance=instance, device=device, since=holder.since if holder else None
    )


def _mounts_by_identity() -> dict[_Identity, list[Mount]]:
    """The mounts of each block device or mounted file.

    Mounts seen only from other mount namespaces (containers, services with a private view) count
    for devices that we do not see mounted ourselves.
    """
    found: dict[_Identity, list[Mount]] = defaultdict(list)
    _add_mounts(found, read_mounts())
    mounted = set(found)
    elsewhere: dict[_Identity, list[Mount]] = defaultdict(list)
    for pid in _other_namespaces():
        _add_mounts(elsewhere, read_mounts(pid))
    found.update({each: mounts for each, mounts in elsewhere.items() if each not in mounted})
    for group in btrfs_groups():
        everywhere = [mount for device in group for mount in found[device, 0]]
        for device in group:
            found[device, 0] = list(dict.fromkeys(everywhere))
    return found


def _add_mounts(found: dict[_Identity, list[Mount]], mounts: list[Mount]) -> None:
    for mount in mounts:
        each: _Identity = (mount.device, 0)
        # btrfs numbers its mounts itself, and a file can be mounted as such (erofs): the source
        # tells what is behind them
        if os.major(mount.device) == 0 and mount.source.startswith("/") and not mount.remote:
            try:
                each = identity(Path(mount.source).stat())
            except (OSError, ValueError):
                continue
        if all(mount.point != other.point for other in found[each]):
            found[each].append(mount)


def _other_namespaces() -> list[str]:
    """A process from each mount namespace but our own."""
    found: dict[Path, str] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                found.setdefault(Path(f"/proc/{name}/ns/mnt").readlink(), name)
            except OSError:
                continue
    try:
        found.pop(Path("/proc/self/ns/mnt").readlink(), None)
    except OSError:
        return []
    return list(found.values())


def _swaps_by_identity() -> set[_Identity]:
    found = set()
    for path in read_swaps():
        try:
            found.add(identity(Path(path).stat()))
        except OSError:
            continue
    return found
