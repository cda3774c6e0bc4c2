"""Whether the file systems of the zones can share blocks between files (FICLONE)."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack
from fcntl import ioctl
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.doctor.report import Finding, Level
from snaptui.engine.catalog.mounts import file_system_of
from snaptui.engine.layout import Layout
from snaptui.errors import SnaptuiError

if TYPE_CHECKING:
    from collections.abc import Iterator

_GROUP, _TITLE = "Host", "Reflinks"
_FICLONE = 0x40049409
_MAYBE = frozenset({"btrfs", "xfs", "bcachefs", "ocfs2"})
_CANNOT = frozenset({errno.EOPNOTSUPP, errno.ENOTTY, errno.EINVAL, errno.ENOSYS, errno.EXDEV})


def look_at_reflinks(repository: Path, *, read_only: bool) -> Iterator[Finding]:
    """What copies cost in each zone. Only the repository's own staging directory is written to."""
    layout = Layout(repository.absolute())
    if not layout.header.exists():
        return
    probed = _probe(layout.staging) if not read_only else None
    device = _device(layout.staging)
    for name, path in _zones(repository).items():
        kind = file_system_of(path) or "unknown file system"
        where = f"zone {name} ({kind})"
        if _device(path) is None:
            yield Finding(_GROUP, _TITLE, Level.WARN, f"{where}: {path} is not there", "mount it")
            continue
        can = probed if _device(path) == device else (None if kind in _MAYBE else False)
        if can is None:
            text = f"{where}: not tried, since nothing is written there"
            yield Finding(_GROUP, _TITLE, Level.OK, text)
        elif can:
            yield Finding(_GROUP, _TITLE, Level.OK, f"{where}: yes")
        else:
            yield Finding(_GROUP, _TITLE, Level.OK, f"{where}: no, so copies are whole copies")


def _zones(repository: Path) -> dict[str, Path]:
    from snaptui.engine import Repository

    paths = {"default": Layout(repository.absolute()).volumes}
    try:
        with Repository.open(repository, read_only=True) as opened:
            rows = opened.catalog.rows("zones")
            paths.update((name, Path(str(row["path"]))) for name, row in sorted(rows.items()))
    except SnaptuiError:
        pass  # the look at the repository has told it
    return paths


def _device(path: Path) -> int | None:
    try:
        return path.stat().st_dev
    except OSError:
        return None


def _probe(directory: Path) -> bool | None:
    """Clone one nameless file into another, which leaves nothing behind; None: not possible."""
    flags = os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC
    with ExitStack() as stack:
        try:
            source = os.open(directory, flags, 0o600)
            stack.callback(os.close, source)
            target = os.open(directory, flags, 0o600)
            stack.callback(os.close, target)
            os.write(source, bytes(4096))
        except OSError:  # read-only, full, or without nameless files
            return None
        try:
            ioctl(target, _FICLONE, source)
        except OSError as error:
            return False if error.errno in _CANNOT else None
    return True
