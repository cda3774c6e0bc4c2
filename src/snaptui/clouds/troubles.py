"""What is wrong with a cloud that does not do what it is asked, by the error that says so."""

from __future__ import annotations

from snaptui.errors import (
    CloudDownError,
    CloudError,
    CredentialsError,
    InvalidInputError,
    NotAllowedError,
    QuotaError,
    ThrottledError,
)
from snaptui.models import CloudTrouble

_ELSEWHERE = (CloudDownError, ThrottledError, QuotaError)
"""What nobody here can mend."""


def trouble_of(error: Exception) -> CloudTrouble:
    """What is wrong: who is told to look at the network must not find a wrong password at last."""
    if isinstance(error, CredentialsError | NotAllowedError):
        return CloudTrouble.NO_ACCESS
    if isinstance(error, CloudError | InvalidInputError) and not isinstance(error, _ELSEWHERE):
        return CloudTrouble.BAD_SETUP
    return CloudTrouble.DOWN
