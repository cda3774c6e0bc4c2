"""Where things live: the repository and the user's own directories (XDG)."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY_VARIABLE = "SNAPTUI_REPOSITORY"


def default_repository_path() -> Path:
    """`$SNAPTUI_REPOSITORY`, else `snaptui/repository` under the user's XDG data directory."""
    from_environment = os.environ.get(REPOSITORY_VARIABLE)
    if from_environment:
        return Path(from_environment).expanduser()
    import platformdirs

    return platformdirs.user_data_path("snaptui") / "repository"
