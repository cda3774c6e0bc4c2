"""What the Info tabs and a cloud's page say, as lines for a width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.models import Consistency, Snapshot, SnapshotStatus, Volume
from snaptui.tui import keys
from snaptui.tui.ages import age
from snaptui.tui.glyphs import glyphs
from snaptui.tui.signs import share, snapshot_sign, volume_sign
from snaptui.tui.spans import Line, fit, outside, wrap
from snaptui.tui.tables.volumes import attached_to
from snaptui.tui.titles import no_answer
from snaptui.units import format_size, format_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.clouds.base import Ability
    from snaptui.models import CloudInfo, Usage, Zone
    from snaptui.tui.inventory import CloudState

LABEL = 15
Field = tuple[str, str, str]
"""Label, value, style; an empty label is a blank line."""


def fields(rows: Sequence[Field], width: int) -> list[Line]:
    """Labels on the left, values on the right, long ones on several lines."""
    lines: list[Line] = []
    for label, value, style in rows:
        if not label:
            lines.append([])
            continue
        room = max(8, width - LABEL - 2)
        for number, part in enumerate(wrap(value, room)):
            head = label if number == 0 else ""
            lines.append([(" " + fit(head, LABEL), "muted"), (part, style)])
    return lines


def exact_size(size: int) -> str:
    """A size in binary units and in bytes."""
    return f"{format_size(size)}  ({size:,} bytes)"


def volume_info(state: CloudState, volume: Volume, width: int) -> list[Line]:
    """A volume's Info tab."""
    source = volume.source_snapshot_uid
    parent = state.snapshots.get(source) if source else None
    origin = "-"
    if source:
        origin = f"{outside(parent.name)}  {outside(source)}" if parent else outside(source)
    sign, style = volume_sign(volume)
    rows: list[Field] = [
        ("Name", outside(volume.name), "bright"),
        ("Resource UID", outside(volume.resource_uid), ""),
        ("Status", f"{sign} {volume.status.value}", style),
        *([("", "", ""), ("Problem", outside(volume.reason), "bad")] if volume.reason else []),
        ("Size", exact_size(volume.size_bytes), ""),
        ("Zone", outside(volume.zone), ""),
        ("Attached to", attached_to(volume), ""),
        *([("Path", outside(volume.path, 4096), "")] if volume.path else []),
        *_of_cloud(volume),
        ("Created At", f"{age(volume.created_at)}  {format_time(volume.created_at)}", ""),
        ("Owner", outside(volume.owner), ""),
        ("Cloned from", origin, ""),
        *_of_file(volume),
        ("", "", ""),
        ("Snapshots", str(volume.snapshot_count), "bright"),
        ("Last Age", f"{age(volume.last_snapshot_at)}  {_exact(volume)}", ""),
    ]
    return fields(rows, width)


def _of_file(volume: Volume) -> list[Field]:
    """What there is to say of a volume whose data is in a file or device of this host."""
    if not volume.path:
        return []
    deleted = "made by snaptui: deleted with the volume"
    stays = "registered: stays when the volume is deleted here"
    return [
        ("Block size", format_size(volume.block_size), ""),
        ("Data file", deleted if volume.managed else stays, "muted"),
    ]


def _of_cloud(thing: Volume | Snapshot) -> list[Field]:
    """What only remote clouds tell of a volume or snapshot."""
    rows: list[Field] = []
    if isinstance(thing, Volume):
        if thing.description:
            rows.append(("Description", outside(thing.description, 5000), ""))
        if thing.volume_type:
            rows.append(("Volume type", outside(thing.volume_type), ""))
    elif thing.storage_tier:
        rows.append(("Storage tier", outside(thing.storage_tier), ""))
    if thing.encrypted is not None:
        rows.append(("Encrypted", "yes" if thing.encrypted else "no", ""))
    for number, (key, value) in enumerate(sorted(thing.tags.items())):
        label = " " if number else "Tags"
        rows.append((label, f"{outside(key, 128)}: {outside(value, 256)}", "muted"))
    return rows


def _exact(volume: Volume) -> str:
    return format_time(volume.last_snapshot_at) if volume.last_snapshot_at else ""


def snapshot_info(
    state: CloudState, snapshot: Snapshot, visibility: Ability, width: int
) -> list[Line]:
    """A snapshot's Info tab: every field of the vocabulary."""
    parent_uid = snapshot.parent_uid
    parent = state.snapshots.get(parent_uid) if parent_uid else None
    volume_gone = snapshot.volume_uid not in state.volumes
    sign, style = snapshot_sign(snapshot)
    why = "" if visibility else f"  (cannot be changed on this cloud: {visibility.reason})"
    rows: list[Field] = [
        ("Name", outside(snapshot.name), "bright"),
        ("Description", outside(snapshot.description, 5000) or "-", ""),
        ("Created At", f"{age(snapshot.created_at)}  {format_time(snapshot.created_at)}", ""),
        ("Resource UID", outside(snapshot.resource_uid), ""),
        ("Owner", outside(snapshot.owner), ""),
        ("Visibility", outside(_visibility(snapshot) + why, 5000), ""),
        ("Status", f"{sign} {_state(snapshot)}", style),
        *([("Pinned", _pinned(), "accent")] if snapshot.pinned else []),
        *([("Problem", outside(snapshot.reason), "bad")] if snapshot.reason else []),
        ("", "", ""),
        (
            "Volume",
            f"{outside(snapshot.volume_name)}  {outside(snapshot.volume_uid)}"
            + ("" if not volume_gone else "  (not here)" if snapshot.origin else "  (deleted)"),
            "",
        ),
        ("Volume size", exact_size(snapshot.size_bytes), ""),
        *_of_cloud(snapshot),
        *_of_repository(snapshot, parent),
    ]
    return fields(rows, width)


def _of_repository(snapshot: Snapshot, parent: Snapshot | None) -> list[Field]:
    """What is known of a snapshot whose blocks are in a repository of ours."""
    if snapshot.consistency is None or snapshot.read_method is None:
        return []
    return [
        ("Parent", _parent(parent, snapshot.parent_uid), ""),
        ("Data", format_size(snapshot.data_bytes), ""),
        ("New", f"{format_size(snapshot.new_bytes)}  differs from the parent", ""),
        ("Stored", f"{format_size(snapshot.stored_bytes)}  added to the repository", ""),
        ("Block size", format_size(snapshot.block_size), ""),
        ("Consistency", _CONSISTENCY[snapshot.consistency], ""),
        ("Read", snapshot.read_method.replace("-", " "), ""),
        *_origin(snapshot),
        ("Job", outside(snapshot.job_uid or "-"), "muted"),
    ]


def _origin(snapshot: Snapshot) -> list[Field]:
    """Where one that was imported comes from."""
    if not snapshot.origin:
        return []
    words = (snapshot.origin.get(name, "") for name in ("cloud", "snapshot_uid"))
    return [("Imported from", outside("  ".join(words)), "")]


def _visibility(snapshot: Snapshot) -> str:
    if snapshot.visibility is None:
        return "not known"
    if snapshot.shared_with:
        return f"{snapshot.visibility} with {', '.join(snapshot.shared_with)}"
    return str(snapshot.visibility)


def _state(snapshot: Snapshot) -> str:
    if snapshot.status is SnapshotStatus.PENDING and snapshot.percent is not None:
        return f"{snapshot.status}, {snapshot.percent} %"
    return str(snapshot.status)


def _parent(parent: Snapshot | None, uid: str | None) -> str:
    if uid is None:
        return "none: the first of its volume"
    return f"{outside(parent.name)}  {outside(uid)}" if parent else f"{outside(uid)}  (deleted)"


_CONSISTENCY = {
    Consistency.FROZEN: "frozen: read from a frozen copy, one point in time",
    Consistency.STABLE: "stable: the volume did not change while it was read",
    Consistency.FUZZY: "fuzzy: the volume changed while it was read",
}


def _pinned() -> str:
    return f"yes: it is not deleted until {keys.of('do.pin')} takes the pin off"


def _trash(count: int) -> str:
    if not count:
        return "empty"
    many = "1 snapshot" if count == 1 else f"{count} snapshots"
    return f"{many}: {keys.of('do.trash')} shows it"


_READ_ONLY = "read-only: nothing in it can be changed here"


def _cloud_status(info: CloudInfo | None) -> tuple[str, str]:
    """How a cloud is, and in which style that is told."""
    if info is None:
        return "-", ""
    if not info.available:
        return f"{info.state}: {outside(info.reason, 600)}", "bad"
    if info.silent_seconds:
        return f"being asked: {no_answer(info)}", "warn"
    if not info.opened:
        return f"not opened yet: {keys.of('rows.open')} in the tree opens it", "muted"
    if info.asked or not info.answered:
        return "being asked", "warn"
    return "available", "good"


def _asked_again(info: CloudInfo) -> str:
    if info.silent_seconds:
        return f"being asked again: {no_answer(info)}"
    if info.asked:
        return "being asked again"
    return f"asked again by and by; {keys.of('go.refresh')} asks now"


def _snapshot_count(state: CloudState) -> str:
    if not state.is_counted:
        return "-"
    closed = state.info is not None and not state.info.opened
    return str(state.snapshot_count) if state.complete or closed else glyphs().ellipsis


def _listed(info: CloudInfo) -> str:
    return f"{age(info.as_of)}  {format_time(info.as_of)}" if info.as_of else "-"


def cloud_lines(
    state: CloudState, zones: Sequence[Zone], usage: Usage | None, width: int
) -> list[Line]:
    """A cloud's page: is it there, its zones, what its snapshots cost."""
    info = state.info
    rows: list[Field] = [
        ("Cloud", outside(state.name), "bright"),
        ("Kind", outside(info.kind) if info else "-", ""),
        *([("Place", outside(info.place), "")] if info and info.place else []),
        ("Status", *_cloud_status(info)),
        *([(" ", _asked_again(info), "muted")] if info and not info.available else []),
        *([("Listed", _listed(info), "muted")] if info and info.as_of else []),
        *([("Mode", _READ_ONLY, "warn")] if info and info.read_only else []),
        ("Volumes", str(state.volume_count) if state.is_counted else "-", ""),
        ("Snapshots", _snapshot_count(state), ""),
    ]
    if usage is not None:
        on_disk = usage.pack_bytes + usage.map_bytes + usage.index_bytes
        rows += [
            ("", "", ""),
            ("Repository", outside(usage.path, 4096), ""),
            ("Full copies", f"{format_size(usage.volume_bytes)} would be needed for them", "muted"),
            ("Data", format_size(usage.data_bytes), ""),
            ("On disk", format_size(on_disk), "accent"),
            ("Catalog", format_size(usage.catalog_bytes), ""),
            ("Free", format_size(usage.free_bytes), ""),
            ("Trash", _trash(usage.trashed_count), "" if usage.trashed_count else "muted"),
        ]
    lines = fields(rows, width)
    if zones:
        lines += [[], [(" Zones", "muted")]]
    for zone in zones:
        lines += _zone_lines(zone, width)
    return lines


def _zone_lines(zone: Zone, width: int) -> list[Line]:
    name = (f" {fit(outside(zone.name), LABEL)}", "bright")
    if zone.free_bytes is None or zone.size_bytes is None:
        state = "available" if zone.available else f"unavailable: {outside(zone.reason)}"
        return [[name, (state, "" if zone.available else "bad")]]
    free = format_size(zone.free_bytes)
    used = 1 - zone.free_bytes / zone.size_bytes if zone.size_bytes else 0.0
    return [
        [
            name,
            *share(used, max(6, min(24, width - 46)), "shared" if used < 0.9 else "warn"),
            (f"  {free:>8} free of {format_size(zone.size_bytes):>8}", ""),
        ],
        [(f" {' ' * LABEL}{outside(zone.path, 4096)}", "faint")],
    ]
