"""The quarantine: bytes that are not whole are set aside there, never thrown away."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

from snaptui.engine.catalog import files
from snaptui.engine.ownership import adopt

if TYPE_CHECKING:
    from pathlib import Path


def set_aside(directory: Path, name: str, data: bytes) -> Path:
    """Keep these bytes, durably, under a name that is not taken yet."""
    path = _free_path(directory, name)
    descriptor = files.create_file(path)
    try:
        files.write_all(descriptor, data)
        os.fsync(descriptor)
    except BaseException:
        files.remove_file(path)
        raise
    finally:
        os.close(descriptor)
    files.sync_directory(path.parent)
    return path


def move_aside(path: Path) -> Path:
    """Move a file of the catalog there."""
    target = _free_path(path.parent, path.name)
    path.rename(target)
    files.sync_directory(target.parent)
    files.sync_directory(path.parent)
    return target


def _free_path(directory: Path, name: str) -> Path:
    quarantine = directory / files.QUARANTINE
    if not os.access(quarantine, os.F_OK):
        quarantine.mkdir(files.DIRECTORY_MODE)
        adopt(quarantine)
        files.sync_directory(directory)
    for number in itertools.count(1):
        path = quarantine / f"{name}.{number}"
        if not os.access(path, os.F_OK):
            return path
    raise AssertionError("counting does not end")
