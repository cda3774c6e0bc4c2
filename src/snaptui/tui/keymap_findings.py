"""What is wrong with the user's own keys, for the doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.config import read_config
from snaptui.doctor import Finding, Level
from snaptui.errors import SnaptuiError
from snaptui.tui.keymap import key_map

if TYPE_CHECKING:
    from collections.abc import Iterator

_GROUP, _TITLE = "Configuration", "Keys"


def look_at_keys() -> Iterator[Finding]:
    """Ids and keys that do not exist, and keys that two actions want."""
    try:
        wanted = read_config().keys
    except SnaptuiError:
        return  # the look at the config file has told it
    if not wanted:
        return
    mapped = key_map(wanted)
    for problem in mapped.problems:
        advice = "change [keys] in the config file; all there are: snaptui config keys"
        yield Finding(_GROUP, _TITLE, Level.WARN, problem.rstrip("."), advice)
    if not mapped.problems:
        count = len(mapped.changed)
        plural = "1 action has keys" if count == 1 else f"{count} actions have keys"
        yield Finding(_GROUP, _TITLE, Level.OK, f"{plural} of your own")
