"""What says that a directory is a repository, and of which format."""

from __future__ import annotations

import json
import os
from typing import Any
from uuid import uuid4

from snaptui.engine.layout import FORMAT_NAME, FORMAT_VERSION, Layout, fsync_directory
from snaptui.engine.ownership import adopt
from snaptui.engine.records import now
from snaptui.errors import RepositoryError
from snaptui.units import iso_time


def write_header(layout: Layout) -> None:
    """Make a directory a repository: the last step of making one, durable when this returns."""
    header = {
        "format": FORMAT_NAME,
        "version": FORMAT_VERSION,
        "repository_uid": str(uuid4()),
        "created_at": iso_time(now()),
        "digest": "blake3",
        "digest_key": None,
    }
    temporary = layout.header.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        adopt(temporary, file.fileno())
        json.dump(header, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(layout.header)
    fsync_directory(layout.root)
    fsync_directory(layout.root.parent)


def read_header(layout: Layout) -> dict[str, Any]:
    """What the header says.

    Raises:
        RepositoryError: there is none, it cannot be read, or is of a newer format.
    """
    path = layout.root
    try:
        header: Any = json.loads(layout.header.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        what = "is not a snaptui repository" if path.exists() else "does not exist"
        raise RepositoryError(
            f"{path} {what}", "give the path of one with --repository, or add a volume to make one"
        ) from error
    except NotADirectoryError as error:
        raise RepositoryError(f"{path} is not a directory", "a repository is one") from error
    except OSError as error:
        raise RepositoryError(
            f"the repository {path} cannot be read ({error.strerror})",
            "run snaptui as a user who may read it, e.g. with sudo",
        ) from error
    except ValueError as error:
        raise RepositoryError(
            f"{layout.header} is damaged", "every other file may be whole; restore this one"
        ) from error
    if not isinstance(header, dict) or header.get("format") != FORMAT_NAME:
        raise RepositoryError(f"{path} is not a snaptui repository", "its header is another's")
    if not isinstance(header.get("version"), int) or "repository_uid" not in header:
        raise RepositoryError(
            f"{layout.header} is damaged", "every other file may be whole; restore this one"
        )
    if header.get("digest") != "blake3" or header.get("digest_key") is not None:
        raise RepositoryError(
            f"the repository {path} has digests that this snaptui does not know", "update snaptui"
        )
    if header["version"] > FORMAT_VERSION:
        raise RepositoryError(
            f"the repository {path} is of format {header['version']}, this snaptui knows "
            f"{FORMAT_VERSION}",
            "update snaptui",
        )
    return header
