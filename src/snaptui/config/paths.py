"""Where the repository, the config file and the state are."""

from __future__ import annotations

import os
from pathlib import Path

from snaptui.errors import InvalidInputError
from snaptui.text import safe_text

REPOSITORY_VARIABLE = "SNAPTUI_REPOSITORY"
READ_ONLY_VARIABLE = "SNAPTUI_READ_ONLY"
CONFIG_VARIABLE = "SNAPTUI_CONFIG"


def default_repository_path() -> Path:
    """`$SNAPTUI_REPOSITORY`, else `snaptui/repository` under the user's XDG data directory."""
    from_environment = os.environ.get(REPOSITORY_VARIABLE)
    if from_environment:
        return user_path(from_environment)
    import platformdirs

    return platformdirs.user_data_path("snaptui") / "repository"


def read_only_wanted() -> bool:
    """Whether `$SNAPTUI_READ_ONLY` forbids to change anything; any word but a no does."""
    said = os.environ.get(READ_ONLY_VARIABLE, "").strip().lower()
    return said not in {"", "0", "no", "off", "false"}


def config_path() -> Path:
    """`$SNAPTUI_CONFIG`, else `snaptui/config.toml` under the user's XDG config directory."""
    from_environment = os.environ.get(CONFIG_VARIABLE)
    if from_environment:
        return user_path(from_environment)
    import platformdirs

    return platformdirs.user_config_path("snaptui") / "config.toml"


def state_path() -> Path:
    """`snaptui/state.json` under the user's XDG state directory."""
    import platformdirs

    return platformdirs.user_state_path("snaptui") / "state.json"


def inventory_path() -> Path:
    """Where remote clouds' last inventories are: `snaptui/clouds` under the XDG cache directory."""
    import platformdirs

    return platformdirs.user_cache_path("snaptui") / "clouds"


def user_path(text: str) -> Path:
    """A path that a person typed, `~` understood.

    Raises:
        InvalidInputError: it is empty or cannot be a path, or `~name` is nobody.
    """
    if not text or "\0" in text:
        raise InvalidInputError("the path is empty or has a zero byte", "give a path")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise InvalidInputError(
            f"{safe_text(text, 80)!r} begins with the home directory of nobody",
            "write the whole path",
        ) from error
