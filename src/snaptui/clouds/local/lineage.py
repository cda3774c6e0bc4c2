"""The family tree of volumes and snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.engine.records import moment
from snaptui.errors import NotFoundError
from snaptui.models import LineageNode

if TYPE_CHECKING:
    from snaptui.engine import Repository


def lineage(repository: Repository, uid: str) -> LineageNode:
    """The tree that a volume or snapshot belongs to: volume > snapshots > clones > …

    What is deleted but has descendants, or left its name with them, is shown as deleted.

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
    seen = {root}
    while (origin := volumes.get(root, {}).get("source_snapshot_uid")) is not None:
        if origin not in snapshots:
            # the snapshot is gone: the clone is the oldest that is known, under its deleted origin
            clone = _volume_node(repository, root, set())
            trashed = repository.catalog.rows("trash").get(origin)
            return LineageNode(
                uid=origin,
                name=trashed["name"] if trashed else "deleted snapshot",
                kind="snapshot",
                created_at=None,
                deleted=True,
                children=(clone,),
            )
        root = snapshots[origin]["volume_uid"]
        if root in seen:  # a damaged catalog must not hang the screen
            break
        seen.add(root)
    return _volume_node(repository, root, set())


def _volume_node(repository: Repository, uid: str, seen: set[str]) -> LineageNode:
    document = repository.catalog.rows("volumes").get(uid)
    of_volume = [] if uid in seen else repository.snapshots(uid)
    seen.add(uid)
    children = tuple(
        LineageNode(
            uid=snapshot.resource_uid,
            name=snapshot.name,
            kind="snapshot",
            created_at=snapshot.created_at,
            children=tuple(
                _volume_node(repository, clone, seen)
                for clone in repository.catalog.related(
                    "volumes", "source_snapshot_uid", snapshot.resource_uid
                )
            ),
        )
        for snapshot in reversed(of_volume)
    )
    name = document["name"] if document else (of_volume[0].volume_name if of_volume else uid)
    return LineageNode(
        uid=uid,
        name=name,
        kind="volume",
        created_at=moment(document["created_at"]) if document else None,
        deleted=document is None,
        children=children,
    )
