"""What Nova refuses, as it says so, with what helps."""

from __future__ import annotations

from typing import Any

import pytest

from snaptui.errors import CloudConflictError, CloudInUseError
from snaptui.models import Attachment
from tests.clouds.openstack.fake import NOVA, FakeOpenStack, refusal, reply, volume

UID = volume()["id"]
SERVER = "5c8a6f2e-7d3b-4e1f-9a0c-1b2d3e4f5a6b"
USED = {
    "attachment_id": "a-1",
    "server_id": SERVER,
    "host_name": None,
    "device": "/dev/vdb",
    "attached_at": "2026-11-25T20:58:43.000000",
}
ALREADY = f"volume {UID} is already attached to instances: {SERVER}"


@pytest.mark.parametrize(
    ("more", "kind", "hint"),
    [
        ({}, CloudConflictError, "only an administrator of the cloud"),
        ({"status": "in-use", "attachments": [USED]}, CloudInUseError, "detach it first"),
        ({"status": "reserved"}, CloudInUseError, "detach it first"),
    ],
)
async def test_only_what_cinder_has_can_be_detached(
    more: dict[str, Any], kind: type[CloudConflictError], hint: str
) -> None:
    cloud = FakeOpenStack(
        {
            f"GET /volumes/{UID}": reply(200, {"volume": volume(**more)}),
            f"POST /servers/{SERVER}/os-volume_attachments": refusal(400, ALREADY, "badRequest"),
        },
        nova=NOVA,
    )
    provider = cloud.provider()
    found = await provider.volume(UID)
    assert found is not None
    with pytest.raises(CloudConflictError, match="already attached") as caught:
        await provider.attach(found, SERVER, "")
    assert type(caught.value) is kind
    assert hint in caught.value.hint
    await provider.close()


async def test_what_a_server_starts_from_is_free_when_that_is_gone() -> None:
    said = "Cannot detach a root device volume"
    cloud = FakeOpenStack(
        {
            f"GET /volumes/{UID}": reply(200, {"volume": volume(status="in-use")}),
            f"DELETE /servers/{SERVER}/os-volume_attachments/{UID}": refusal(
                400, said, "badRequest"
            ),
        },
        nova=NOVA,
    )
    provider = cloud.provider()
    found = await provider.volume(UID)
    assert found is not None
    root = Attachment(volume_uid=UID, instance=SERVER, device="/dev/vda")
    with pytest.raises(CloudInUseError, match=said) as caught:
        await provider.detach(found, root)
    assert "free when the server is deleted" in caught.value.hint
    await provider.close()
