"""The family tree of volumes and snapshots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from snaptui.engine.records import moment
from snaptui.errors import NotFoundError
from snaptui.models import LineageNode

if TYPE_CHECKING:
    from datetime import datetime

    from snaptui.engine import Repository

_TOOK = "took snapshot "


def lineage(repository: Repository, uid: str) -> LineageNode:
    """The tree that a volume or snapshot belongs to: volume > snapshots > clones > …

    What is deleted but has descendants, or left its name with them, is shown as deleted: a snapshot
    that is gone is still known from the trash or from the events, and with it its volume.

    Raises:
        NotFoundError: there is no such volume or snapshot.
    """
    volumes = repository.catalog.rows("volumes")
    snapshots = repository.catalog.rows("snapshots")
    if uid in snapshots:
        root = snapshots[uid]["volume_uid"]
    elif uid in volumes or repository.snapshot_uids(uid):
        root = uid
    else:
        raise NotFoundError(f"there is no volume or snapshot {uid}")
    family = _Family(repository)
    seen = {root}
    while (origin := volumes.get(root, {}).get("source_snapshot_uid")) is not None:
        if origin in snapshots:
            above = snapshots[origin]["volume_uid"]
        elif (gone := family.gone[origin]).volume_uid:
            above = gone.volume_uid
        else:
            # nothing is known of it any more: the tree begins with it
            return family.gone_node(gone, set())
        if above in seen:  # a damaged catalog must not hang the screen
            break
        root = above
        seen.add(root)
    return family.volume_node(root, set())


@dataclass(slots=True)
class _Gone:
    """A deleted snapshot that clones were made from, and what is still known of it."""

    uid: str
    name: str = ""
    volume_uid: str = ""
    created_at: datetime | None = None
    clones: list[str] = field(default_factory=list)


class _Family:
    """The nodes of a tree."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self.gone = self._find_gone()

    def _find_gone(self) -> dict[str, _Gone]:
        """The deleted snapshots that volumes were cloned from."""
        rows = self._repository.catalog.rows
        snapshots, trash = rows("snapshots"), rows("trash")
        found: dict[str, _Gone] = {}
        for uid, volume in rows("volumes").items():
            origin = volume.get("source_snapshot_uid")
            if origin is not None and origin not in snapshots:
                found.setdefault(origin, _Gone(origin)).clones.append(uid)
        unknown = set()
        for uid, gone in found.items():
            if (trashed := trash.get(uid)) is None:
                unknown.add(uid)
                continue
            gone.name, gone.volume_uid = trashed["name"], trashed["volume_uid"]
            gone.created_at = moment(trashed["created_at"])
        for event in rows("events").values() if unknown else ():
            if event["action"] == "snapshot" and event.get("related_uid") in unknown:
                gone = found[event["related_uid"]]
                gone.name = event.get("text", "").removeprefix(_TOOK)
                gone.volume_uid, gone.created_at = event["subject_uid"], moment(event["at"])
        return found

    def gone_node(self, gone: _Gone, seen: set[str]) -> LineageNode:
        """A deleted snapshot and the volumes made from it."""
        return LineageNode(
            uid=gone.uid,
            name=gone.name or "deleted snapshot",
            kind="snapshot",
            created_at=gone.created_at,
            deleted=True,
            children=tuple(self.volume_node(clone, seen) for clone in gone.clones),
        )

    def volume_node(self, uid: str, seen: set[str]) -> LineageNode:
        """A volume, its snapshots, the volumes made from those."""
        catalog = self._repository.catalog
        document = catalog.rows("volumes").get(uid)
        again = uid in seen
        seen.add(uid)
        of_volume = [] if again else self._repository.snapshots(uid)
        children = [
            LineageNode(
                uid=snapshot.resource_uid,
                name=snapshot.name,
                kind="snapshot",
                created_at=snapshot.created_at,
                children=tuple(
                    self.volume_node(clone, seen)
                    for clone in catalog.related(
                        "volumes", "source_snapshot_uid", snapshot.resource_uid
                    )
                ),
            )
            for snapshot in reversed(of_volume)
        ]
        ghosts = [] if again else [g for g in self.gone.values() if g.volume_uid == uid]
        if ghosts:
            children += [self.gone_node(gone, seen) for gone in ghosts]
            oldest = min((c.created_at for c in children if c.created_at), default=None)
            children.sort(key=lambda child: (child.created_at or oldest, child.uid))
        name = document["name"] if document else (of_volume[0].volume_name if of_volume else "")
        return LineageNode(
            uid=uid,
            name=name or "deleted volume",
            kind="volume",
            created_at=moment(document["created_at"]) if document else None,
            # one that was imported is not here, and yet not deleted
            deleted=document is None and not any(each.origin for each in of_volume),
            children=tuple(children),
        )
