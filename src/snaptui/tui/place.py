"""Where one is: a cloud, one of its indexes, a volume, a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PlaceKind(StrEnum):
    """What there is to be at."""

    CLOUD = "cloud"
    VOLUMES = "volumes"
    SNAPSHOTS = "snapshots"
    ACTIVITY = "activity"
    VOLUME = "volume"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the tree, or a page the pane can show."""

    cloud: str
    kind: PlaceKind
    uid: str = ""

    @property
    def parent(self) -> Place | None:
        """One level up."""
        match self.kind:
            case PlaceKind.CLOUD:
                return None
            case PlaceKind.VOLUMES | PlaceKind.SNAPSHOTS | PlaceKind.ACTIVITY:
                return Place(self.cloud, PlaceKind.CLOUD)
            case PlaceKind.VOLUME:
                return Place(self.cloud, PlaceKind.VOLUMES)
            case PlaceKind.SNAPSHOT:
                return Place(self.cloud, PlaceKind.SNAPSHOTS)
