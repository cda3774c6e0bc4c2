"""Registering a raw image or a block device as a volume: what is checked before it is one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.clouds.local.formats import read_ends, refuse_foreign_format
from snaptui.config import user_path
from snaptui.engine.source import VolumeSource
from snaptui.errors import InvalidInputError, SourceError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Inspected:
    """A path that can be a volume."""

    path: Path
    size_bytes: int
    is_device: bool


def inspect(path: str, repository_path: Path) -> Inspected:
    """Look at a path somebody wants to register; links are followed.

    Raises:
        InvalidInputError: it is empty text, or inside the repository.
        SourceError: it is missing, a directory, empty, unreadable, or in another format than raw.
    """
    expanded = user_path(path)
    try:
        resolved = expanded.resolve(strict=True)
    except FileNotFoundError as error:
        dangling = " (a link to nothing)" if os.path.islink(expanded) else ""
        raise SourceError(
            f"{expanded} does not exist{dangling}", "give a raw image file or a block device"
        ) from error
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "links in a circle"
        raise SourceError(f"{expanded} cannot be read ({reason})", "check the path") from error
    if resolved.is_relative_to(repository_path.resolve()):
        raise InvalidInputError(
            f"{resolved} is inside the repository", "the repository's own files are no volumes"
        )
    with VolumeSource(resolved) as source:
        size = source.size()
        if size == 0:
            raise SourceError(f"{resolved} is empty", "a volume has at least one byte")
        descriptor = os.open(resolved, os.O_RDONLY | os.O_CLOEXEC)
        try:
            head, tail = read_ends(descriptor, size)
        except OSError as error:
            raise SourceError(
                f"{resolved} cannot be read ({error.strerror})", "look at the disk (dmesg)"
            ) from error
        finally:
            os.close(descriptor)
        refuse_foreign_format(resolved, head, tail)
        return Inspected(resolved, size, source.is_device)


def name_from(path: Path) -> str:
    """A volume's name by its path: without the ending that says it is an image."""
    return path.stem if path.suffix.lower() in {".img", ".raw", ".bin", ".iso"} else path.name
