"""Which attachment is ended where there is no Nova."""

from __future__ import annotations

from typing import Any

import pytest

from snaptui.errors import CloudConflictError, CloudDownError
from snaptui.models import Attachment
from tests.clouds.openstack.fake import NOVA, PROJECT, FakeOpenStack, refusal, reply, volume

UID = volume()["id"]
SERVER = "5c8a6f2e-7d3b-4e1f-9a0c-1b2d3e4f5a6b"


def attachment(uid: str, server: str | None) -> dict[str, Any]:
    """As Cinder tells an ordinary user: not which host it is."""
    return {
        "attachment_id": uid,
        "server_id": server,
        "host_name": None,
        "device": "/dev/vdb",
        "attached_at": "2026-11-25T20:58:43.000000",
    }


async def test_an_attachment_that_has_gone_is_not_another() -> None:
    """The volume was shared by a server and a host; the server has let go of it meanwhile."""
    body = {"volume": volume(status="in-use", attachments=[attachment("at-host", None)])}
    cloud = FakeOpenStack(
        {
            f"GET /volumes/{UID}": reply(200, body),
            "DELETE /attachments/at-host": reply(200, b"{}"),
        }
    )
    provider = cloud.provider()
    seen = await provider.volume(UID)
    assert seen is not None
    assert seen.attachment is not None
    gone = Attachment(volume_uid=UID, instance=SERVER, device="/dev/vdb")
    with pytest.raises(CloudConflictError, match=r"not attached to that \(any more\)"):
        await provider.detach(seen, gone)
    assert not any(path.startswith("DELETE") for path in cloud.paths())
    await provider.detach(seen, seen.attachment)
    await provider.close()
    deleted = [path for path in cloud.paths() if path.startswith("DELETE")]
    assert deleted[0] == f"DELETE /v3/{PROJECT}/attachments/at-host"


@pytest.mark.parametrize(("written", "shown"), [("at-1 web1", "web1"), ("at-0 web1", "a host")])
async def test_a_host_is_called_what_it_was_called_when_it_was_attached(
    written: str, shown: str
) -> None:
    """What is written about an attachment that has gone is not about one that was made since."""
    metadata = {"snaptui-attached-to": written, "own": "tag"}
    body = volume(status="in-use", attachments=[attachment("at-1", None)], metadata=metadata)
    cloud = FakeOpenStack(
        {
            f"GET /volumes/{UID}": reply(200, {"volume": body}),
            "DELETE /attachments/at-1": reply(200, b"{}"),
            f"DELETE /volumes/{UID}/metadata/snaptui-attached-to": reply(200, b"{}"),
        }
    )
    provider = cloud.provider()
    seen = await provider.volume(UID)
    assert seen is not None
    assert seen.attachment is not None
    assert seen.attachment.instance == shown
    assert seen.tags == {"own": "tag"}
    await provider.detach(seen, seen.attachment)
    await provider.close()
    assert [path.removeprefix(f"DELETE /v3/{PROJECT}") for path in cloud.paths()[-2:]] == [
        "/attachments/at-1",
        f"/volumes/{UID}/metadata/snaptui-attached-to",
    ]


HELD = {"volumeAttachment": {"id": UID, "volumeId": UID, "serverId": SERVER, "device": "/dev/vdb"}}


@pytest.mark.parametrize(
    ("answer", "held"),
    [
        (reply(200, HELD), True),
        (refusal(404, "volume_id not found", "itemNotFound"), False),
        (refusal(403, "Policy doesn't allow that", "forbidden"), False),
    ],
)
async def test_nova_tells_whether_a_server_still_has_a_volume(answer: Any, held: bool) -> None:
    """Cinder has it back a moment before Nova forgets it; what may not be read holds up nobody."""
    cloud = FakeOpenStack(
        {
            f"GET /volumes/{UID}": reply(200, {"volume": volume()}),
            f"GET /servers/{SERVER}/os-volume_attachments/{UID}": answer,
        },
        nova=NOVA,
    )
    provider = cloud.provider()
    seen = await provider.volume(UID)
    assert seen is not None
    used = Attachment(volume_uid=UID, instance=SERVER, device="/dev/vdb")
    assert await provider.holds(seen, used) is held
    host = Attachment(volume_uid=UID, instance="a host", device="/dev/vdb")
    assert await provider.holds(seen, host) is False
    await provider.close()


async def test_a_nova_that_is_down_does_not_tell_that_a_volume_is_free() -> None:
    path = f"GET /servers/{SERVER}/os-volume_attachments/{UID}"
    cloud = FakeOpenStack(
        {
            f"GET /volumes/{UID}": reply(200, {"volume": volume()}),
            path: refusal(503, "try again", "error"),
        },
        nova=NOVA,
    )
    provider = cloud.provider()
    seen = await provider.volume(UID)
    assert seen is not None
    used = Attachment(volume_uid=UID, instance=SERVER, device="/dev/vdb")
    with pytest.raises(CloudDownError):
        await provider.holds(seen, used)
    await provider.close()


async def test_where_there_is_no_nova_no_server_has_a_volume() -> None:
    cloud = FakeOpenStack({f"GET /volumes/{UID}": reply(200, {"volume": volume()})})
    provider = cloud.provider()
    seen = await provider.volume(UID)
    assert seen is not None
    used = Attachment(volume_uid=UID, instance=SERVER, device="/dev/vdb")
    assert await provider.holds(seen, used) is False
    await provider.close()
