"""What can be set, as plain immutable values with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from pathlib import Path

ThemeName = Literal["snaptui", "light", "high-contrast", "ansi", "terminal"]
THEMES: tuple[ThemeName, ...] = ("snaptui", "light", "high-contrast", "ansi", "terminal")
"""The themes there are; `terminal` is dark, light or ansi, as the terminal is."""

Times = Literal["relative", "exact"]

LOCAL = "local"
"""What the time zone of the machine, and the cloud on it, are called."""
DEFAULT = "default"
"""Where a value comes from that nobody set."""


AWS = "aws"
OPENSTACK = "openstack"
KINDS = (AWS, OPENSTACK)
"""What kinds of remote clouds there are."""

REFRESH_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudConfig:
    """What is set for one cloud.

    Attributes:
        read_only: nothing in it may be changed.
        repository: where the local cloud's snapshots are; None is the usual place.
        trash_days: how long deleted snapshots of the local cloud can be taken back.
        kind: what kind of a remote cloud it is; empty for the local one.
        options: what its kind needs to find it: region, profile, the name in `clouds.yaml`.
        refresh: every so many seconds the app lists a remote cloud anew; 0: only when asked to.
    """

    read_only: bool = False
    repository: Path | None = None
    trash_days: int = 7
    kind: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    refresh: float = REFRESH_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All that can be set. It is read once, at the start.

    Attributes:
        theme: the colours of the screen.
        ascii: draw with ASCII only; None: as the locale says.
        mouse: the screen listens to the mouse.
        calm: for slow lines: few colours, no clock, progress at most once a second.
        times: how the screen's lists tell when something was.
        timezone: the name of the zone that times are told in, or `local`.
        restore_state: begin where one was.
        keys: key names by binding id, as Textual's key maps are written.
        clouds: what is set for single clouds, by their names.
        find_clouds: clouds that AWS's and OpenStack's own config name are shown, too.
        origins: where each value comes from that is not the default, by its dotted key.
        problems: mistakes in the file that were left out, a sentence each, with their line.
    """

    theme: ThemeName = "snaptui"
    ascii: bool | None = None
    mouse: bool = True
    calm: bool = False
    times: Times = "relative"
    timezone: str = LOCAL
    restore_state: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    clouds: Mapping[str, CloudConfig] = field(default_factory=dict)
    find_clouds: bool = True
    origins: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def cloud(self, name: str) -> CloudConfig:
        """What is set for a cloud."""
        return self.clouds.get(name, CloudConfig())

    @property
    def local(self) -> CloudConfig:
        """What is set for the local cloud."""
        return self.cloud(LOCAL)

    @property
    def zone(self) -> tzinfo | None:
        """The zone that times are told in; None is the machine's own."""
        if self.timezone == LOCAL:
            return None
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.timezone)

    def origin(self, key: str) -> str:
        """Where the value of a dotted key comes from."""
        return self.origins.get(key, DEFAULT)

    def overridden(self, origin: str, **changes: Any) -> Config:
        """This, with some values from elsewhere."""
        origins = {**self.origins, **dict.fromkeys(changes, origin)}
        return replace(self, **changes, origins=origins)
