"""A snapshot that is asked for again, since nobody knows whether it was asked for."""

from __future__ import annotations

import pytest

from snaptui.models import SnapshotStatus
from tests.clouds.openstack.fake import FakeOpenStack, reply, snapshot, volume

UID = volume()["id"]
MARK = {"snaptui-request": "job-1"}


@pytest.mark.parametrize(
    ("status", "taken_up"), [("creating", True), ("available", True), ("error", False)]
)
async def test_what_was_made_is_taken_up_unless_it_failed(status: str, taken_up: bool) -> None:
    before = snapshot(1, status=status, metadata=MARK)
    other = snapshot(2, metadata={"snaptui-request": "job-2"})
    fresh = snapshot(3, status="creating", metadata=MARK)
    cloud = FakeOpenStack(
        {
            f"GET /volumes/{UID}": reply(200, {"volume": volume()}),
            "GET /snapshots/detail": reply(200, {"snapshots": [other, before]}),
            f"GET /snapshots/{before['id']}": reply(200, {"snapshot": before}),
            "POST /snapshots": reply(202, {"snapshot": fresh}),
        }
    )
    provider = cloud.provider()
    origin = await provider.volume(UID)
    assert origin is not None
    made = await provider.create_snapshot(
        origin, name="monday", description="", token="job-1", again=True
    )
    await provider.close()
    assert made.resource_uid == (before if taken_up else fresh)["id"]
    assert made.status in {SnapshotStatus.PENDING, SnapshotStatus.COMPLETED}
    asked = [path for path in cloud.paths() if path.startswith("POST") and "snapshots" in path]
    assert len(asked) == (0 if taken_up else 1)
