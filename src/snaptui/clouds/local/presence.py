"""What only the host knows of a volume: is it there and itself, how large, who uses it."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.engine.device import find_device, require_same
from snaptui.engine.operations.locating import expected_identity
from snaptui.errors import SourceError
from snaptui.models import Attachment, Volume, VolumeStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from snaptui.engine import Repository

    Users = Callable[[], Mapping[str, list[Attachment]]]
    """Tells who uses which path."""


def with_host(repository: Repository, volume: Volume, users: Users) -> Volume:
    """A volume as it is on this host now."""
    try:
        status = os.stat(volume.path)
    except OSError as error:
        return _lacking(volume, f"{volume.path}: {error.strerror}")
    except ValueError:  # a zero byte or half a character: a stranger's catalog says so
        return _lacking(volume, f"{volume.path} cannot be a path")
    if reason := _not_itself(repository, volume, status):
        return _lacking(volume, reason)
    size = status.st_size if not status.st_rdev else device_size(status.st_rdev)
    if status.st_rdev and not size:
        return _lacking(volume, f"{volume.path} is detached or empty")
    volume = replace(volume, size_bytes=size or volume.size_bytes)
    of_volume = users().get(volume.path)
    if not of_volume:
        return volume
    return replace(
        volume,
        status=VolumeStatus.ERROR if volume.reason else VolumeStatus.IN_USE,
        attachment=replace(of_volume[0], volume_uid=volume.resource_uid),
    )


def _lacking(volume: Volume, reason: str) -> Volume:
    return replace(volume, status=VolumeStatus.ERROR, reason=reason)


def _not_itself(repository: Repository, volume: Volume, status: os.stat_result) -> str:
    """Why what is at a volume's path is not the volume; empty when it is."""
    expected = expected_identity(repository, volume.resource_uid)
    if stat.S_ISDIR(status.st_mode):
        return f"{volume.path} is a directory"
    try:
        require_same(Path(volume.path), status, expected)
    except SourceError as error:
        found = find_device(expected) if expected else []
        where = f"; it is {found[0]} now, and used as that" if len(found) == 1 else ""
        return f"{error.message}{where}"
    return ""


def device_size(device: int) -> int:
    """A block device's size by sysfs, which needs no right to open it."""
    try:
        path = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/size")
        return int(path.read_text()) * 512
    except (OSError, ValueError):
        return 0
