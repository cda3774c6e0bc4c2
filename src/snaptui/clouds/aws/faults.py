"""What AWS's error codes mean, as errors of ours that say what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.clouds.remote.transport import Answer, Ask, garbled
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
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable

RATE_PAUSE = 15.0
"""Seconds between two snapshots of one volume, says AWS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAsk(Ask):
    """A request of AWS.

    Attributes:
        action: what a policy calls it: `ec2:DescribeVolumes`.
    """

    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What AWS said. `message` is outside text, and may quote what was sent."""

    code: str
    message: str
    reason: str = ""
    request_id: str = ""


class TokenUsedError(CloudConflictError):
    """The token of a request was that of another one before."""


_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
_SKEWED = frozenset({"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"})
_FORBIDDEN = frozenset(
    {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "UnauthorizedAccess"}
)
_BLOCKED = frozenset({"OptInRequired", "Blocked", "PendingVerification", "SubscriptionRequired"})
_THROTTLED = frozenset(
    {
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ConcurrentLimitExceededException",
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "SlowDown",
        "SnapshotCreationPerVolumeRateExceeded",
    }
)
_BROKEN = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerException",
        "ServerInternal",
        "ServiceUnavailable",
        "Unavailable",
    }
)
_HINTS = {
    "ConcurrentSnapshotLimitExceeded": "wait until the pending snapshots of this volume are there",
    "PendingSnapshotLimitExceeded": "wait until some of the pending snapshots are there",
    "SnapshotLimitExceeded": "delete snapshots, or ask AWS to raise the quota (Service Quotas)",
    "VolumeLimitExceeded": "delete volumes, or ask AWS to raise the quota (Service Quotas)",
    "AttachmentLimitExceeded": "detach another volume first, or choose another instance",
    "InvalidSnapshot.InUse": "an AMI uses the snapshot: deregister the AMI first",
    "InvalidVolume.ZoneMismatch": (
        "attach it to an instance of the volume's own zone, or clone a snapshot into that zone"
    ),
    "InvalidZone.Mismatch": "choose an instance and a volume of the same zone",
    "InsufficientVolumeCapacity": "choose another zone or volume type, or try again later",
    "VolumeModificationRateExceeded": "AWS changes a volume once in six hours: try again later",
    "IncorrectModificationState": "the volume is being changed just now: try again later",
    "IncorrectState": "see what state it is in, and try again later",
    "VolumeInUse": "detach the volume first",
    "IdempotentParameterMismatch": "it was asked for before with other options",
    "UNRELATED_SNAPSHOTS": "compare snapshots of the same volume",
}
_CONFLICTS = frozenset(
    {
        "ConflictException",
        "DependencyViolation",
        "IncorrectInstanceState",
        "IncorrectModificationState",
        "IncorrectState",
        "InsufficientVolumeCapacity",
        "InvalidSnapshot.InUse",
        "InvalidState",
        "InvalidVolume.ZoneMismatch",
        "InvalidZone.Mismatch",
        "OperationNotPermitted",
        "VolumeModificationRateExceeded",
    }
)
_INVALID = ("Invalid", "Missing", "Unknown", "Unsupported", "Validation", "Malformed")
_ACTION = re.compile(r"\bperform: ([a-z0-9-]{1,40}:[A-Za-z0-9]{1,80})\b")
_ENCODED = re.compile(r"\s*Encoded authorization failure message:.*", re.DOTALL)


class Explainer:
    """Says what an answer of AWS means that is no success."""

    def __init__(
        self, cloud: str, *, login: Callable[[], str], scrub: Callable[[str], str]
    ) -> None:
        """Of one cloud.

        Args:
            cloud: what it is called.
            login: how to get new credentials, in words.
            scrub: takes secrets out of a text.
        """
        self._cloud = cloud
        self._login = login
        self._scrub = scrub

    def __call__(self, answer: Answer, ask: Ask) -> CloudError:
        """The error for an answer."""
        fault = read_fault(answer)
        if fault is None:
            return self._no_fault(answer)
        code, request_id = fault.code, fault.request_id
        if code in _SKEWED or code in _CREDENTIALS:
            # its message may quote the whole request, with the session token in it: not shown
            return self._not_accepted(fault, answer)
        refused = f"{self._cloud} refused to {ask.what or 'answer'}"
        if code in _THROTTLED:
            after = RATE_PAUSE if code == "SnapshotCreationPerVolumeRateExceeded" else None
            after = answer.retry_after if answer.retry_after is not None else after
            hint = "ask less often: others may be asking this account, too"
            return ThrottledError(
                f"{refused}: it is asked too often", hint, request_id=request_id, after=after
            )
        if code in _EXPIRED:
            return CredentialsError(
                f"the credentials of {self._cloud} have expired",
                self._login(),
                request_id=request_id,
            )
        base, hint = _kind(fault, answer)
        if code in _FORBIDDEN and isinstance(ask, AwsAsk):
            # a request may need more than the action that it is: to tag what it makes, for one
            named = _ACTION.search(fault.message)
            hint = f"ask for a policy that allows {named[1] if named else ask.action}"
        return base(self._said(refused, fault), hint, request_id=request_id)

    def _no_fault(self, answer: Answer) -> CloudError:
        """The error for an answer that is not of AWS's form."""
        there = f"the answer of {self._cloud}"
        if answer.status == 429:
            return ThrottledError(
                f"{self._cloud} is asked too often",
                request_id=answer.request_id,
                after=answer.retry_after,
            )
        if answer.status >= 500:
            return CloudDownError(
                f"{there} was an error of the server (HTTP {answer.status})",
                "try again later; AWS's health dashboard may know more",
                request_id=answer.request_id,
            )
        return garbled(answer)

    def _said(self, refused: str, fault: Fault) -> str:
        message = safe_text(self._scrub(_ENCODED.sub("", fault.message)), 400)
        return f"{refused}: {message.rstrip('. ') or safe_text(fault.code, 80)}"

    def _not_accepted(self, fault: Fault, answer: Answer) -> CloudError:
        skew = clock_skew(answer)
        expired = fault.code in _SKEWED or "xpired" in fault.message
        if skew is not None and abs(skew) >= 240:
            way = "behind" if skew > 0 else "ahead"
            return CredentialsError(
                f"{self._cloud} does not accept the signature: this machine's clock is "
                f"{abs(skew) / 60:.0f} minutes {way}",
                "set the clock right (timedatectl set-ntp true)",
                request_id=fault.request_id,
            )
        if expired:
            return CredentialsError(
                f"{self._cloud} says that the request has expired",
                "is this machine's clock right?",
                request_id=fault.request_id,
            )
        return CredentialsError(
            f"{self._cloud} does not accept the credentials ({safe_text(fault.code, 80)})",
            f"check the access key, or {self._login()}",
            request_id=fault.request_id,
        )


def _kind(fault: Fault, answer: Answer) -> tuple[type[CloudError], str]:  # noqa: PLR0911 - a table
    """What kind of error a code is, and what to do about it."""
    code = fault.code
    hint = _HINTS.get(code) or _HINTS.get(fault.reason, "")
    if code == "VolumeInUse":
        return CloudInUseError, hint
    if code == "IdempotentParameterMismatch":
        return TokenUsedError, hint
    if code in _FORBIDDEN:
        return NotAllowedError, hint
    if code in _BLOCKED:
        return NotAllowedError, "enable this region, or finish the sign-up, in the account at AWS"
    if code in _CONFLICTS:
        return CloudConflictError, hint
    if code.endswith(("LimitExceeded", "QuotaExceededException")):
        return QuotaError, hint or "ask AWS to raise the quota (Service Quotas)"
    if code.endswith((".NotFound", "NotFoundException", ".Malformed", "NotFound")):
        return CloudNotFoundError, hint or "list again: it may have been deleted"
    if code in _BROKEN or answer.status >= 500:
        return CloudDownError, hint or "try again later; AWS's health dashboard may know more"
    if code.startswith(_INVALID):
        return CloudInvalidError, hint
    return CloudError, hint


def read_fault(answer: Answer) -> Fault | None:
    """The code and the message of an answer; None when it is not of AWS's form."""
    error_type = answer.headers.get("x-amzn-errortype", "")
    if error_type or answer.content.lstrip()[:1] == b"{":
        return _json_fault(answer, error_type)
    return _xml_fault(answer)


def _json_fault(answer: Answer, error_type: str) -> Fault | None:
    try:
        body = answer.json() if answer.content.strip() else {}
    except CloudDownError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    code = error_type or str(body.get("__type") or body.get("code") or "")
    code = code.partition(":")[0].rpartition("#")[2]
    if not code:
        return None
    message = body.get("Message") or body.get("message") or ""
    return Fault(
        code=code,
        message=str(message),
        reason=str(body.get("Reason") or ""),
        request_id=answer.request_id,
    )


def _xml_fault(answer: Answer) -> Fault | None:
    text = answer.content.decode("utf-8", "replace")

    def inner(tag: str) -> str:
        from html import unescape

        match = re.search(rf"<{tag}>([^<]*)</{tag}>", text)
        return unescape(match[1]).strip() if match else ""

    code = inner("Code")
    if not code or not re.search("<(Error|ErrorResponse)[ >]", text):
        return None
    request_id = answer.request_id or inner("RequestID") or inner("RequestId")
    return Fault(code=code, message=inner("Message"), request_id=safe_text(request_id, 80))


def clock_skew(answer: Answer) -> float | None:
    """By how many seconds this machine's clock is behind the server's; None when not known."""
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        there = parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    there = there if there.tzinfo is not None else there.replace(tzinfo=UTC)
    return (there - datetime.now(UTC)).total_seconds()
