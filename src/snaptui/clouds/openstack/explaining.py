"""What OpenStack's refusals mean, with its own sentence and what to do about it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.clouds.openstack.settings import LOGIN
from snaptui.clouds.remote.failures import host_of
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
    from snaptui.clouds.openstack.settings import Settings
    from snaptui.clouds.remote.transport import Answer, Ask

_PREFIX = re.compile(
    r"^(?:Invalid (?:volume|snapshot|input received|volume type|attachment|parameter)|"
    r"[A-Z]\w+(?:Exceeded|AvailableQuota|LimitExceeded)): "
)
_STATE = re.compile(
    r"^Invalid (?:volume|snapshot|attachment):|\bstatus must be\b|\bnot the latest\b"
)
_IN_USE = re.compile(r"\bcurrent(?:ly| status is:?)? (?:\w+ )?in-use\b|\balready attached\b")
_WANTED = re.compile(r"'?\{'status': ([^{}]+)\}'?")
_RATE = re.compile(r"rate.?limit|too many requests|only .* requests? can be made", re.IGNORECASE)

_DOES = {
    "password": "check username, password, user_domain_name and project_name in {origin}",
    "application_credential": "it may have expired or been deleted: make a new one in the cloud's "
    "dashboard or with `openstack application credential create`, and write it into {origin}",
    "token": "a token lives for hours only: get a new one with `openstack token issue`, or use an "
    "application credential instead",
}


class NotSpokenError(CloudError):
    """The API's version that was asked for is not spoken (any more)."""


_KINDS: dict[int, tuple[type[CloudError], str]] = {
    400: (CloudInvalidError, ""),
    403: (NotAllowedError, "ask for a role in the project that allows it, as a rule `member`"),
    404: (CloudNotFoundError, ""),
    406: (NotSpokenError, ""),
    409: (CloudConflictError, ""),
    413: (
        QuotaError,
        "delete what is not needed, or ask the cloud's operator for a higher quota",
    ),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What an OpenStack service says in an error.

    Attributes:
        message: its own sentence.
        state: it is about the state that something is in.
    """

    message: str
    state: bool


def said_in(answer: Answer) -> Said | None:
    """What an error's body says; None when no OpenStack service wrote it.

    Cinder and Nova write `{"badRequest": {"code": 400, "message": "…"}}`, Keystone
    `{"error": {"code": 401, "message": "…"}}`, and gateways in between write HTML.
    """
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or len(body) != 1:
        return None
    (inner,) = body.values()
    if not isinstance(inner, dict) or not isinstance(inner.get("message"), str):
        return None
    # schemas quote their regular expressions, a page of them
    text = re.sub(r" does not match '.*", " has characters that are not possible", inner["message"])
    text = _WANTED.sub(lambda found: " or ".join(re.findall(r"[\w-]+", found[1])), text)
    message = safe_text(_PREFIX.sub("", text).strip(), 400)
    return Said(
        message=message.removesuffix("."),
        state=bool(_STATE.search(inner["message"])),
    )


class Explainer:
    """Explains for one cloud; see `Transport`."""

    def __init__(self, cloud: str, settings: Settings) -> None:
        self._cloud = cloud
        self._settings = settings

    def __call__(self, answer: Answer, ask: Ask) -> CloudError:  # noqa: PLR0911 - a table
        """The error for an answer that is no success."""
        said = said_in(answer)
        if ask.method == "POST" and ask.url.endswith(LOGIN) and said is not None:
            login = self._login(answer, said)
            if login is not None:
                return login
        cannot = f"{self._cloud} cannot {ask.what or 'be asked'}"
        request = answer.request_id
        status = answer.status
        if status == 429 or (status == 413 and (said is None or _RATE.search(said.message))):
            return ThrottledError(
                f"{cannot}: it is asked too often",
                "wait a while, or ask its operator for a higher rate limit",
                request_id=request,
                after=answer.retry_after,
            )
        if status >= 500:
            return CloudDownError(
                f"{cannot}: {said.message if said else f'HTTP {status}'}",
                f"{host_of(ask.url)} is broken at its end; its operator finds the request in the "
                "log"
                if request
                else f"{host_of(ask.url)} is broken or overloaded at its end",
                request_id=request,
            )
        if status == 401:
            return CredentialsError(
                f"{cannot}: the token of a fresh login is not accepted",
                "is the address of the service one of the same cloud's as auth_url?",
                request_id=request,
            )
        if said is None:
            if status in {404, 405} and ask.url.endswith(LOGIN):
                return self._no_keystone(cannot, ask, answer)
            return CloudDownError(
                f"{cannot}: {host_of(ask.url)} answers HTTP {status}, and not as OpenStack does",
                "is the address right, or does a proxy answer in the cloud's place?",
                request_id=request,
            )
        return self._refusal(f"{cannot}: {said.message}", said, answer)

    def _no_keystone(self, cannot: str, ask: Ask, answer: Answer) -> CloudError:
        """Something answers, and it is none that gives out tokens there: no use to try again."""
        return CloudInvalidError(
            f"{cannot}: there is no Keystone at this address of {host_of(ask.url)} "
            f"(HTTP {answer.status})",
            f"look at auth_url in {self._settings.origin}: its path may be missing or wrong",
            request_id=answer.request_id,
        )

    def _login(self, answer: Answer, said: Said) -> CloudError | None:
        """What Keystone's refusal means; None when it is broken or overloaded."""
        if answer.status not in {400, 401, 403, 404}:
            return None
        credentials, origin = self._settings.credentials, self._settings.origin
        if answer.status == 400:
            reason = f"cannot be used: {said.message}"
        elif "password is expired" in said.message.lower():
            reason = "has expired"
        else:
            reason = "is wrong, or has expired"
            if project := credentials.project_name or credentials.project_id:
                # Keystone does not tell which
                reason += f", or has no access to the project {safe_text(project, 100)}"
        return CredentialsError(
            f"{self._cloud} refuses the login: {credentials.called} {reason}",
            _DOES[credentials.method].format(origin=origin),
            request_id=answer.request_id,
        )

    def _refusal(self, text: str, said: Said, answer: Answer) -> CloudError:
        """What a service's own refusal means."""
        in_use = bool(_IN_USE.search(said.message))
        kind, hint = _KINDS.get(answer.status, (CloudError, ""))
        if answer.status in {400, 409} and in_use:
            kind, hint = CloudInUseError, "detach it first"
        elif answer.status == 400 and said.state:
            kind, hint = CloudConflictError, "try again when it is done with what it does now"
        return kind(text, hint, request_id=answer.request_id)
