"""What Cinder's refusals to put a snapshot back are told as."""

from __future__ import annotations

import pytest

from snaptui.errors import CloudConflictError
from tests.clouds.openstack.fake import FakeOpenStack, refusal, reply, snapshot, volume

UID = volume()["id"]
SNAPSHOT = snapshot()["id"]


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (f"Specified snapshot {SNAPSHOT} is None or not the latest one of volume {UID}.", "latest"),
        (
            f"Can't revert volume {UID}. The volume size must be equal to the snapshot size.",
            "equal",
        ),
        ("Invalid volume: The volume size must be equal to the snapshot size.", "equal"),
    ],
)
async def test_what_no_waiting_helps_with_is_not_to_be_tried_again(says: str, told: str) -> None:
    cloud = FakeOpenStack(
        {
            f"GET /volumes/{UID}": reply(200, {"volume": volume(status="available")}),
            f"GET /snapshots/{SNAPSHOT}": reply(200, {"snapshot": snapshot()}),
            f"POST /volumes/{UID}/action": refusal(400, says),
        }
    )
    provider = cloud.provider()
    taken = await provider.snapshot(SNAPSHOT)
    assert taken is not None
    with pytest.raises(CloudConflictError, match=f"{told}.*clone the snapshot instead") as caught:
        await provider.revert(taken)
    await provider.close()
    assert "again" not in str(caught.value)
    assert "snaptui snapshot clone" in caught.value.hint
    assert "req-7" in str(caught.value)
