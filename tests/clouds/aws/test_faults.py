"""AWS's errors as ours: which kind, what to do, which request, and no secrets."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.remote.provider import Placement
from snaptui.errors import (
    CloudConflictError,
    CloudDownError,
    CloudError,
    CloudInUseError,
    CloudInvalidError,
    CloudNotFoundError,
    CredentialsError,
    NotAllowedError,
    QuotaError,
    ThrottledError,
)
from tests.clouds.aws.conftest import Make
from tests.clouds.aws.script import (
    KEY,
    QUICK,
    SECRET,
    TOKEN,
    Script,
    a_snapshot,
    a_volume,
    ec2,
    identity,
    refused,
    refused_ebs,
    refused_sts,
    volume_item,
    volumes,
)


async def told(make: Make, *answers: httpx.Response) -> CloudError:
    """What listing volumes raises."""
    script = Script().on("DescribeVolumes", *answers)
    with pytest.raises(CloudError) as caught:
        await collect(make(script, patience=QUICK).volumes())
    return caught.value


@pytest.mark.parametrize(
    ("code", "status", "kind", "words"),
    [
        ("AuthFailure", 401, CredentialsError, "check the access key"),
        ("InvalidClientTokenId", 403, CredentialsError, "check the access key"),
        ("SignatureDoesNotMatch", 403, CredentialsError, "check the access key"),
        ("ExpiredToken", 400, CredentialsError, "aws sso login"),
        ("RequestExpired", 400, CredentialsError, "clock"),
        ("UnauthorizedOperation", 403, NotAllowedError, "ec2:DescribeVolumes"),
        ("AccessDenied", 403, NotAllowedError, "ec2:DescribeVolumes"),
        ("OptInRequired", 401, NotAllowedError, "enable this region"),
        ("Blocked", 403, NotAllowedError, "account"),
        ("RequestLimitExceeded", 503, ThrottledError, "ask less often"),
        ("Throttling", 400, ThrottledError, "ask less often"),
        ("VolumeLimitExceeded", 400, QuotaError, "Service Quotas"),
        ("ConcurrentSnapshotLimitExceeded", 400, QuotaError, "pending"),
        ("ResourceLimitExceeded", 400, QuotaError, "Service Quotas"),
        ("InvalidInstanceID.NotFound", 400, CloudNotFoundError, "deleted"),
        ("InvalidParameterValue", 400, CloudInvalidError, ""),
        ("MissingParameter", 400, CloudInvalidError, ""),
        ("UnknownVolumeType", 400, CloudInvalidError, ""),
        ("VolumeInUse", 400, CloudInUseError, "detach"),
        ("IncorrectState", 400, CloudConflictError, "state"),
        ("InvalidSnapshot.InUse", 400, CloudConflictError, "deregister the AMI"),
        ("InvalidVolume.ZoneMismatch", 400, CloudConflictError, "zone"),
        ("InvalidZone.Mismatch", 400, CloudConflictError, "same zone"),
        ("VolumeModificationRateExceeded", 400, CloudConflictError, "six hours"),
        ("InsufficientVolumeCapacity", 400, CloudConflictError, "another zone"),
        ("InternalError", 500, CloudDownError, "try again later"),
        ("Unavailable", 503, CloudDownError, "try again later"),
        ("SomethingNew", 400, CloudError, ""),
    ],
)
async def test_each_code_is_of_a_kind(
    scripted: Make, code: str, status: int, kind: type[CloudError], words: str
) -> None:
    error = await told(scripted, refused(code, "It did not work.", status))
    assert type(error) is kind
    assert words in error.hint
    assert error.request_id == "req-error"
    assert "req-error" in str(error)
    assert (
        error.message.startswith(
            (
                "aws test refused to list the volumes",
                "aws test does not accept",
                "the credentials of",
            )
        )
        or "has expired" in error.message
    )


async def test_throttling_passes(scripted: Make) -> None:
    busy = refused("RequestLimitExceeded", "Request limit exceeded.", 503)
    script = Script().on("DescribeVolumes", busy, busy, volumes([volume_item()]))
    found = await collect(scripted(script, patience=QUICK).volumes())
    assert len(found) == 1
    assert len(script.of("DescribeVolumes")) == 3


async def test_throttling_forever_ends(scripted: Make) -> None:
    busy = refused("RequestLimitExceeded", "Request limit exceeded.", 503)
    script = Script().on("DescribeVolumes", busy)
    with pytest.raises(ThrottledError, match="it is asked too often"):
        await collect(scripted(script, patience=QUICK).volumes())
    assert len(script.of("DescribeVolumes")) == QUICK.attempts


async def test_two_snapshots_of_a_volume_at_once_wait_as_aws_says(scripted: Make) -> None:
    waited = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    rate = refused("SnapshotCreationPerVolumeRateExceeded")
    made = ec2(
        "CreateSnapshot",
        snapshotId="snap-1",
        status="pending",
        startTime="2026-11-20T10:00:00Z",
        volumeSize=8,
    )
    script = Script().on("CreateSnapshot", rate, made)
    script.on("DescribeSnapshots", ec2("DescribeSnapshots", snapshotSet=[]))
    provider = scripted(script, sleep=sleep)
    await provider.create_snapshot(a_volume(), name="x", description="", token="t")
    assert len(waited) == 1
    assert waited[0] >= 15


async def test_a_clock_that_is_wrong_is_said_to_be(scripted: Make) -> None:
    there = format_datetime(datetime.now(UTC) + timedelta(minutes=21), usegmt=True)
    for code in ("RequestExpired", "AuthFailure", "SignatureDoesNotMatch"):
        error = await told(scripted, refused(code, "Request has expired", 400, {"date": there}))
        assert isinstance(error, CredentialsError)
        assert "this machine's clock is 21 minutes behind" in error.message
        assert "timedatectl" in error.hint
    there = format_datetime(datetime.now(UTC) - timedelta(minutes=90), usegmt=True)
    error = await told(scripted, refused("RequestExpired", "x", 400, {"date": there}))
    assert "90 minutes ahead" in error.message


async def test_a_clock_that_is_right_is_not_blamed(scripted: Make) -> None:
    there = format_datetime(datetime.now(UTC), usegmt=True)
    error = await told(scripted, refused("AuthFailure", "x", 401, {"date": there}))
    assert "does not accept the credentials (AuthFailure)" in error.message


async def test_the_encoded_message_is_left_out(scripted: Make) -> None:
    message = (
        "You are not authorized to perform this operation. User: arn:aws:iam::1:user/ops is not "
        "authorized to perform: ec2:DescribeVolumes. Encoded authorization failure message: "
        "4GIOHlTkIaWHQD0Q0m6XSnuUMCm-abcdefghijklmn-opqrstuvwxyz"
    )
    error = await told(scripted, refused("UnauthorizedOperation", message, 403))
    assert "user/ops is not authorized" in error.message
    assert "4GIOH" not in str(error)


async def test_the_permission_that_is_missing_may_be_another(scripted: Make) -> None:
    message = "User: arn:aws:iam::1:user/ops is not authorized to perform: ec2:CreateTags on it"
    error = await told(scripted, refused("UnauthorizedOperation", message, 403))
    assert error.hint.startswith("ask for a policy that allows ec2:CreateTags")


async def test_hostile_messages_are_one_safe_line(scripted: Make) -> None:
    message = "bad \u202e\u200e\nsecond <b> & [/b]" + "x" * 9000
    error = await told(scripted, refused("InvalidParameterValue", message))
    assert error.message.isprintable()
    assert len(error.message) < 600


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"<html><body>Please log in</body></html>"),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"{}"),
        httpx.Response(200, content=volumes([volume_item()]).content[:300]),
        httpx.Response(404, content=b"<html>not here</html>"),
        volumes([volume_item(size="many")]),
        volumes([volume_item(size=-1)]),
        volumes([volume_item(createTime="yesterday")]),
        volumes([volume_item(createTime=None)]),
        volumes([volume_item(uid="")]),
        volumes([volume_item(status=None)]),
        volumes([volume_item(size=None)]),
    ],
    ids=lambda answer: answer.content[-60:].decode(),
)
async def test_what_is_no_answer_is_told_as_such(scripted: Make, answer: httpx.Response) -> None:
    error = await told(scripted, answer)
    assert isinstance(error, CloudDownError)
    assert "cannot be understood" in error.message


async def test_a_proxy_that_wants_a_login_is_told(scripted: Make) -> None:
    error = await told(scripted, httpx.Response(302, headers={"location": "http://login/"}))
    assert "redirects to login" in error.message
    error = await told(scripted, httpx.Response(502, content=b"<html>bad gateway</html>"))
    assert "HTTP 502" in error.message


async def test_an_answer_may_have_more_than_we_know(scripted: Make) -> None:
    script = Script().on("DescribeVolumes", volumes([volume_item(novelty={"deep": ["x"]})]))
    (volume,) = await collect(scripted(script).volumes())
    assert volume.zone == "us-east-1a"


async def test_errors_of_sts_and_ebs_are_read_too(scripted: Make) -> None:
    script = Script().on("GetCallerIdentity", refused_sts("InvalidClientTokenId"))
    with pytest.raises(CredentialsError) as caught:
        await scripted(script).connect()
    assert caught.value.request_id == "req-sts"

    cases = (
        ("ResourceNotFoundException", 404, "SNAPSHOT_NOT_FOUND", CloudNotFoundError, "list again"),
        ("ValidationException", 400, "UNRELATED_SNAPSHOTS", CloudInvalidError, "same volume"),
        ("AccessDeniedException", 403, "", NotAllowedError, "ebs:ListChangedBlocks"),
        ("ServiceQuotaExceededException", 402, "", QuotaError, "Service Quotas"),
        ("ConflictException", 409, "", CloudConflictError, ""),
        ("RequestThrottledException", 400, "", ThrottledError, "less often"),
        ("InternalServerException", 500, "", CloudDownError, "later"),
    )
    for code, status, reason, kind, words in cases:
        script = Script().on("ListChangedBlocks", refused_ebs(code, "No.", status, reason))
        with pytest.raises(CloudError) as told_by_ebs:
            await scripted(script, patience=QUICK).diff("snap-1", "snap-2")
        assert type(told_by_ebs.value) is kind
        assert words in told_by_ebs.value.hint
        assert told_by_ebs.value.request_id == "req-ebs"


async def test_a_parameter_that_no_model_knows_is_told(scripted: Make) -> None:
    script = Script()
    placement = Placement(zone="us-east-1a", size_bytes=1)
    with pytest.raises(CloudInvalidError, match="cannot be asked to make a volume"):
        await scripted(script).create_volume(
            name=3,  # type: ignore[arg-type]
            placement=placement,
            snapshot=None,
            token="t",
        )


async def test_no_secret_is_told_or_logged(
    scripted: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    leak = f"you sent {SECRET} with x-amz-security-token:{TOKEN} by {KEY}"
    texts = []
    for code in ("SomethingNew", "InvalidParameterValue", "AuthFailure", "VolumeInUse"):
        error = await told(scripted, refused(code, leak))
        texts += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    echo = httpx.Response(200, content=leak.encode())
    error = await told(scripted, echo)
    texts += [str(error), repr(error)]

    def fails(_parameters: dict[str, str]) -> httpx.Response:
        raise httpx.ReadError("cut")

    script = Script().on("DescribeVolumes", fails)
    provider = scripted(script, patience=QUICK)
    with pytest.raises(CloudDownError):
        await collect(provider.volumes())
    script.on("DescribeSnapshots", ec2("DescribeSnapshots", snapshotSet=[]))
    script.on("CopySnapshot", refused("InvalidParameterValue", leak))
    copy: dict[str, Any] = {"region": "eu-west-1", "name": "x", "description": "", "token": "t"}
    with pytest.raises(CloudInvalidError) as caught:
        await provider.copy_snapshot(a_snapshot(), **copy)
    texts += [str(caught.value), repr(provider), repr(provider.ebs), repr(vars(provider))]
    session = provider._session
    texts += [repr(session), repr(vars(session)), repr(await session.credentials())]
    texts.append(caplog.text)
    for text in texts:
        assert SECRET not in text
        assert TOKEN not in text
    assert identity().status_code == 200
