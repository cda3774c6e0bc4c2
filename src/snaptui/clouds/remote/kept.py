"""Files of what clouds had, in the user's cache directory: for the user alone, and whole."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from snaptui.engine.ownership import adopt


def write_whole(path: Path, *parts: bytes) -> None:
    """Put a file in its place. That it cannot is no matter: the cloud knows it. Blocks."""
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        adopt(path.parent)  # what root leaves behind must not lock the caller out
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".inventory-")
        try:
            with os.fdopen(handle, "wb") as file:
                adopt(Path(temporary), file.fileno())
                for part in parts:
                    file.write(part)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
