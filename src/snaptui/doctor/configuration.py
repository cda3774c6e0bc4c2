"""Whether the config file can be understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.config import config_path, read_config
from snaptui.doctor.report import Finding, Level
from snaptui.errors import SnaptuiError

if TYPE_CHECKING:
    from collections.abc import Iterator

_GROUP = "Configuration"


def look_at_configuration() -> Iterator[Finding]:
    """Where the config file is, and whether it is valid."""
    path = config_path()
    if not path.exists():
        yield Finding(_GROUP, "Config file", Level.OK, f"none, so the defaults ({path})")
        return
    try:
        config = read_config()
    except SnaptuiError as error:
        yield Finding(_GROUP, "Config file", Level.FAIL, error.message, error.hint)
        return
    for problem in config.problems:
        yield Finding(
            _GROUP, "Config file", Level.FAIL, problem, "it is left out until it is right"
        )
    if config.problems:
        return
    count = len(config.origins)
    plural = "1 value" if count == 1 else f"{count} values"
    yield Finding(_GROUP, "Config file", Level.OK, f"{path}, valid, sets {plural}")
