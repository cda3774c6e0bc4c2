"""Which attachment is ended where there is no Nova."""

from __future__ import annotations

from typing import Any

import pytest

from snaptui.errors import CloudConflictError
from snaptui.models import Attachment
from tests.clouds.openstack.fake import PROJECT, FakeOpenStack, reply, volume

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
