"""The family tree of a remote cloud."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from snaptui.clouds.remote.family import lineage
from snaptui.errors import NotFoundError
from snaptui.models import LineageNode
from tests.clouds.remote.fake import a_snapshot, a_volume


def told(node: LineageNode, depth: int = 0) -> Iterator[str]:
    """A line a node."""
    yield f"{'  ' * depth}{node.kind} {node.name}{' (deleted)' * node.deleted}"
    for child in node.children:
        yield from told(child, depth + 1)


def test_it_is_the_same_from_wherever_one_looks() -> None:
    web = a_volume("web")
    monday = a_snapshot(web, "monday", volume_name="web")
    tuesday = a_snapshot(web, "tuesday", volume_name="web")
    clone = a_volume("clone", source_snapshot_uid=monday.resource_uid)
    later = a_snapshot(clone, "later", volume_name="clone")
    other = a_volume("other")
    volumes, snapshots = [clone, other, web], [later, tuesday, monday]
    expected = [
        "volume web",
        "  snapshot monday",
        "    volume clone",
        "      snapshot later",
        "  snapshot tuesday",
    ]
    for thing in (web, monday, tuesday, clone, later):
        assert list(told(lineage(volumes, snapshots, thing.resource_uid))) == expected
    assert list(told(lineage(volumes, snapshots, other.resource_uid))) == ["volume other"]


def test_what_is_deleted_is_shown_when_it_has_descendants() -> None:
    orphan = a_snapshot("vol-gone", "orphan", volume_name="web")
    clone = a_volume("clone", source_snapshot_uid="snap-gone")
    twin = a_volume("twin", source_snapshot_uid="snap-gone")
    seen = lineage([clone, twin], [orphan], orphan.resource_uid)
    assert list(told(seen)) == ["volume web (deleted)", "  snapshot orphan"]
    assert lineage([clone, twin], [orphan], "vol-gone") == seen
    for uid in (clone.resource_uid, twin.resource_uid):
        assert list(told(lineage([clone, twin], [orphan], uid))) == [
            "snapshot snap-gone (deleted)",
            "  volume clone",
            "  volume twin",
        ]


def test_a_cloud_that_tells_nonsense_does_not_hang_it() -> None:
    """Two that are each the other's origin."""
    one = a_volume("one", resource_uid="vol-1", source_snapshot_uid="snap-2")
    two = a_volume("two", resource_uid="vol-2", source_snapshot_uid="snap-1")
    of_one = a_snapshot(one, "of one", resource_uid="snap-1")
    of_two = a_snapshot(two, "of two", resource_uid="snap-2")
    seen = list(told(lineage([one, two], [of_one, of_two], "vol-1")))
    assert len(seen) == 5
    assert seen[0].strip() == seen[-1].strip()


def test_what_is_not_there_has_no_family() -> None:
    with pytest.raises(NotFoundError):
        lineage([a_volume()], [], "vol-unknown")
