"""Saying what changed, so that nobody reads 100 000 snapshots because one was added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.engine.records import VisibleParents, snapshot_from
from snaptui.models import Changes

if TYPE_CHECKING:
    from snaptui.engine.catalog import Catalog
    from snaptui.engine.opened import OpenRepository

_BESIDE = frozenset({"clouds", "events", "jobs", "leases", "retained_maps", "segments", "zones"})
"""Tables that no volume and no snapshot is made of."""


def changes_since(repository: OpenRepository, sequence: int) -> Changes | None:
    """See `Repository.changes_since`."""
    catalog = repository.catalog
    with catalog.pinned():
        touched = catalog.touched_since(sequence)
        if touched is None:
            return None
        volumes: set[str] = set()
        snapshots: set[str] = set()
        for table, uid, before in touched:
            if table == "volumes":
                volumes.add(uid)
            elif table in {"snapshots", "trash"}:
                snapshots.add(uid)
                if before is not None:
                    volumes.add(before["volume_uid"])
            elif table not in _BESIDE:
                return None
        snapshots |= _children(catalog, {uid for table, uid, _ in touched if table == "trash"})
        rows, trash = catalog.rows("snapshots"), catalog.rows("trash")
        parents = VisibleParents(trash)
        here = [snapshot_from(uid, rows[uid], parents) for uid in snapshots if uid in rows]
        # a volume says how many snapshots it has, and of when the newest is
        volumes.update(snapshot.volume_uid for snapshot in here)
        found = repository.volumes_with(volumes)
        gone = {uid for uid in snapshots if uid not in rows}
        gone |= volumes - {volume.resource_uid for volume in found}
        return Changes(volumes=tuple(found), snapshots=tuple(here), removed=frozenset(gone))


def _children(catalog: Catalog, parents: set[str]) -> set[str]:
    """The snapshots that have another parent to show when these come to the trash or leave it."""
    children: set[str] = set()
    seen = set(parents)
    ahead = list(parents)
    while ahead:
        parent = ahead.pop()
        children.update(catalog.related("snapshots", "parent_uid", parent))
        for uid in catalog.related("trash", "parent_uid", parent):
            if uid not in seen:
                seen.add(uid)
                ahead.append(uid)
    return children
