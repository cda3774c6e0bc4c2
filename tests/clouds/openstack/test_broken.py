"""What is told to do about what Cinder has in one of its error states."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest

from snaptui.clouds.openstack.provider import OpenStackProvider
from snaptui.errors import CloudConflictError
from snaptui.models import Snapshot, Volume
from snaptui.units import GIB
from tests.clouds.openstack.fake import FakeOpenStack, refusal, reply, snapshot, volume

UID = volume()["id"]
SNAPSHOT = snapshot()["id"]
Does = Callable[[OpenStackProvider, Volume, Snapshot], Awaitable[object]]


def does(name: str) -> Does:
    """One of the things that can be done."""

    async def do(provider: OpenStackProvider, of: Volume, taken: Snapshot) -> None:
        match name:
            case "resize":
                await provider.resize_volume(of.resource_uid, 2 * GIB)
            case "delete":
                await provider.delete_volume(of.resource_uid)
            case "attach":
                await provider.attach(of, "web1", "")
            case "take":
                await provider.create_snapshot(of, name="x", description="", token="t")
            case "restore":
                await provider.revert(taken)
            case "delete the snapshot":
                await provider.delete_snapshot(taken.resource_uid)

    return do


SAYS = f"Invalid volume: Volume {UID} status must be '{{'status': 'available'}}' to do that."
RESET = f"openstack volume set --state available {UID}"


@pytest.mark.parametrize(
    ("doing", "states", "hint"),
    [
        ("resize", ("error", "available"), f"state error: delete it, or have.*{RESET}"),
        ("take", ("error", "available"), RESET),
        ("attach", ("error_restoring", "available"), f"state error_restoring: delete.*{RESET}"),
        ("restore", ("error", "available"), RESET),
        ("delete", ("error_deleting", "available"), f"volume set --state error {UID}"),
        (
            "restore",
            ("available", "error"),
            f"openstack volume snapshot set --state available {SNAPSHOT}",
        ),
        (
            "delete the snapshot",
            ("available", "error_deleting"),
            f"has to reset: `openstack volume snapshot set --state error {SNAPSHOT}`; then delete",
        ),
        ("resize", ("backing-up", "available"), "try again when it is done"),
        ("delete the snapshot", ("available", "backing-up"), "try again when it is done"),
    ],
)
async def test_what_is_in_error_is_not_waited_for(
    doing: str, states: tuple[str, str], hint: str
) -> None:
    no = refusal(400, SAYS)
    cloud = FakeOpenStack(
        {
            f"GET /volumes/{UID}": reply(200, {"volume": volume(status=states[0])}),
            f"GET /snapshots/{SNAPSHOT}": reply(200, {"snapshot": snapshot(status=states[1])}),
            "GET /snapshots/detail": reply(200, {"snapshots": []}),
            f"POST /volumes/{UID}/action": no,
            "POST /snapshots": no,
            "POST /attachments": no,
            f"DELETE /volumes/{UID}": no,
            f"DELETE /snapshots/{SNAPSHOT}": no,
        }
    )
    provider = cloud.provider()
    of, taken = await provider.volume(UID), await provider.snapshot(SNAPSHOT)
    assert of is not None
    assert taken is not None
    with pytest.raises(CloudConflictError) as caught:
        await does(doing)(provider, of, taken)
    await provider.close()
    assert "status must be available to do that" in caught.value.message
    assert "{" not in str(caught.value)
    assert str(caught.value).count("req-7") == 1
    assert re.search(hint, caught.value.hint)


@pytest.mark.parametrize(("kind", "uid"), [("volume", UID), ("snapshot", SNAPSHOT)])
async def test_a_deletion_that_failed_says_who_can_go_on(kind: str, uid: str) -> None:
    one = {"volume": volume, "snapshot": snapshot}[kind](status="error_deleting")
    none = refusal(404, "It could not be found.", "itemNotFound")
    cloud = FakeOpenStack(
        {
            "GET /messages": reply(200, {"messages": []}),
            f"GET /snapshots/{uid}": none,
            f"GET /{kind}s/{uid}": reply(200, {kind: one}),
        }
    )
    provider = cloud.provider()
    why = await provider.why(uid)
    await provider.close()
    assert f"set --state error {uid}`; then delete it again" in why
