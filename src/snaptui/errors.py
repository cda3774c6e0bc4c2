"""Every error a person can be told.

One sentence says what is wrong, the hint says what to do about it. The CLI prints both on one line
and exits with `exit_code`; the screen shows them in a toast or a form. Anything that is not a
`SnaptuiError` is a defect of ours and keeps its traceback.
"""

from __future__ import annotations

from typing import ClassVar


class SnaptuiError(Exception):
    """Base of all errors a person can be told.

    Attributes:
        message: what is wrong, a sentence without a full stop.
        hint: what to do about it, or an empty string.
        exit_code: the exit code of the CLI.
        type: what kind of error it is, for programs; others may be added, none changes.
    """

    exit_code: ClassVar[int] = 1
    type: ClassVar[str] = "failed"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message


class InvalidInputError(SnaptuiError):
    """A name, size, path or option that cannot be accepted as it is (usage, exit code 2)."""

    exit_code = 2
    type = "invalid-input"


class NotFoundError(SnaptuiError):
    """No volume, snapshot, zone or job by that name, UID or prefix."""

    type = "not-found"


class AmbiguousError(SnaptuiError):
    """A name or UID prefix that more than one thing answers to."""

    exit_code = 2
    type = "ambiguous"


class ConflictError(SnaptuiError):
    """Something is in the way: it exists already, is in use, or is needed by something else."""

    type = "conflict"


class InUseError(ConflictError):
    """The volume is attached, mounted or held open, so it must not be written or deleted."""

    type = "in-use"


class UnsupportedError(SnaptuiError):
    """This cloud cannot do that; the message says why."""

    type = "unsupported"


class SourceError(SnaptuiError):
    """A volume's data cannot be read: missing, vanished, unreadable, or not a raw image."""

    type = "source"


class VolumeChangedError(SnaptuiError):
    """The volume changed while it was being read, so what was read is no point in time."""

    exit_code = 4
    type = "volume-changed"


class RepositoryError(SnaptuiError):
    """The repository is missing, of a newer format, read-only, locked, or on a full disk."""

    type = "repository"


class ReadOnlyError(RepositoryError):
    """The repository, or a cloud, can be looked at but not changed."""

    type = "read-only"


LEAVE_READ_ONLY = (
    "leave read-only mode first: --read-only, SNAPTUI_READ_ONLY, or read_only in the config file"
)
"""What to do where it was asked for that nothing is changed."""


class NoSpaceError(RepositoryError):
    """A disk is full; nothing was half-made."""

    type = "no-space"


class DamagedError(SnaptuiError):
    """Stored bytes do not match their checksum; nothing damaged is ever handed out."""

    exit_code = 3
    type = "damaged"


class JobCancelledError(SnaptuiError):
    """The job was cancelled by a person; it cleaned up after itself.

    Attributes:
        insisted: they asked for it again while it did: what can be left is not waited for.
    """

    exit_code = 130
    type = "cancelled"
    insisted = False


class CloudError(SnaptuiError):
    """A remote cloud did not do what it was asked.

    Attributes:
        request_id: what the cloud calls the request, for whoever asks its support or its log.
    """

    type = "cloud"

    def __init__(self, message: str, hint: str = "", *, request_id: str = "") -> None:
        if request_id:
            hint = f"{hint} (request {request_id})" if hint else f"request {request_id}"
        super().__init__(message, hint)
        self.request_id = request_id


class CredentialsError(CloudError):
    """The cloud's credentials are missing, wrong or expired."""

    type = "credentials"


class NotAllowedError(CloudError):
    """The credentials are good, but do not allow this."""

    type = "not-allowed"


class ThrottledError(CloudError):
    """The cloud wants to be asked less often.

    Attributes:
        after: the seconds that the cloud said to wait; None when it did not say.
    """

    type = "throttled"

    def __init__(
        self, message: str, hint: str = "", *, request_id: str = "", after: float | None = None
    ) -> None:
        super().__init__(message, hint, request_id=request_id)
        self.after = after


class QuotaError(CloudError):
    """A limit of the account or project is reached."""

    type = "quota"


class CloudDownError(CloudError):
    """The cloud is not reachable, or is broken at its end."""

    type = "cloud-down"


class CloudTimeoutError(CloudDownError):
    """The cloud did not answer in time."""

    type = "cloud-timeout"


class CloudNotFoundError(CloudError, NotFoundError):
    """What was asked for is not (or no more) in the cloud."""

    type = "not-found"


class CloudConflictError(CloudError, ConflictError):
    """The cloud refuses because of the state something is in."""

    type = "conflict"


class CloudInUseError(CloudConflictError, InUseError):
    """The cloud refuses because the volume is attached."""

    type = "in-use"


class CloudInvalidError(CloudError, InvalidInputError):
    """The cloud does not accept a name, size, zone or type."""

    type = "invalid-input"
