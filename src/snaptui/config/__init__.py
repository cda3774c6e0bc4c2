"""What the user has set, and where things of the user's live (XDG)."""

from __future__ import annotations

from snaptui.config.paths import (
    CONFIG_VARIABLE,
    READ_ONLY_VARIABLE,
    REPOSITORY_VARIABLE,
    config_path,
    default_repository_path,
    inventory_path,
    read_only_wanted,
    state_path,
    user_path,
)
from snaptui.config.reading import read_config
from snaptui.config.settings import THEMES, CloudConfig, Config

__all__ = [
    "CONFIG_VARIABLE",
    "READ_ONLY_VARIABLE",
    "REPOSITORY_VARIABLE",
    "THEMES",
    "CloudConfig",
    "Config",
    "config_path",
    "default_repository_path",
    "inventory_path",
    "read_config",
    "read_only_wanted",
    "state_path",
    "user_path",
]
