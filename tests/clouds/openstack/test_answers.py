"""Answers that refuse, and answers that are none: each is told as one of our errors."""

from __future__ import annotations

from typing import Any

import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.openstack.reading import snapshot_status, volume_status
from snaptui.clouds.openstack.reasons import in_words
from snaptui.clouds.remote.provider import Placement
from snaptui.errors import (
    CloudConflictError,
    CloudDownError,
    CloudError,
    CloudInUseError,
    CloudInvalidError,
    CredentialsError,
    NotAllowedError,
    QuotaError,
    ThrottledError,
)
from snaptui.models import SnapshotStatus, VolumeStatus
from snaptui.units import GIB
from tests.clouds.openstack.fake import (
    PASSWORD,
    PROJECT,
    FakeOpenStack,
    refusal,
    reply,
    snapshot,
    volume,
)
from tests.clouds.openstack.support import everything

BLANK = Placement(size_bytes=GIB)
QUOTA = "VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota 'volumes'."


async def refused(cloud: FakeOpenStack) -> CloudError:
    """The error that making a volume ends with."""
    provider = cloud.provider()
    with pytest.raises(CloudError) as caught:
        await provider.create_volume(name="x", placement=BLANK, snapshot=None, token="t")
    await provider.close()
    told = everything(caught.value)
    assert PASSWORD not in told
    assert "token-1" not in told
    return caught.value


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (
            refusal(400, "Invalid volume: status must be available, but is: backing-up."),
            CloudConflictError,
            "cannot make the volume: status must be available, but is: backing-up",
        ),
        (
            refusal(400, "Invalid volume: x status must be y, but current status is: in-use."),
            CloudInUseError,
            "current status is: in-use",
        ),
        (refusal(400, "Invalid input received: no."), CloudInvalidError, "volume: no"),
        (refusal(409, "It is busy.", "conflictingRequest"), CloudConflictError, "It is busy"),
        (
            refusal(403, "Policy doesn't allow volume:create to be performed.", "forbidden"),
            NotAllowedError,
            "Policy doesn't allow",
        ),
        (refusal(406, "Version 3.70 is not supported."), CloudError, "not supported"),
        (refusal(413, QUOTA, "overLimit", retry_after="0"), QuotaError, "number of volumes"),
        (refusal(418, "A teapot.", "teapot"), CloudError, "A teapot"),
        (reply(403, b"<html>Forbidden by the proxy</html>"), CloudDownError, "HTTP 403"),
        (reply(404, b""), CloudDownError, "HTTP 404, and not as OpenStack does"),
        (reply(404, b"<html>404</html>"), CloudDownError, "HTTP 404, and not as OpenStack does"),
        (reply(400, {"x": 1}), CloudDownError, "HTTP 400, and not as OpenStack does"),
        (reply(400, {"badRequest": {"message": None}}), CloudDownError, "HTTP 400"),
        (reply(500, b"<html>"), CloudDownError, "HTTP 500"),
        (refusal(500, "The server has erred.", "computeFault"), CloudDownError, "has erred"),
        (reply(202, b"<html>login</html>"), CloudDownError, "cannot be understood"),
        (reply(202, b""), CloudDownError, "cannot be understood"),
        (reply(202, b'{"volume": {"id": "a'), CloudDownError, "cannot be understood"),
        (reply(202, b"\xff\xfe"), CloudDownError, "cannot be understood"),
        (reply(202, b"[" * 100_000), CloudDownError, "cannot be understood"),
        (reply(202, {"volume": None}), CloudDownError, "cannot be understood"),
        (reply(202, []), CloudDownError, "cannot be understood"),
        (reply(401, b""), CredentialsError, "fresh login is not accepted"),
    ],
)
async def test_a_refusal_is_told_as_what_it_is(
    answer: Any, kind: type[CloudError], message: str
) -> None:
    error = await refused(FakeOpenStack({"POST /volumes": answer}))
    assert type(error).__name__ in {kind.__name__, "NotSpokenError"}
    assert isinstance(error, kind)
    assert message in error.message
    assert error.request_id == "req-7"


BENT: list[Any] = [None, 7, -1, 1.5, True, "", "x", [], [7], {}, {"a": {}}, "\ud800"]


async def test_a_made_up_answer_never_ends_in_a_key_error() -> None:
    """Each value of a volume and a snapshot is missing once, and once of another type."""
    for kind, thing in (("volumes", volume()), ("snapshots", snapshot())):
        for key in thing:
            for value in BENT:
                for body in (
                    {kind: [{**thing, key: value}]},
                    {kind: [{k: v for k, v in thing.items() if k != key}]},
                ):
                    cloud = FakeOpenStack({f"GET /{kind}/detail": reply(200, body)})
                    provider = cloud.provider()
                    try:
                        listing = provider.volumes() if kind == "volumes" else provider.snapshots()
                        found = await collect(listing)
                    except CloudDownError as error:
                        assert "cannot be understood" in error.message
                    else:
                        assert len(found) == 1
                    await provider.close()


async def test_a_quota_is_told_with_its_figures_and_without_where_they_are_hidden() -> None:
    absolute = {
        "maxTotalVolumes": 10,
        "totalVolumesUsed": 10,
        "maxTotalSnapshots": -1,
        "totalSnapshotsUsed": 4,
        "maxTotalVolumeGigabytes": 1000,
        "totalGigabytesUsed": 12,
    }
    over = refusal(413, QUOTA, "overLimit", retry_after="0")
    limits = reply(200, {"limits": {"rate": [], "absolute": absolute}})
    error = await refused(FakeOpenStack({"POST /volumes": over, "GET /limits": limits}))
    assert isinstance(error, QuotaError)
    assert "(used: 10 of 10 volumes)" in error.message
    assert error.hint.count("req-7") == 1
    error = await refused(FakeOpenStack({"POST /volumes": over, "GET /limits": reply(500, b"")}))
    assert isinstance(error, QuotaError)
    assert "used" not in error.message


@pytest.mark.parametrize(
    "limit",
    [
        refusal(413, "This request was rate-limited.", "overLimit", retry_after="7"),
        refusal(429, "Too many requests", "overLimit", retry_after="7"),
        reply(429, b"<html>slow down</html>", retry_after="7"),
    ],
)
async def test_a_rate_limit_is_waited_out_as_long_as_the_cloud_says(limit: Any) -> None:
    cloud = FakeOpenStack({"POST /volumes": [limit, reply(202, {"volume": volume()})]})
    provider = cloud.provider()
    made = await provider.create_volume(name="x", placement=BLANK, snapshot=None, token="t")
    await provider.close()
    assert made.name == "volume 1"
    (pause,) = cloud.slept
    assert 7 <= pause <= 8
    error = await refused(FakeOpenStack({"POST /volumes": limit}))
    assert isinstance(error, ThrottledError)


async def test_what_was_made_though_the_answer_was_lost_is_found_by_its_mark() -> None:
    lost = reply(502, b"<html>Bad Gateway</html>")
    mine = snapshot(3, metadata={"snaptui-request": "token-of-mine", "team": "web"})
    listing = reply(200, {"snapshots": [snapshot(1), snapshot(2), mine]})
    cloud = FakeOpenStack(
        {
            "POST /snapshots": lost,
            "GET /snapshots/detail": listing,
            f"GET /snapshots/{mine['id']}": reply(200, {"snapshot": mine}),
            f"GET /volumes/{volume()['id']}": reply(200, {"volume": volume()}),
        }
    )
    provider = cloud.provider()
    source = await provider.volume(volume()["id"])
    assert source is not None
    made = await provider.create_snapshot(source, name="x", description="", token="token-of-mine")
    assert made.resource_uid == mine["id"]
    assert dict(made.tags) == {"team": "web"}
    assert [each for each in cloud.paths() if each.startswith("POST")] == [
        f"POST /v3/{PROJECT}/snapshots"
    ]
    with pytest.raises(CloudDownError, match="HTTP 502") as caught:
        await provider.create_snapshot(source, name="x", description="", token="another")
    assert "may have been done" in caught.value.hint
    await provider.close()


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("available", VolumeStatus.AVAILABLE, ""),
        ("in-use", VolumeStatus.IN_USE, ""),
        ("downloading", VolumeStatus.CREATING, ""),
        ("attaching", VolumeStatus.BUSY, "attaching"),
        ("reserved", VolumeStatus.BUSY, "reserved"),
        ("restoring-backup", VolumeStatus.BUSY, "restoring backup"),
        ("brewing_tea", VolumeStatus.BUSY, "brewing tea"),
        ("error", VolumeStatus.ERROR, ""),
        ("error_extending", VolumeStatus.ERROR, "error extending"),
    ],
)
def test_a_volume_s_status(word: str, status: VolumeStatus, reason: str) -> None:
    assert volume_status(word) == (status, reason)


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("available", SnapshotStatus.COMPLETED, ""),
        ("creating", SnapshotStatus.PENDING, ""),
        ("deleting", SnapshotStatus.DELETING, ""),
        ("backing-up", SnapshotStatus.PENDING, "backing up"),
        ("error_deleting", SnapshotStatus.ERROR, "error deleting"),
    ],
)
def test_a_snapshot_s_status(word: str, status: SnapshotStatus, reason: str) -> None:
    assert snapshot_status(word) == (status, reason)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("create volume:No valid host.", "No valid host (create volume)"),
        (
            "schedule allocate volume:Could not find any available weighted backend.",
            (
                "Could not find any available weighted backend (schedule allocate volume): "
                "no storage of that zone and type takes it: it may be full, or a snapshot of "
                "another zone cannot be read there"
            ),
        ),
        ("Something else.", "Something else"),
        ("create volume:", "create volume"),
        ("", ""),
        ("a:\x1b]52;c;x\x07b", "]52;c;xb (a)"),
    ],
)
def test_a_message_of_cinder_s_is_a_sentence(message: str, words: str) -> None:
    assert in_words(message) == words


async def test_the_newest_message_of_the_thing_itself_is_the_reason() -> None:
    def message(uid: str, text: str, at: str) -> dict[str, str]:
        return {"resource_uuid": uid, "user_message": text, "created_at": at}

    uid = volume()["id"]
    said = [
        message(uid, "extend volume:Older.", "2026-11-25T20:00:00.000000"),
        message("another", "create volume:Not mine.", "2026-11-25T22:00:00.000000"),
        message(uid, "create volume:Newer.", "2026-11-25T21:00:00.000000"),
    ]
    cloud = FakeOpenStack({"GET /messages": reply(200, {"messages": said})})
    provider = cloud.provider()
    assert await provider.why(uid) == "Newer (create volume)"
    await provider.close()


async def test_a_percentage_is_told_while_it_is_pending() -> None:
    progress = "os-extended-snapshot-attributes:progress"
    for said, percent in (("42%", 42), ("900%", 100), ("", None), ("x", None)):
        body = {"snapshots": [snapshot(status="creating") | {progress: said}]}
        cloud = FakeOpenStack({"GET /snapshots/detail": reply(200, body)})
        provider = cloud.provider()
        (found,) = await collect(provider.snapshots())
        await provider.close()
        assert found.percent == percent
