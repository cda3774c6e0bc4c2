"""AWS by a script: answers of the recorded shapes, for what moto does not do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import httpx

from snaptui.clouds.remote.transport import Patience
from snaptui.models import Snapshot, SnapshotStatus, Volume, VolumeStatus

KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "FwoGZXIvYXdzEXAMPLEsessionTOKEN=="
ACCOUNT = "123456789012"
REGION = "us-east-1"
NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
QUICK = Patience(attempts=3, overall=5)

Reply = httpx.Response | Exception
Answerer = Callable[[dict[str, str]], Reply] | Reply


async def no_sleep(_seconds: float) -> None:
    return None


class Script:
    """What AWS answers, by the name of the operation; the last answer is given again and again."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.requests: list[httpx.Request] = []
        self._answers: dict[str, list[Answerer]] = defaultdict(list)
        self.transport = httpx.MockTransport(self._handle)
        self.on("GetCallerIdentity", identity())

    def on(self, operation: str, *answers: Answerer) -> Script:
        self._answers[operation] = list(answers)
        return self

    def of(self, operation: str) -> list[dict[str, str]]:
        """The parameters of all requests for an operation."""
        return [parameters for name, parameters in self.asked if name == operation]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        operation, parameters = described(request)
        self.asked.append((operation, parameters))
        left = self._answers[operation]
        assert left, f"nothing is scripted for {operation}"
        answer = left.pop(0) if len(left) > 1 else left[0]
        if callable(answer):
            answer = answer(parameters)
        if isinstance(answer, Exception):
            raise answer
        # a response can be read once
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=answer.content, request=request
        )


def described(request: httpx.Request) -> tuple[str, dict[str, str]]:
    """The operation and the parameters of a request."""
    query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
    if request.url.host.startswith("ebs."):
        parts = request.url.path.strip("/").split("/")
        path = {"path": request.url.path}
        match (request.method, parts):
            case ("GET", [_, _, "blocks"]):
                return "ListSnapshotBlocks", query | path
            case ("GET", [_, _, "changedblocks"]):
                return "ListChangedBlocks", query | path
            case ("GET", [_, _, "blocks", _]):
                return "GetSnapshotBlock", query | path
            case ("PUT", [_, _, "blocks", _]):
                return "PutSnapshotBlock", path
            case ("POST", ["snapshots"]):
                return "StartSnapshot", path
            case ("POST", ["snapshots", "completion", _]):
                return "CompleteSnapshot", path
        raise AssertionError(request.url)
    form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
    return form["Action"], form


def xml(tag: str, value: object) -> str:
    """A value as EC2 writes it: lists are of `item`, None is left out."""
    if value is None:
        return ""
    if isinstance(value, dict):
        inner = "".join(xml(key, each) for key, each in value.items())
    elif isinstance(value, list):
        inner = "".join(xml("item", each) for each in value)
    elif isinstance(value, bool):
        inner = str(value).lower()
    else:
        inner = escape(str(value))
    return f"<{tag}>{inner}</{tag}>"


def ec2(operation: str, **values: object) -> httpx.Response:
    """A success of EC2."""
    inner = "".join(xml(key, each) for key, each in values.items())
    return httpx.Response(
        200,
        headers={"content-type": "text/xml;charset=UTF-8", "x-amzn-requestid": "req-1"},
        content=(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{operation}Response xmlns="{NAMESPACE}">'
            f"<requestId>req-1</requestId>{inner}</{operation}Response>"
        ),
    )


def refused(
    code: str, message: str = "", status: int = 400, headers: dict[str, str] | None = None
) -> httpx.Response:
    """An error of EC2."""
    return httpx.Response(
        status,
        headers=headers,
        content=(
            '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
            f"<Code>{code}</Code><Message>{escape(message or code)}</Message></Error></Errors>"
            "<RequestID>req-error</RequestID></Response>"
        ),
    )


def refused_sts(code: str, message: str = "", status: int = 403) -> httpx.Response:
    """An error of STS."""
    return httpx.Response(
        status,
        content=(
            '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
            f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message or code)}</Message>"
            "</Error><RequestId>req-sts</RequestId></ErrorResponse>"
        ),
    )


def refused_ebs(
    code: str, message: str = "", status: int = 400, reason: str = ""
) -> httpx.Response:
    """An error of EBS direct."""
    body = {"Message": message or code} | ({"Reason": reason} if reason else {})
    headers = {"x-amzn-errortype": f"{code}:", "x-amzn-requestid": "req-ebs"}
    return httpx.Response(status, headers=headers, json=body)


def identity(account: str = ACCOUNT) -> httpx.Response:
    return httpx.Response(
        200,
        content=(
            '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            f"<GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/ops</Arn>"
            f"<UserId>AIDA</UserId><Account>{account}</Account></GetCallerIdentityResult>"
            "<ResponseMetadata><RequestId>req-0</RequestId></ResponseMetadata>"
            "</GetCallerIdentityResponse>"
        ),
    )


def snapshot_item(number: int = 1, **more: Any) -> dict[str, Any]:
    """A snapshot as EC2 writes it."""
    return {
        "snapshotId": f"snap-{number:017x}",
        "volumeId": "vol-0000000000000000a",
        "status": "completed",
        "startTime": "2026-11-20T10:00:00.000Z",
        "progress": "100%",
        "ownerId": ACCOUNT,
        "volumeSize": 8,
        "description": "",
        "encrypted": False,
        "storageTier": "standard",
        **more,
    }


def volume_item(uid: str = "vol-0000000000000000a", **more: Any) -> dict[str, Any]:
    """A volume as EC2 writes it."""
    return {
        "volumeId": uid,
        "size": 8,
        "snapshotId": "",
        "availabilityZone": "us-east-1a",
        "status": "available",
        "createTime": "2026-11-20T09:00:00.000Z",
        "attachmentSet": [],
        "volumeType": "gp3",
        "encrypted": False,
        **more,
    }


def snapshots(items: Iterable[dict[str, Any]], token: str | None = None) -> httpx.Response:
    return ec2("DescribeSnapshots", snapshotSet=list(items), nextToken=token)


def volumes(items: Iterable[dict[str, Any]], token: str | None = None) -> httpx.Response:
    return ec2("DescribeVolumes", volumeSet=list(items), nextToken=token)


def a_volume(**more: Any) -> Volume:
    from datetime import UTC, datetime

    facts: dict[str, Any] = {
        "resource_uid": "vol-0000000000000000a",
        "name": "web",
        "size_bytes": 8 * 1024**3,
        "status": VolumeStatus.AVAILABLE,
        "zone": "us-east-1a",
        "created_at": datetime(2026, 11, 20, tzinfo=UTC),
        "owner": ACCOUNT,
    }
    return Volume(**(facts | more))


def a_snapshot(**more: Any) -> Snapshot:
    from datetime import UTC, datetime

    facts: dict[str, Any] = {
        "resource_uid": f"snap-{1:017x}",
        "name": "nightly",
        "description": "",
        "created_at": datetime(2026, 11, 20, tzinfo=UTC),
        "owner": ACCOUNT,
        "visibility": None,
        "status": SnapshotStatus.COMPLETED,
        "volume_uid": "vol-0000000000000000a",
        "volume_name": "web",
        "size_bytes": 8 * 1024**3,
    }
    return Snapshot(**(facts | more))


def keys(script: Script) -> list[str]:
    """The access keys that the requests were signed with."""
    return [
        request.headers["authorization"].partition("Credential=")[2].partition("/")[0]
        for request in script.requests
    ]


ROLE = """
[profile role]
role_arn = arn:aws:iam::123456789012:role/ops
source_profile = base
{more}
[profile base]
aws_access_key_id = AKIABASE
aws_secret_access_key = basesecret
"""
"""A profile that takes on a role with the keys of another; `more` is what else is set of it."""
