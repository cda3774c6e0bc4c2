"""What a place is called: the pane's title line and the header's crumbs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.tui.ages import short_age
from snaptui.tui.namesakes import suffixes
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.spans import outside
from snaptui.tui.tables.volumes import attached_to
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.models import CloudInfo
    from snaptui.tui.inventory import CloudState

VOLUMES = "Volumes"
SNAPSHOTS = "Volume Snapshots"
ACTIVITY = "Activity"


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step on the way down from the cloud; a click goes there."""

    label: str
    place: Place


@dataclass(frozen=True, slots=True)
class Title:
    """The name of what is shown, what else the title line says, and the way down to it.

    Where there is no room for all, the Resource UID gives way first.
    """

    name: str
    facts: str
    crumbs: Sequence[Crumb]
    uid: str = ""


def title_of(place: Place, state: CloudState) -> Title:
    """What to call a place of a cloud."""
    root = Crumb(state.name, Place(state.name, PlaceKind.CLOUD))
    volumes = Crumb(VOLUMES, Place(state.name, PlaceKind.VOLUMES))
    snapshots = Crumb(SNAPSHOTS, Place(state.name, PlaceKind.SNAPSHOTS))
    activity = Crumb(ACTIVITY, Place(state.name, PlaceKind.ACTIVITY))
    lists = {
        PlaceKind.VOLUMES: (volumes, str(len(state.volumes) or "")),
        PlaceKind.SNAPSHOTS: (snapshots, str(len(state.snapshots) or "")),
        PlaceKind.ACTIVITY: (activity, "newest first"),
    }
    if place.kind in lists:
        crumb, facts = lists[place.kind]
        return Title(crumb.label, facts, [root, crumb])
    if volume := state.volumes.get(place.uid):
        used = f"in-use by {attached_to(volume)}" if volume.attachment else volume.status.value
        facts = f"{format_size(volume.size_bytes)}  {used}"
        crumb = Crumb(told_apart(volume.name, volume.resource_uid, state), place)
        uid = outside(volume.resource_uid)
        return Title(outside(volume.name, 40), facts, [root, volumes, crumb], uid)
    if snapshot := state.snapshots.get(place.uid):
        volume_name = told_apart(outside(snapshot.volume_name, 40), snapshot.volume_uid, state)
        facts = f"of {volume_name}"
        of = Place(state.name, PlaceKind.VOLUME, snapshot.volume_uid)
        crumb = Crumb(told_apart(snapshot.volume_name, snapshot.volume_uid, state), of)
        above = [volumes, crumb]
        if snapshot.volume_uid not in state.volumes:
            above = [snapshots]
        crumbs = [root, *above, Crumb(snapshot.name, place)]
        return Title(outside(snapshot.name, 40), facts, crumbs, outside(snapshot.resource_uid))
    if place.kind is PlaceKind.SNAPSHOT and not state.complete:
        return Title(outside(place.uid), "", [root, snapshots, Crumb(place.uid, place)])
    if place.uid:
        index = volumes if place.kind is PlaceKind.VOLUME else snapshots
        left = state.of_volume(place.uid)  # they know what their volume was called
        name = left[0].volume_name if left else place.uid
        uid = outside(place.uid) if left else ""
        return Title(outside(name, 40), "deleted", [root, index, Crumb(name, place)], uid)
    return Title(outside(state.name), "", [root])


def special_about(info: CloudInfo | None) -> str:
    """What one must know of a cloud wherever one is in it; empty when it is as usual."""
    if info is None:
        return ""
    facts = ["read-only"] if info.read_only else []
    if not info.available:
        facts.append(info.state)
    if info.silent_seconds:
        facts.append(no_answer(info))
    elif info.asked:
        facts.append("being asked")
    if info.as_of is not None and not (info.available and info.answered):
        facts.append(f"as of {short_age(info.as_of)}")
    return ", ".join(facts)


def no_answer(info: CloudInfo) -> str:
    """For how long a cloud that is being asked has told nothing."""
    return f"no answer for {info.silent_seconds} s"


def told_apart(name: str, uid: str, state: CloudState) -> str:
    """A volume's name, with the beginning of its uid where others have that name, too."""
    suffix = suffixes(state.volumes).get(uid, "")
    return f"{name} {suffix}" if suffix else name
