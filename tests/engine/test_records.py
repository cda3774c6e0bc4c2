"""Between documents and models nothing is lost."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from snaptui.engine.records import VisibleParents, snapshot_document, snapshot_from
from snaptui.models import Consistency, ReadMethod, Snapshot, SnapshotStatus, Visibility

SNAPSHOT = Snapshot(
    resource_uid="snap-00000001",
    name="nightly",
    description="before the upgrade",
    created_at=datetime(2026, 11, 25, 3, 0, tzinfo=UTC),
    owner="admin",
    visibility=Visibility.PUBLIC,
    status=SnapshotStatus.ERROR,
    volume_uid="vol-00000002",
    volume_name="web",
    size_bytes=10,
    block_size=11,
    data_bytes=12,
    new_bytes=13,
    stored_bytes=14,
    parent_uid="snap-00000003",
    consistency=Consistency.FUZZY,
    read_method=ReadMethod.DATA_ONLY,
    job_uid="job-00000004",
    reason="why",
    pinned=True,
    origin={"kind": "aws", "snapshot_uid": "snap-0a"},
)


@pytest.mark.parametrize(
    "snapshot", [SNAPSHOT, replace(SNAPSHOT, reason="", pinned=False, origin={})]
)
def test_a_snapshot_comes_back_as_it_went(snapshot: Snapshot) -> None:
    document = json.loads(json.dumps(snapshot_document(snapshot, None, 0)))
    back = snapshot_from(snapshot.resource_uid, document, VisibleParents({}))
    assert back == snapshot
    assert {each.name: getattr(back, each.name) for each in fields(back)} == {
        each.name: getattr(snapshot, each.name) for each in fields(snapshot)
    }


def test_what_goes_without_saying_is_not_kept() -> None:
    document = snapshot_document(replace(SNAPSHOT, reason="", pinned=False, origin={}), None, 0)
    assert "reason" not in document
    assert "pinned" not in document
    assert "origin" not in document
